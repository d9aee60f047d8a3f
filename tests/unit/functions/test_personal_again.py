"""An account that is connected again, by its owner or another one, and that is taken away; and what is left of each."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.adapters.tables.names import SIGN_INS, USERS
from shared_code.core.ids import CalendarId, LinkKey, MailboxKey, OrganizationId, ProductUserId, UserId
from shared_code.core.personal_account import CONSUMERS, PersonalAccount, PersonalReason, PersonalState
from shared_code.core.policy import PersonalConnections
from shared_code.core.product_user import ProductUser
from shared_code.core.secret import Secret
from shared_code.core.user_settings import CalendarWish
from shared_code.errors import TryLater
from shared_code.flows.personal_states import PersonalStates
from shared_code.messages import ConnectMailbox, ReleaseMailbox
from shared_code.ports import Stored, UserChange
from tests.fakes.composed_app import BASE_URL, ComposedApp
from tests.unit.functions.account_way import (
    CONNECT,
    OUTLOOK,
    OUTLOOK_ID,
    Way,
    accounts_of,
    begun,
    decided,
    user_of,
)
from tests.unit.functions.browser import Browser, call
from tests.unit.functions.cut_ways import WRITES, before, cut_off
from tests.unit.functions.orders import run_for
from tests.unit.functions.test_portal import signed_in

MAILBOX = MailboxKey("personal", CONSUMERS, UserId(OUTLOOK_ID))
REFRESH_TOKEN = b"refresh-token-"


@pytest.fixture
async def way(acme: ComposedApp) -> Way:
    """Ursula is at Microsoft."""
    return await begun(acme, await signed_in("ursula"))


async def the_account(app: ComposedApp) -> PersonalAccount:
    (account,) = await accounts_of(app)
    return account


async def change_user(app: ComposedApp, **changes: object) -> None:
    stored = await app._users.find(OrganizationId("acme"), ProductUserId("ursula"))
    assert stored is not None
    changed: ProductUser = replace(stored.value, **changes)  # type: ignore[arg-type]  # of fields of any type
    assert not await app._users.save([UserChange(stored, changed)])


async def lost(app: ComposedApp) -> PersonalAccount:
    """Microsoft refuses its token from now on."""
    known = await the_account(app)
    gone = replace(known, state=PersonalState.NEEDS_RECONNECT, reason=PersonalReason.REVOKED)
    await change_user(app, personal=(gone,))
    return gone


def token_row(app: ComposedApp) -> bytes:
    (row,) = [each for each in app.rows.all_rows(USERS) if each.key.startswith("token!")]
    return repr(row.properties).encode()


async def test_a_lost_account_comes_back_under_its_name_with_what_was_chosen(way: Way) -> None:
    await way.connected()
    wish = CalendarWish(MAILBOX, way.app.clock.now(), (CalendarId("work"),))
    await change_user(way.app, settings=replace((await user_of(way.app)).settings, personal_calendars=(wish,)))
    gone, before = await lost(way.app), token_row(way.app)
    way.app.clock.advance(timedelta(minutes=5))

    named = await way.browser.get(f"{CONNECT}?account={gone.connection}")
    again = await begun(way.app, way.browser, gone.connection)
    await again.connected()

    account, user = await the_account(way.app), await user_of(way.app)
    assert f"Connect {OUTLOOK} again" in named.text
    assert again.asked["login_hint"] == OUTLOOK
    assert (account.connection, account.state, account.reason) == (gone.connection, PersonalState.PENDING, None)
    assert account.recovered_at == account.changed_at == way.app.clock.now()
    assert account.connected_at == gone.connected_at
    assert user.settings.personal_calendars == (wish,)
    assert token_row(way.app) != before


async def test_whoever_was_to_reconnect_one_account_may_choose_another(way: Way) -> None:
    await way.connected()
    gone = await lost(way.app)

    again = await begun(way.app, way.browser, gone.connection)
    await again.connected("other@outlook.com", OUTLOOK_ID.replace("1234", "4321"))

    first, second = await accounts_of(way.app)
    assert (first, second.account) == (gone, "other@outlook.com")


async def test_an_account_that_is_served_stays_as_it_is_and_gets_the_newest_token(way: Way) -> None:
    await way.connected()
    known, before = await the_account(way.app), token_row(way.app)
    way.app.clock.advance(timedelta(minutes=5))

    again = await begun(way.app, way.browser)
    await again.connected()

    assert await the_account(way.app) == replace(known, signed_in_at=way.app.clock.now())
    assert token_row(way.app) != before


async def test_a_refusal_of_the_token_before_the_last_sign_in_loses_nothing(way: Way) -> None:
    await way.connected()
    states, link = PersonalStates(way.app._users), LinkKey(MAILBOX, OrganizationId("acme"), ProductUserId("ursula"))
    await states.serve(link, await the_account(way.app), way.app.clock.now())
    seen = await the_account(way.app)
    way.app.clock.advance(timedelta(minutes=5))
    again = await begun(way.app, way.browser)
    await again.connected()

    await states.refuse(link, seen, PersonalReason.REVOKED, way.app.clock.now())
    kept = await the_account(way.app)
    await states.refuse(link, kept, PersonalReason.REVOKED, way.app.clock.now())

    assert kept.state is PersonalState.CONNECTED
    assert (await the_account(way.app)).state is PersonalState.NEEDS_RECONNECT


async def test_an_earlier_sign_in_that_is_confirmed_later_does_not_bring_its_token_back(way: Way) -> None:
    page, link = await way.signed_in(), LinkKey(MAILBOX, OrganizationId("acme"), ProductUserId("ursula"))
    way.app.clock.advance(timedelta(minutes=5))
    elsewhere = await begun(way.app, await signed_in("ursula"))
    await elsewhere.connected()
    known, kept = await the_account(way.app), await way.app._token_vault.find(link)

    read = await way.press(page)

    after = await way.app._token_vault.find(link)
    assert "Your account is connected" in read.text
    assert await the_account(way.app) == known
    assert (kept and kept.value) == (after and after.value)


async def test_a_second_click_leaves_the_token_that_was_refreshed_meanwhile(way: Way) -> None:
    page, link = await way.signed_in(), LinkKey(MAILBOX, OrganizationId("acme"), ProductUserId("ursula"))
    before(way.app, 6, cut_off, WRITES)  # all is kept, and the sign-in has not ended
    await way.press(page)
    vault = way.app._token_vault
    kept = await vault.find(link)
    assert kept is not None
    await vault.replace(link, kept, await vault.seal(link, Secret("refreshed")))

    read = await way.press(page)

    found = await vault.find(link)
    assert "Your account is connected" in read.text
    assert found is not None
    assert (await vault.open(link, found.value)).reveal() == "refreshed"


async def test_two_people_with_one_mailbox_each_have_their_own_account_and_token(way: Way) -> None:
    await way.connected()

    of_olga = await begun(way.app, await signed_in("olga"))
    await of_olga.connected()

    (hers,) = await accounts_of(way.app, "olga")
    keys = [key for key in way.app.rows.keys(USERS, "acme") if key.startswith("token!")]
    assert hers.mailbox == (await the_account(way.app)).mailbox
    assert hers.connection != (await the_account(way.app)).connection
    assert len(keys) == 2


async def test_a_disconnected_account_is_gone_with_its_token_and_may_come_back(way: Way) -> None:
    await way.connected()
    known = await the_account(way.app)
    page = f"{BASE_URL}/portal/me/accounts/{known.connection}/disconnect"

    asked = await way.browser.get(page)
    done = await way.browser.post(page)
    said = await way.browser.follow(done)
    again = await way.browser.post(page)
    released = [message for message in way.app.sent.messages if isinstance(message, ReleaseMailbox)]
    await run_for(way.app, timedelta(minutes=1))

    assert OUTLOOK in asked.text
    assert (again.status, "It was disconnected meanwhile" in again.text) == (404, True)
    assert "The account is disconnected." in said.text
    assert await accounts_of(way.app) == ()
    assert (await user_of(way.app)).state != "personal"
    assert {(order.link.mailbox, order.asked_for) for order in released} == {(MAILBOX, True)}
    assert [key for key in way.app.rows.keys(USERS, "acme") if key.startswith("token!")] == []
    assert (await way.browser.get(page)).status == 404


async def test_nobody_disconnects_somebody_elses_account_from_their_own_page(way: Way) -> None:
    await way.connected()
    known = await the_account(way.app)
    olga = await signed_in("olga")
    page = f"{BASE_URL}/portal/me/accounts/{known.connection}/disconnect"

    looked = await olga.get(page)
    sent = await olga.post(page)

    assert [looked.status, sent.status] == [404, 404]
    assert await the_account(way.app) == known
    assert not [message for message in way.app.sent.messages if isinstance(message, ReleaseMailbox)]


async def test_what_storage_keeps_from_being_stored_can_be_confirmed_once_more(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await way.signed_in()
    save = type(way.app._users).save
    with monkeypatch.context() as failing:
        failing.setattr(type(way.app._users), "save", _unanswered)
        refused = await way.press(page)

    monkeypatch.setattr(type(way.app._users), "save", save)
    done = await way.press(page)

    assert refused.status == 503
    assert "Your account is connected" in done.text
    assert len(await accounts_of(way.app)) == 1


async def _unanswered(*_: object) -> tuple[ProductUserId, ...]:
    raise TryLater("by script")


async def test_somebody_who_writes_the_user_meanwhile_takes_nothing_from_them(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, find = await way.signed_in(), way.app._users.find
    overtaken: list[ProductUserId] = []

    async def overtake(organization: OrganizationId, user: ProductUserId) -> Stored[ProductUser] | None:
        found = await find(organization, user)
        if found is not None and not overtaken and "confirm" in str(asyncio.current_task()):
            overtaken.append(user)
            await way.app._users.save([UserChange(found, replace(found.value, time_zone="Europe/Vienna"))])
        return found

    asyncio.current_task().set_name("confirm")  # type: ignore[union-attr]  # there is one
    monkeypatch.setattr(way.app._users, "find", overtake)
    await way.press(page)

    assert overtaken == ["ursula"]
    assert (await user_of(way.app)).time_zone == "Europe/Vienna"
    assert len(await accounts_of(way.app)) == 1


@pytest.mark.parametrize("happens", ["user_goes", "policy_changes"])
async def test_what_forbids_it_at_the_last_moment_leaves_no_token(
    way: Way, monkeypatch: pytest.MonkeyPatch, happens: str
) -> None:
    """Between the token, which is kept first, and the account."""
    page, save = await way.signed_in(), way.app._users.save

    async def overtaken(changes: Sequence[UserChange]) -> tuple[ProductUserId, ...]:
        monkeypatch.setattr(way.app._users, "save", save)
        if happens == "user_goes":
            await call("delete_user", organization="acme", user="ursula")
        else:
            await decided(way.app, personal_connections=PersonalConnections.OFF)
        return tuple(change.changed.user for change in changes if change.changed)

    monkeypatch.setattr(way.app._users, "save", overtaken)
    await way.press(page)

    assert [key for key in way.app.rows.keys(USERS, "acme") if key.startswith("token!")] == []


async def test_no_token_stands_anywhere_in_clear_and_no_address_where_it_does_not_belong(
    way: Way, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    page = await way.signed_in()
    waiting = way.app.rows.bytes_at_rest()

    await way.press(page)

    everything = (waiting, way.app.rows.bytes_at_rest(), way.app.sent.bytes_at_rest(), caplog.text.encode())
    assert [REFRESH_TOKEN in each for each in everything] == [False] * 4
    assert [OUTLOOK.encode() in each for each in everything] == [True, True, False, False]


async def test_a_sign_in_is_forgotten_when_its_hour_is_over(way: Way) -> None:
    await way.signed_in()

    await run_for(way.app, timedelta(minutes=62))

    assert [row.key for row in way.app.rows.all_rows(SIGN_INS) if row.key.startswith("personal-")] == []


async def test_an_account_that_was_left_unconfirmed_is_ordered_by_nobody(way: Way) -> None:
    await way.signed_in()

    await run_for(way.app, timedelta(minutes=5))

    assert not [message for message in way.app.sent.messages if isinstance(message, ConnectMailbox)]
    assert await accounts_of(way.app) == ()


async def test_a_user_whom_the_product_takes_away_meanwhile_gets_nothing(way: Way) -> None:
    page = await way.signed_in()
    await call("delete_user", organization="acme", user="ursula")
    address = {"address": "ursula@acme.example", "verified": True}
    way.app.clock.advance(timedelta(seconds=1))
    await call("put_user", organization="acme", user="ursula", body={"addresses": [address]})
    other = await signed_in("ursula")
    later = Browser({**way.browser.cookies, **other.cookies}, form_token=other.form_token)

    answered = await Way(way.app, later, way.asked).press(page)

    assert (answered.status, "Somebody else is signed in" in answered.text) == (400, True)
    assert await accounts_of(way.app) == ()
