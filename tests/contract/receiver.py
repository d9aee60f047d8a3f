"""An endpoint for notifications outside the stand-in: HTTPS on the loopback address, with a certificate of its own."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

_CLOSE = {"Connection": "close"}


@dataclass
class Receiver:
    """Keeps the bodies that come; ``shakes_hands`` False makes it refuse the handshake.

    Every connection serves one request, so that none is left half closed when the server stops.
    """

    url: str = ""
    shakes_hands: bool = True
    bodies: asyncio.Queue[tuple[str, Any]] = field(default_factory=asyncio.Queue)

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{name}", self._receive, methods=["POST"])])

    async def next_body(self) -> tuple[str, dict[str, Any]]:
        return await asyncio.wait_for(self.bodies.get(), 10)

    async def _receive(self, request: Request) -> Response:
        token = request.query_params.get("validationToken")
        if token is not None:
            return PlainTextResponse(token if self.shakes_hands else "who?", headers=_CLOSE)
        await self.bodies.put((request.path_params["name"], json.loads(await request.body())))
        return Response(status_code=202, headers=_CLOSE)


def issue_receiver_certificate(directory: Path) -> Path:
    """Writes ``trust.pem``, for the stand-in; answers the file with key and chain."""
    authority = trustme.CA(organization_name="Contract test")
    authority.cert_pem.write_to_path(str(directory / "trust.pem"))
    leaf = directory / "receiver.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(leaf))
    return leaf


@asynccontextmanager
async def receiving(certificate: Path) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    config = uvicorn.Config(
        receiver.app,
        host="127.0.0.1",
        port=0,
        ssl_certfile=str(certificate),
        log_level="critical",
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    receiver.url = f"https://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield receiver
    finally:
        await server.shutdown()
