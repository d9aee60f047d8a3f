"""The organisation's connection loses its tenant's trust: whoever has a calendar of their own is not without one."""

from datetime import timedelta
from typing import Any

import azure.functions as func
import pytest

from functions.user_match_sweep import user_match_sweep
from shared_code.core.calendar import Event, ShowAs
from shared_code.core.ids import MailboxKey, UserId
from shared_code.core.intervals import Interval
from shared_code.core.personal_account import CONSUMERS, PersonalState
from shared_code.errors import Disconnected
from shared_code.messages import ReleaseMailbox, SettleEverybody
from tests.fakes.composed_app import BASE_URL, ComposedApp
from tests.fakes.fake_calendars import default_calendar
from tests.unit.functions.account_way import CONNECT, OUTLOOK_ID, begun
from tests.unit.functions.browser import call
from tests.unit.functions.orders import carry_out, drain, run_for
from tests.unit.functions.own_accounts import accounts, find_user, give_account
from tests.unit.functions.test_connection_life import (
    MAILBOX,
    URSULA,
    ask,
    confirmed,
    connected,
    tenant,
    the_connection,
    user_state,
)
from tests.unit.functions.test_consent import TENANT
from tests.unit.functions.test_opting_out import put_policy
from tests.unit.functions.test_portal import signed_in

__all__ = ["tenant"]

ME = f"{BASE_URL}/portal/me"
SOON, QUARTER, LOOKED_FOR = timedelta(minutes=2), timedelta(minutes=15), timedelta(minutes=80)
CONNECTED, ASIDE = ("connected", None), ("set_aside", "admin_managed")
GIVING_WAY: list[dict[str, str]] = [
    {"takeover": "replace"},
    {"personal_connections": "without_admin_managed", "takeover": "both"},
]
ALL_POLICIES: list[dict[str, str]] = [*GIVING_WAY, {}]


def withdraw(app: ComposedApp) -> None:
    """The enterprise application is gone from the organisation's tenant; Outlook.com knows nothing of it."""
    error = Disconnected("no more", "consent_missing")
    for operation in ("read_changes", "read_users", "start_changes", "find_user", "find_users"):
        app.directory.script.fail(operation, error)
    for operation in ("list_calendars", "read_window", "find_time_zone"):
        app.calendars.script.fail(operation, error, about=str(MAILBOX))
    app.microsoft.script.fail("read_grant", error)


def trust_again(app: ComposedApp) -> None:
    for faulty in (app.directory, app.calendars, app.microsoft):
        faulty.script.heal()


def put_meeting(app: ComposedApp, mailbox: MailboxKey, hours: int) -> None:
    start = app.clock.now() + timedelta(days=2, hours=hours)
    meeting = Event("own", None, Interval(start, start + timedelta(hours=1)), ShowAs.BUSY)
    app.calendars.put(mailbox, default_calendar(mailbox), meeting)


async def lose(app: ComposedApp) -> None:
    """Within a quarter of an hour it is noticed, and within another one everybody's accounts were read anew."""
    withdraw(app)
    await run_for(app, 2 * QUARTER + SOON)
    assert (await the_connection())["state"] == "attention"


async def run_unheard(app: ComposedApp, period: timedelta) -> None:
    """As ``run_for``, but whoever is to look at everybody's accounts never hears of it."""
    end = app.clock.now() + period
    while app.clock.now() < end:
        app.clock.advance(timedelta(minutes=1))
        await user_match_sweep(func.TimerRequest())
        while (message := app.sent.take()) is not None:
            if not isinstance(message, SettleEverybody):
                await carry_out(message)


async def begin_account() -> int:
    body: dict[str, Any] = {}
    return (await call("begin_personal_connection", organization="acme", user="ursula", body=body)).status


@pytest.mark.parametrize("policy", GIVING_WAY, ids=str)
async def test_an_account_that_gave_way_comes_back_while_the_consent_is_lost_and_gives_way_again(
    tenant: ComposedApp, policy: dict[str, str]
) -> None:
    await put_policy(**policy)
    own = (await give_account(tenant)).mailbox
    await connected(tenant)
    await run_for(tenant, SOON)
    put_meeting(tenant, own, 3)
    aside, before = await accounts(tenant), await ask(tenant)

    await lose(tenant)
    lost, answer, state = await accounts(tenant), await ask(tenant), await user_state()
    trust_again(tenant)
    await run_for(tenant, LOOKED_FOR)
    again = await ask(tenant)

    assert (aside, lost) == ({"own-1": ASIDE}, {"own-1": CONNECTED})
    assert state == "connected"
    assert (answer["complete"], answer["reason"]) == (False, "connection_attention")
    assert len(answer["busy"]) == 1  # type: ignore[arg-type]
    assert answer["busy"] != before["busy"]
    assert await accounts(tenant) == {"own-1": ASIDE}
    assert (again["complete"], again["busy"]) == (True, before["busy"])


@pytest.mark.parametrize("policy", GIVING_WAY, ids=str)
async def test_a_new_consent_sets_the_account_aside_once_more(tenant: ComposedApp, policy: dict[str, str]) -> None:
    await put_policy(**policy)
    await give_account(tenant)
    await connected(tenant)
    await lose(tenant)
    lost = await accounts(tenant)

    trust_again(tenant)
    tenant.microsoft.service_principals[TENANT] = "another"
    await confirmed(tenant)
    await run_for(tenant, SOON)

    assert lost == {"own-1": CONNECTED}
    assert (await the_connection())["state"] == "active"
    assert await accounts(tenant) == {"own-1": ASIDE}


@pytest.mark.parametrize("policy", ALL_POLICIES, ids=str)
async def test_while_the_consent_is_lost_an_account_can_be_connected(
    tenant: ComposedApp, policy: dict[str, str]
) -> None:
    await put_policy(**policy)
    tenant.calendars.add_mailbox(MailboxKey("personal", CONSUMERS, UserId(OUTLOOK_ID)))
    await connected(tenant)
    asked_before = await begin_account()
    await lose(tenant)

    asked = await begin_account()
    page = await (await begun(tenant, await signed_in("ursula"))).connected()
    await run_for(tenant, SOON)
    beside = {state for state, _ in (await accounts(tenant)).values()}
    trust_again(tenant)
    await run_for(tenant, LOOKED_FOR)

    assert (asked_before, asked) == (201 if not policy else 403, 201)
    assert "Your account is connected" in page.text
    assert beside == {"connected"}
    assert set((await accounts(tenant)).values()) == ({CONNECTED} if not policy else {ASIDE})


async def test_the_page_offers_an_account_while_the_consent_is_lost_and_not_beside_a_calendar_that_is_read(
    tenant: ComposedApp,
) -> None:
    await put_policy(takeover="replace")
    await connected(tenant)
    browser = await signed_in("ursula")
    barred, refused = await browser.get(CONNECT), await browser.get(ME)

    await lose(tenant)
    browser = await signed_in("ursula")
    offered, page = await browser.get(CONNECT), await browser.get(ME)

    assert (barred.status, offered.status) == (409, 200)
    assert "no other account is connected beside it" in refused.text
    assert "no other account is connected beside it" not in page.text
    assert "/portal/me/connect" in page.text


async def test_their_own_work_mailbox_can_be_connected_while_the_organisation_does_not_read_it(
    tenant: ComposedApp,
) -> None:
    await connected(tenant)
    await lose(tenant)
    tenant.calendars.add_mailbox(MailboxKey("personal", TENANT, URSULA))

    page = await (await begun(tenant, await signed_in("ursula"))).connected("ursula@acme.example", URSULA, TENANT)
    await run_for(tenant, SOON)
    lost = set((await accounts(tenant)).values())
    trust_again(tenant)
    await run_for(tenant, LOOKED_FOR)

    assert "This account is connected already" not in page.text
    assert lost == {CONNECTED}
    assert set((await accounts(tenant)).values()) == {ASIDE}  # read once, through the organisation again


async def test_meetings_can_be_written_to_the_account_that_came_back(tenant: ComposedApp) -> None:
    await put_policy(takeover="replace")
    own = (await give_account(tenant)).mailbox
    await connected(tenant)
    await lose(tenant)

    body = {"write_calendar": default_calendar(own)}
    chosen = await call("put_settings", organization="acme", user="ursula", body=body, by="ursula")

    assert chosen.status == 200, chosen.text
    assert chosen.json["write_calendar"] == default_calendar(own)


async def test_an_order_to_bring_accounts_back_that_was_lost_is_given_again_within_a_day(tenant: ComposedApp) -> None:
    await put_policy(takeover="replace")
    await give_account(tenant)
    await connected(tenant)
    await run_for(tenant, SOON)

    withdraw(tenant)
    await run_unheard(tenant, QUARTER + SOON)
    unheard = (await the_connection())["state"], await accounts(tenant)
    await run_for(tenant, timedelta(hours=26))

    assert unheard == ("attention", {"own-1": ASIDE})
    assert await accounts(tenant) == {"own-1": CONNECTED}


async def test_an_order_to_set_accounts_aside_that_was_lost_is_given_again_within_a_day(tenant: ComposedApp) -> None:
    await put_policy(takeover="replace")
    await give_account(tenant)
    await connected(tenant)
    await lose(tenant)

    trust_again(tenant)
    await run_unheard(tenant, LOOKED_FOR)
    unheard = (await the_connection())["state"], await accounts(tenant)
    await run_for(tenant, timedelta(hours=26))

    assert unheard == ("active", {"own-1": CONNECTED})
    assert await accounts(tenant) == {"own-1": ASIDE}


async def test_whoever_connects_another_account_has_the_one_that_gave_way_read_at_once(tenant: ComposedApp) -> None:
    await put_policy(takeover="replace")
    tenant.calendars.add_mailbox(MailboxKey("personal", CONSUMERS, UserId(OUTLOOK_ID)))
    await give_account(tenant)
    await connected(tenant)
    await run_for(tenant, SOON)
    withdraw(tenant)
    await run_unheard(tenant, QUARTER + SOON)
    unheard = await accounts(tenant)

    await (await begun(tenant, await signed_in("ursula"))).connected()
    await run_unheard(tenant, SOON)

    both = await accounts(tenant)
    assert unheard == {"own-1": ASIDE}
    assert (len(both), set(both.values())) == (2, {CONNECTED})


async def test_whoever_disconnects_one_account_has_the_other_released_if_it_is_to_give_way(
    tenant: ComposedApp,
) -> None:
    await put_policy(takeover="replace")
    await give_account(tenant)
    await give_account(tenant, name="own-2")
    await connected(tenant)
    await lose(tenant)
    trust_again(tenant)
    await run_unheard(tenant, LOOKED_FOR)
    unheard = await accounts(tenant)
    tenant.sent.sent.clear()

    await call("delete_personal_connection", organization="acme", user="ursula", connection="own-2", by="ursula")
    await run_unheard(tenant, SOON)

    sent = [each for each in tenant.sent.messages if isinstance(each, ReleaseMailbox) and each.tenant == CONSUMERS]
    released = {f"own-{each.user_id[-1]}": each.asked_for for each in sent}
    assert unheard == {"own-1": CONNECTED, "own-2": CONNECTED}
    assert await accounts(tenant) == {"own-1": ASIDE}
    assert released == {"own-1": False, "own-2": True}


async def test_a_second_order_changes_nothing_more_and_an_account_that_stays_is_not_written(
    tenant: ComposedApp,
) -> None:
    await give_account(tenant, state=PersonalState.CONNECTED)
    await put_policy(takeover="both")
    await connected(tenant)
    await run_for(tenant, QUARTER)
    kept = await find_user(tenant)
    await lose(tenant)
    released = [each for each in tenant.sent.messages if isinstance(each, ReleaseMailbox) and each.tenant == CONSUMERS]

    await tenant.sent.send(SettleEverybody(organization=kept.organization))
    await tenant.sent.send(SettleEverybody(organization=kept.organization))
    await drain(tenant)

    assert await find_user(tenant) == kept
    assert released == []
