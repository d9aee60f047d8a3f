"""A working life for a mailbox: the same events for the same random numbers, of every kind that Graph can show."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from local.microsoft365.events import Attendee, Change, Content, Moment, Party, Repetition, Span
from local.microsoft365.mailbox import Draft, Mailbox
from local.microsoft365.recurrence import due_between, moved_to_first_due
from local.microsoft365.time_zones import Zone, find_zone

_ZONES = ("Romance Standard Time", "Eastern Standard Time", "GMT Standard Time", "India Standard Time", "UTC")
_TOPICS = ("Planning", "Review", "Interview", "Budget", "Roadmap", "Supplier call", "Training", "Handover", "Design")
_PLACES = ("", "Room 1", "Room 7", "Head office", "Microsoft Teams Meeting")
_LENGTHS = (15, 25, 30, 45, 60, 90)
_SERIES_BEGAN = timedelta(weeks=6)
_WEEK = timedelta(weeks=1)
_DAYS = ("MO", "TU", "WE", "TH", "FR")
_COLLEAGUE = Party("Robin Keller", "robin.keller@partner.example")


def seed_events(mailbox: Mailbox, rng: random.Random, start: date, days: int) -> None:
    """About twenty events and series in the default calendar, from ``start`` on for ``days`` days.

    Singles, series across clock changes with exceptions and deleted occurrences, whole days, all statuses, declined,
    cancelled and private ones, in several zones. Series begin six weeks before the start.
    """
    author = _Author(mailbox, rng, start, days)
    for write in (*_SINGLES, *_SERIES, _vacation, _birthday):
        mailbox.add(mailbox.default_calendar, write(author), datetime.combine(start, time(), UTC))


@dataclass(frozen=True, slots=True)
class _Author:
    mailbox: Mailbox
    rng: random.Random
    first: date
    days: int

    def meeting(self, content: Content, zone: Zone | None = None) -> Draft:
        day = self.first + timedelta(days=self.rng.randrange(self.days))
        return Draft(self.span(self.working_day(day), zone or self.mailbox.zone), content)

    def span(self, day: date, zone: Zone) -> Span:
        began = datetime.combine(day, time(self.rng.randrange(8, 18), self.rng.choice((0, 15, 30, 45))))
        return Span(Moment(began, zone), Moment(began + timedelta(minutes=self.rng.choice(_LENGTHS)), zone))

    def working_day(self, day: date) -> date:
        return day - timedelta(days=max(0, day.weekday() - 4))

    def topic(self) -> str:
        return f"{self.rng.choice(_TOPICS)} {self.rng.randrange(100)}"

    def place(self) -> str:
        return self.rng.choice(_PLACES)

    def series(self, rule: str, zone: Zone, content: Content) -> Draft:
        """With one occurrence moved and renamed and one deleted, both inside the days that are asked for."""
        span = self.span(self.first - _SERIES_BEGAN, zone)
        until = datetime.combine(self.first + timedelta(days=self.days + 60), time(23, 59, 59))
        repetition = Repetition(rule, None if "COUNT" in rule else until)
        span = moved_to_first_due(span, repetition)
        lasts = datetime.combine(self.first + timedelta(days=self.days), time())
        due = due_between(span, repetition, datetime.combine(self.first, time()), lasts)
        chosen = self.rng.sample(due, 2) if len(due) > 2 else []  # noqa: PLR2004 - one moved, one deleted, one left
        changes = {moved: self._moved(span, moved, content) for moved in chosen[:1]}
        return Draft(span, content, repetition, changes=changes, removed=frozenset(chosen[1:]))

    def _moved(self, span: Span, due: datetime, content: Content) -> Change:
        length, zone = span.end.wall - span.start.wall, span.start.zone
        began = due + timedelta(minutes=self.rng.choice((-90, 60, 120, 26 * 60)))
        renamed = Content(f"{content.subject} (moved)", content.body, content.location, content.show_as)
        return Change(Span(Moment(began, zone), Moment(began + length, zone)), renamed)


type _Writer = Callable[[_Author], Draft]


def _plain(author: _Author) -> Draft:
    return author.meeting(Content(author.topic(), "<p>Agenda to follow.</p>", author.place()))


def _abroad(author: _Author) -> Draft:
    return author.meeting(Content(author.topic(), location=author.place()), find_zone(author.rng.choice(_ZONES)))


def _tentative(author: _Author) -> Draft:
    guests = (Attendee(author.mailbox.owner, response="tentativelyAccepted"),)
    return author.meeting(
        Content(
            author.topic(),
            show_as="tentative",
            response="tentativelyAccepted",
            organizer=_COLLEAGUE,
            attendees=guests,
        )
    )


def _not_answered(author: _Author) -> Draft:
    return author.meeting(Content(author.topic(), show_as="tentative", response="notResponded", organizer=_COLLEAGUE))


def _declined(author: _Author) -> Draft:
    return author.meeting(Content(author.topic(), response="declined", organizer=_COLLEAGUE))


def _cancelled(author: _Author) -> Draft:
    subject = f"Canceled: {author.topic()}"
    return author.meeting(Content(subject, response="accepted", organizer=_COLLEAGUE, is_cancelled=True))


def _private(author: _Author) -> Draft:
    return author.meeting(Content("Dentist", sensitivity="private"))


def _free(author: _Author) -> Draft:
    return author.meeting(Content("Lunch menu", show_as="free"))


def _elsewhere(author: _Author) -> Draft:
    return author.meeting(Content("At a customer's", show_as="workingElsewhere"))


def _out(author: _Author) -> Draft:
    return author.meeting(Content("Doctor", show_as="oof", sensitivity="private"))


def _weekly(author: _Author) -> Draft:
    rule = f"FREQ=WEEKLY;INTERVAL=1;BYDAY={author.rng.choice(_DAYS)};WKST=SU"
    return author.series(rule, author.mailbox.zone, Content(f"Weekly {author.topic()}", location=author.place()))


def _fortnightly_abroad(author: _Author) -> Draft:
    rule = f"FREQ=WEEKLY;INTERVAL=2;BYDAY={author.rng.choice(_DAYS)};WKST=SU"
    return author.series(rule, find_zone("Eastern Standard Time"), Content(f"Call {author.topic()}"))


def _daily(author: _Author) -> Draft:
    rule = "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TU,WE,TH,FR;WKST=SU;COUNT=110"
    return author.series(rule, author.mailbox.zone, Content("Stand-up", show_as=author.rng.choice(("busy", "free"))))


def _monthly(author: _Author) -> Draft:
    rule = "FREQ=MONTHLY;INTERVAL=1;BYDAY=TU;BYSETPOS=-1"
    return author.series(rule, author.mailbox.zone, Content("All hands", organizer=_COLLEAGUE, response="accepted"))


def _vacation(author: _Author) -> Draft:
    return _whole_days(author, author.rng.randrange(1, 6), Content("Vacation", show_as="oof"))


def _birthday(author: _Author) -> Draft:
    return _whole_days(author, 1, Content("Birthday", show_as="free"))


def _whole_days(author: _Author, count: int, content: Content) -> Draft:
    first = datetime.combine(author.first + timedelta(days=author.rng.randrange(author.days)), time())
    zone = author.mailbox.zone
    return Draft(Span(Moment(first, zone), Moment(first + timedelta(days=count), zone), is_all_day=True), content)


_SINGLES: Sequence[_Writer] = (
    *(_plain,) * 4,
    *(_abroad,) * 2,
    _tentative,
    _not_answered,
    _declined,
    _cancelled,
    _private,
    _free,
    _elsewhere,
    _out,
)
_SERIES: Sequence[_Writer] = (_weekly, _weekly, _fortnightly_abroad, _daily, _monthly)
