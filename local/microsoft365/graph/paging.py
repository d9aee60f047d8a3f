"""Pages: opaque links that only this stand-in can read, and the query options that every collection shares."""

from typing import Any
from urllib.parse import unquote

import msgspec
from itsdangerous import BadSignature, URLSafeSerializer
from starlette.requests import Request

from local.microsoft365.graph.errors import GraphError
from local.microsoft365.world import World

LARGEST_PAGE = 999


def seal(world: World, purpose: str, state: Any) -> str:
    """An opaque token that carries ``state``; another purpose's token does not open with it."""
    return str(URLSafeSerializer(world.link_secret, purpose).dumps(msgspec.to_builtins(state)))


def unseal[T](world: World, purpose: str, token: str, kind: type[T]) -> T:
    """What ``seal`` put in; a token that was changed or made up is 400."""
    try:
        return msgspec.convert(URLSafeSerializer(world.link_secret, purpose).loads(token), kind)
    except (BadSignature, msgspec.ValidationError) as error:
        raise GraphError(400, "Request_BadRequest", "Invalid page token.") from error


def next_link(request: Request, world: World, token: str) -> str:
    """The same request with a `$skiptoken`, its other options repeated as they were written."""
    kept = [part for part in request.url.query.split("&") if part and not _is_skiptoken(part)]
    return f"{world.base_url}{request.url.path}?{'&'.join((*kept, f'$skiptoken={token}'))}"


def _is_skiptoken(part: str) -> bool:
    return unquote(part).removeprefix("$").startswith("skiptoken=")


def link_to(world: World, path: str, **options: str) -> str:
    """An absolute link; the options' values must need no escaping (sealed tokens do not)."""
    query = "&".join(f"${name}={value}" for name, value in options.items())
    return f"{world.base_url}/v1.0{path}?{query}"


def system_options(request: Request, allowed: frozenset[str]) -> dict[str, str]:
    """The ``$`` options by name without the sign, which may be left out of known ones; others are 400."""
    options: dict[str, str] = {}
    for key, value in request.query_params.multi_items():
        name = key.removeprefix("$")
        if name not in allowed:
            raise GraphError(400, "Request_BadRequest", f"The query option '{key}' is not supported here.")
        if name in options:
            raise GraphError(400, "Request_BadRequest", f"Query option '{key}' was specified more than once.")
        options[name] = value
    return options


def parse_top(text: str | None, default: int, largest: int = LARGEST_PAGE) -> int:
    if text is None:
        return default
    if not text.isdecimal() or not 1 <= int(text) <= largest:
        raise GraphError(
            400,
            "Request_UnsupportedQuery",
            f"Invalid page size specified: '{text}'. Must be between 1 and {largest} inclusive.",
        )
    return int(text)
