"""The app's own addresses as Microsoft reaches them: each request is the real function's, in one of the processes."""

import asyncio
from typing import Any
from urllib.parse import parse_qsl

import azure.functions as func
import httpx
from starlette.types import Receive, Scope, Send

from functions.notifications import graph_lifecycle, graph_notifications
from tests.simulation.host import Host
from tests.simulation.places import ORGCAL

HOST = httpx.URL(ORGCAL).netloc
FUNCTIONS: dict[str, Any] = {"/graph/notifications": graph_notifications, "/graph/lifecycle": graph_lifecycle}


class Endpoint:
    """``answers_after``: seconds that it takes on top, as if the process were cold."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.answers_after = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await _request(scope, receive)
        if dict(scope["headers"])[b"host"] != HOST:
            raise httpx.ConnectError("nobody lives there any more")
        await asyncio.sleep(self.answers_after)
        task = self._host.start(f"POST {scope['path']}", FUNCTIONS[scope["path"]](request))
        await asyncio.wait([task])
        if task.cancelled() or task.exception() is not None:
            raise httpx.ReadError("the process died before it answered")
        await _answer(task.result(), send)


async def _request(scope: Scope, receive: Receive) -> func.HttpRequest:
    message = await receive()
    query = scope["query_string"].decode("latin-1")
    return func.HttpRequest(
        method=scope["method"],
        url=f"https://orgcal.example{scope['path']}?{query}",
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        params=dict(parse_qsl(query, keep_blank_values=True)),
        body=message.get("body", b""),
    )


async def _answer(answer: func.HttpResponse, send: Send) -> None:
    content_type = f"{answer.mimetype}; charset={answer.charset}"
    headers = [(b"content-type", content_type.encode("latin-1"))]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": answer.get_body()})
