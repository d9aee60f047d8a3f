"""The gallery on a site of its own: each page under its language and its name, with the headers that the app sends."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Final

from shared_code.pages.assets import assets_of
from shared_code.pages.languages import LANGUAGES
from tests.browser.gallery import FRAME, answered, gallery
from tests.browser.gallery_brand import WITH_LOGO

_ASSETS: Final = {**assets_of(FRAME.brand), **assets_of(WITH_LOGO)}
GALLERIES: Mapping[str, Mapping[str, str]] = {language: gallery(language) for language in LANGUAGES}


@dataclass(frozen=True)
class GallerySite:
    url: str

    def address(self, language: str, name: str) -> str:
        return f"{self.url}/{language}/{name}"


@contextmanager
def gallery_site() -> Iterator[GallerySite]:
    """On a free port of this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield GallerySite(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        room, _, name = self.path.removeprefix("/").partition("/")
        if room == "assets" and name in _ASSETS:
            asset = _ASSETS[name]
            self._send(asset.content, {"Content-Type": asset.media_type, "Cache-Control": "max-age=3600"})
        elif name in GALLERIES.get(room, {}):
            answer = answered(GALLERIES[room][name])
            self._send(answer.get_body(), {**answer.headers, "Content-Type": "text/html; charset=utf-8"})
        else:
            self._send(b"", {}, HTTPStatus.NOT_FOUND)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing is said about requests."""

    def _send(self, body: bytes, headers: Mapping[str, str], status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
