"""`/{tenant}/oauth2/v2.0/token`: client credentials, and the authorization code with PKCE."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.microsoft365.entra.client_auth import authenticate
from local.microsoft365.entra.codes import Code
from local.microsoft365.entra.consents import meets_unspread_consent
from local.microsoft365.entra.errors import TokenError, token_error_body
from local.microsoft365.entra.scopes import is_graph_default
from local.microsoft365.entra.tenant_segment import token_tenant
from local.microsoft365.entra.tokens import app_token, id_token, user_token
from local.microsoft365.web import Json, world_of
from local.microsoft365.world import App, ServicePrincipal, Tenant, World

type Form = Mapping[str, str]


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
    match _required(form, "grant_type"):
        case "client_credentials":
            return _client_credentials(world, segment, form)
        case "authorization_code":
            return _authorization_code(world, segment, form)
        case other:
            raise TokenError(70003, "unsupported_grant_type", f"The app requested an unsupported grant type '{other}'.")


def _client_credentials(world: World, segment: str, form: Form) -> dict[str, Any]:
    tenant = token_tenant(world, segment)
    app = _app(world, form, tenant)
    _check_app_scope(world, _required(form, "scope"))
    authenticate(world, app, form, _audiences(world, segment, tenant))
    principal = _principal(world, tenant, app)
    return {**_answer(world), "access_token": app_token(world, app, tenant, principal)}


def _authorization_code(world: World, segment: str, form: Form) -> dict[str, Any]:
    code = _code(world, form)
    tenant = world.tenants[code.tenant]
    app = _app(world, form, tenant)
    authenticate(world, app, form, _audiences(world, segment, tenant))
    _check_code(world, code, segment, form)
    world.codes.redeem(code)
    principal = _principal(world, tenant, app)
    if meets_unspread_consent(world, tenant, principal, "token"):
        text = "The user or administrator has not consented to use the application."
        raise TokenError(65001, "invalid_grant", text, "consent_required")
    person = tenant.directory.find(code.person)
    if person is None or person.account_enabled is False:
        raise TokenError(50057, "invalid_grant", "The user account is disabled.")
    answer = {**_answer(world), "scope": " ".join(code.scopes)}
    answer["access_token"] = user_token(world, app, tenant, person, code.scopes)
    if "openid" in code.scopes:
        answer["id_token"] = id_token(world, app, tenant, person, code.nonce)
    return answer


def _answer(world: World) -> dict[str, Any]:
    lifetime = world.settings.token_lifetime_seconds
    return {"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime}


def _app(world: World, form: Form, tenant: Tenant) -> App:
    client_id = _required(form, "client_id")
    app = world.apps.get(client_id)
    if app is None or (app.home_tenant is not None and app.home_tenant != tenant.id):
        text = f"Application with identifier '{client_id}' was not found in the directory '{tenant.display_name}'."
        raise TokenError(700016, "unauthorized_client", text)
    if app.disabled:
        raise _disabled(app)
    return app


def _principal(world: World, tenant: Tenant, app: App) -> ServicePrincipal:
    """The enterprise app; while a consent spreads, Entra may not know of it yet."""
    principal = tenant.service_principals.get(app.client_id)
    hidden = tenant.rules.before_propagation == "no_service_principal" and not principal_is_visible(world, principal)
    if principal is None or hidden:
        text = f"The client application {app.client_id} is missing service principal in the tenant {tenant.id}."
        raise TokenError(7000229, "invalid_client", text)
    if principal.disabled:
        raise _disabled(app)
    return principal


def principal_is_visible(world: World, principal: ServicePrincipal | None) -> bool:
    return principal is not None and principal.visible_at <= world.now()


def _disabled(app: App) -> TokenError:
    return TokenError(7000112, "unauthorized_client", f"Application '{app.client_id}'({app.name}) is disabled.")


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


def _code(world: World, form: Form) -> Code:
    code = world.codes.find(_required(form, "code"))
    if code is None:
        raise TokenError(9002313, "invalid_grant", "Invalid request. The authorization code is malformed or invalid.")
    return code


def _check_code(world: World, code: Code, segment: str, form: Form) -> None:
    if code.client_id != form["client_id"]:
        raise TokenError(
            700005, "invalid_grant", "Provided Authorization Code is intended to use against other client."
        )
    if code.segment.lower() != segment.lower():
        raise TokenError(
            700005,
            "invalid_grant",
            "Provided Authorization Code is intended to use against other tenant, thus rejected.",
        )
    if code.redeemed:
        raise TokenError(54005, "invalid_grant", "OAuth2 Authorization code was already redeemed.")
    if world.now() >= code.issued_at + timedelta(seconds=world.settings.code_lifetime_seconds):
        raise TokenError(70008, "invalid_grant", "The provided authorization code or refresh token has expired.")
    if _required(form, "redirect_uri") != code.redirect_uri:
        raise TokenError(
            50011, "invalid_request", "The redirect URI does not match the one of the authorization request."
        )
    if code.challenge is not None and not _verifies(code, _required(form, "code_verifier")):
        raise TokenError(
            501481,
            "invalid_grant",
            "The Code_Verifier does not match the code_challenge supplied in the authorization.",
        )


def _verifies(code: Code, verifier: str) -> bool:
    digest = hashlib.sha256(verifier.encode()).digest()
    transformed = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return hmac.compare_digest(code.challenge or "", transformed if code.challenge_method == "S256" else verifier)


def _audiences(world: World, segment: str, tenant: Tenant) -> frozenset[str]:
    """The token endpoint as it was addressed or by the tenant's id, or the tenant's issuer."""
    endpoints = (f"{world.base_url}/{each}/oauth2/v2.0/token" for each in (segment, tenant.id))
    return frozenset({*endpoints, f"{world.base_url}/{tenant.id}/v2.0"})


def _required(form: Form, name: str) -> str:
    value = form.get(name)
    if not value:
        text = f"The request body must contain the following parameter: '{name}'."
        raise TokenError(900144, "invalid_request", text)
    return value


routes = [Route("/{tenant}/oauth2/v2.0/token", token, methods=["POST"])]
