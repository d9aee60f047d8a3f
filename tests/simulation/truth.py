"""What is really busy, now and at any earlier moment, worked out from the stand-in's own state."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from local.microsoft365.busy_truth import Interval, busy_intervals, merged
from local.microsoft365.calendar_folder import Calendar
from local.microsoft365.events import Event
from local.microsoft365.time_zones import find_zone
from local.microsoft365.world import World
from tests.simulation.places import Person, Seat

type Version = tuple[Event, ...]


@dataclass(frozen=True)
class _One:
    """A calendar that holds one event."""

    event: Event

    def events(self) -> Iterable[Event]:
        return (self.event,)


class Truth:
    """``note`` is called after each act; ``busy`` is of one version, ``versions`` of a stretch of time."""

    def __init__(self, world: World, people: Iterable[Person]) -> None:
        self._world = world
        self._people = tuple(people)
        self._since: dict[str, list[datetime]] = {person.user_id: [] for person in self._people}
        self._versions: dict[str, list[Version]] = {person.user_id: [] for person in self._people}
        self._worked: dict[tuple[int, Interval, str], tuple[Event, list[Interval]]] = {}
        self.note()

    def note(self) -> None:
        """Keep what each default calendar holds now, if it is another thing than before."""
        for person in self._people:
            version = tuple(self._calendar(person).events())
            versions = self._versions[person.user_id]
            if not versions or not _same(versions[-1], version):
                versions.append(version)
                self._since[person.user_id].append(self._world.now())

    def now(self, seat: Seat, window: Interval) -> list[Interval]:
        return self.busy(seat, self._versions[seat.person.user_id][-1], window)

    def versions(self, person: Person, start: datetime, end: datetime) -> list[Version]:
        """All that the calendar was at some moment of this time."""
        since = self._since[person.user_id]
        first = max(0, bisect_right(since, start) - 1)
        return self._versions[person.user_id][first : bisect_right(since, end)]

    def busy(self, seat: Seat, version: Version, window: Interval) -> list[Interval]:
        zone = seat.time_zone or self._zone_of(seat.person)
        return merged(interval for event in version for interval in self._work(event, window, zone))

    def _work(self, event: Event, window: Interval, zone: str) -> list[Interval]:
        key = (id(event), window, zone)
        if key not in self._worked:
            calendar: Calendar = _One(event)  # type: ignore[assignment]  # its events are all that is asked for
            self._worked[key] = (event, busy_intervals([calendar], window, find_zone(zone)))
        return self._worked[key][1]

    def _calendar(self, person: Person) -> Calendar:
        tenant = self._world.tenants[person.tenant]
        found = tenant.directory.find_deleted_too(person.user_id)
        assert found is not None
        return found.open_mailbox().default_calendar

    def _zone_of(self, person: Person) -> str:
        return person.zone


def _same(one: Version, other: Version) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))


def day_of(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def window_at(now: datetime, days: int) -> Interval:
    """The time that is asked about: whole days of UTC, so that what was worked out once holds all day."""
    start = day_of(now)
    return start, start + timedelta(days=days)
