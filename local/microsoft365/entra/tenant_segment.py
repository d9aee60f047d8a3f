"""The first segment of every Entra path: a tenant by GUID or domain, or one of the shared words."""

from local.microsoft365.entra.errors import ShownError, TokenError
from local.microsoft365.personal_accounts import PERSONAL_ACCOUNTS, is_personal
from local.microsoft365.world import Tenant, World

ORGANIZATIONS, COMMON, CONSUMERS = "organizations", "common", "consumers"
SHARED = frozenset({ORGANIZATIONS, COMMON, CONSUMERS})


def shown_tenant(world: World, segment: str) -> Tenant | None:
    """None for `common` and `organizations`; an unknown tenant is refused on the page."""
    if segment == CONSUMERS:
        return world.tenants[PERSONAL_ACCOUNTS]
    if segment in SHARED:
        return None
    tenant = world.find_tenant(segment)
    if tenant is None:
        raise ShownError(90002, unknown_tenant(segment))
    return tenant


def token_tenant(world: World, segment: str) -> Tenant:
    """A real tenant, as the app-only grant wants it."""
    if segment in (COMMON, CONSUMERS):
        raise TokenError(
            9001023,
            "invalid_request",
            "The grant type is not supported over the /common or /consumers endpoints. "
            "Please use the /organizations or tenant-specific endpoint.",
        )
    if segment == ORGANIZATIONS:
        raise TokenError(
            50059, "invalid_request", "No tenant-identifying information found in either the request or implied by it."
        )
    tenant = world.find_tenant(segment)
    if is_personal(tenant):
        raise TokenError(9001023, "invalid_request", "The grant type is not supported for personal accounts.")
    if tenant is None:
        raise TokenError(90002, "invalid_request", unknown_tenant(segment))
    return tenant


def unknown_tenant(segment: str) -> str:
    return (
        f"Tenant '{segment}' not found. Check to make sure you have the correct tenant ID and are signing into the "
        "correct cloud. Check with your subscription administrator."
    )
