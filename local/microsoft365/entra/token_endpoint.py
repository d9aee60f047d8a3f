"""`/{tenant}/oauth2/v2.0/token`: client credentials, the authorization code with PKCE, and refresh tokens."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.microsoft365.entra.client_auth import authenticate
from local.microsoft365.entra.code_grant import redeem_code
from local.microsoft365.entra.errors import TokenError, token_error_body
from local.microsoft365.entra.refresh_grant import redeem_refresh_token
from local.microsoft365.entra.scopes import is_graph_default
from local.microsoft365.entra.tenant_segment import token_tenant
from local.microsoft365.entra.token_form import Form, audiences, bare_answer, find_app, find_principal, required
from local.microsoft365.entra.tokens import app_token
from local.microsoft365.web import Json, world_of
from local.microsoft365.world import World


async def token(request: Request) -> Response:
    world = world_of(request)
    form = {name: str(value) for name, value in (await request.form()).items()}
    try:
        answer = _grant(world, request.path_params["tenant"], form)
    except TokenError as error:
        correlation_id = request.headers.get("client-request-id")
        return Json(token_error_body(error, world.now(), world.base_url, correlation_id), error.status)
    return Json(answer, headers={"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"})


def _grant(world: World, segment: str, form: Form) -> dict[str, Any]:
    match required(form, "grant_type"):
        case "client_credentials":
            return _client_credentials(world, segment, form)
        case "authorization_code":
            return redeem_code(world, segment, form)
        case "refresh_token":
            return redeem_refresh_token(world, segment, form)
        case other:
            raise TokenError(70003, "unsupported_grant_type", f"The app requested an unsupported grant type '{other}'.")


def _client_credentials(world: World, segment: str, form: Form) -> dict[str, Any]:
    tenant = token_tenant(world, segment)
    app = find_app(world, form, tenant)
    _check_app_scope(world, required(form, "scope"))
    authenticate(world, app, form, audiences(world, segment, tenant))
    principal = find_principal(world, tenant, app)
    return {**bare_answer(world), "access_token": app_token(world, app, tenant, principal)}


def _check_app_scope(world: World, scope: str) -> None:
    parts = scope.split()
    if len(parts) > 1:
        raise TokenError(700022, "invalid_scope", "Client credentials requests must name one resource only.")
    if not scope.endswith("/.default"):
        text = f"The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."
        raise TokenError(70011, "invalid_scope", text)
    if not is_graph_default(world, scope):
        resource = scope.removesuffix("/.default")
        raise TokenError(500011, "invalid_resource", f"The resource principal named {resource} was not found.")


routes = [Route("/{tenant}/oauth2/v2.0/token", token, methods=["POST"])]
