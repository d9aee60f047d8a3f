"""What a product gets to hear, and what it costs."""

from datetime import UTC, date, datetime, timedelta

import pytest
import pytest_asyncio

from shared_code.adapters.tables.rows import PAGE_ROWS, RowPage, Span
from shared_code.core.calendar import AllDay, CalendarState, Event, ShowAs
from shared_code.core.connection import ConnectionState
from shared_code.core.ids import OrganizationId, ProductUserId, TenantId
from shared_code.core.intervals import Interval
from shared_code.core.product_user import UserState
from shared_code.errors import (
    Problem,
    Refused,
    Rejected,
    TryLater,
)
from shared_code.messages import AnyMessage, ConnectMailbox
from tests.unit.flows.calendar_world import ANNA, CalendarWorld, ask, mailbox_of, meeting

BERND = ProductUserId("bernd")
SOON = timedelta(hours=2)
HOUR = timedelta(hours=1)


@pytest_asyncio.fixture
async def world() -> CalendarWorld:
    """Anna is connected, with one meeting in two hours."""
    world = CalendarWorld()
    await world.add_organization()
    await world.add_connected(ANNA, meeting(SOON))
    return world


async def test_a_connected_user_is_busy_when_they_are(world: CalendarWorld) -> None:
    (said,) = await ask(world)

    assert (said.user, said.complete, said.reason) == (ANNA, True, None)
    assert said.busy == (Interval(world.now + SOON, world.now + SOON + HOUR),)
    assert [calendar.state for calendar in said.calendars] == [CalendarState.OK]


async def test_one_user_costs_three_reads_and_no_request_to_graph(world: CalendarWorld) -> None:
    await ask(world)

    assert [(done.kind, done.table) for done in world.rows.operations] == [
        ("page", "organizations"),
        ("find", "users"),
        ("page", "mailboxes"),
    ]
    assert world.calendars.script.operations() == []


async def test_fifty_users_cost_one_read_and_two_for_each(world: CalendarWorld) -> None:
    users = [ProductUserId(f"user-{number}") for number in range(50)]
    for user in users:
        await world.add_connected(user, meeting(SOON))

    said = await ask(world, *users)

    assert [one.user for one in said] == users
    assert all(one.complete and len(one.busy) == 1 for one in said)
    assert world.rows.count() == 101


async def test_a_user_named_twice_is_answered_once(world: CalendarWorld) -> None:
    assert len(await ask(world, ANNA, ANNA)) == 1


async def test_a_user_nobody_knows_is_not_free(world: CalendarWorld) -> None:
    (said,) = await ask(world, ProductUserId("stranger"))

    assert (said.complete, said.reason) == (False, "unknown_user")


@pytest.mark.parametrize(
    "state",
    [UserState.DISABLED, UserState.OPTED_OUT, UserState.PENDING, UserState.NO_MATCH, UserState.PERSONAL],
)
async def test_a_user_who_is_not_connected_is_not_free_and_says_why(world: CalendarWorld, state: UserState) -> None:
    await world.change_user(state=state)

    (said,) = await ask(world)

    assert (said.complete, said.reason, said.detail, said.busy) == (False, "not_connected", state, ())


async def test_a_connected_user_whose_record_is_missing_is_not_free_and_is_connected_anew(world: CalendarWorld) -> None:
    mailbox = await world.mailbox()
    await world.mailboxes.forget(mailbox.lease, mailbox.links)

    (said,) = await ask(world)
    ordered = [message for message, _ in world.sent()]
    await world.connect()
    (healed,) = await ask(world)

    assert (said.complete, said.reason) == (False, "not_connected")
    assert [type(message) for message in ordered] == [ConnectMailbox]
    assert healed.complete


@pytest.mark.parametrize("state", [UserState.PENDING, UserState.NO_MAILBOX, UserState.ERROR])
async def test_a_user_who_is_not_connected_is_not_connected_by_asking(world: CalendarWorld, state: UserState) -> None:
    mailbox = await world.mailbox()
    await world.mailboxes.forget(mailbox.lease, mailbox.links)
    await world.change_user(state=state)

    await ask(world)

    assert world.sent() == []


async def test_an_answer_does_not_depend_on_a_queue(world: CalendarWorld) -> None:
    mailbox = await world.mailbox()
    await world.mailboxes.forget(mailbox.lease, mailbox.links)

    def refuse(message: AnyMessage) -> None:
        raise TryLater(f"the queue does not take {message}")

    world.queues.on_send = refuse

    (said,) = await ask(world)

    assert (said.complete, said.reason) == (False, "not_connected")


@pytest.mark.parametrize("state", [ConnectionState.DISCONNECTING, ConnectionState.DISCONNECTED])
async def test_a_connection_that_ends_says_not_connected_at_once(world: CalendarWorld, state: ConnectionState) -> None:
    await world.change_connection(state=state)

    (said,) = await ask(world)

    assert (said.complete, said.reason, said.busy) == (False, "not_connected", ())


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("state", [ConnectionState.ACTIVE, ConnectionState.ATTENTION])
async def test_a_connection_that_now_speaks_for_another_tenant_serves_nothing_of_the_first(
    world: CalendarWorld, state: ConnectionState, live: bool
) -> None:
    await world.change_connection(tenant=TenantId("22222222-2222-2222-2222-222222222222"), state=state)

    (said,) = await ask(world, live=live)

    assert (said.complete, said.reason, said.busy) == (False, "not_connected", ())
    assert world.calendars.script.operations() == []


async def test_events_that_are_missing_are_not_free_time(world: CalendarWorld) -> None:
    mailbox = str(mailbox_of(ANNA))
    for key in world.rows.keys("mailboxes", mailbox):
        if key.count("!") == 3:
            await world.rows.discard("mailboxes", mailbox, key)

    (said,) = await ask(world)

    assert (said.complete, said.reason) == (False, "not_fresh")
    assert [calendar.state for calendar in said.calendars] == [CalendarState.STALE]


async def test_a_release_between_two_pages_of_one_query_is_not_free_time(world: CalendarWorld) -> None:
    """Table storage may end a page after any row: the link is on the first, its events were to be on the second."""
    page = world.rows.page

    async def cut(
        table: str,
        partition: str,
        span: Span,
        *,
        after: str | None = None,
        beside: str | None = None,
        limit: int = PAGE_ROWS,
        columns: tuple[str, ...] | None = None,
    ) -> RowPage:
        is_first = table == "mailboxes" and after is None
        most = 2 if is_first else limit
        found = await page(table, partition, span, after=after, beside=beside, limit=most, columns=columns)
        if is_first:
            world.rows.page = page  # type: ignore[method-assign]
            await world.change_user(state=UserState.DISABLED)
            await world.release()
        return found

    world.rows.page = cut  # type: ignore[method-assign]
    (said,) = await ask(world)

    assert (said.complete, said.reason) == (False, "not_fresh")


async def test_a_connection_that_needs_attention_denies_its_calendars(world: CalendarWorld) -> None:
    await world.change_connection(state=ConnectionState.ATTENTION)

    (said,) = await ask(world)

    assert (said.complete, said.reason) == (False, "connection_attention")
    assert [calendar.state for calendar in said.calendars] == [CalendarState.DENIED]


async def test_nothing_that_was_read_is_served_while_a_connection_needs_attention(world: CalendarWorld) -> None:
    (before,) = await ask(world)
    await world.change_connection(state=ConnectionState.ATTENTION)

    (said,) = await ask(world)

    assert (len(before.busy) > 0, said.busy) == (True, ())


async def test_what_was_told_before_a_connection_recovered_does_not_count_as_told(world: CalendarWorld) -> None:
    world.clock.advance(timedelta(hours=2))
    (told,) = await ask(world)
    await world.change_connection(recovered_at=world.now - timedelta(minutes=1))

    (said,) = await ask(world)

    assert told.complete
    assert (said.complete, said.reason) == (False, "not_fresh")


async def test_a_mailbox_closed_by_policy_is_denied_and_not_free(world: CalendarWorld) -> None:
    world.calendars.script.fail("read_window", Refused("403"))
    world.clock.advance(timedelta(minutes=15))
    await world.sync()

    (said,) = await ask(world)

    assert (said.complete, said.reason, said.detail) == (False, "calendar_denied", "excluded_by_policy")
    assert [calendar.state for calendar in said.calendars] == [CalendarState.DENIED]


@pytest.mark.parametrize(("told", "minutes"), [(True, 390), (False, 30)])
async def test_a_calendar_is_fresh_for_six_and_a_half_hours_if_changes_are_told_and_else_for_half_an_hour(
    world: CalendarWorld, told: bool, minutes: int
) -> None:
    if not told:
        await world.note_subscription(expires_at=world.now)
    world.clock.advance(timedelta(minutes=minutes))
    (fresh,) = await ask(world)

    world.clock.advance(timedelta(minutes=1))
    (stale,) = await ask(world)

    assert (fresh.complete, fresh.reason) == (True, None)
    assert (stale.complete, stale.reason) == (False, "not_fresh")


async def test_a_subscription_younger_than_the_read_does_not_make_it_fresh(world: CalendarWorld) -> None:
    await world.note_subscription(since=world.now + timedelta(seconds=1))
    world.clock.advance(timedelta(minutes=31))

    (said,) = await ask(world)

    assert (said.complete, said.reason) == (False, "not_fresh")


async def test_what_was_told_and_could_not_be_read_makes_the_answer_stale_after_half_an_hour(
    world: CalendarWorld,
) -> None:
    world.clock.advance(timedelta(minutes=1))
    world.calendars.script.fail("read_window", TryLater("503"))
    await world.sync(cause="notified")
    world.clock.advance(timedelta(minutes=30))

    (said,) = await ask(world)

    assert (said.complete, said.reason) == (False, "not_fresh")


async def test_a_calendar_that_nobody_tells_of_and_nobody_reads_is_stale(world: CalendarWorld) -> None:
    await world.note_subscription(expires_at=world.now)
    world.clock.advance(timedelta(minutes=31))

    (said,) = await ask(world)

    assert (said.complete, said.reason) == (False, "not_fresh")
    assert [calendar.state for calendar in said.calendars] == [CalendarState.STALE]


async def test_a_caller_may_ask_for_fresher_answers(world: CalendarWorld) -> None:
    world.clock.advance(timedelta(minutes=5))

    (content,) = await ask(world, max_age=timedelta(minutes=5))
    (strict,) = await ask(world, max_age=timedelta(minutes=4))

    assert content.complete
    assert strict.reason == "not_fresh"


@pytest.mark.parametrize(
    ("start", "end", "complete"),
    [
        (timedelta(days=-1), timedelta(days=90), True),
        (timedelta(days=-2), timedelta(hours=1), False),
        (timedelta(days=90), timedelta(days=91), False),
    ],
)
async def test_only_inside_the_horizon_is_an_answer_complete(
    world: CalendarWorld, start: timedelta, end: timedelta, complete: bool
) -> None:
    (said,) = await ask(world, start=world.now + start, end=world.now + end)

    assert said.complete is complete
    assert said.reason == (None if complete else "outside_horizon")


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize(
    ("start", "end", "problem"),
    [
        (timedelta(hours=1), timedelta(0), Problem.WINDOW_INVALID),
        (timedelta(0), timedelta(0), Problem.WINDOW_INVALID),
        (timedelta(0), timedelta(days=91, seconds=1), Problem.WINDOW_TOO_LARGE),
    ],
)
async def test_a_window_that_makes_no_sense_is_rejected(
    world: CalendarWorld, start: timedelta, end: timedelta, problem: Problem, live: bool
) -> None:
    with pytest.raises(Rejected) as rejected:
        await ask(world, start=world.now + start, end=world.now + end, live=live)

    assert rejected.value.problem is problem


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime.min.replace(tzinfo=UTC), datetime(1, 1, 2, tzinfo=UTC)),
        (datetime(9999, 12, 30, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)),
    ],
)
async def test_at_the_ends_of_time_nobody_knows_who_is_busy(
    world: CalendarWorld, start: datetime, end: datetime, live: bool
) -> None:
    (said,) = await ask(world, start=start, end=end, live=live)

    assert (said.complete, said.reason, said.busy) == (False, "outside_horizon", ())


@pytest.mark.parametrize(("live", "allowed"), [(False, 100), (True, 20)])
async def test_more_users_than_allowed_are_rejected(world: CalendarWorld, live: bool, allowed: int) -> None:
    users = [ProductUserId(f"user-{number}") for number in range(allowed + 1)]

    assert len(await ask(world, *users[:allowed], live=live)) == allowed
    with pytest.raises(Rejected) as rejected:
        await ask(world, *users, live=live)

    assert rejected.value.problem is Problem.TOO_MANY_ITEMS


async def test_an_unknown_organisation_is_rejected(world: CalendarWorld) -> None:
    with pytest.raises(Rejected) as rejected:
        await ask(world, organization=OrganizationId("nobody"))

    assert rejected.value.problem is Problem.ORGANIZATION_NOT_FOUND


async def test_the_zone_of_the_product_is_applied_when_asked_and_not_when_read() -> None:
    world = CalendarWorld()
    await world.add_organization()
    day = Event("day", None, AllDay(date(2026, 3, 4), date(2026, 3, 5), "UTC"), ShowAs.BUSY)
    await world.add_connected(BERND, day)

    await world.change_user(BERND, time_zone="America/New_York")
    (said,) = await ask(world, BERND)

    assert said.busy == (Interval(datetime(2026, 3, 4, 5, tzinfo=UTC), datetime(2026, 3, 5, 5, tzinfo=UTC)),)
