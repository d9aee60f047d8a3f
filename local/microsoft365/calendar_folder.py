"""One calendar of a mailbox: its properties, its events, and the instances already worked out."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from local.microsoft365.events import Event, Instance, Party
from local.microsoft365.recurrence import instances_between

type Source = Literal["own", "shared", "internet"]
type Color = Literal[
    "auto",
    "lightBlue",
    "lightGreen",
    "lightOrange",
    "lightGray",
    "lightYellow",
    "lightTeal",
    "lightPink",
    "lightBrown",
    "lightRed",
    "maxColor",
]
TEAMS = "teamsForBusiness"
_REMEMBER_BEFORE, _REMEMBER_AFTER = timedelta(days=7), timedelta(days=45)


@dataclass(frozen=True, slots=True)
class Worked:
    """The instances of one event in ``start_at`` to ``end_at``."""

    start_at: datetime
    end_at: datetime
    instances: list[Instance]


@dataclass(slots=True)
class Calendar:
    """``owner`` of a shared calendar is the sharer; calendars from the internet cannot be edited."""

    key: bytes
    name: str
    owner: Party
    source: Source = "own"
    is_default: bool = False
    can_edit: bool = True
    color: Color = "auto"
    hex_color: str = ""
    meeting_providers: tuple[str, ...] = (TEAMS,)
    revision: int = 0
    _events: dict[bytes, Event] = field(default_factory=dict)
    _worked: dict[bytes, Worked] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._events)

    def events(self) -> Iterator[Event]:
        return iter(self._events.values())

    def find(self, key: bytes) -> Event | None:
        return self._events.get(key)

    def put(self, event: Event) -> None:
        self._events[event.key] = event
        self._worked.pop(event.key, None)

    def remove(self, key: bytes) -> Event:
        self._worked.pop(key, None)
        return self._events.pop(key)

    def snapshot(self) -> "Calendar":
        """The calendar as it is now, untouched by later edits."""
        return replace(self, _events=dict(self._events), _worked=dict(self._worked))

    def view(self, start_at: datetime, end_at: datetime) -> list[Instance]:
        """Instances that overlap the half-open window, by start; unchanged events are not worked out again."""
        found = [
            instance
            for event in self._events.values()
            for instance in self._instances(event, start_at, end_at)
            if instance.overlaps(start_at, end_at)
        ]
        return sorted(found, key=_by_start)

    def _instances(self, event: Event, start_at: datetime, end_at: datetime) -> list[Instance]:
        worked = self._worked.get(event.key)
        if worked is None or start_at < worked.start_at or end_at > worked.end_at:
            start_at, end_at = start_at - _REMEMBER_BEFORE, end_at + _REMEMBER_AFTER
            worked = Worked(start_at, end_at, instances_between(event, start_at, end_at))
            self._worked[event.key] = worked
        return worked.instances


def _by_start(instance: Instance) -> tuple[datetime, datetime, bytes]:
    return instance.start_at, instance.end_at, instance.event.key
