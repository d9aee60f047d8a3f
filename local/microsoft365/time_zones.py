"""Time zone names as Microsoft writes them, turned into zones that know their offsets.

Windows names come from the table that icalendar generates from CLDR, IANA names from tzdata. Beside those Outlook writes
``tzone://Microsoft/Utc``, ``tzone://Microsoft/Custom`` and, in exports, the names of its own zone list, such as
``(UTC+01:00) Brussels, Copenhagen, Madrid, Paris``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

CUSTOM = "tzone://Microsoft/Custom"
CUSTOM_ZONE = "Customized Time Zone"
"""What a mailbox with rules of its own calls its zone; the stand-in gives it the European rules (see graph/schedule.py)."""

_UTC_NAMES = {"utc", "gmt", "z", "etc/utc", "etc/gmt", "tzone://microsoft/utc", "(utc) coordinated universal time"}
_LISTED_NAME = re.compile(
    r"\((?:UTC|GMT)(?:(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2}))?\)\s*(?P<places>.*)", re.IGNORECASE
)
_A_WINTER_AND_A_SUMMER = (datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC))


class UnknownTimeZone(ValueError):
    """No zone goes by this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The time zone '{name}' is not known.")
        self.name = name


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone under the name it was given by; wall times are naive, instants aware and in UTC."""

    name: str
    rules: tzinfo

    def instant(self, wall: datetime) -> datetime:
        """The instant of a wall time; one that a clock change skips is read with the offset before the change."""
        return wall.replace(tzinfo=self.rules).astimezone(UTC)

    def wall(self, instant: datetime) -> datetime:
        return instant.astimezone(self.rules).replace(tzinfo=None)


UTC_ZONE = Zone("UTC", UTC)


@cache
def find_zone(name: str) -> Zone:
    """The zone of any name that Microsoft or an iCalendar file may use.

    Raises:
        UnknownTimeZone: nothing is known by that name.
    """
    rules = _rules_by_name(name) or _rules_by_listed_name(name)
    if rules is None:
        raise UnknownTimeZone(name)
    return Zone(name, rules)


def windows_name(name: str) -> str:
    """The Windows name of a zone that has exactly one, else the name itself."""
    return _WINDOWS_BY_IANA.get(name, name)


def _rules_by_name(name: str) -> tzinfo | None:
    plain = name.strip()
    if plain.lower() in _UTC_NAMES:
        return UTC
    if plain in {CUSTOM, CUSTOM_ZONE}:
        return ZoneInfo("Europe/Paris")
    return _iana_rules(_iana_by_windows().get(plain.lower(), plain))


def _iana_rules(key: str) -> tzinfo | None:
    try:
        return ZoneInfo(key)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of the database, such as "Europe"
        return None


def _rules_by_listed_name(name: str) -> tzinfo | None:
    """Rules for a name of Outlook's zone list.

    The list names cities or a region; one whose standard offset is the one announced decides. Where none is known
    the announced offset is all there is, and it is taken as fixed.
    """
    listed = _LISTED_NAME.fullmatch(name.strip())
    if listed is None:
        return None
    offset = timedelta(hours=int(listed["hours"] or 0), minutes=int(listed["minutes"] or 0))
    offset = -offset if listed["sign"] == "-" else offset
    if offset >= timedelta(hours=24):
        return None
    fitting = (rules for rules in _rules_of_places(listed["places"]) if _standard_offset(rules) == offset)
    return next(fitting, timezone(offset))


def _rules_of_places(places: str) -> Iterator[tzinfo]:
    """ "Eastern Time (US & Canada)" is Eastern Standard Time; "Brussels, Madrid" are cities of the IANA names."""
    region = re.sub(r"\s*\(.*", "", places)
    windows = _iana_by_windows().get(re.sub(r" Time$", " Standard Time", region).lower())
    cities = (
        _iana_by_city().get(city.strip().replace(" ", "_").lower()) for city in places.replace("\\", "").split(",")
    )
    for key in (windows, *cities):
        rules = _iana_rules(key) if key else None
        if rules is not None:
            yield rules


def _standard_offset(rules: tzinfo) -> timedelta:
    """Without daylight saving; Dublin's negative summer rule counts as everybody reads it, by the smaller offset."""
    offsets = [moment.astimezone(rules).utcoffset() for moment in _A_WINTER_AND_A_SUMMER]
    return min(offset for offset in offsets if offset is not None)


@cache
def _iana_by_windows() -> dict[str, str]:
    return {windows.lower(): iana for windows, iana in WINDOWS_TO_OLSON.items()}


@cache
def _iana_by_city() -> dict[str, str]:
    return {key.rsplit("/", 1)[1].lower(): key for key in sorted(available_timezones()) if "/" in key}


_WINDOWS_BY_IANA = {iana: windows for windows, iana in WINDOWS_TO_OLSON.items()}
