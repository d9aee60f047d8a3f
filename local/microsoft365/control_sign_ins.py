"""Control of sign-ins: what ends them (revoked, a new password, an app removed), and the secrets they handed out."""

from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.microsoft365.control_requests import control_errors, person_of, read, tenant_of
from local.microsoft365.personal_accounts import is_personal
from local.microsoft365.web import Json, world_of


class Ending(msgspec.Struct, forbid_unknown_fields=True):
    """``password_changed`` is by the person, ``password_reset`` by an administrator in the Entra admin centre."""

    happened: Literal["revoked", "password_changed", "password_reset"]


@control_errors
async def end_sign_ins(request: Request) -> Response:
    """A confidential app's refresh tokens outlive the password that a person changes, of a work account."""
    tenant, person, ending = tenant_of(request), person_of(request), await read(request, Ending)
    if ending.happened != "password_changed" or is_personal(tenant):
        tenant.sign_ins_valid_from[person.id] = world_of(request).now()
    return Response(status_code=204)


@control_errors
async def remove_app(request: Request) -> Response:
    """The person takes back what they consented to themselves; what an administrator granted stays."""
    principal = tenant_of(request).service_principals.get(request.path_params["client_id"])
    if principal is not None:
        principal.scopes_of_person.pop(person_of(request).id, None)
    return Response(status_code=204)


async def list_secrets(request: Request) -> Response:
    """For whoever searches where they must not be. Work accounts' access tokens are told by their beginning: eyJ0eX."""
    world = world_of(request)
    codes, tokens = world.codes.values(), world.refresh_tokens.values()
    return Json({"codes": codes, "refresh_tokens": tokens, "personal_access_tokens": list(world.tickets)})


_PERSON = "/control/tenants/{tenant}/people/{person}"
routes = [
    Route(_PERSON + "/sign-ins", end_sign_ins, methods=["POST"]),
    Route(_PERSON + "/consents/{client_id}", remove_app, methods=["DELETE"]),
    Route("/control/secrets", list_secrets),
]
