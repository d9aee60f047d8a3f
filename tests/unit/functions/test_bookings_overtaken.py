"""Two calls about one booking at the same time, or nearly so: one of them has the last word, and all of it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from shared_code.adapters.tables.rows import Change, Remove
from shared_code.core.intervals import Interval
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.booking_calls import (
    book,
    booker,
    busy,
    cancel,
    get,
    held,
    let_pass,
    meeting,
    put,
    row,
    tomorrow,
)

__all__ = ["booker"]

pytestmark = pytest.mark.by_hand


def before_upkeep_is_set(app: ComposedApp, act: Callable[[], Awaitable[object]]) -> None:
    """Once: after a PUT has read what there is, and before it reserves anything."""
    commit = app.rows.commit

    async def first(table: str, *rest: Any) -> Any:
        if table == "upkeep":
            app.rows.commit = commit  # type: ignore[method-assign]
            await act()
        return await commit(table, *rest)

    app.rows.commit = first  # type: ignore[method-assign,assignment]


def after_create(app: ComposedApp, act: Callable[[], Awaitable[object]]) -> None:
    """Once: when Microsoft has made the event, and its answer is still on the way."""
    create = app.events.create

    async def first(*what: Any) -> Any:
        app.events.create = create  # type: ignore[method-assign]
        made = await create(*what)
        await act()
        return made

    app.events.create = first  # type: ignore[method-assign,assignment]


async def test_a_change_that_a_cancellation_overtakes_makes_no_event_with_the_old_mark(booker: ComposedApp) -> None:
    await book(booker)
    before_upkeep_is_set(booker, cancel)

    overtaken = await put(meeting(booker, 15))
    again = await put(meeting(booker, 15))

    assert (overtaken.status, again.status) == (503, 201)
    (made,) = booker.events.live()
    assert made.meeting.time.start == tomorrow(booker, 15)
    assert len({one.shown.mark for one in booker.events.made.values()}) == 2


async def test_an_attempt_whose_time_is_over_writes_nothing_over_that_of_the_next(booker: ComposedApp) -> None:
    async def book_meanwhile() -> None:
        booker.clock.advance(timedelta(minutes=3))
        assert (await put(meeting(booker, 15, cohosts=["ben"]))).status == 200

    after_create(booker, book_meanwhile)

    late = await put(meeting(booker, 12, cohosts=["ben"]))

    assert late.status == 409
    new_time = Interval(tomorrow(booker, 15), tomorrow(booker, 16))
    booked, watched = await row(booker), await held(booker, "ben")
    assert booked is not None
    assert watched is not None
    assert (booked.time, watched.time) == (new_time, new_time)
    assert (await busy(booker, "anna"), await busy(booker, "ben")) == ([15, 16], [15, 16])


async def test_a_booking_that_begins_anew_while_its_past_is_forgotten_stays(booker: ComposedApp) -> None:
    await book(booker, cohosts=["ben"])
    await cancel()
    booker.clock.advance(timedelta(days=33))
    commit = booker.rows.commit

    async def first(table: str, partition: str, changes: Sequence[Change]) -> tuple[str, ...]:
        if any(isinstance(change, Remove) and "!held!" in change.key for change in changes):
            booker.rows.commit = commit  # type: ignore[method-assign]
            await book(booker)
        return await commit(table, partition, changes)

    booker.rows.commit = first  # type: ignore[method-assign]

    await let_pass(booker, timedelta(minutes=2))

    assert await held(booker, "ben") is None
    assert (await get()).json["state"] == "booked"
    assert (await put(meeting(booker))).status == 200
