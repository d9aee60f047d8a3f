"""The calendars that somebody may choose, as the form on their page shows them: by connection, if they have several."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from shared_code.core.calendar import CalendarState, NamedCalendar
from shared_code.core.choosing import ShownCalendar
from shared_code.core.ids import ConnectionId
from shared_code.core.my_calendar import Listed, MyCalendar
from shared_code.core.settings_form import short
from shared_code.pages import my_texts as texts

_HEX = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True)
class CalendarLine:
    number: int  # on the page
    calendar: str  # as the form calls it
    name: str
    colour: str | None
    is_default: bool
    can_edit: bool
    is_checked: bool
    is_written: bool
    is_polled: bool
    reading: str | None  # what there is to say of it, if it is not read as it should be

    @property
    def notes(self) -> tuple[str, ...]:
        polled = (texts.POLLED,) if self.is_polled else ()
        return polled if self.reading is None else (*polled, self.reading)


@dataclass(frozen=True)
class CalendarGroup:
    """Of one connection. ``account`` is None where there is no other one to tell it from."""

    number: int
    account: str | None
    lines: tuple[CalendarLine, ...]
    is_unseen: bool  # Microsoft does not list them at present

    @property
    def editable(self) -> tuple[CalendarLine, ...]:
        return tuple(line for line in self.lines if line.can_edit)

    @property
    def by_notes(self) -> list[tuple[tuple[str, ...], list[CalendarLine]]]:
        """Those of which nothing is to be said come first."""
        found: dict[tuple[str, ...], list[CalendarLine]] = {(): []}
        for line in self.lines:
            found.setdefault(line.notes, []).append(line)
        return [(notes, lines) for notes, lines in found.items() if lines]


def groups_of(
    mine: MyCalendar, listed: Listed, checked: frozenset[str], written: str | None
) -> tuple[CalendarGroup, ...]:
    """The admin-managed one first; in each the main calendar first, the others by name."""
    seen = dict.fromkeys(each.connection for each in listed.calendars)
    connections = [*seen, *listed.unseen]
    numbers = count(1)
    return tuple(
        CalendarGroup(
            number,
            _account(mine, connection) if len(connections) > 1 else None,
            tuple(
                _line(next(numbers), each, mine, checked, written)
                for each in in_order(listed)
                if each.connection == connection
            ),
            is_unseen=connection in listed.unseen,
        )
        for number, connection in enumerate(connections, start=1)
    )


def in_order(listed: Listed) -> Iterator[ShownCalendar]:
    yield from sorted(listed.calendars, key=lambda each: (not _is_default(each), each.named.name.casefold()))


def _is_default(shown: ShownCalendar) -> bool:
    return shown.named.calendar.is_default


def _account(mine: MyCalendar, connection: ConnectionId) -> str | None:
    own = (account.account for account in mine.user.personal if account.connection == connection)
    return next(own, mine.account)


def _line(
    number: int, shown: ShownCalendar, mine: MyCalendar, checked: frozenset[str], written: str | None
) -> CalendarLine:
    calendar, states = shown.named.calendar, {} if mine.reading is None else mine.reading.states
    name = short(calendar.calendar)
    return CalendarLine(
        number,
        name,
        shown.named.name,
        _colour(shown.named),
        calendar.is_default,
        calendar.can_edit,
        name in checked,
        name == written,
        shown.polled,
        texts.READINGS.get(states.get(calendar.calendar, CalendarState.OK)),
    )


def _colour(named: NamedCalendar) -> str | None:
    if named.hex_color is not None and _HEX.fullmatch(named.hex_color):
        return named.hex_color
    return texts.COLOURS.get(named.color)
