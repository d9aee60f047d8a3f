"""What a product gets to hear of somebody with several connections, and what it costs."""

from datetime import timedelta

import pytest
import pytest_asyncio

from shared_code.core.availability import Incomplete
from shared_code.core.calendar import CalendarState
from shared_code.core.connection import ConnectionState
from shared_code.core.intervals import Interval
from shared_code.core.personal_account import PersonalReason, PersonalState
from shared_code.core.product_user import UserState
from shared_code.core.user_settings import CalendarWish, UserSettings
from shared_code.errors import Refused
from shared_code.messages import ConnectMailbox, sync_order
from tests.unit.flows.calendar_world import ANNA, CalendarWorld, ask, connection_of, mailbox_of, meeting
from tests.unit.flows.own_accounts import (
    account_of,
    add_account,
    add_link,
    calendar_in,
    change_account,
    have_only_own,
    own_connection,
    own_mailbox,
    same_mailbox,
)

HOUR = timedelta(hours=1)


@pytest_asyncio.fixture
async def world() -> CalendarWorld:
    """Anna has her organisation's mailbox and one of her own, with a meeting in each."""
    world = CalendarWorld()
    await world.add_organization()
    await world.add_connected(ANNA, meeting(2 * HOUR))
    await add_account(world, "home", meeting(2.5 * HOUR), meeting(5 * HOUR))
    return world


def _busy(world: CalendarWorld, start: float, end: float) -> Interval:
    return Interval(world.now + start * HOUR, world.now + end * HOUR)


async def test_somebody_is_busy_when_any_of_their_calendars_says_so(world: CalendarWorld) -> None:
    (said,) = await ask(world)

    assert (said.complete, said.reason) == (True, None)
    assert said.busy == (_busy(world, 2, 3.5), _busy(world, 5, 6))
    assert [(each.connection, each.state) for each in said.calendars] == [
        (connection_of((await world.user()).organization), CalendarState.OK),
        (own_connection("home"), CalendarState.OK),
    ]


async def test_each_mailbox_costs_one_read_more_and_no_request_to_graph(world: CalendarWorld) -> None:
    await add_account(world, "club")

    await ask(world)

    assert [(done.kind, done.table) for done in world.rows.operations] == [
        ("page", "organizations"),
        ("find", "users"),
        *[("page", "mailboxes")] * 3,
    ]
    assert world.calendars.script.operations() == []


async def test_live_reads_one_mailbox_after_another(world: CalendarWorld) -> None:
    world.put(ANNA, meeting(8 * HOUR))
    world.clock.advance(timedelta(minutes=10))

    (said,) = await ask(world, live=True)

    assert (said.complete, len(said.busy)) == (True, 3)
    assert {each.read_at for each in said.calendars} == {world.now}
    assert world.calendars.script.operations() == ["read_window", "read_window"]


async def test_whoever_has_only_accounts_of_their_own_is_known_by_them_alone(world: CalendarWorld) -> None:
    await have_only_own(world)

    (said,) = await ask(world)

    assert (said.complete, said.busy) == (True, (_busy(world, 2.5, 3.5), _busy(world, 5, 6)))


@pytest.mark.parametrize("state", [UserState.OPTED_OUT, UserState.NO_MATCH, UserState.AMBIGUOUS])
async def test_an_account_goes_on_beside_a_calendar_that_was_disconnected(
    world: CalendarWorld, state: UserState
) -> None:
    await world.change_user(state=state)

    (said,) = await ask(world)

    assert (said.complete, said.busy) == (True, (_busy(world, 2.5, 3.5), _busy(world, 5, 6)))


async def test_an_admin_managed_calendar_that_was_read_and_is_not_any_more_makes_nobody_free(
    world: CalendarWorld,
) -> None:
    await world.change_user(state=UserState.ERROR)

    (said,) = await ask(world)

    assert (said.complete, said.reason, said.detail) == (False, "not_connected", "error")
    assert _busy(world, 5, 6) in said.busy


async def test_an_account_that_needs_its_owner_makes_nobody_free_and_is_not_served(world: CalendarWorld) -> None:
    await change_account(world, "home", state=PersonalState.NEEDS_RECONNECT, reason=PersonalReason.REVOKED)

    (said,) = await ask(world)

    assert (said.complete, said.reason, said.detail) == (False, "needs_reconnect", "revoked")
    assert said.busy == (_busy(world, 2, 3),)
    assert [each.state for each in said.calendars] == [CalendarState.OK, CalendarState.DENIED]


async def test_an_account_that_needs_its_owner_is_not_asked_live(world: CalendarWorld) -> None:
    await change_account(world, "home", state=PersonalState.NEEDS_RECONNECT)

    await ask(world, live=True)

    assert [call.about[0] for call in world.calendars.script.calls] == [str(mailbox_of(ANNA))]


async def test_an_account_that_is_set_aside_is_nobodys_answer(world: CalendarWorld) -> None:
    await change_account(world, "home", state=PersonalState.SET_ASIDE)

    (said,) = await ask(world)

    assert (said.complete, said.busy) == (True, (_busy(world, 2, 3),))


@pytest.mark.parametrize("is_linked", [False, True])
async def test_an_account_whose_first_read_is_outstanding_makes_nobody_free(
    world: CalendarWorld, is_linked: bool
) -> None:
    new = account_of(world, "new", PersonalState.PENDING)
    await world.change_user(personal=((await world.user()).personal[0], new))
    if is_linked:
        await add_link(world, new)

    (said,) = await ask(world)

    assert (said.complete, said.reason) == (False, "not_read_yet")
    assert len(said.busy) == 2
    assert not [sent for sent, _ in world.sent() if isinstance(sent, ConnectMailbox)]


async def test_the_link_of_an_account_that_was_lost_is_made_anew(world: CalendarWorld) -> None:
    found = await world.mailboxes.find(own_mailbox("home"))
    assert found is not None
    await world.mailboxes.forget(found.lease, found.links)

    (said,) = await ask(world)

    assert (said.complete, said.reason) == (False, "not_read_yet")
    (order,) = [sent for sent, _ in world.sent()]
    assert isinstance(order, ConnectMailbox)
    assert (order.registration, order.user_id) == ("personal", own_mailbox("home").user_id)


async def test_a_link_of_an_earlier_account_says_nothing_of_this_one(world: CalendarWorld) -> None:
    await change_account(world, "home", connection=own_connection("again"))

    (said,) = await ask(world)

    assert (said.complete, said.reason, said.busy) == (False, "not_read_yet", (_busy(world, 2, 3),))


async def test_what_was_told_before_an_account_came_back_does_not_count_as_told(world: CalendarWorld) -> None:
    world.clock.advance(2 * HOUR)
    await change_account(world, "home", recovered_at=world.now - timedelta(minutes=1))

    (said,) = await ask(world)

    assert (said.complete, said.reason) == (False, "not_fresh")


async def test_checking_nothing_in_one_connection_leaves_the_answer_to_the_others(world: CalendarWorld) -> None:
    nothing = CalendarWish(own_mailbox("home"), world.now, checked=(), left_out=(calendar_in("home"),))
    await world.change_user(settings=UserSettings(personal_calendars=(nothing,)))

    (said,) = await ask(world)

    assert (said.complete, said.reason, said.busy) == (True, None, (_busy(world, 2, 3),))


async def test_what_nobody_checks_is_not_missed_when_it_needs_its_owner(world: CalendarWorld) -> None:
    nothing = CalendarWish(own_mailbox("home"), world.now, checked=(), left_out=(calendar_in("home"),))
    await world.change_user(settings=UserSettings(personal_calendars=(nothing,)))
    await change_account(world, "home", state=PersonalState.NEEDS_RECONNECT)

    (said,) = await ask(world)

    assert (said.complete, said.reason) == (True, None)


async def test_only_whoever_checks_nothing_anywhere_is_free_for_want_of_calendars(world: CalendarWorld) -> None:
    managed = CalendarWish(mailbox_of(ANNA), world.now, checked=())
    own = CalendarWish(own_mailbox("home"), world.now, checked=())
    await world.change_user(settings=UserSettings(calendars=managed, personal_calendars=(own,)))

    (said,) = await ask(world)

    assert (said.complete, said.reason, said.busy) == (True, "nothing_checked", ())


@pytest.mark.parametrize("state", [UserState.PENDING, UserState.NO_MAILBOX, UserState.ERROR])
async def test_a_mailbox_that_was_never_read_is_not_missed_beside_an_account(
    world: CalendarWorld, state: UserState
) -> None:
    mailbox = await world.mailbox()
    await world.mailboxes.forget(mailbox.lease, mailbox.links)
    await world.change_user(state=state)

    (said,) = await ask(world)

    assert (said.complete, said.busy) == (True, (_busy(world, 2.5, 3.5), _busy(world, 5, 6)))


async def test_a_mailbox_that_was_read_and_is_shut_now_is_missed(world: CalendarWorld) -> None:
    world.calendars.script.fail("read_window", Refused("403"))
    world.clock.advance(timedelta(minutes=15))
    await world.sync()

    (said,) = await ask(world)

    assert (said.complete, said.reason, said.detail) == (False, "calendar_denied", "excluded_by_policy")


async def test_a_mailbox_that_was_read_and_shut_is_missed_while_it_is_asked_for_once_more(world: CalendarWorld) -> None:
    await world.change_user(state=UserState.PENDING, reason="awaiting_first_read")

    (said,) = await ask(world)

    assert (said.complete, said.reason, said.detail) == (False, "not_connected", "pending")


async def test_the_shut_mailbox_that_somebody_has_connected_themself_is_not_missed(world: CalendarWorld) -> None:
    match = (await world.user()).match
    assert match is not None
    itself = account_of(world, "itself", mailbox=same_mailbox(match))
    world.calendars.add_mailbox(itself.mailbox)
    await add_link(world, itself, meeting(2 * HOUR))
    await world.change_user(state=UserState.EXCLUDED_BY_POLICY, personal=(itself,))

    (said,) = await ask(world)

    assert (said.complete, said.busy) == (True, (_busy(world, 2, 3),))


async def test_the_worst_of_several_reasons_is_told(world: CalendarWorld) -> None:
    await world.change_connection(state=ConnectionState.ATTENTION)
    await change_account(world, "home", state=PersonalState.PENDING)

    (said,) = await ask(world)

    assert (said.complete, said.reason) == (False, Incomplete.CONNECTION_ATTENTION)
    assert said.busy == (_busy(world, 2.5, 3.5), _busy(world, 5, 6))


async def test_a_live_read_that_an_account_refuses_is_looked_into(world: CalendarWorld) -> None:
    await have_only_own(world)
    world.calendars.script.fail("read_window", Refused("403"))

    (said,) = await ask(world, live=True)

    assert (said.complete, said.reason) == (False, "calendar_denied")
    assert [sent for sent, _ in world.sent()] == [sync_order(own_mailbox("home"), world.now, "interactive")]


async def test_fifty_records_are_read_at_once_and_never_more(world: CalendarWorld) -> None:
    await world.change_user(personal=())
    accounts = [await add_account(world, f"account-{number}") for number in range(60)]
    under_way, most = 0, 0
    find_link = world.mailboxes.find_link

    async def counted(*about: object) -> object:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await world.rows.find("users", "nobody", "waits")
        under_way -= 1
        return await find_link(*about)  # type: ignore[arg-type]

    world.mailboxes.find_link = counted  # type: ignore[method-assign, assignment]
    (said,) = await ask(world)

    assert said.complete
    assert len(said.calendars) == len(accounts) + 1
    assert most == 50
