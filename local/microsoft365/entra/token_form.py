"""What every grant of the token endpoint needs: the form, the app, its enterprise app, the addresses it may name."""

from collections.abc import Mapping
from typing import Any

from local.microsoft365.entra.errors import TokenError
from local.microsoft365.world import App, ServicePrincipal, Tenant, World

type Form = Mapping[str, str]


def required(form: Form, name: str) -> str:
    value = form.get(name)
    if not value:
        text = f"The request body must contain the following parameter: '{name}'."
        raise TokenError(900144, "invalid_request", text)
    return value


def find_app(world: World, form: Form, tenant: Tenant) -> App:
    client_id = required(form, "client_id")
    app = world.apps.get(client_id)
    if app is None or (app.home_tenant is not None and app.home_tenant != tenant.id):
        text = f"Application with identifier '{client_id}' was not found in the directory '{tenant.display_name}'."
        raise TokenError(700016, "unauthorized_client", text)
    if app.disabled:
        raise disabled(app)
    return app


def find_principal(world: World, tenant: Tenant, app: App) -> ServicePrincipal:
    """The enterprise app; while a consent spreads, Entra may not know of it yet."""
    principal = tenant.service_principals.get(app.client_id)
    is_visible = principal is not None and principal.visible_at <= world.now()
    if principal is None or (tenant.rules.before_propagation == "no_service_principal" and not is_visible):
        text = f"The client application {app.client_id} is missing service principal in the tenant {tenant.id}."
        raise TokenError(7000229, "invalid_client", text)
    if principal.disabled:
        raise disabled(app)
    return principal


def audiences(world: World, segment: str, tenant: Tenant) -> frozenset[str]:
    """The token endpoint as it was addressed or by the tenant's id, or the tenant's issuer."""
    endpoints = (f"{world.base_url}/{each}/oauth2/v2.0/token" for each in (segment, tenant.id))
    return frozenset({*endpoints, f"{world.base_url}/{tenant.id}/v2.0"})


def bare_answer(world: World) -> dict[str, Any]:
    lifetime = world.settings.token_lifetime_seconds
    return {"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime}


def disabled(app: App) -> TokenError:
    return TokenError(7000112, "unauthorized_client", f"Application '{app.client_id}'({app.name}) is disabled.")
