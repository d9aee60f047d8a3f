"""`$batch`: up to twenty requests in one (learn.microsoft.com/graph/json-batching and …/graph/throttling).

Each item goes the whole way of a request of its own, through the gate too: logged, delayed, limited, refused.
"""

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

import httpx
import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.microsoft365.graph.auth import check_token
from local.microsoft365.graph.errors import GraphError
from local.microsoft365.web import GraphJson, world_of

MOST_ITEMS = 20
AT_ONCE = 4
_WRITES = frozenset({"POST", "PUT", "PATCH"})
_AS_SENT = ("x-", "request-id", "client-request-id")
_FAILED = 400  # and above


class Item(msgspec.Struct, frozen=True, rename="camel"):
    """One request; ``url`` is relative to the version of the API."""

    id: str | int
    method: str
    url: str
    headers: dict[str, str] = {}
    body: msgspec.Raw = msgspec.Raw()
    depends_on: list[str | int] = []

    @property
    def name(self) -> str:
        """Ids are not case-sensitive."""
        return str(self.id).casefold()

    @property
    def content(self) -> bytes:
        """Nothing where there is no body, or it is null."""
        return bytes(self.body).removeprefix(b"null")

    @property
    def needed(self) -> set[str]:
        return {str(each).casefold() for each in self.depends_on}


class _Posted(msgspec.Struct, frozen=True):
    requests: list[Item]


async def post_batch(request: Request) -> Response:
    """Responses come in the opposite order: clients are told to expect any."""
    check_token(request)
    items = _items(await request.body())
    transport = httpx.ASGITransport(request.app)
    authorization = {"Authorization": request.headers["authorization"]}
    base_url = f"{world_of(request).base_url}/v1.0/"
    async with httpx.AsyncClient(transport=transport, base_url=base_url, headers=authorization) as client:
        answers = await (_in_turn if any(item.depends_on for item in items) else _side_by_side)(client, items)
    return GraphJson({"responses": answers[::-1]})


def _items(body: bytes) -> list[Item]:
    try:
        items = msgspec.json.decode(body, type=_Posted).requests
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _malformed("Invalid batch payload format.") from error
    if len(items) > MOST_ITEMS:
        raise _malformed(f"Number of batch request steps exceeds the maximum value of {MOST_ITEMS}.")
    known: set[str] = set()
    for item in items:
        _check(item, known)
        known.add(item.name)
    return items


def _check(item: Item, earlier: set[str]) -> None:
    if item.name in earlier:
        raise _malformed(f"Request Id {item.id} has to be unique in a batch.")
    if not item.needed <= earlier:
        raise _malformed(f"Request {item.id} depends on a request that does not come before it.")
    has_type = "content-type" in map(str.lower, item.headers)
    if item.method.upper() in _WRITES and not (item.content and has_type):
        raise _malformed(f"Write request id : {item.id} does not contain Content-Type header or body.")
    if not item.url or "://" in item.url.partition("?")[0] or item.url.lstrip("/").startswith("$batch"):
        raise _malformed(f"Invalid request URL of request {item.id}: it has to be relative to the version.")


def _malformed(message: str) -> GraphError:
    return GraphError(400, "BadRequest", message)


async def _side_by_side(client: httpx.AsyncClient, items: Sequence[Item]) -> list[dict[str, Any]]:
    """Four at a time, so that one batch stays within what a mailbox allows."""
    places = asyncio.Semaphore(AT_ONCE)

    async def carry_out(item: Item) -> dict[str, Any]:
        async with places:
            return await _carry_out(client, item)

    return await asyncio.gather(*map(carry_out, items))


async def _in_turn(client: httpx.AsyncClient, items: Sequence[Item]) -> list[dict[str, Any]]:
    """One after the other; what depends on a failed one is not tried."""
    answers: list[dict[str, Any]] = []
    failed: set[str] = set()
    for item in items:
        answer = _refused(item, 424, "FailedDependency") if item.needed & failed else await _carry_out(client, item)
        if answer["status"] >= _FAILED:
            failed.add(item.name)
        answers.append(answer)
    return answers


async def _carry_out(client: httpx.AsyncClient, item: Item) -> dict[str, Any]:
    """A connection that is cut by script is one of Graph's own, so the item has timed out."""
    try:
        answer = await client.request(item.method, item.url.lstrip("/"), headers=item.headers, content=item.content)
    except httpx.ReadError:
        return _refused(item, 504, "GatewayTimeout")
    shown = {"id": str(item.id), "status": answer.status_code, "headers": _headers(answer.headers)}
    return {**shown, "body": _body(answer)} if answer.content else shown


def _refused(item: Item, status: int, code: str) -> dict[str, Any]:
    body = {"error": {"code": code, "message": f"Request {item.id} was not answered."}}
    return {"id": str(item.id), "status": status, "headers": {"Content-Type": "application/json"}, "body": body}


def _headers(headers: httpx.Headers) -> dict[str, str]:
    """Clients look them up as Microsoft writes them."""
    return {
        name if name.startswith(_AS_SENT) else name.title(): value
        for name, value in headers.items()
        if name != "content-length"
    }


def _body(answer: httpx.Response) -> msgspec.Raw | str:
    """JSON as it is, anything else in Base64."""
    if answer.headers.get("content-type", "").startswith("application/json"):
        return msgspec.Raw(answer.content)
    return urlsafe_b64encode(answer.content).decode()


routes = [Route("/v1.0/$batch", post_batch, methods=["POST"])]
