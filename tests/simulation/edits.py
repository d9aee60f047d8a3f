"""What people do to their calendars, one small act at a time. Each says whether there was anything to do it to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from local.microsoft365.calendar_folder import Calendar
from local.microsoft365.event_input import InvalidEvent, parse_draft
from local.microsoft365.events import Content, Event, Moment, ShowAs, Span, single_instance
from local.microsoft365.mailbox import Edit, Mailbox, Placed
from tests.simulation.places import WINDOW_DAYS

ZONES = ("Romance Standard Time", "Eastern Standard Time", "New Zealand Standard Time", "UTC", "India Standard Time")
STATUSES: tuple[ShowAs, ...] = ("busy", "free", "tentative", "oof", "workingElsewhere", "unknown")
MOST_EVENTS = 12  # of one calendar: a few say as much as many
OTHER = "Other"

# Where an event may lie, in days from today: mostly inside the window, and often at one of its edges.
_READ_ENDS = WINDOW_DAYS + 9
PLACES = (0, 0, 1, 1, 2, 3, 4, 5, 7, 9, 12, WINDOW_DAYS - 1, WINDOW_DAYS, _READ_ENDS - 1, _READ_ENDS, 30, -1, -2, -3)


class Hand:
    """One person's, with what they happen to choose."""

    def __init__(self, mailbox: Mailbox, chance: Random, now: datetime) -> None:
        self.mailbox = mailbox
        self.chance = chance
        self.now = now

    @property
    def calendar(self) -> Calendar:
        return self.mailbox.default_calendar

    def other_calendar(self) -> Calendar | None:
        return next((each for each in self.mailbox.calendars() if not each.is_default), None)

    def pick(self, *, series: bool = False) -> Event | None:
        events = [event for event in self.calendar.events() if (event.repetition is not None) == series]
        return self.chance.choice(events) if events else None

    def id_of(self, event: Event) -> str:
        return self.mailbox.item_id(Placed(self.calendar, single_instance(event)), immutable=True)

    def day(self) -> datetime:
        """A wall-clock midnight."""
        return datetime(self.now.year, self.now.month, self.now.day) + timedelta(days=self.chance.choice(PLACES))  # noqa: DTZ001

    def times(self, zone: str) -> dict[str, object]:
        start = self.day() + timedelta(minutes=15 * self.chance.randrange(96))
        end = start + timedelta(minutes=self.chance.choice((0, 15, 30, 60, 90, 600, 1500)))
        return {
            "start": {"dateTime": start.isoformat(), "timeZone": zone},
            "end": {"dateTime": end.isoformat(), "timeZone": zone},
        }

    def days(self, zone: str) -> dict[str, object]:
        start = self.day()
        end = start + timedelta(days=self.chance.choice((1, 1, 2, 3)))
        return {
            "isAllDay": True,
            "start": {"dateTime": start.isoformat(), "timeZone": zone},
            "end": {"dateTime": end.isoformat(), "timeZone": zone},
        }

    def change(self, event: Event, edit: Edit) -> bool:
        self.mailbox.edit(self.id_of(event), edit, self.now)
        return True

    def has_room(self) -> bool:
        return len(self.calendar) < MOST_EVENTS


type Act = Callable[[Hand], bool]


def create(hand: Hand) -> bool:
    if not hand.has_room():
        return False
    event = {**hand.times(hand.chance.choice(ZONES)), "showAs": hand.chance.choice((*STATUSES, "busy", "busy"))}
    hand.mailbox.add(hand.calendar, parse_draft(event), hand.now)
    return True


def create_all_day(hand: Hand) -> bool:
    if not hand.has_room():
        return False
    hand.mailbox.add(hand.calendar, parse_draft(hand.days(hand.chance.choice(ZONES))), hand.now)
    return True


def create_series(hand: Hand) -> bool:
    if not hand.has_room() or hand.pick(series=True) is not None:
        return False
    pattern = hand.chance.choice(
        ({"type": "daily", "interval": 1}, {"type": "daily", "interval": 3}, {"type": "weekly", "interval": 1})
    )
    times = hand.times(hand.mailbox.time_zone)
    start = datetime.fromisoformat(str(times["start"]["dateTime"]))  # type: ignore[index]  # as it was made above
    if pattern["type"] == "weekly":
        pattern = {**pattern, "daysOfWeek": [start.strftime("%A").lower()], "firstDayOfWeek": "sunday"}
    recurrence = {
        "pattern": pattern,
        "range": {
            "type": "numbered",
            "startDate": f"{start:%Y-%m-%d}",
            "numberOfOccurrences": hand.chance.randint(3, 9),
        },
    }
    times["end"] = {"dateTime": (start + timedelta(minutes=45)).isoformat(), "timeZone": hand.mailbox.time_zone}
    hand.mailbox.add(hand.calendar, parse_draft({**times, "recurrence": recurrence}), hand.now)
    return True


def move(hand: Hand) -> bool:
    """To another time, and often over one of the window's edges."""
    event = hand.pick()
    if event is None:
        return False
    by = timedelta(minutes=15 * hand.chance.choice((-500, -96, -8, -1, 1, 4, 96, 700, 2000)))
    if event.span.is_all_day:
        by = timedelta(days=hand.chance.choice((-9, -2, -1, 1, 2, 20)))
    return hand.change(event, lambda span, content: (_moved(span, by), content))


def show_as(hand: Hand) -> bool:
    event = hand.pick()
    status = hand.chance.choice(STATUSES)
    return event is not None and hand.change(event, _with(show_as=status))


def set_free(hand: Hand) -> bool:
    event = hand.pick(series=hand.chance.random() < 0.3)
    return event is not None and hand.change(event, _with(show_as="free"))


def to_all_day(hand: Hand) -> bool:
    event = hand.pick()
    if event is None or event.span.is_all_day:
        return False
    return hand.change(event, lambda span, content: (_whole_days(span), content))


def from_all_day(hand: Hand) -> bool:
    event = hand.pick()
    if event is None or not event.span.is_all_day:
        return False
    return hand.change(event, lambda span, content: (_morning(span), content))


def delete(hand: Hand) -> bool:
    event = hand.pick()
    if event is None:
        return False
    hand.mailbox.remove(hand.id_of(event), hand.now)
    return True


def delete_series(hand: Hand) -> bool:
    event = hand.pick(series=True)
    if event is None:
        return False
    hand.mailbox.remove(hand.id_of(event), hand.now)
    return True


def decline(hand: Hand) -> bool:
    event = hand.pick()
    return event is not None and hand.change(event, _with(response="declined"))


def accept(hand: Hand) -> bool:
    event = hand.pick()
    return event is not None and hand.change(event, _with(response="accepted", show_as="busy"))


def cancel(hand: Hand) -> bool:
    event = hand.pick()
    return event is not None and hand.change(event, _with(is_cancelled=True))


def delete_occurrence(hand: Hand) -> bool:
    occurrence = _occurrence(hand)
    if occurrence is None:
        return False
    hand.mailbox.remove(occurrence, hand.now)
    return True


def move_occurrence(hand: Hand) -> bool:
    """It becomes an exception of its series."""
    occurrence = _occurrence(hand)
    if occurrence is None:
        return False
    by = timedelta(minutes=15 * hand.chance.choice((-8, -1, 1, 5, 40)))
    hand.mailbox.edit(occurrence, lambda span, content: (_moved(span, by), content), hand.now)
    return True


def shorten_series(hand: Hand) -> bool:
    """A series of fewer occurrences, which forgets its exceptions."""
    return _redefine(hand, hand.chance.randint(1, 3))


def end_series(hand: Hand) -> bool:
    """Only its first occurrence remains, as an event of its own."""
    event = hand.pick(series=True)
    if event is None:
        return False
    hand.mailbox.redefine(hand.id_of(event), lambda span, content: (span, content), None, hand.now)
    return True


def move_series(hand: Hand) -> bool:
    event = hand.pick(series=True)
    by = timedelta(minutes=15 * hand.chance.choice((-4, 1, 6)))
    return event is not None and hand.change(event, lambda span, content: (_moved(span, by), content))


def move_away(hand: Hand) -> bool:
    """Into the person's other calendar, which nobody checks."""
    other, event = hand.other_calendar(), hand.pick(series=hand.chance.random() < 0.2)
    if other is None or event is None:
        return False
    hand.mailbox.move(hand.id_of(event), other)
    return True


def move_back(hand: Hand) -> bool:
    other = hand.other_calendar()
    events = list(other.events()) if other is not None else []
    if other is None or not events:
        return False
    event = hand.chance.choice(events)
    hand.mailbox.move(hand.mailbox.item_id(Placed(other, single_instance(event)), immutable=True), hand.calendar)
    return True


def add_calendar(hand: Hand) -> bool:
    if hand.other_calendar() is not None:
        return False
    hand.mailbox.add_calendar(OTHER)
    return True


def rename_calendar(hand: Hand) -> bool:
    calendar = hand.chance.choice(list(hand.mailbox.calendars()))
    calendar.name = f"{calendar.name[:20]}'"
    return True


def delete_calendar(hand: Hand) -> bool:
    """The other one, with all that is in it: Outlook does not delete the default calendar."""
    other = hand.other_calendar()
    if other is None:
        return False
    hand.mailbox.remove_calendar(hand.mailbox.calendar_id(other))
    return True


ACTS: dict[str, Act] = {
    act.__name__: act
    for act in (
        create,
        create_all_day,
        create_series,
        move,
        show_as,
        set_free,
        to_all_day,
        from_all_day,
        delete,
        delete_series,
        decline,
        accept,
        cancel,
        delete_occurrence,
        move_occurrence,
        shorten_series,
        end_series,
        move_series,
        move_away,
        move_back,
        add_calendar,
        rename_calendar,
        delete_calendar,
    )
}

# How often each is chosen, where that is not once: what needs something to be there first meets it seldom.
_OFTEN: dict[Act, int] = {
    move_back: 10,
    move_away: 5,
    move_series: 3,
    delete_occurrence: 3,
    move_occurrence: 3,
    shorten_series: 3,
    from_all_day: 3,
    to_all_day: 2,
    delete_series: 2,
    create_series: 2,
    create: 2,
    add_calendar: 5,
}


def choose(chance: Random, times: int) -> list[str]:
    return chance.choices(list(ACTS), [_OFTEN.get(act, 1) for act in ACTS.values()], k=times)


def perform(act: str, hand: Hand) -> bool:
    """Whether there was anything to do it to, and Outlook let it be done: nothing ends in an hour that a change of the
    clocks leaves out."""
    try:
        return ACTS[act](hand)
    except InvalidEvent:
        return False


def furnish(hand: Hand) -> None:
    """What is in a calendar before anybody looks."""
    for act in ("add_calendar", "create_series", "create", "create", "create_all_day", "create"):
        perform(act, hand)


def _with(**changes: object) -> Edit:
    def edit(span: Span, content: Content) -> tuple[Span, Content]:
        return span, replace(content, **changes)  # type: ignore[arg-type]  # replace checks the names

    return edit


def _moved(span: Span, by: timedelta) -> Span:
    def moved(moment: Moment) -> Moment:
        return replace(moment, wall=moment.wall + by)

    there = replace(span, start=moved(span.start), end=moved(span.end))
    return there if there.start.instant <= there.end.instant else span  # a change of the clocks lies between


def _whole_days(span: Span) -> Span:
    start = span.start.wall.replace(hour=0, minute=0)
    zone = span.start.zone
    return Span(Moment(start, zone), Moment(start + timedelta(days=1), zone), is_all_day=True)


def _morning(span: Span) -> Span:
    start = span.start.wall.replace(hour=9)
    zone = span.start.zone
    return Span(Moment(start, zone), Moment(start + timedelta(hours=1), zone))


def _occurrence(hand: Hand) -> str | None:
    """The id of one of a series' coming occurrences."""
    start = hand.now - timedelta(days=1)
    found = [each for each in hand.calendar.view(start, start + timedelta(days=20)) if each.due is not None]
    if not found:
        return None
    return hand.mailbox.item_id(Placed(hand.calendar, hand.chance.choice(found)), immutable=True)


def _redefine(hand: Hand, occurrences: int) -> bool:
    event = hand.pick(series=True)
    if event is None or event.repetition is None or event.repetition.rule is None:
        return False
    head, _, _ = event.repetition.rule.partition(";COUNT=")
    repetition = replace(event.repetition, rule=f"{head};COUNT={occurrences}")
    hand.mailbox.redefine(hand.id_of(event), lambda span, content: (span, content), repetition, hand.now)
    return True
