"""`/users/delta` (learn.microsoft.com/graph/api/user-delta, delta-query-users)."""

from datetime import timedelta
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.microsoft365.graph.auth import Caller, authorize
from local.microsoft365.graph.delta_items import MORE, changed_items, first_items
from local.microsoft365.graph.errors import GraphError
from local.microsoft365.graph.filters import Any as AnyOf
from local.microsoft365.graph.filters import IsObject, parse_filter
from local.microsoft365.graph.paging import link_to, seal, system_options, unseal
from local.microsoft365.graph.user_properties import parse_names, parse_select
from local.microsoft365.web import GraphJson

MOST_IDS = 50
_PATH = "/users/delta"
_READ_ROLES = ("User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")


class Round(msgspec.Struct, frozen=True):
    """Where a client is: everything the link has to carry. ``since`` is None in the first round.

    ``since`` and ``until`` number changes of the tenant; ``empty`` counts the empty pages still to come.
    """

    tenant: str
    names: tuple[str, ...]
    ids: tuple[str, ...]
    since: int | None
    until: int
    position: int
    empty: int
    issued_at: float


async def users_delta(request: Request) -> Response:
    caller = authorize(request, *_READ_ROLES)
    options = system_options(request, frozenset({"select", "filter", "skiptoken", "deltatoken"}))
    current = _round(caller, options)
    body: dict[str, Any] = {"@odata.context": f"{caller.world.base_url}/v1.0/$metadata#users"}
    if current is None:
        return GraphJson({**body, **_delta_link(caller, _first_round(caller, options)), "value": []})
    if current.empty > 0:
        later = msgspec.structs.replace(current, empty=current.empty - 1)
        return GraphJson({**body, **_next_link(caller, later), "value": []})
    minimal = "return=minimal" in request.headers.get("prefer", "").lower().replace(" ", "")
    items, position = _items(caller, current, minimal=minimal)
    if position == MORE:
        return GraphJson({**body, **_delta_link(caller, current), "value": items})
    later = msgspec.structs.replace(current, position=position)
    return GraphJson({**body, **_next_link(caller, later), "value": items})


def _round(caller: Caller, options: dict[str, str]) -> Round | None:
    """The round that the link continues, or a new one; None for `$deltatoken=latest`, which has no data."""
    given = options.get("skiptoken") or options.get("deltatoken")
    if given == "latest":
        return None
    if not given:
        return _first_round(caller, options)
    if "select" in options or "filter" in options:
        raise GraphError(400, "Request_BadRequest", "$select and $filter belong to the first request of a round only.")
    if "skiptoken" in options:
        current = unseal(caller.world, "users-delta-page", given, Round)
    else:
        current = unseal(caller.world, "users-delta", given, Round)
    if current.tenant != caller.tenant.id:
        raise GraphError(400, "Request_BadRequest", "The token belongs to another tenant.")
    _refuse_expired(caller, current)
    if "skiptoken" in options:
        return current
    latest = len(caller.tenant.directory.changes)
    return msgspec.structs.replace(current, since=current.until, until=latest, position=0, empty=_empty_pages(caller))


def _first_round(caller: Caller, options: dict[str, str]) -> Round:
    return Round(
        tenant=caller.tenant.id,
        names=parse_select(options.get("select")).names,
        ids=_ids(options.get("filter")),
        since=None,
        until=len(caller.tenant.directory.changes),
        position=0,
        empty=_empty_pages(caller),
        issued_at=caller.world.now().timestamp(),
    )


def _empty_pages(caller: Caller) -> int:
    return caller.world.settings.delta_empty_pages


def _ids(text: str | None) -> tuple[str, ...]:
    """Only `id eq …`, joined by `or`, at most 50 times."""
    if text is None:
        return ()
    parsed = parse_filter(text, MOST_IDS)
    parts = parsed.parts if isinstance(parsed, AnyOf) else (parsed,)
    ids = tuple(part.object_id for part in parts if isinstance(part, IsObject))
    if len(ids) < len(parts):
        raise GraphError(400, "Request_UnsupportedQuery", "Delta queries can be filtered by 'id eq' only.")
    return ids


def _refuse_expired(caller: Caller, current: Round) -> None:
    """Tokens of directory objects live seven days; then 410 with a fresh address, or 400, by setting."""
    settings = caller.world.settings
    lives = timedelta(seconds=settings.delta_token_lifetime_seconds).total_seconds()
    if caller.world.now().timestamp() < current.issued_at + lives:
        return
    if settings.delta_expiry == "gone":
        fresh = {"Location": link_to(caller.world, _PATH, deltatoken="")}
        raise GraphError(410, "syncStateNotFound", "The sync state generation is not found; resync is required.", fresh)
    raise GraphError(400, "Directory_ExpiredPageToken", "The specified page token value has expired.")


def _items(caller: Caller, current: Round, *, minimal: bool) -> tuple[list[dict[str, Any]], int]:
    directory, size = caller.tenant.directory, caller.world.settings.delta_page_size
    names = parse_names(current.names)
    if current.since is None:
        return first_items(directory, names, current.ids, current.position, size)
    changes = directory.changes[current.since : current.until]
    return changed_items(directory, names, current.ids, changes, current.position, size, minimal=minimal)


def _next_link(caller: Caller, later: Round) -> dict[str, str]:
    return {"@odata.nextLink": link_to(caller.world, _PATH, skiptoken=seal(caller.world, "users-delta-page", later))}


def _delta_link(caller: Caller, done: Round) -> dict[str, str]:
    """The next round begins where this one began, so what changed while it was read comes again."""
    fresh = msgspec.structs.replace(done, position=0, empty=0, issued_at=caller.world.now().timestamp())
    return {"@odata.deltaLink": link_to(caller.world, _PATH, deltatoken=seal(caller.world, "users-delta", fresh))}


routes = [Route("/v1.0/users/delta", users_delta), Route("/v1.0/users/delta()", users_delta)]
