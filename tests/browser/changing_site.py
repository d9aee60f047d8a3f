"""One page on a site of its own, which is another one as soon as a test says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from shared_code.pages.assets import assets_of
from tests.browser.gallery import FRAME, answered


@dataclass
class ChangingSite:
    """``shows``: the HTML that whoever asks from now on is given."""

    url: str
    shows: str
    status: int = 200
    asked: int = 0  # times


@contextmanager
def changing_site(shows: str) -> Iterator[ChangingSite]:
    """On a free port of this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        site = ChangingSite(f"http://127.0.0.1:{server.server_port}/portal/me", shows)
        server.RequestHandlerClass = _handler_of(site)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield site
        server.shutdown()
        thread.join()


def _handler_of(site: ChangingSite) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asset = assets_of(FRAME.brand).get(self.path.removeprefix("/assets/"))
            if asset is not None:
                self._send(200, asset.content, asset.media_type)
            else:
                site.asked += 1
                self._send(site.status, answered(site.shows).get_body(), "text/html; charset=utf-8")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Nothing is said about requests."""

        def _send(self, status: int, body: bytes, media_type: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
