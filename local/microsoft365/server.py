"""The stand-in as one ASGI application."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from local.microsoft365 import control, control_calendars, control_events, control_seed, control_subscriptions
from local.microsoft365.entra import admin_consent, authorize, discovery, token_endpoint
from local.microsoft365.gate import Gate
from local.microsoft365.graph import (
    batch,
    calendar_view,
    calendars,
    event_actions,
    event_lists,
    event_writes,
    me,
    schedule,
    subscriptions,
    users,
)
from local.microsoft365.graph.errors import GraphError, answer_graph_error, not_implemented
from local.microsoft365.web import Json
from local.microsoft365.world import World


def create_app(world: World) -> Starlette:
    """Entra, Graph and the control interface over one world."""
    routes: list[BaseRoute] = [
        *control.routes,
        *control_calendars.routes,
        *control_events.routes,
        *control_seed.routes,
        *control_subscriptions.routes,
        *batch.routes,
        *users.routes,
        *calendars.routes,
        *calendar_view.routes,
        *event_lists.routes,
        *event_writes.routes,
        *event_actions.routes,
        *schedule.routes,
        *subscriptions.routes,
        *me.own_routes(users.routes, calendars.routes, calendar_view.routes, event_lists.routes),
        *me.own_routes(event_writes.routes, event_actions.routes, schedule.routes),
        *discovery.routes,
        *authorize.routes,
        *admin_consent.routes,
        *token_endpoint.routes,
        Route("/v1.0/{rest:path}", _unknown_graph, methods=_ALL),
    ]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Gate, world=world)],
        exception_handlers={GraphError: answer_graph_error, HTTPException: _answer_http_exception},
    )
    app.state.world = world
    return app


_ALL = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


async def _unknown_graph(request: Request) -> Response:
    raise not_implemented(f"{request.method} {request.url.path}")


async def _answer_http_exception(request: Request, error: Exception) -> Response:
    """Below /control a plain 404 or 405; elsewhere 501, since Microsoft may have what the stand-in has not."""
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette looks the handler up by this class
    if request.url.path.startswith("/control"):
        return Json(
            {"detail": f"{request.method} {request.url.path}: {error.detail}"}, error.status_code, error.headers
        )
    return await answer_graph_error(request, not_implemented(f"{request.method} {request.url.path}"))
