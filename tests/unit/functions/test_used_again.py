"""Ids and addresses that the product gives to somebody else: nobody is answered for with another's calendar."""

from datetime import timedelta

import pytest

from shared_code.core.calendar import Event, ShowAs
from shared_code.core.directory import DirectoryUser
from shared_code.core.ids import MailboxKey, UserId
from shared_code.core.intervals import Interval
from tests.fakes.composed_app import ComposedApp
from tests.fakes.fake_calendars import default_calendar
from tests.unit.functions.browser import call
from tests.unit.functions.orders import run_for
from tests.unit.functions.test_connection_life import MAILBOX, ask, connected, tenant, user_state
from tests.unit.functions.test_consent import TENANT

__all__ = ["tenant"]  # the fixture of a connected tenant is used here too

VERA = UserId("7e2c0a8e-3b39-4d7a-8f3f-1b8a9a3d0003")
VERAS_MAILBOX = MailboxKey("organizations", TENANT, VERA)
MOMENT = timedelta(minutes=1)


@pytest.fixture
async def pair(tenant: ComposedApp) -> ComposedApp:
    """Ursula, who has one meeting, and Vera, who has two, are connected."""
    tenant.directory.put(TENANT, DirectoryUser(VERA, "vera@acme.example", "vera@acme.example"))
    tenant.calendars.add_mailbox(VERAS_MAILBOX)
    for days in (2, 4):
        start = tenant.clock.now() + timedelta(days=days)
        meeting = Event(f"v{days}", f"i{days}", Interval(start, start + timedelta(hours=1)), ShowAs.BUSY)
        tenant.calendars.put(VERAS_MAILBOX, default_calendar(VERAS_MAILBOX), meeting)
    await put("vera", "vera@acme.example")
    await connected(tenant)
    assert [await meetings(tenant, user) for user in ("ursula", "vera")] == [1, 2]
    return tenant


async def put(user: str, *addresses: str) -> None:
    body = {"addresses": [{"address": address, "verified": True} for address in addresses]}
    answered = await call("put_user", organization="acme", user=user, body=body)
    assert answered.status in {200, 201}


async def meetings(app: ComposedApp, user: str) -> int | None:
    """How many are known; None where nothing is answered for."""
    answer = await ask(app, user)
    return len(answer["busy"]) if answer["complete"] else None  # type: ignore[arg-type]  # a list in JSON


async def test_an_id_given_to_somebody_else_leads_to_nothing_of_who_had_it(pair: ComposedApp) -> None:
    await call("delete_user", organization="acme", user="vera")
    await call("delete_user", organization="acme", user="ursula")
    await put("ursula", "vera@acme.example")
    at_once = await meetings(pair, "ursula")

    await run_for(pair, MOMENT)

    assert at_once is None
    assert await meetings(pair, "ursula") == 2
    assert pair.rows.keys("mailboxes", str(VERAS_MAILBOX)) != []
    assert pair.rows.keys("mailboxes", str(MAILBOX)) == []


async def test_an_id_whose_address_becomes_another_persons_leads_to_that_person_only(pair: ComposedApp) -> None:
    await call("delete_user", organization="acme", user="vera")
    await put("ursula", "vera@acme.example")
    at_once = await meetings(pair, "ursula")

    await run_for(pair, MOMENT)

    assert at_once is None
    assert await meetings(pair, "ursula") == 2


async def test_an_address_that_goes_from_one_user_to_another_takes_the_calendar_along(pair: ComposedApp) -> None:
    await put("ursula")
    await put("wanda", "ursula@acme.example")

    await run_for(pair, MOMENT)

    assert await user_state("ursula") == "no_match"
    assert await meetings(pair, "ursula") is None
    assert await meetings(pair, "wanda") == 1


async def test_two_who_exchange_their_addresses_exchange_their_calendars(pair: ComposedApp) -> None:
    users = [
        {"user": "ursula", "addresses": [{"address": "vera@acme.example", "verified": True}]},
        {"user": "vera", "addresses": [{"address": "ursula@acme.example", "verified": True}]},
    ]
    await call("put_users", organization="acme", body={"users": users})
    at_once = [await meetings(pair, user) for user in ("ursula", "vera")]

    await run_for(pair, MOMENT * 2)

    assert at_once == [None, None]
    assert [await meetings(pair, user) for user in ("ursula", "vera")] == [2, 1]


async def test_two_ids_of_one_address_are_never_answered_for_together(pair: ComposedApp) -> None:
    body = {"addresses": [{"address": "URSULA@acme.example", "verified": True}]}

    answered = await call("put_user", organization="acme", user="another", body=body)

    assert answered.problem == "address-taken"
    assert (await ask(pair, "another"))["reason"] == "unknown_user"
