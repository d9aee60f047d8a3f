"""Whether the app behind a subscription may still read the mailbox."""

from local.microsoft365.graph.auth import CALENDAR_ROLES
from local.microsoft365.subscriptions import Subscription
from local.microsoft365.world import ServicePrincipal, Tenant, World


def still_reaches(world: World, subscription: Subscription) -> bool:
    """Consent, enterprise app, person, licence and Exchange's own rules all still allow it."""
    tenant = world.tenants.get(subscription.tenant)
    if tenant is None or subscription.app not in world.apps:
        return False
    principal = tenant.service_principals.get(subscription.app)
    if principal is None or principal.disabled:
        return False
    person = tenant.directory.find(subscription.user)
    if person is None or not person.licensed:
        return False
    if subscription.is_delegated:
        return bool(CALENDAR_ROLES & {*principal.scopes, *principal.scopes_of_person.get(person.id, ())})
    return principal.id == subscription.creator_id and _is_open(tenant, principal, person.id)


def _is_open(tenant: Tenant, principal: ServicePrincipal, user: str) -> bool:
    scope = tenant.mailbox_scope(principal.client_id)
    if user in scope.denied or (scope.only is not None and user not in scope.only):
        return False
    return bool(CALENDAR_ROLES & set(principal.roles)) or user in (scope.granted or ())
