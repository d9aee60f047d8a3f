"""People's own accounts follow their organisation's policy and the admin-managed calendar that comes and goes."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.adapters.tables.names import USERS
from shared_code.core.calendar import ShowAs
from shared_code.core.ids import LinkKey, ProductUserId
from shared_code.core.personal_account import PersonalState
from shared_code.core.personal_rhythm import next_look
from shared_code.core.secret import Secret
from shared_code.core.user_settings import CalendarWish, UserSettings
from shared_code.errors import NoMailbox
from shared_code.messages import ConnectMailbox, ReleaseMailbox, SettleEverybody
from shared_code.ports import UserChange
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.browser import call
from tests.unit.functions.orders import carry_out, run_for
from tests.unit.functions.own_accounts import ACME, accounts, find_user, give_account
from tests.unit.functions.test_connection_life import MAILBOX, connected, disconnect, tenant, user_state
from tests.unit.functions.test_opting_out import opt_out, put_policy, reconnect

__all__ = ["tenant"]

CONNECTED = ("connected", None)
ASIDE, OFF = ("set_aside", "admin_managed"), ("set_aside", "not_allowed")
SOON, LATER = timedelta(minutes=2), timedelta(minutes=20)


def heard_of_accounts(app: ComposedApp) -> list[tuple[str, object, object]]:
    events = {event.event: event for event in app.product.received}.values()
    own = [event for event in events if event.data.get("registration") == "personal"]
    return [(event.type, event.data["connection"], event.data.get("state")) for event in own]


def looks(app: ComposedApp) -> int:
    return sum(isinstance(sent, SettleEverybody) for sent in app.sent.messages)


async def end_account() -> None:
    await call("delete_personal_connection", organization="acme", user="ursula", connection="own-1", by="ursula")


async def end_user() -> None:
    await call("delete_user", organization="acme", user="ursula")


def tokens(app: ComposedApp) -> int:
    return sum(row.key.startswith("token!") for row in app.rows.all_rows(USERS))


def ordered(app: ComposedApp, kind: type[ConnectMailbox | ReleaseMailbox]) -> int:
    return sum(isinstance(sent, kind) and sent.registration == "personal" for sent in app.sent.messages)


async def test_with_keep_whoever_has_an_account_is_not_matched(tenant: ComposedApp) -> None:
    await give_account(tenant)

    await connected(tenant)

    user = (await call("get_user", organization="acme", user="ursula")).json
    assert (user["state"], user["reason"], user["connection"]) == ("personal", "has_own_account", None)
    assert await accounts(tenant) == {"own-1": CONNECTED}


@pytest.mark.parametrize(("takeover", "then"), [("replace", ASIDE), ("both", CONNECTED)])
async def test_the_admin_managed_calendar_takes_over_as_the_policy_says(
    tenant: ComposedApp, takeover: str, then: tuple[str, str | None]
) -> None:
    tenant.product.open()
    await put_policy(takeover=takeover)
    await give_account(tenant)

    await connected(tenant)
    await run_for(tenant, SOON)

    assert await user_state() == "connected"
    assert await accounts(tenant) == {"own-1": then}
    is_aside = then == ASIDE
    assert ordered(tenant, ReleaseMailbox) == is_aside
    assert heard_of_accounts(tenant)[1:] == ([("user.disconnected", "own-1", "set_aside")] if is_aside else [])


async def test_who_is_connected_already_has_an_account_beside(tenant: ComposedApp) -> None:
    await connected(tenant)
    await give_account(tenant)

    await run_for(tenant, timedelta(hours=26))

    assert await user_state() == "connected"
    assert await accounts(tenant) == {"own-1": CONNECTED}


async def test_when_the_connection_ends_the_accounts_come_back(tenant: ComposedApp) -> None:
    await put_policy(takeover="replace")
    await give_account(tenant)
    await connected(tenant)
    await run_for(tenant, SOON)

    await disconnect()
    await run_for(tenant, LATER)

    assert await accounts(tenant) == {"own-1": CONNECTED}
    assert await user_state() == "personal"
    assert ordered(tenant, ConnectMailbox) == 1


async def test_while_the_mailbox_is_out_of_reach_the_accounts_are_back(tenant: ComposedApp) -> None:
    await put_policy(personal_connections="without_admin_managed", takeover="both")
    await give_account(tenant)
    await connected(tenant)
    await run_for(tenant, SOON)
    tenant.calendars.script.fail("read_window", NoMailbox("moved"), about=str(MAILBOX))
    before = await accounts(tenant)

    await run_for(tenant, timedelta(hours=7))

    assert before == {"own-1": ASIDE}
    assert await user_state() == "no_mailbox"
    assert await accounts(tenant) == {"own-1": CONNECTED}


async def test_opting_out_brings_the_account_back_and_a_reconnect_sets_it_aside(
    tenant: ComposedApp,
) -> None:
    await put_policy(takeover="replace")
    await give_account(tenant)
    await connected(tenant)
    await run_for(tenant, SOON)

    await opt_out()
    await run_for(tenant, SOON)
    out = await accounts(tenant), await user_state()
    await reconnect()
    await run_for(tenant, SOON)

    assert out == ({"own-1": CONNECTED}, "opted_out")
    assert (await accounts(tenant), await user_state()) == ({"own-1": ASIDE}, "connected")


async def test_a_reconnect_is_no_new_match_that_keep_would_leave_out(tenant: ComposedApp) -> None:
    await connected(tenant)
    await give_account(tenant)
    await opt_out()
    await run_for(tenant, SOON)

    await reconnect()
    await run_for(tenant, SOON)

    assert (await accounts(tenant), await user_state()) == ({"own-1": CONNECTED}, "connected")


async def test_a_policy_without_personal_connections_sets_all_aside_and_back(tenant: ComposedApp) -> None:
    tenant.product.open()
    await give_account(tenant)
    await give_account(tenant, name="own-2", state=PersonalState.NEEDS_RECONNECT)

    await put_policy(personal_connections="off")
    await run_for(tenant, LATER)
    off = await accounts(tenant), await user_state()
    await put_policy(personal_connections="allowed")
    await run_for(tenant, LATER)

    assert off == ({"own-1": OFF, "own-2": OFF}, "no_match")
    assert (await accounts(tenant), await user_state()) == ({"own-1": CONNECTED, "own-2": CONNECTED}, "personal")
    told = [(kind, name) for kind, name, _ in heard_of_accounts(tenant)]
    assert sorted(told[-4:-2]) == [("user.disconnected", "own-1"), ("user.disconnected", "own-2")]
    assert sorted(told[-2:]) == [("user.connected", "own-1"), ("user.connected", "own-2")]


async def test_a_policy_that_lets_the_match_take_over_matches_whoever_was_left_out(tenant: ComposedApp) -> None:
    await give_account(tenant)
    await connected(tenant)

    await put_policy(takeover="both")
    await run_for(tenant, LATER)

    assert await user_state() == "connected"
    assert await accounts(tenant) == {"own-1": CONNECTED}


async def test_a_read_that_nobody_carried_out_is_ordered_again(tenant: ComposedApp) -> None:
    await connected(tenant)
    await give_account(tenant, state=PersonalState.PENDING)

    await run_for(tenant, timedelta(hours=26))

    assert ordered(tenant, ConnectMailbox) >= 1


async def test_without_any_connection_a_lost_order_is_sent_again_within_hours_and_no_longer_than_needed(
    acme: ComposedApp,
) -> None:
    await give_account(acme, state=PersonalState.PENDING)
    await acme._upkeep.set(next_look(ACME, acme.clock.now()))

    await run_for(acme, timedelta(hours=3))
    waited = ordered(acme, ConnectMailbox)
    await end_account()
    await run_for(acme, timedelta(hours=2))
    ended = looks(acme)
    await run_for(acme, timedelta(hours=2))

    assert waited >= 1
    assert looks(acme) == ended


async def test_a_purged_connection_leaves_what_people_chose_for_their_own_accounts(tenant: ComposedApp) -> None:
    await connected(tenant)
    account = await give_account(tenant)
    stored = await tenant._users.find(ACME, ProductUserId("ursula"))
    assert stored is not None
    now = tenant.clock.now()
    own, managed = CalendarWish(account.mailbox, now), CalendarWish(MAILBOX, now)
    chosen = UserSettings((ShowAs.TENTATIVE,), calendars=managed, personal_calendars=(own,), written_mailbox=MAILBOX)
    await tenant._users.save([UserChange(stored, replace(stored.value, settings=chosen))])

    await disconnect(purge=True)
    await run_for(tenant, LATER)

    assert (await find_user(tenant)).settings == UserSettings((ShowAs.TENTATIVE,), personal_calendars=(own,))


async def test_whoever_is_removed_takes_their_accounts_along(tenant: ComposedApp) -> None:
    tenant.product.open()
    await give_account(tenant)
    tenant.clock.advance(SOON)

    await call("delete_user", organization="acme", user="ursula")
    await run_for(tenant, SOON)

    assert ordered(tenant, ReleaseMailbox) == 1
    assert ("user.disconnected", "own-1", None) in heard_of_accounts(tenant)


@pytest.mark.parametrize("goes", [end_account, end_user])
async def test_a_token_whose_release_was_lost_goes_all_the_same(
    acme: ComposedApp, goes: Callable[[], Awaitable[None]]
) -> None:
    account = await give_account(acme)
    link = LinkKey(account.mailbox, ACME, ProductUserId("ursula"))
    await acme._token_vault.keep(link, await acme._token_vault.seal(link, Secret("secret")))
    await goes()
    while acme.sent.take() is not None:  # nobody carries any of it out
        pass
    there = tokens(acme)

    await run_for(acme, timedelta(hours=3))

    assert (there, tokens(acme)) == (1, 0)


async def test_with_an_organisation_all_accounts_are_released(tenant: ComposedApp) -> None:
    await give_account(tenant)

    await call("delete_organization", organization="acme", by="olga")
    await run_for(tenant, SOON)

    assert ordered(tenant, ReleaseMailbox) == 1


async def test_the_same_order_twice_changes_nothing_more(tenant: ComposedApp) -> None:
    await put_policy(takeover="replace")
    await give_account(tenant)
    await connected(tenant)
    await run_for(tenant, SOON)
    settled, sent = await find_user(tenant), ordered(tenant, ReleaseMailbox)

    for message in [each for each in tenant.sent.messages if type(each).__name__.startswith("Settle")]:
        await carry_out(message)

    assert await find_user(tenant) == settled
    assert ordered(tenant, ReleaseMailbox) == sent
