"""`/me`: everything that `/users/{id}` has, for whoever signed in (learn.microsoft.com/graph/api/overview)."""

from collections.abc import Awaitable, Callable, Iterable
from functools import wraps

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from local.microsoft365.graph.auth import signed_in_person

type Endpoint = Callable[[Request], Awaitable[Response]]

_USER, _ME = "/v1.0/users/{user}", "/v1.0/me"


def own_routes(*groups: Iterable[BaseRoute]) -> list[Route]:
    """The same routes below `/me`; links that they answer stay below it."""
    return [
        Route(_ME + each.path.removeprefix(_USER), _own(each.endpoint), methods=list(each.methods or ()))
        for group in groups
        for each in group
        if isinstance(each, Route) and each.path.startswith(_USER)
    ]


def _own(endpoint: Endpoint) -> Endpoint:
    @wraps(endpoint)
    async def answered(request: Request) -> Response:
        request.path_params["user"] = signed_in_person(request)
        return await endpoint(request)

    return answered
