"""Somebody connects an Outlook.com account of their own, beside the calendar that their organisation manages."""

from datetime import datetime, timedelta

from local.demo import own_accounts
from local.demo.following import CALM, Outlook, connected, midnight
from local.demo.outlook_accounts import Account, outlook_id, put_outlook_account
from local.demo.walking import walking
from local.demo.world import Busy, World, read_busy

ACME = "acme"
USER = 2  # which of those whose calendar the organisation manages
HOUR = timedelta(hours=1)


def personal_account(world: World) -> str:
    """What is in either calendar blocks; once the account is removed, its hour is free again."""
    someone = connected(world, USER)
    managed, own = Outlook(world, someone), put_outlook_account(world, someone.user)
    before = managed.truth()
    blocked = _free_hour(world, before)
    own.add_event("Dentist", *blocked)
    connection = _connect(world, someone.user, own)
    _expect_busy(world, managed, sorted([*before, blocked]), "with both calendars")
    path = f"/{ACME}/users/{someone.user}/personal-connections/{connection}"
    world.product.call("DELETE", path)
    settle(world)
    world.expect(own_accounts.own_accounts(world, ACME, someone.user), [], "accounts after the removal")
    _expect_busy(world, managed, before, "with the managed calendar alone")
    return f"{len(before):,} busy intervals, and one more for as long as {own.address} counts"


def own_mailboxes(world: World) -> set[str]:
    """Of accounts that people connected here."""
    return {outlook_id(connected(world, USER).user)}


def settle(world: World) -> None:
    """Until what was just connected, or removed, is read or forgotten."""
    for _ in range(2):
        world.settle(CALM)


def _connect(world: World, user: str, own: Account) -> str:
    with walking(world, own.address) as walker:
        page = own_accounts.connect(world, ACME, user, walker)
    settle(world)
    (account,) = own_accounts.own_accounts(world, ACME, user)
    world.expect(account["state"], "connected", f"the Outlook.com account, after “{page.title}”")
    return str(account["connection"])


def _free_hour(world: World, busy: Busy) -> tuple[datetime, datetime]:
    """That touches nothing, so that it is an interval of its own."""
    start = midnight(world) + timedelta(days=3)
    while any(first <= start + HOUR and start <= last for first, last in busy):
        start += HOUR
    return start, start + HOUR


def _expect_busy(world: World, managed: Outlook, expected: Busy, when: str) -> None:
    answer = managed.answer()
    world.expect(answer["complete"], True, f"the answer {when}")
    world.expect(read_busy(answer["busy"]), expected, f"busy times {when}")
