"""Who signs in: a typed account, and whom it stands for in the tenant it goes to."""

from starlette.requests import Request

from local.microsoft365.entra.errors import ShownError
from local.microsoft365.entra.sessions import COOKIE, Account
from local.microsoft365.people import Person
from local.microsoft365.personal_accounts import is_personal
from local.microsoft365.world import Tenant, World

SUGGESTED = 12


def remembered_account(world: World, request: Request, into: Tenant | None) -> Account | None:
    """The account that this browser has signed in with, if it can be used there; else somebody is asked."""
    account = world.sessions.find(request.cookies.get(COOKIE))
    if account is None or account.tenant not in world.tenants:
        return None
    try:
        person_in(world, account, into)
    except ShownError:
        return None
    return account


def typed_account(world: World, typed: str, into: Tenant | None) -> Account:
    """By userPrincipalName (or object id) in any tenant; a guest without a home here only in the tenant he goes to.

    An address that is a work account and a personal one is the work account, but where only personal ones may come.
    """
    for tenant in sorted(world.tenants.values(), key=lambda tenant: is_personal(tenant) != is_personal(into)):
        person = tenant.directory.find_by_key(typed.strip())
        if person is not None and not person.is_guest:
            return Account(tenant.id, person.id)
    guest = into.directory.find_by_key(typed.strip()) if into else None
    if into is None or guest is None:
        text = f"The user account '{typed}' does not exist. It must be added to a directory first."
        raise ShownError(50034, text)
    return Account(into.id, guest.id)


def person_in(world: World, account: Account, into: Tenant | None) -> tuple[Tenant, Person]:
    """Without a tenant in the path everybody is at home; elsewhere a person is the guest that was invited there."""
    home = world.tenants[account.tenant]
    person = home.directory.find(account.person)
    if person is None:
        raise ShownError(50034, "The user account does not exist any more.")
    tenant = into or home
    found = person if tenant is home else _guest_of(tenant, home, person)
    if found is None:
        raise ShownError(
            50020,
            f"User account '{person.user_principal_name}' from identity provider 'https://sts.windows.net/{home.id}/' "
            f"does not exist in tenant '{tenant.display_name}' and cannot access the application in that tenant.",
        )
    if found.account_enabled is False or person.account_enabled is False:
        raise ShownError(50057, "The user account is disabled.")
    return tenant, found


def suggested_accounts(world: World, into: Tenant | None) -> list[Person]:
    """A few people to choose from, administrators first; anybody else's name can be typed."""
    tenants = [into] if into else list(world.tenants.values())
    shown: list[Person] = []
    for tenant in tenants:
        people = [
            person for _, person in zip(range(500), tenant.directory, strict=False) if into or not person.is_guest
        ]
        shown += sorted(people, key=lambda person: not person.directory_roles)[:SUGGESTED]
    return shown


def _guest_of(tenant: Tenant, home: Tenant, person: Person) -> Person | None:
    addresses = {address for address in (person.mail, person.user_principal_name) if address}
    external = person.user_principal_name.replace("@", "_") + f"#EXT#@{tenant.domain}"
    candidates = [guest for address in (*addresses, external) for guest in tenant.directory.with_address(address)]
    return next((guest for guest in candidates if guest.is_guest and guest.home_tenant == home.id), None)
