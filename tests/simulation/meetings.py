"""Booked events as they really are at Microsoft, now and at any earlier moment; and what their hosts do to them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from local.microsoft365 import meetings
from local.microsoft365.answers import Answer, CannotAnswer, respond
from local.microsoft365.calendar_folder import Calendar
from local.microsoft365.event_input import InvalidEvent, parse_draft
from local.microsoft365.events import Content, Event, Moment, Span, single_instance
from local.microsoft365.mailbox import Mailbox, Placed
from local.microsoft365.postal import Desk
from local.microsoft365.world import World
from tests.simulation.places import MATCHED, Person

MARKED = "OrgcalBooking"


@dataclass(frozen=True)
class Standing:
    """One event that bears a mark, in one of the host's calendars."""

    event: str  # immutable id
    start: datetime
    end: datetime
    is_seldom_seen: bool


class Meetings:
    """``note`` is called after each act and each answer; what is gone is gone from the instant that noted it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._versions: dict[str, list[tuple[datetime, bool]]] = {}
        self.were_seldom_seen: set[str] = set()  # as series and whole days are: by their id once a day
        # By people who copied, restored or pasted. What was cut does not keep Microsoft from carrying out, once more, a
        # create of ours that it had put aside.
        self.were_multiplied: set[str] = set()

    def note(self) -> None:
        now, there = self._world.now(), self.standing()
        for mark in {*self._versions, *there}:
            is_alive = bool(there.get(mark))
            versions = self._versions.setdefault(mark, [])
            if not versions or versions[-1][1] != is_alive:
                versions.append((now, is_alive))
            if any(each.is_seldom_seen for each in there.get(mark, ())):
                self.were_seldom_seen.add(mark)

    def standing(self) -> dict[str, list[Standing]]:
        """Neither deleted, nor cancelled, nor declined by the host, by mark."""
        found: dict[str, list[Standing]] = {}
        for person in MATCHED:
            mailbox = self._desk(person).mailbox
            for calendar, event in _marked(mailbox):
                if not event.content.is_cancelled and event.content.response != "declined":
                    item = mailbox.item_id(Placed(calendar, single_instance(event)), immutable=True)
                    is_seldom_seen = event.repetition is not None or event.span.is_all_day
                    standing = Standing(item, *_instants(event.span), is_seldom_seen)
                    found.setdefault(mark_of(event), []).append(standing)
        return found

    def was_gone(self, mark: str, start: datetime, end: datetime) -> bool:
        """At some moment of this time."""
        versions = self._versions.get(mark, [])
        ends = [*(at for at, _ in versions[1:]), datetime.max.replace(tzinfo=start.tzinfo)]
        return any(not alive and at <= end and start < until for (at, alive), until in zip(versions, ends, strict=True))

    def _desk(self, person: Person) -> Desk:
        tenant = self._world.tenants[person.tenant]
        found = tenant.directory.find_deleted_too(person.user_id)
        assert found is not None
        return Desk(tenant, found)

    # --- what hosts and attendees do, each saying whether there was anything to do it to ---

    def act(self, name: str, person: Person, choose: Callable[[list[Event]], Event]) -> bool:
        desk = self._desk(person)
        done = ACTS[name](Act(self._world, desk, choose, self))
        self.note()
        return done


@dataclass(frozen=True)
class Act:
    world: World
    desk: Desk
    choose: Callable[[list[Event]], Event]
    kept: Meetings

    @property
    def mailbox(self) -> Mailbox:
        return self.desk.mailbox

    def pick(self) -> tuple[str, Calendar, Event] | None:
        """One of the host's booked events, by its immutable id."""
        events = {event.key: (calendar, event) for calendar, event in _marked(self.mailbox)}
        if not events:
            return None
        calendar, event = events[self.choose([event for _, event in events.values()]).key]
        return self.mailbox.item_id(Placed(calendar, single_instance(event)), immutable=True), calendar, event

    def other(self, calendar: Calendar) -> Calendar | None:
        return next((each for each in self.mailbox.calendars() if each is not calendar and each.source == "own"), None)


def delete(act: Act) -> bool:
    return _to_one(act, lambda item: meetings.delete(act.world, act.desk, item))


def delete_for_good(act: Act) -> bool:
    return _to_one(act, lambda item: meetings.delete(act.world, act.desk, item, for_good=True))


def call_off(act: Act) -> bool:
    return _to_one(act, lambda item: meetings.cancel(act.world, act.desk, item))


def move(act: Act) -> bool:
    return _move(act, timedelta(hours=3))


def move_far(act: Act) -> bool:
    """Beyond every window."""
    return _move(act, timedelta(days=60))


def move_calendar(act: Act) -> bool:
    found = act.pick()
    other = None if found is None else act.other(found[1])
    return found is not None and other is not None and _done(lambda: act.mailbox.move(found[0], other))


def cut_and_paste(act: Act) -> bool:
    return _paste(act, timedelta(hours=2), is_cut=True)


def cut_and_paste_elsewhere(act: Act) -> bool:
    return _paste(act, timedelta(0), is_cut=True, is_elsewhere=True)


def copy(act: Act) -> bool:
    return _paste(act, timedelta(hours=26), is_cut=False)


def restore(act: Act) -> bool:
    """Whatever of ours was deleted last."""
    deleted = [event for event in act.mailbox.deleted_items.events() if mark_of(event)]
    if not deleted:
        return False
    item = act.mailbox.item_id(Placed(act.mailbox.deleted_items, single_instance(deleted[-1])), immutable=True)
    act.kept.were_multiplied.add(mark_of(deleted[-1]))
    return _done(lambda: act.mailbox.restore(item))


def make_series(act: Act) -> bool:
    found = act.pick()
    if found is None or found[2].repetition is not None or found[2].span.is_all_day:
        return False
    start = found[2].span.start.wall
    end = {"dateTime": found[2].span.end.wall.isoformat(), "timeZone": "UTC"}
    recurrence = {
        "pattern": {"type": "daily", "interval": 1},
        "range": {"type": "numbered", "startDate": f"{start:%Y-%m-%d}", "numberOfOccurrences": 3},
    }
    times = {"start": {"dateTime": start.isoformat(), "timeZone": "UTC"}, "end": end}
    repetition = parse_draft({**times, "recurrence": recurrence}).repetition
    return _done(lambda: meetings.redefine(act.world, act.desk, found[0], _same, repetition))


def set_free(act: Act) -> bool:
    return _to_one(act, lambda item: meetings.change(act.world, act.desk, item, _with(show_as="free")))


def decline_invitation(act: Act) -> bool:
    return _answer(act, Answer("declined"))


def accept_invitation(act: Act) -> bool:
    return _answer(act, Answer("accepted"))


ACTS: dict[str, Callable[[Act], bool]] = {
    each.__name__: each
    for each in (
        delete,
        delete_for_good,
        call_off,
        move,
        move_far,
        move_calendar,
        cut_and_paste,
        cut_and_paste_elsewhere,
        copy,
        restore,
        make_series,
        set_free,
        decline_invitation,
        accept_invitation,
    )
}


def mark_of(event: Event) -> str:
    """Empty if it bears none."""
    found = (value for name, value in event.content.properties.items() if name.endswith(MARKED))
    return str(next(found, ""))


def _marked(mailbox: Mailbox) -> Iterator[tuple[Calendar, Event]]:
    """As an organizer has them: what an attendee has is a copy without our mark."""
    for calendar in mailbox.calendars():
        for event in calendar.events():
            if mark_of(event) and event.content.organizer is None:
                yield calendar, event


def _move(act: Act, by: timedelta) -> bool:
    def edit(span: Span, content: Content) -> tuple[Span, Content]:
        return _later(span, by), content

    return _to_one(act, lambda item: meetings.change(act.world, act.desk, item, edit))


def _paste(act: Act, by: timedelta, *, is_cut: bool, is_elsewhere: bool = False) -> bool:
    found = act.pick()
    into = None if found is None else act.other(found[1]) if is_elsewhere else found[1]
    if found is None or into is None:
        return False

    def paste() -> None:
        act.mailbox.copy(found[0], into, act.world.now(), lambda span, content: (_later(span, by), content))
        if is_cut:
            act.mailbox.remove(found[0], act.world.now())
        act.kept.were_multiplied.add(mark_of(found[2]))

    return _done(paste)


def _answer(act: Act, answer: Answer) -> bool:
    """In the copy of a meeting to which somebody else has invited."""
    invited = [
        (calendar, event)
        for calendar in act.mailbox.calendars()
        for event in calendar.events()
        if event.content.organizer is not None and event.repetition is None
    ]
    if not invited:
        return False
    calendar, event = invited[-1]
    item = act.mailbox.item_id(Placed(calendar, single_instance(event)), immutable=True)
    try:
        respond(act.world, act.desk, item, answer)
    except CannotAnswer:
        return False
    return True


def _to_one(act: Act, do: Callable[[str], object]) -> bool:
    found = act.pick()
    return found is not None and _done(lambda: do(found[0]))


def _done(act: Callable[[], object]) -> bool:
    try:
        act()
    except InvalidEvent:
        return False
    return True


def _same(span: Span, content: Content) -> tuple[Span, Content]:
    return span, content


def _with(**changes: object) -> Callable[[Span, Content], tuple[Span, Content]]:
    return lambda span, content: (span, replace(content, **changes))  # type: ignore[arg-type]  # it checks the names


def _later(span: Span, by: timedelta) -> Span:
    by = timedelta(days=by.days + 1) if span.is_all_day else by

    def later(moment: Moment) -> Moment:
        return replace(moment, wall=moment.wall + by)

    return replace(span, start=later(span.start), end=later(span.end))


def _instants(span: Span) -> tuple[datetime, datetime]:
    """Of whole days the midnights of UTC, as Graph gives them."""
    if span.is_all_day:
        return span.start.wall.replace(tzinfo=UTC), span.end.wall.replace(tzinfo=UTC)
    return span.start.instant, span.end.instant
