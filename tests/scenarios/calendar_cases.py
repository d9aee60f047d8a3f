"""Everything that people do to calendars in Outlook, case by case: first how it was, then what is done.

A case is a generator: what comes before its ``yield`` is there when the mailbox is read, what comes after is then done
to it. ``minutes`` is how much longer the person is busy for it; None where nothing must become of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tests.scenarios.scene import Entry, Scene

PARIS, NEW_YORK, UTC = "Romance Standard Time", "Eastern Standard Time", "UTC"
HOUR, DAY = 60, 24 * 60
BEYOND = 130  # days from now: behind the horizon, the slide and the wider edge of what is read
WEEKS_SEEN = 10

type Steps = Iterator[None]


@dataclass(frozen=True)
class Case:
    name: str
    steps: Callable[["Owner"], Steps]
    minutes: int | None


CASES: list[Case] = []


def case(minutes: int | None) -> Callable[[Callable[["Owner"], Steps]], Callable[["Owner"], Steps]]:
    def note(steps: Callable[["Owner"], Steps]) -> Callable[["Owner"], Steps]:
        CASES.append(Case(steps.__name__, steps, minutes))
        return steps

    return note


@dataclass(frozen=True)
class Owner:
    """The person to whom a case happens, named after it. ``project`` is a second calendar, which counts as well."""

    scene: Scene
    name: str
    first: date
    project: str
    unchecked: str

    def at(self, day: int, hour: int, length: int = 1, zone: str = PARIS) -> Entry:
        """``length`` hours from a wall time so many days from now."""
        start = datetime.combine(self.first + timedelta(days=day), datetime.min.time()) + timedelta(hours=hour)
        ends = start + timedelta(hours=length)
        return {
            "start": {"dateTime": start.isoformat(), "timeZone": zone},
            "end": {"dateTime": ends.isoformat(), "timeZone": zone},
        }

    def days(self, day: int, count: int = 1) -> Entry:
        return {**self.at(day, 0, 24 * count), "isAllDay": True}

    def due(self, day: int, hour: int = 9) -> str:
        """The occurrence of that day, by the wall time of its series."""
        return f"{self.first + timedelta(days=day)}T{hour:02}:00:00"

    def add(self, times: Entry, calendar: str = "default", **more: Any) -> str:
        path = f"{self.path}/calendars/{calendar}/events"
        return str(self.scene.world.control("POST", path, {"subject": "Meeting", **times, **more})["immutableId"])

    def edit(self, event: str, changes: Entry, occurrence: str | None = None) -> None:
        self.scene.edit_event(self.name, event, changes, occurrence)

    def delete(self, event: str, occurrence: str | None = None) -> None:
        self.scene.delete_event(self.name, event, occurrence)

    def move(self, event: str, calendar: str) -> None:
        self.scene.world.control("POST", f"{self.path}/events/{event}/move", {"destination": calendar})

    def cut_and_paste(self, event: str, calendar: str) -> None:
        body = {"destination": calendar, "cut": True}
        self.scene.world.control("POST", f"{self.path}/events/{event}/copy", body)

    def calendar(self, method: str, calendar: str, body: object = None) -> None:
        self.scene.world.control(method, f"{self.path}/calendars/{calendar}", body)

    @property
    def path(self) -> str:
        return f"/tenants/{self.scene.tenant}/people/{self.scene.object_id(self.name)}"


def weekly(owner: Owner, count: int | None = WEEKS_SEEN, *, until: int | None = None, day: int = 2) -> Entry:
    """Each week from that day on: so often, until a day, or without an end."""
    first = owner.first + timedelta(days=day)
    limits: Entry = {"type": "noEnd", "startDate": first.isoformat()}
    if until is not None:
        limits |= {"type": "endDate", "endDate": (owner.first + timedelta(days=until)).isoformat()}
    elif count is not None:
        limits |= {"type": "numbered", "numberOfOccurrences": count}
    pattern = {"type": "weekly", "interval": 1, "daysOfWeek": [f"{first:%A}".lower()]}
    return {"recurrence": {"pattern": pattern, "range": limits}}


def a_series(owner: Owner, **more: Any) -> str:
    """Ten weeks at nine in Paris; the change of clocks lies in between."""
    return owner.add({**owner.at(2, 9), **weekly(owner)}, **more)


# --- single events ---


@case(HOUR)
def an_event_is_added(owner: Owner) -> Steps:
    yield
    owner.add(owner.at(3, 9))


@case(-HOUR)
def an_event_is_deleted(owner: Owner) -> Steps:
    event = owner.add(owner.at(3, 9))
    yield
    owner.delete(event)


@case(0)
def an_event_is_moved_to_another_day(owner: Owner) -> Steps:
    event = owner.add(owner.at(3, 9))
    yield
    owner.edit(event, owner.at(5, 14))


@case(2 * HOUR)
def an_event_takes_longer(owner: Owner) -> Steps:
    event = owner.add(owner.at(3, 9))
    yield
    owner.edit(event, owner.at(3, 9, 3))


@case(0)
def an_event_keeps_its_wall_time_and_gets_another_zone(owner: Owner) -> Steps:
    event = owner.add(owner.at(3, 9))
    yield
    owner.edit(event, owner.at(3, 9, zone=NEW_YORK))


@case(None)
def an_event_is_deleted_under_another_one(owner: Owner) -> Steps:
    event = owner.add(owner.at(3, 9))
    owner.add(owner.at(3, 8, 4))
    yield
    owner.delete(event)


@case(None)
def an_event_gets_another_subject(owner: Owner) -> Steps:
    event = owner.add(owner.at(3, 9))
    yield
    owner.edit(event, {"subject": "Something else"})


@case(None)
def a_mark_without_length_is_added(owner: Owner) -> Steps:
    yield
    owner.add(owner.at(3, 9, 0))


@case(64 * HOUR)
def an_event_over_a_weekend_is_added(owner: Owner) -> Steps:
    yield
    owner.add(owner.at(3, 17, 64))


@case(HOUR)
def a_private_event_is_added(owner: Owner) -> Steps:
    yield
    owner.add(owner.at(3, 9), sensitivity="private")


# --- how it is shown, and whether it takes place ---


@case(-HOUR)
def a_busy_event_becomes_free(owner: Owner) -> Steps:
    event = owner.add(owner.at(3, 9))
    yield
    owner.edit(event, {"showAs": "free"})


@case(HOUR)
def a_free_event_becomes_busy(owner: Owner) -> Steps:
    event = owner.add(owner.at(3, 9), showAs="free")
    yield
    owner.edit(event, {"showAs": "busy"})


@case(HOUR)
def a_tentative_event_becomes_busy(owner: Owner) -> Steps:
    event = owner.add(owner.at(3, 9), showAs="tentative")
    yield
    owner.edit(event, {"showAs": "busy"})


@case(-HOUR)
def a_busy_event_becomes_working_elsewhere(owner: Owner) -> Steps:
    event = owner.add(owner.at(3, 9))
    yield
    owner.edit(event, {"showAs": "workingElsewhere"})


@case(HOUR)
def nobody_knows_any_more_how_an_event_is_shown(owner: Owner) -> Steps:
    event = owner.add(owner.at(3, 9), showAs="free")
    yield
    owner.edit(event, {"showAs": "unknown"})


@case(-HOUR)
def an_invitation_is_declined(owner: Owner) -> Steps:
    event = owner.add(owner.at(3, 9), responseStatus={"response": "notResponded"})
    yield
    owner.edit(event, {"responseStatus": {"response": "declined"}})


@case(-HOUR)
def an_event_is_cancelled(owner: Owner) -> Steps:
    event = owner.add(owner.at(3, 9))
    yield
    owner.edit(event, {"isCancelled": True})


# --- whole days ---


@case(DAY - HOUR)
def an_event_becomes_a_whole_day(owner: Owner) -> Steps:
    event = owner.add(owner.at(3, 9))
    yield
    owner.edit(event, owner.days(3))


@case(HOUR - 2 * DAY)
def two_whole_days_become_one_hour(owner: Owner) -> Steps:
    event = owner.add(owner.days(3, 2), showAs="busy")
    yield
    owner.edit(event, {**owner.at(3, 9), "isAllDay": False})


@case(3 * DAY)
def three_whole_days_are_taken(owner: Owner) -> Steps:
    yield
    owner.add(owner.days(3, 3), showAs="busy")


@case(DAY)
def a_whole_day_moves_from_free_to_busy(owner: Owner) -> Steps:
    event = owner.add(owner.days(3), showAs="free")
    yield
    owner.edit(event, {"showAs": "busy"})


# --- series ---


@case(WEEKS_SEEN * HOUR)
def a_series_over_the_change_of_clocks_is_added(owner: Owner) -> Steps:
    yield
    a_series(owner)


@case(-HOUR)
def an_occurrence_is_deleted(owner: Owner) -> Steps:
    series = a_series(owner)
    yield
    owner.delete(series, owner.due(9))


@case(-2 * HOUR)
def the_first_and_the_last_occurrence_are_deleted(owner: Owner) -> Steps:
    series = a_series(owner)
    yield
    owner.delete(series, owner.due(2))
    owner.delete(series, owner.due(2 + 7 * (WEEKS_SEEN - 1)))


@case(0)
def an_exception_is_made(owner: Owner) -> Steps:
    series = a_series(owner)
    yield
    owner.edit(series, owner.at(9, 15), owner.due(9))


@case(HOUR)
def an_exception_is_moved_again(owner: Owner) -> Steps:
    series = a_series(owner)
    owner.edit(series, owner.at(9, 15), owner.due(9))
    yield
    owner.edit(series, owner.at(11, 6, 2), owner.due(9))


@case(-HOUR)
def an_exception_is_deleted(owner: Owner) -> Steps:
    series = a_series(owner)
    owner.edit(series, owner.at(9, 15), owner.due(9))
    yield
    owner.delete(series, owner.due(9))


@case(-HOUR)
def an_occurrence_becomes_free(owner: Owner) -> Steps:
    series = a_series(owner)
    yield
    owner.edit(series, {"showAs": "free"}, owner.due(9))


@case(-6 * HOUR)
def a_series_is_shortened(owner: Owner) -> Steps:
    series = a_series(owner)
    yield
    owner.edit(series, weekly(owner, 4))


@case(-7 * HOUR)
def a_series_is_ended_and_keeps_what_became_of_its_past(owner: Owner) -> Steps:
    series = a_series(owner)
    owner.edit(series, owner.at(9, 15), owner.due(9))
    owner.edit(series, owner.at(30, 15), owner.due(30))
    yield
    owner.edit(series, weekly(owner, until=20))


@case(2 * HOUR)
def a_series_is_lengthened(owner: Owner) -> Steps:
    series = a_series(owner)
    yield
    owner.edit(series, weekly(owner, WEEKS_SEEN + 2))


@case(HOUR)
def a_series_is_rescheduled_and_forgets_its_exceptions(owner: Owner) -> Steps:
    series = a_series(owner)
    owner.edit(series, owner.at(9, 15), owner.due(9))
    owner.delete(series, owner.due(16))
    yield
    owner.edit(series, {**owner.at(3, 11), **weekly(owner, day=3)})


@case(-WEEKS_SEEN * HOUR)
def a_series_becomes_free(owner: Owner) -> Steps:
    series = a_series(owner)
    yield
    owner.edit(series, {"showAs": "free"})


@case((1 - WEEKS_SEEN) * HOUR)
def a_series_becomes_a_single_event(owner: Owner) -> Steps:
    series = a_series(owner)
    yield
    owner.edit(series, {"recurrence": None})


@case((WEEKS_SEEN - 1) * HOUR)
def a_single_event_becomes_a_series(owner: Owner) -> Steps:
    event = owner.add(owner.at(2, 9))
    yield
    owner.edit(event, weekly(owner))


@case(-WEEKS_SEEN * HOUR)
def a_whole_series_is_deleted(owner: Owner) -> Steps:
    series = a_series(owner)
    yield
    owner.delete(series)


# --- from calendar to calendar ---


@case(-HOUR)
def an_event_is_moved_to_a_calendar_that_does_not_count(owner: Owner) -> Steps:
    event = owner.add(owner.at(3, 9))
    yield
    owner.move(event, owner.unchecked)


@case(HOUR)
def an_event_is_moved_to_a_calendar_that_counts(owner: Owner) -> Steps:
    event = owner.add(owner.at(3, 9), owner.unchecked)
    yield
    owner.move(event, "default")


@case(None)
def an_event_is_moved_between_calendars_that_count(owner: Owner) -> Steps:
    event = owner.add(owner.at(3, 9))
    yield
    owner.move(event, owner.project)


@case(-WEEKS_SEEN * HOUR)
def a_series_is_moved_away(owner: Owner) -> Steps:
    series = a_series(owner)
    yield
    owner.move(series, owner.unchecked)


@case(-HOUR)
def an_event_is_cut_and_pasted_away(owner: Owner) -> Steps:
    event = owner.add(owner.at(3, 9))
    yield
    owner.cut_and_paste(event, owner.unchecked)


@case(None)
def an_event_is_cut_and_pasted_in_place(owner: Owner) -> Steps:
    event = owner.add(owner.at(3, 9))
    yield
    owner.cut_and_paste(event, "default")


@case(None)
def a_calendar_that_counts_is_renamed(owner: Owner) -> Steps:
    owner.add(owner.at(3, 9), owner.project)
    yield
    owner.calendar("PATCH", owner.project, {"name": "Another name"})


@case(HOUR)
def an_event_is_added_to_a_renamed_calendar(owner: Owner) -> Steps:
    owner.calendar("PATCH", owner.project, {"name": "Another name"})
    yield
    owner.add(owner.at(3, 9), owner.project)


@case(-HOUR)
def a_calendar_that_counts_is_deleted(owner: Owner) -> Steps:
    owner.add(owner.at(3, 9), owner.project)
    owner.add(owner.at(4, 9))
    yield
    owner.calendar("DELETE", owner.project)


@case(None)
def a_calendar_that_does_not_count_is_deleted(owner: Owner) -> Steps:
    owner.add(owner.at(3, 9), owner.unchecked)
    owner.add(owner.at(4, 9))
    yield
    owner.calendar("DELETE", owner.unchecked)


# --- over the edges of the window ---


@case(HOUR)
def an_event_behind_the_horizon_is_moved_in(owner: Owner) -> Steps:
    event = owner.add(owner.at(BEYOND, 9))
    yield
    owner.edit(event, owner.at(30, 9))


@case(-HOUR)
def an_event_is_moved_behind_the_horizon(owner: Owner) -> Steps:
    event = owner.add(owner.at(30, 9))
    yield
    owner.edit(event, owner.at(BEYOND, 9))


@case(HOUR)
def an_event_of_last_week_is_moved_in(owner: Owner) -> Steps:
    event = owner.add(owner.at(-7, 9))
    yield
    owner.edit(event, owner.at(3, 9))


@case(-HOUR)
def an_event_is_moved_to_last_week(owner: Owner) -> Steps:
    event = owner.add(owner.at(3, 9))
    yield
    owner.edit(event, owner.at(-7, 9))


@case(-HOUR)
def an_exception_is_moved_behind_the_horizon(owner: Owner) -> Steps:
    series = a_series(owner)
    yield
    owner.edit(series, owner.at(BEYOND, 9), owner.due(9))


@case(HOUR)
def an_exception_from_behind_the_horizon_is_moved_in(owner: Owner) -> Steps:
    series = owner.add({**owner.at(BEYOND, 9), **weekly(owner, day=BEYOND)})
    yield
    owner.edit(series, owner.at(30, 9), owner.due(BEYOND))
