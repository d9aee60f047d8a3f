"""Control of what goes wrong and of what is seen: faults, settings, signing keys, the request log."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.microsoft365.control_requests import control_errors, read, tenant_of
from local.microsoft365.entra.forgery import Forgery
from local.microsoft365.entra.tokens import managed_identity_token
from local.microsoft365.faults import Fault
from local.microsoft365.settings import Settings
from local.microsoft365.web import Json, world_of


class KeyChange(msgspec.Struct, forbid_unknown_fields=True):
    """``retire``: take the old keys out of the JWKS at once."""

    retire: bool = False


async def list_faults(request: Request) -> Response:
    return Json({"faults": world_of(request).faults.all()})


@control_errors
async def add_fault(request: Request) -> Response:
    return Json(world_of(request).faults.add(await read(request, Fault)), 201)


async def clear_faults(request: Request) -> Response:
    """No fault is left, and no Retry-After is remembered."""
    world_of(request).faults.clear()
    world_of(request).throttling.clear()
    return Response(status_code=204)


@control_errors
async def list_requests(request: Request) -> Response:
    log = world_of(request).requests
    after = int(request.query_params.get("after", "0"))
    return Json({"requests": list(log.after(after)), "last": log.last})


async def clear_requests(request: Request) -> Response:
    world_of(request).requests.clear()
    return Response(status_code=204)


async def summarize_requests(request: Request) -> Response:
    return Json(world_of(request).requests.summary())


async def show_settings(request: Request) -> Response:
    return Json(world_of(request).settings)


@control_errors
async def change_settings(request: Request) -> Response:
    world = world_of(request)
    values = {**msgspec.to_builtins(world.settings), **await read(request, dict[str, Any])}
    world.settings = msgspec.convert(values, Settings)
    return Json(world.settings)


@control_errors
async def rotate_keys(request: Request) -> Response:
    keys, change = world_of(request).keys, await read(request, KeyChange)
    keys.rotate()
    if change.retire:
        keys.retire()
    return Json({"current": keys.current.kid, "published": [key.kid for key in keys.published]})


class IdentityTokenWish(msgspec.Struct, forbid_unknown_fields=True):
    """``subject`` is the managed identity's object id."""

    subject: str
    audience: str = "api://AzureADTokenExchange"


@control_errors
async def hand_out_identity_token(request: Request) -> Response:
    """What the identity endpoint in Azure would answer a managed identity of this tenant."""
    wish = await read(request, IdentityTokenWish)
    token = managed_identity_token(world_of(request), tenant_of(request), wish.subject, wish.audience)
    return Json({"assertion": token}, 201)


@control_errors
async def forge_id_tokens(request: Request) -> Response:
    world_of(request).forgery = await read(request, Forgery)
    return Response(status_code=204)


async def stop_forging(request: Request) -> Response:
    world_of(request).forgery = None
    return Response(status_code=204)


async def forget_sessions(request: Request) -> Response:
    world_of(request).sessions.clear()
    return Response(status_code=204)


routes = [
    Route("/control/faults", list_faults),
    Route("/control/faults", add_fault, methods=["POST"]),
    Route("/control/faults", clear_faults, methods=["DELETE"]),
    Route("/control/requests", list_requests),
    Route("/control/requests", clear_requests, methods=["DELETE"]),
    Route("/control/requests/summary", summarize_requests),
    Route("/control/settings", show_settings),
    Route("/control/settings", change_settings, methods=["PATCH"]),
    Route("/control/keys/rotate", rotate_keys, methods=["POST"]),
    Route("/control/id-tokens", forge_id_tokens, methods=["PUT"]),
    Route("/control/id-tokens", stop_forging, methods=["DELETE"]),
    Route("/control/tenants/{tenant}/managed-identity-tokens", hand_out_identity_token, methods=["POST"]),
    Route("/control/sessions", forget_sessions, methods=["DELETE"]),
]
