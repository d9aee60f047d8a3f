"""The control interface: CONTROL.md describes it. Errors are 404, or 422 with the reason."""

from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.microsoft365 import control_people, control_script, control_sign_ins
from local.microsoft365.control_requests import control_errors, guid_of, read, tenant_of
from local.microsoft365.personal_accounts import is_personal
from local.microsoft365.seeding import AccessPolicyEntry as Policy
from local.microsoft365.seeding import AppEntry, NotPlausible, TenantEntry, configure_tenant, grant, put_app, put_tenant
from local.microsoft365.tenants import Tenant, TenantRules
from local.microsoft365.web import Json, world_of
from local.microsoft365.world import World


@runtime_checkable
class MovableClock(Protocol):
    def advance(self, by: timedelta) -> datetime: ...

    def move_to(self, instant: datetime) -> datetime: ...


class ClockMove(msgspec.Struct, forbid_unknown_fields=True):
    advance_seconds: float | None = None
    now: datetime | None = None


class Grant(msgspec.Struct, forbid_unknown_fields=True):
    """``scopes``: for everybody in the tenant; left out, those that the registration names."""

    roles: tuple[str, ...] = ()
    scopes: tuple[str, ...] | None = None


class GrantChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays; ``assigned`` are the object ids of those who may sign in."""

    disabled: bool | None = None
    assignment_required: bool | None = None
    assigned: frozenset[str] | None = None


async def show_clock(request: Request) -> Response:
    return Json({"now": world_of(request).now()})


@control_errors
async def move_clock(request: Request) -> Response:
    move, clock = await read(request, ClockMove), world_of(request).clock
    if not isinstance(clock, MovableClock):
        return Json({"detail": "this world's clock cannot be moved"}, 422)
    if move.advance_seconds is not None:
        clock.advance(timedelta(seconds=move.advance_seconds))
    if move.now is not None:
        clock.move_to(move.now)
    return await show_clock(request)


@control_errors
async def replace_app(request: Request) -> Response:
    put_app(world_of(request), guid_of(request, "client_id"), await read(request, AppEntry))
    return Response(status_code=204)


@control_errors
async def replace_tenant(request: Request) -> Response:
    put_tenant(world_of(request), guid_of(request, "tenant"), await read(request, TenantEntry))
    return Response(status_code=204)


@control_errors
async def change_tenant(request: Request) -> Response:
    """Whatever is named changes; people and grants have their own paths."""
    tenant = tenant_of(request)
    changes = msgspec.json.decode(await request.body(), type=dict[str, Any])
    if {"people", "roles_granted"} & changes.keys():
        return Json({"detail": "people and grants have paths of their own"}, 422)
    configure_tenant(tenant, msgspec.convert({**_described(tenant), **changes}, TenantEntry))
    return Response(status_code=204)


@control_errors
async def delete_tenant(request: Request) -> Response:
    tenant = tenant_of(request)
    if is_personal(tenant):
        raise NotPlausible("personal accounts are always there")
    del world_of(request).tenants[tenant.id]
    return Response(status_code=204)


@control_errors
async def show_tenant(request: Request) -> Response:
    tenant = tenant_of(request)
    consents = {
        client_id: {
            "roles": each.roles,
            "scopes": each.scopes,
            "scopes_of_person": each.scopes_of_person,
            "disabled": each.disabled,
            "visible_at": each.visible_at,
        }
        for client_id, each in tenant.service_principals.items()
    }
    shown = {"people_count": len(tenant.directory), "consents": consents, "approval_requests": tenant.approval_requests}
    return Json({**_described(tenant), **shown})


@control_errors
async def replace_consent(request: Request) -> Response:
    wanted = await read(request, Grant)
    client_id = request.path_params["client_id"]
    grant(world_of(request), tenant_of(request), client_id, wanted.roles, wanted.scopes)
    return Response(status_code=204)


@control_errors
async def change_consent(request: Request) -> Response:
    """Disable or enable the enterprise app, or say whom it is for."""
    principal = tenant_of(request).service_principals.get(request.path_params["client_id"])
    if principal is None:
        return Json({"detail": "this tenant has no such enterprise app"}, 404)
    change = await read(request, GrantChange)
    for name in GrantChange.__struct_fields__:
        if (value := getattr(change, name)) is not None:
            setattr(principal, name, value)
    return Response(status_code=204)


@control_errors
async def withdraw_consent(request: Request) -> Response:
    """Delete the enterprise app, as a customer would."""
    tenant_of(request).service_principals.pop(request.path_params["client_id"], None)
    return Response(status_code=204)


def _described(tenant: Tenant) -> dict[str, Any]:
    scopes = tenant.mailbox_scopes.items()
    return {
        "domain": tenant.domain,
        "verified_domains": tenant.verified_domains,
        "display_name": tenant.display_name,
        "default_time_zone": tenant.default_time_zone,
        **{name: getattr(tenant.rules, name) for name in TenantRules.__struct_fields__},
        "exchange_scope": {app: sorted(scope.granted) for app, scope in scopes if scope.granted is not None},
        "access_policy": {
            app: msgspec.to_builtins(Policy(scope.only, scope.denied))
            for app, scope in scopes
            if scope.only is not None or scope.denied
        },
    }


def reset(world: World) -> None:
    """An empty world that keeps its address, its clock, its keys and its way out."""
    fresh = World(world.clock, world.base_url, keys=world.keys, outbound=world.outbound)
    for name in World.__dataclass_fields__:
        setattr(world, name, getattr(fresh, name))


@control_errors
async def reset_world(request: Request) -> Response:
    reset(world_of(request))
    return Response(status_code=204)


_TENANT = "/control/tenants/{tenant}"
_CONSENT = _TENANT + "/consents/{client_id}"
routes = [
    Route("/control/clock", show_clock),
    Route("/control/clock", move_clock, methods=["POST"]),
    Route("/control/reset", reset_world, methods=["POST"]),
    Route("/control/apps/{client_id}", replace_app, methods=["PUT"]),
    Route(_TENANT, show_tenant),
    Route(_TENANT, replace_tenant, methods=["PUT"]),
    Route(_TENANT, change_tenant, methods=["PATCH"]),
    Route(_TENANT, delete_tenant, methods=["DELETE"]),
    Route(_CONSENT, replace_consent, methods=["PUT"]),
    Route(_CONSENT, change_consent, methods=["PATCH"]),
    Route(_CONSENT, withdraw_consent, methods=["DELETE"]),
    *control_people.routes,
    *control_script.routes,
    *control_sign_ins.routes,
]
