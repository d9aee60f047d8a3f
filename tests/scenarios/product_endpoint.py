"""The product's endpoint, outside the app: verifies what comes as products do, and answers to order."""

import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook

type Told = dict[str, Any]

TAKEN = 204
CUT = 0  # taken, and the connection cut before an answer


@dataclass
class Endpoint:
    """``answers`` are given in turn; once there are none, everything is taken. Whatever does not verify fails the test
    that asks for ``told``."""

    secret: str
    url: str = ""
    answers: deque[int | tuple[int, Mapping[str, str]]] = field(default_factory=deque)
    forged: list[str] = field(default_factory=list)
    _told: list[Told] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def told(self) -> list[Told]:
        """Every try, in the order in which it came."""
        assert self.forged == []
        with self._lock:
            return list(self._told)

    def told_of(self, organization: str) -> list[tuple[str, Any]]:
        """Types and users of each event once."""
        events = {one["event"]: one for one in self.told if one["organization"] == organization}
        return [(one["type"], one["data"].get("user")) for one in events.values()]

    def take(self, body: bytes, headers: dict[str, str]) -> tuple[int, Mapping[str, str]]:
        try:
            told = Webhook(self.secret).verify(body, headers)
        except Exception as error:
            self.forged.append(repr(error))
            return 400, {}
        with self._lock:
            self._told.append(told)
            answer = self.answers.popleft() if self.answers else TAKEN
        return answer if isinstance(answer, tuple) else (answer, {})


@contextmanager
def listening(secret: str) -> Iterator[Endpoint]:
    """On the loopback address, where http is enough."""
    endpoint = Endpoint(secret)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, headers = endpoint.take(body, dict(self.headers))
            self.close_connection = True
            if status == CUT:
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    endpoint.url = f"http://127.0.0.1:{server.server_address[1]}/hooks/very-private"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def ids(told: list[Told]) -> list[str]:
    return [one["event"] for one in told]
