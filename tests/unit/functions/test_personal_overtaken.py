"""Confirm and Cancel of one sign-in at the same time, and each cut off anywhere: what they read is true."""

from datetime import timedelta

import pytest

from shared_code.adapters.tables.names import USERS
from shared_code.adapters.tables.repair import RowRepair
from shared_code.adapters.tables.token_rows import SETTLED
from shared_code.core.ids import OrganizationId
from shared_code.core.policy import PersonalConnections
from tests.fakes.composed_app import BASE_URL, ComposedApp
from tests.unit.functions.account_way import (
    ANSWER,
    OUTLOOK,
    Way,
    accounts_of,
    begun,
    decided,
)
from tests.unit.functions.browser import Answered, call
from tests.unit.functions.cut_ways import WRITES, before, cut_off
from tests.unit.functions.orders import run_for
from tests.unit.functions.test_portal import signed_in

CONNECTED, CANCELLED = "Your account is connected", "You did not connect the account"
TOO_LATE = "You had already confirmed it when you cancelled, so it is connected."


@pytest.fixture
async def way(acme: ComposedApp) -> Way:
    """Ursula is at Microsoft."""
    return await begun(acme, await signed_in("ursula"))


async def is_kept(app: ComposedApp) -> bool:
    """Account and token; never one without the other."""
    accounts = await accounts_of(app)
    tokens = [key for key in app.rows.keys(USERS, "acme") if key.startswith("token!")]
    assert len(tokens) == len(accounts)
    return bool(accounts)


async def actions() -> list[str]:
    listed = (await call("list_audit", organization="acme")).json["audit"]
    return [entry["action"] for entry in listed if entry["action"].startswith("personal")]


async def test_who_cancels_before_the_confirmation_is_taken_up_has_cancelled(way: Way) -> None:
    page = await way.signed_in()
    before(way.app, 0, lambda: way.press(page, "cancel"), WRITES)

    confirmed = await way.press(page)

    assert CANCELLED in confirmed.text
    assert not await is_kept(way.app)
    assert OUTLOOK.encode() not in way.app.rows.bytes_at_rest()


@pytest.mark.parametrize(
    ("first", "second", "number"),
    [*(("confirm", "cancel", number) for number in range(22)), *(("cancel", "confirm", number) for number in range(6))],
)
async def test_whichever_comes_into_the_midst_of_the_other_both_read_what_is_true(
    way: Way, first: str, second: str, number: int
) -> None:
    page, read = await way.signed_in(), list[Answered]()

    async def press() -> None:
        read.append(await way.press(page, second))

    before(way.app, number, press)
    read.append(await way.press(page, first))

    kept = await is_kept(way.app)
    assert [CONNECTED in each.text for each in read] == [kept] * len(read)
    assert [CANCELLED in each.text for each in read] == [not kept] * len(read)
    assert len(set(await actions())) == kept


async def test_who_cancels_too_late_reads_so_and_can_disconnect_there(way: Way) -> None:
    page, read = await way.signed_in(), list[Answered]()

    async def cancel() -> None:
        read.append(await way.press(page, "cancel"))

    before(way.app, 1, cancel, WRITES)
    await way.press(page)

    (account,) = await accounts_of(way.app)
    (told,) = read
    assert TOO_LATE in told.text
    assert f'href="/portal/me/accounts/{account.connection}/disconnect"' in told.text


async def disconnect(way: Way) -> Answered:
    (account,) = await accounts_of(way.app)
    return await way.browser.post(f"{BASE_URL}/portal/me/accounts/{account.connection}/disconnect")


async def test_the_way_back_from_a_disconnection_leads_to_what_is_connected_now(way: Way) -> None:
    await way.connected()
    await disconnect(way)

    back = await way.browser.get(ANSWER)

    assert (back.status, back.location) == (303, "/portal/me")
    assert OUTLOOK not in (await way.browser.follow(back)).text


async def test_another_account_does_not_make_the_one_that_was_disconnected_connected(way: Way) -> None:
    await way.connected()
    await disconnect(way)
    elsewhere = await begun(way.app, await signed_in("ursula"))
    await elsewhere.connected()

    assert (await way.browser.get(ANSWER)).location == "/portal/me"
    assert CONNECTED in (await elsewhere.browser.get(ANSWER)).text


@pytest.mark.parametrize("then", ["confirm", "cancel"])
async def test_the_same_page_in_another_window_does_not_call_connected_what_was_disconnected(
    way: Way, then: str
) -> None:
    page = await way.signed_in()
    await way.press(page)
    await way.browser.follow(await disconnect(way))

    answered = await way.press(page, then)
    read = await way.browser.follow(answered)

    assert (answered.status, answered.location) == (303, "/portal/me")
    assert TOO_LATE not in read.text
    assert await accounts_of(way.app) == ()


async def test_who_cancels_in_another_window_what_is_still_connected_reads_so(way: Way) -> None:
    page = await way.signed_in()
    await way.press(page)

    read = await way.press(page, "cancel")

    assert (TOO_LATE in read.text, CONNECTED in read.text) == (True, True)


@pytest.mark.parametrize("number", range(22))
async def test_what_was_disconnected_meanwhile_is_not_brought_back(way: Way, number: int) -> None:
    """By a confirmation that is still under way when another click has finished it."""
    page, disconnected = await way.signed_in(), list[bool]()

    async def leave() -> None:
        assert CONNECTED in (await way.press(page)).text
        await disconnect(way)
        disconnected.append(True)

    before(way.app, number, leave)
    await way.press(page)
    await run_for(way.app, timedelta(minutes=2))
    await RowRepair(way.app.rows).drop_forsaken_tokens(OrganizationId("acme"), way.app.clock.now() + SETTLED)

    assert await is_kept(way.app) is not bool(disconnected)


@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("then", ["confirm", "cancel"])
async def test_a_confirmation_that_was_cut_off_is_finished_by_the_next_click(way: Way, then: str, number: int) -> None:
    page = await way.signed_in()
    before(way.app, number, cut_off, WRITES)
    await way.press(page)

    read = await way.press(page, then)

    kept = await is_kept(way.app)
    assert (CONNECTED in read.text, CANCELLED in read.text) == (kept, not kept)
    assert kept or then == "cancel"
    assert (TOO_LATE in read.text) == (kept and then == "cancel")
    assert set(await actions()) == ({"personal_account.connected"} if kept else set())


async def test_whoever_comes_back_to_a_confirmation_that_was_cut_off_can_only_go_on_with_it(way: Way) -> None:
    page = await way.signed_in()
    before(way.app, 1, cut_off, WRITES)
    await way.press(page)

    shown = await way.browser.get(ANSWER)
    done = await way.press(shown)

    assert "we were interrupted before it was done" in shown.text
    assert "/cancel" not in shown.text
    assert CONNECTED in done.text


async def test_a_cancellation_that_was_cut_off_can_be_asked_for_again(way: Way) -> None:
    page = await way.signed_in()
    before(way.app, 0, cut_off, WRITES)
    refused = await way.press(page, "cancel")

    read = await way.press(page, "cancel")

    assert refused.status == 503
    assert CANCELLED in read.text
    assert not await is_kept(way.app)


@pytest.mark.parametrize("then", ["confirm", "cancel"])
async def test_what_the_policy_forbids_by_the_time_it_is_finished_is_said_and_not_kept(way: Way, then: str) -> None:
    page = await way.signed_in()
    before(way.app, 2, cut_off, WRITES)  # the token is kept, and the account is not
    await way.press(page)
    await decided(way.app, personal_connections=PersonalConnections.OFF)

    read = await way.press(page, then)

    assert "Your organization has decided this" in read.text
    assert TOO_LATE not in read.text
    assert not await is_kept(way.app)
