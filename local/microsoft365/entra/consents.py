"""Who may consent to what, what a consent records, and what it covers afterwards."""

from datetime import timedelta
from typing import Literal

from local.microsoft365.people import (
    APPLICATION_ADMINISTRATOR,
    CLOUD_APPLICATION_ADMINISTRATOR,
    GLOBAL_ADMINISTRATOR,
    PRIVILEGED_ROLE_ADMINISTRATOR,
    Person,
)
from local.microsoft365.world import App, ServicePrincipal, Tenant, World

_ALL_PERMISSIONS = frozenset({GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR})
_ALL_BUT_GRAPH_ROLES = frozenset({APPLICATION_ADMINISTRATOR, CLOUD_APPLICATION_ADMINISTRATOR})


def may_grant_roles(person: Person) -> bool:
    """Application permissions of Graph need one of two roles."""
    return bool(_ALL_PERMISSIONS & set(person.directory_roles))


def may_see_prompt(person: Person) -> bool:
    """Application Administrators see the prompt too, though they cannot finish it for Graph's application roles."""
    return bool((_ALL_PERMISSIONS | _ALL_BUT_GRAPH_ROLES) & set(person.directory_roles))


def record_admin_consent(world: World, tenant: Tenant, app: App, *, roles: bool, scopes: tuple[str, ...]) -> None:
    """Replaces what was granted tenant-wide before; grants made by users themselves stay."""
    principal = world.open_service_principal(tenant, app.client_id)
    principal.roles = app.required_roles if roles else ()
    principal.scopes = scopes
    principal.consented_at = world.now()
    principal.visible_at = world.now() + timedelta(seconds=tenant.rules.propagation_seconds)


def record_consent_for_everybody(world: World, tenant: Tenant, app: App, scopes: tuple[str, ...]) -> None:
    """What an administrator ticks at their own sign-in: adds to what was granted tenant-wide."""
    principal = world.open_service_principal(tenant, app.client_id)
    principal.scopes = tuple(dict.fromkeys((*principal.scopes, *scopes)))


def record_user_consent(world: World, tenant: Tenant, app: App, person: Person, scopes: tuple[str, ...]) -> None:
    principal = world.open_service_principal(tenant, app.client_id)
    before = principal.scopes_of_person.get(person.id, ())
    principal.scopes_of_person[person.id] = tuple(dict.fromkeys((*before, *scopes)))


def is_covered(tenant: Tenant, app: App, person: Person, scopes: tuple[str, ...]) -> bool:
    principal = tenant.service_principals.get(app.client_id)
    if principal is None:
        return False
    return set(scopes) <= {*principal.scopes, *principal.scopes_of_person.get(person.id, ())}


def may_consent(tenant: Tenant, app: App, person: Person) -> bool:
    """Administrators may; users as the tenant's policy has it, and anybody for a personal account."""
    if may_see_prompt(person) or tenant.rules.user_consent == "allowed":
        return True
    return tenant.rules.user_consent == "verified_publishers" and app.publisher_verified


def meets_unspread_consent(
    world: World, tenant: Tenant, principal: ServicePrincipal | None, where: Literal["authorize", "token"]
) -> bool:
    """A consent just given that this part of Entra has not heard of yet (AADSTS65001), by the tenant's setting."""
    if principal is None or principal.consented_at is None or tenant.rules.sign_in_refused_at != where:
        return False
    return world.now() < principal.consented_at + timedelta(seconds=tenant.rules.sign_in_spread_seconds)
