"""Personal Microsoft accounts: one tenant that every Microsoft has, with rules of its own.

learn.microsoft.com/entra/identity-platform/id-token-claims-reference (tid), …/v2-protocols
"""

from local.microsoft365.tenants import Tenant

PERSONAL_ACCOUNTS = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""The tenant of personal accounts; one published key may sign for it only."""


def personal_tenant() -> Tenant:
    """Nobody in it yet; it belongs to no organisation, so nobody administers it."""
    domains = ("hotmail.com", "live.com", "gmail.com")
    return Tenant(PERSONAL_ACCOUNTS, "outlook.com", domains, "Microsoft account")


def is_personal(tenant: Tenant | None) -> bool:
    return tenant is not None and tenant.id == PERSONAL_ACCOUNTS


def short_id(object_id: str) -> str:
    """The id that Graph shows for a personal account: the last sixteen digits of the object id."""
    return object_id.replace("-", "")[-16:]
