"""`/users` and `/users/{id}` (learn.microsoft.com/graph/api/user-list and user-get)."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from local.microsoft365.directory import Directory
from local.microsoft365.graph import users_delta
from local.microsoft365.graph.auth import Caller, authorize
from local.microsoft365.graph.errors import GraphError, not_implemented
from local.microsoft365.graph.filters import Filter, parse_filter
from local.microsoft365.graph.paging import next_link, parse_top, seal, system_options, unseal
from local.microsoft365.graph.user_properties import parse_select
from local.microsoft365.people import Person
from local.microsoft365.personal_accounts import is_personal, short_id
from local.microsoft365.web import GraphJson

DEFAULT_PAGE = 100
READ_ROLES = ("User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
OWN_PROFILE = "User.Read"
_OPTIONS = frozenset({"select", "filter", "top", "count", "skiptoken"})
_UNKNOWN_OPTIONS = frozenset({"search", "orderby", "expand"})


async def list_users(request: Request) -> Response:
    caller = authorize(request, *READ_ROLES)
    options = _options(request)
    selection = parse_select(options.get("select"))
    filtered = parse_filter(options["filter"]) if "filter" in options else None
    top = parse_top(options.get("top"), DEFAULT_PAGE)
    start = unseal(caller.world, "users", options["skiptoken"], int) if "skiptoken" in options else 0
    rows = list(islice(_rows(caller.tenant.directory, filtered, start), top + 1))
    body: dict[str, Any] = {"@odata.context": f"{caller.world.base_url}/v1.0/$metadata#users{selection.context}"}
    if options.get("count") == "true" and start == 0:
        body["@odata.count"] = _count(caller.tenant.directory, filtered)
    if len(rows) > top:
        body["@odata.nextLink"] = next_link(request, caller.world, seal(caller.world, "users", rows[top][0]))
    render = selection.renderer()
    body["value"] = [render(person) for _, person in rows[:top]]
    return GraphJson(body)


async def count_users(request: Request) -> Response:
    caller = authorize(request, *READ_ROLES)
    _need_consistency_level(request)
    return PlainTextResponse(str(len(caller.tenant.directory)))


async def get_user(request: Request) -> Response:
    caller = authorize(request, *READ_ROLES, OWN_PROFILE)
    options = system_options(request, frozenset({"select"}))
    selection = parse_select(options.get("select"))
    person = _person(caller, request.path_params["user"])
    if caller.person not in (None, person.id):
        raise GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    context = f"{caller.world.base_url}/v1.0/$metadata#users{selection.context}/$entity"
    body = selection.renderer()(person)
    if is_personal(caller.tenant) and "id" in body:
        body["id"] = short_id(person.id)
    return GraphJson({"@odata.context": context, **body})


def _options(request: Request) -> dict[str, str]:
    names = {name.removeprefix("$") for name in request.query_params}
    if unknown := names & _UNKNOWN_OPTIONS:
        raise not_implemented(f"the query option '${min(unknown)}' of /users")
    options = system_options(request, _OPTIONS)
    if options.get("count", "false") not in {"true", "false"}:
        raise GraphError(400, "BadRequest", f"Invalid value '{options['count']}' for $count query option found.")
    if options.get("count") == "true":
        _need_consistency_level(request)
    return options


def _need_consistency_level(request: Request) -> None:
    """The header is not part of a nextLink: it has to be sent with every page."""
    if request.headers.get("consistencylevel", "").lower() != "eventual":
        text = "$count is not currently supported without the header 'ConsistencyLevel: eventual'."
        raise GraphError(400, "Request_UnsupportedQuery", text)


def _rows(directory: Directory, filtered: Filter | None, start: int) -> Iterator[tuple[int, Person]]:
    """Whom the filter lets through, with the position from which a next page would begin."""
    if filtered is None:
        return directory.from_position(start)
    found = filtered.candidates(directory)
    if found is None:
        return ((at, person) for at, person in directory.from_position(start) if filtered.matches(person))
    placed = sorted((directory.position_of(person), person.id, person) for person in found)
    return ((at, person) for at, _, person in placed if at >= start and filtered.matches(person))


def _count(directory: Directory, filtered: Filter | None) -> int:
    return len(directory) if filtered is None else sum(1 for _ in _rows(directory, filtered, 0))


def _person(caller: Caller, key: str) -> Person:
    person = caller.tenant.directory.find_by_key(key)
    if person is None:
        text = f"Resource '{key}' does not exist or one of its queried reference-property objects are not present."
        raise GraphError(404, "Request_ResourceNotFound", text)
    return person


routes = [
    Route("/v1.0/users", list_users),
    Route("/v1.0/users/$count", count_users),
    *users_delta.routes,
    Route("/v1.0/users/{user}", get_user),
]
