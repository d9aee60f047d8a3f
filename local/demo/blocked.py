"""Somebody whose Microsoft organisation lets nobody connect applications, until its administrator allows this one."""

from datetime import timedelta
from typing import Any

from local.demo import own_accounts
from local.demo.following import midnight
from local.demo.outlook_accounts import Account
from local.demo.people import administrator, person
from local.demo.personal import settle
from local.demo.walking import walking
from local.demo.world import World, put_tenant, read_busy

TAILSPIN = "tailspin"
TAILSPIN_TENANT, TAILSPIN_DOMAIN = "7a115b1d-0000-4000-8000-000000000001", "tailspin.example"
USER = "theo"
SCOPES = ["offline_access", "openid", "profile", "User.Read", "Calendars.ReadWrite"]
# What somebody who is blocked reads, and where their administrator is sent.
PAGES = {
    "en": ("An administrator has to approve this first", "Microsoft Entra admin center → Enterprise applications"),
    "fr": (
        "Un administrateur doit d’abord donner son accord",
        "Centre d’administration Microsoft Entra → Applications d’entreprise",
    ),
}


def blocked_then_allowed(world: World) -> str:
    """Tailspin's people may not consent: Theo reads what its administrator has to do; they do it, and he connects."""
    account = _open_tailspin(world)
    for locale, (title, place) in PAGES.items():
        _expect_blocked(world, account, locale, title, place)
    world.expect(_answer(world)["complete"], False, "the answer while nothing is connected")
    consent = f"/tenants/{TAILSPIN_TENANT}/consents/{world.stack.addresses.personal_client_id}"
    world.control("PUT", consent, {"roles": [], "scopes": SCOPES})
    with walking(world, account.address) as theo:
        own_accounts.connect(world, TAILSPIN, USER, theo)
    settle(world)
    answer, truth = _answer(world), account.truth()
    world.expect((answer["complete"], answer["reason"]), (True, None), "the answer once the administrator allowed it")
    world.expect(read_busy(answer["busy"]), truth, "Theo's busy times")
    told = ", ".join(f"“{title}”" for title, _ in PAGES.values())
    return f"{told}; allowed, and Theo's {len(truth)} meeting is known"


def blocked_mailboxes() -> set[str]:
    """Of people who connected one here in the end."""
    return {str(person(TAILSPIN_DOMAIN, USER)["id"])}


def _open_tailspin(world: World) -> Account:
    theo = person(TAILSPIN_DOMAIN, USER)
    people = [administrator(TAILSPIN_DOMAIN), theo]
    put_tenant(world, TAILSPIN_TENANT, TAILSPIN_DOMAIN, people, user_consent="admin_only")
    world.product.put_organization(TAILSPIN, "Tailspin Toys", [{"user": USER, "addresses": []}])
    account = Account(world, TAILSPIN_TENANT, theo["id"], theo["userPrincipalName"])
    start = midnight(world) + timedelta(days=2, hours=9)
    account.add_event("Flight", start, start + timedelta(hours=3))
    return account


def _expect_blocked(world: World, account: Account, locale: str, title: str, place: str) -> None:
    """Microsoft keeps him on its page, and the link there leads back to ours."""
    with walking(world, account.address) as theo:
        begun = own_accounts.begin(world, TAILSPIN, USER, locale=locale)
        stopped = own_accounts.sign_in(theo, own_accounts.open_microsoft(theo, begun))
        world.expect(stopped.title.startswith("Need admin approval"), True, "whether Microsoft's own page stops him")
        page = theo.submit(stopped, "return")
    world.expect(page.title, title, f"the page after Microsoft said no, in {locale}")
    world.expect(place in page.text, True, f"whether it says where the administrator allows it, in {locale}")


def _answer(world: World) -> dict[str, Any]:
    return world.product.availability(TAILSPIN, [USER], *world.window)[USER]
