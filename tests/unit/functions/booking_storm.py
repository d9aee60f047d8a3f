"""Bookings, while anything on the way to storage and to Microsoft may be lost, and the process may die at any point.

One booking is one event, always: at no time are there two, and in the end there is one exactly where the product's last
word says so.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from shared_code import bootstrap
from shared_code.adapters.tables.booking_rows import outlives_link
from shared_code.adapters.tables.names import MAILBOXES
from shared_code.adapters.tables.records import read_record
from shared_code.adapters.tables.rows import Change
from shared_code.core.booking import Booking, BookingState, Held
from shared_code.core.intervals import merge
from shared_code.errors import Throttled, TryLater
from tests.fakes.clock import FixedClock
from tests.fakes.composed_app import ComposedApp
from tests.fakes.fake_events import Made
from tests.fakes.memory_rows import Operation
from tests.unit.functions.booking_calls import (
    ACME,
    PEOPLE,
    busy,
    cancel,
    connect_everybody,
    mailbox_of,
    meeting,
    put,
)
from tests.unit.functions.browser import Answered, call
from tests.unit.functions.orders import run_for

NAMES = ("b-1", "b-2")
HOURS = (9, 10, 12)
MOST_STEPS = 40  # storage operations and requests of one call, and more
MOST_TRIES = 12
A_LONG_TIME = 300  # turns of the loop: whatever others do is done by then
WRITES = ("create", "change", "cancel")
DONE = frozenset({200, 201, 204})
OK, AWAY, FAULT = 200, 503, 500
LEAVING = "ben"

type Wish = dict[str, Any] | None  # what the product wants of a booking; None: that it be cancelled


class Died(BaseException):
    """The process is gone: nothing is caught, nothing is given back."""


@dataclass
class Stall:
    """After how many transactions the process of one call stands still, and for how long by the clock."""

    left: int = 0
    period: timedelta = timedelta(0)


STALL: ContextVar[Stall | None] = ContextVar("stall", default=None)


async def _stand_still(clock: FixedClock) -> None:
    stall = STALL.get()
    if stall is None:
        return
    stall.left -= 1
    if stall.left == 0:
        clock.advance(stall.period)
        for _ in range(A_LONG_TIME):
            await asyncio.sleep(0)


class Weather:
    """Counts the steps of one call, and lets one of them go wrong."""

    def __init__(self, app: ComposedApp) -> None:
        self._app = app
        self._commit = app.rows.commit
        self._left = 0
        self._how = "calm"
        app.rows.on_operation = self._before_storage
        app.rows.commit = self._committed  # type: ignore[method-assign]
        app.events.before = self._before_request
        app.events.after = self._after_request

    def turn(self, how: str, steps: int) -> None:
        self._how, self._left = how, steps

    def clear_up(self) -> None:
        self._how = "calm"

    def _before_storage(self, operation: Operation) -> None:
        if self._is_time("died"):
            raise Died
        if self._how == "storage refused" and operation.kind != "discard" and self._is_time("storage refused"):
            raise TryLater("storage is away")

    async def _committed(self, table: str, partition: str, changes: Sequence[Change]) -> tuple[str, ...]:
        versions = await self._commit(table, partition, changes)
        await _stand_still(self._app.clock)
        if self._is_time("commit lost"):
            raise TryLater("the answer was lost")
        return versions

    def _before_request(self, operation: str) -> None:
        if operation in WRITES and self._is_time("request lost"):
            raise TryLater("the request was lost")
        if self._is_time("throttled"):
            raise Throttled("by script", timedelta(seconds=5))
        if self._is_time("died"):
            raise Died

    def _after_request(self, operation: str) -> None:
        if operation in WRITES and self._is_time("answer lost"):
            raise TryLater("the answer was lost")
        if self._is_time("died"):
            raise Died

    def _is_time(self, how: str) -> bool:
        if self._how != how:
            return False
        self._left -= 1
        if self._left > 0:
            return False
        self._how = "calm"
        return True


_requests = ("request lost", "answer lost", "throttled")
WEATHERS = st.one_of(
    st.just(("calm", 0)),
    st.tuples(st.just("died"), st.integers(1, MOST_STEPS)),
    st.tuples(st.sampled_from(("storage refused", "commit lost")), st.integers(1, MOST_STEPS // 2)),
    st.tuples(st.sampled_from(_requests), st.integers(1, 2)),
)


CALLS = st.tuples(
    st.sampled_from(NAMES),
    st.sampled_from((0, 0, *HOURS)),
    st.sampled_from(PEOPLE[:2]),
    st.sampled_from(("One", "Two")),
    st.sampled_from((0, 1, 1, 1, 2, 3, 5)),
)


class BookingStorm(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._app = ComposedApp()
        self._said: dict[str, Wish] = {}  # the last request, whatever came of it
        self._stalled_for = timedelta(0)
        self._open: set[str] = set()  # whose last request was not answered
        self._is_away = False

    @initialize()
    def begin(self) -> None:
        bootstrap.serve(self._app)
        self._run(connect_everybody(self._app))
        self._weather = Weather(self._app)

    def teardown(self) -> None:
        try:
            if hasattr(self, "_weather"):
                self._settle()
        finally:
            bootstrap.serve(None)
            self._runner.close()

    @rule(
        name=st.sampled_from(NAMES),
        hour=st.sampled_from(HOURS),
        host=st.sampled_from(PEOPLE[:2]),
        cohosts=st.sampled_from(((), ("cleo",))),
        title=st.sampled_from(("One", "Another")),
        if_free=st.booleans(),
        weather=WEATHERS,
    )
    def book(
        self,
        name: str,
        hour: int,
        host: str,
        cohosts: tuple[str, ...],
        title: str,
        *,
        if_free: bool,
        weather: tuple[str, int],
    ) -> None:
        self._say(name, self._wish(hour, host, cohosts, title, if_free=if_free), weather)

    @rule(name=st.sampled_from(NAMES), weather=WEATHERS)
    def cancel(self, name: str, weather: tuple[str, int]) -> None:
        self._say(name, None, weather)

    @rule(name=st.sampled_from(NAMES), weather=WEATHERS)
    def repeat(self, name: str, weather: tuple[str, int]) -> None:
        if name in self._said:
            self._say(name, self._said[name], weather)

    @rule(name=st.sampled_from(NAMES), how=st.sampled_from(_requests))
    def say_otherwise_and_take_it_back(self, name: str, how: str) -> None:
        wish = self._said.get(name)
        if wish is not None:
            self._say(name, {**wish, "title": f"Not {wish['title']}"}, (how, 1))
            self._say(name, wish, ("calm", 0))

    @rule(
        calls=st.lists(CALLS, min_size=2, max_size=3),
        turns=st.sampled_from((0, 3, 25)),
        minutes=st.sampled_from((0, 3)),
    )
    def at_once(self, calls: list[tuple[str, int, str, str, int]], turns: int, minutes: int) -> None:
        """Of calls about one booking, nobody can say which was the last: the product has to say it once more."""
        self._app.events.turns = turns
        self._stalled_for = timedelta(minutes=minutes)
        wishes = [(name, self._wish(hour, host, (), title), stall) for name, hour, host, title, stall in calls]
        self._run(self._all(wishes))
        self._app.events.turns = 0
        for name, wish, _ in wishes:
            self._said[name] = wish
            self._open.add(name)

    @rule(minutes=st.sampled_from((1, 3, 20)))
    def wait(self, minutes: int) -> None:
        self._run(run_for(self._app, timedelta(minutes=minutes)))

    @rule(minutes=st.sampled_from((0, 1, 20)))
    def leave_or_come_back(self, minutes: int) -> None:
        """A host whose mailbox nobody else is linked to: its record goes, and what they host stays."""
        operation = "reconnect_user" if self._is_away else "disconnect_user"
        answered = self._run(call(operation, organization=ACME, user=LEAVING, by=LEAVING))
        assert answered.status == OK, answered.text
        self._is_away = not self._is_away
        self.wait(minutes)

    @invariant()
    def one_booking_is_one_event(self) -> None:
        marks = Counter((made.mailbox, made.shown.mark) for made in self._live())
        live_rows = {row.booking: row for row in self._rows() if row.is_live}

        assert [mark for mark, count in marks.items() if count > 1] == []
        assert {made.shown.mark for made in self._live()} <= {row.mark for row in live_rows.values()}

    @invariant()
    def nobody_hosts_two_meetings_at_once(self) -> None:
        times = [(made.mailbox, made.meeting.time) for made in self._live()]

        clashing = [
            one
            for place, one in enumerate(times)
            for other in times[place + 1 :]
            if one[0] == other[0] and one[1].overlaps(other[1])
        ]

        assert clashing == []

    def _wish(self, hour: int, host: str, cohosts: tuple[str, ...], title: str, *, if_free: bool = False) -> Wish:
        """At no hour: that it be cancelled."""
        if hour == 0:
            return None
        return meeting(self._app, hour, host=host, cohosts=list(cohosts), title=title, if_free=if_free)

    async def _all(self, wishes: Sequence[tuple[str, Wish, int]]) -> None:
        async def ask(name: str, wish: Wish, stall: int) -> Answered:
            STALL.set(Stall(stall, self._stalled_for))
            return await (cancel(name) if wish is None else put(wish, name))

        answers = await asyncio.gather(*(ask(*one) for one in wishes))
        assert FAULT not in {answer.status for answer in answers}

    def _say(self, name: str, wish: Wish, weather: tuple[str, int]) -> None:
        self._said[name] = wish
        status = self._call(weather, cancel(name) if wish is None else put(wish, name))
        if status in {None, AWAY}:
            self._open.add(name)
        else:
            self._open.discard(name)
        if status in DONE:
            self._check_done(name, wish)

    def _call(self, weather: tuple[str, int], asked: Coroutine[Any, Any, Answered]) -> int | None:
        """None if the process died on the way."""
        self._weather.turn(*weather)
        try:
            answered = self._run(asked)
        except Died:
            return None
        finally:
            self._weather.clear_up()
        assert answered.status != FAULT, answered.text
        return answered.status

    def _check_done(self, name: str, wish: Wish) -> None:
        """What was answered is so."""
        rows = [row for row in self._rows() if row.booking == name and row.is_live]
        events = [made for made in self._live() if made.shown.mark in {row.mark for row in rows}]
        if wish is None:
            # A create whose answer was lost may still come about; until that is sure, its row says so.
            assert [row.state for row in rows if row.state is not BookingState.ENDING] == []
            assert events == []
            return
        ((row,), (made,)) = rows, events
        said = (made.meeting.title, made.meeting.time.start.isoformat(), made.mailbox)
        assert said == (wish["title"], wish["start"], mailbox_of(wish["host"]))
        assert (row.state, row.event, row.time, row.changing) == (
            BookingState.BOOKED,
            made.shown.event,
            made.meeting.time,
            None,
        )

    def _settle(self) -> None:
        """The product repeats what was not answered; then everything is as it said last, and everybody knows."""
        if self._is_away:
            self.leave_or_come_back(0)
        self.wait(3)
        for name in sorted(self._open):
            for _ in range(MOST_TRIES):
                self._app.clock.advance(timedelta(seconds=30))
                self._say(name, self._said[name], ("calm", 0))
                if name not in self._open:
                    break
            assert name not in self._open
        self._run(run_for(self._app, timedelta(minutes=40)))
        self.one_booking_is_one_event()
        live = [row for row in self._rows() if row.is_live]
        assert [row for row in live if row.state is not BookingState.BOOKED or row.changing is not None] == []
        generations = {(row.booking, row.generation) for row in live}
        standing = [held for held in self._held("cleo") if held.written_at is not None and held.ended_at is None]
        assert {(held.booking, held.generation) for held in standing} <= generations
        assert {row.event for row in self._rows() if row.is_live} == {made.shown.event for made in self._live()}
        self._check_busy()
        self._check_mails()

    def _check_busy(self) -> None:
        for user in PEOPLE:
            taken = [row.time for row in self._rows() if row.is_live and row.host == user]
            taken += [held.time for held in self._held(user) if held.written_at is not None and held.ended_at is None]
            hours = [edge.hour for span in merge(taken) for edge in (span.start, span.end)]
            assert self._run(busy(self._app, user)) == hours, user

    def _check_mails(self) -> None:
        mails = Counter((mail.event, mail.what) for mail in self._app.events.mails)
        live = {made.shown.event for made in self._live()}
        for event in self._app.events.made:
            assert mails[event, "invitation"] == 1
            assert mails[event, "cancellation"] == (event not in live)

    def _live(self) -> list[Made]:
        return self._app.events.live()

    def _rows(self) -> list[Booking]:
        """Of those as well who are away."""
        rows = (row for row in self._app.rows.all_rows(MAILBOXES) if outlives_link(row.key))
        return [read_record(Booking, row) for row in rows]

    def _held(self, user: str) -> list[Held]:
        mailbox = self._run(self._app._mailboxes.find(mailbox_of(user)))
        return [] if mailbox is None else [stored.value for stored in mailbox.held]

    def _run[T](self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)
