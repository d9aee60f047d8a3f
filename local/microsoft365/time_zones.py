"""Time zone names as Microsoft writes them, turned into zones that know their offsets.

Windows names come from the table that icalendar generates from CLDR, IANA names from tzdata. Beside those Outlook
writes ``tzone://Microsoft/Utc``, ``tzone://Microsoft/Custom`` and, in exports, the names of its own zone list, such as
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
"""What a mailbox with rules of its own calls its zone; here its rules are those of Central Europe."""

_UTC_NAMES = {"utc", "gmt", "z", "etc/utc", "etc/gmt", "tzone://microsoft/utc", "(utc) coordinated universal time"}
_LISTED_NAME = re.compile(
    r"\((?:UTC|GMT)(?:(?P<sign>[+-])(?P<hours>\d|[01]\d|2[0-3]):?(?P<minutes>\d{2}))?\)\s*(?P<places>.*)", re.IGNORECASE
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

    A name of Outlook's list that names no known place is taken as the fixed offset that it announces.

    Raises:
        UnknownTimeZone: nothing is known by that name.
    """
    zone = find_exact_zone(name)
    if zone is not None:
        return zone
    if name in {CUSTOM, CUSTOM_ZONE}:
        return Zone(name, ZoneInfo("Europe/Paris"))
    listed = _LISTED_NAME.fullmatch(name.strip())
    if listed is None:
        raise UnknownTimeZone(name)
    return Zone(name, timezone(_announced_offset(listed)))


@cache
def find_exact_zone(name: str) -> Zone | None:
    """The zone whose rules follow from the name alone."""
    plain = name.strip()
    if plain.lower() in _UTC_NAMES:
        return Zone(name, UTC)
    rules = _iana_rules(_iana_by_windows().get(plain.lower(), plain)) or _rules_by_listed_name(plain)
    return Zone(name, rules) if rules is not None else None


def shown_name(zone: Zone) -> str:
    """The name under which Exchange shows a zone that came from a file: the Windows name where there is one."""
    is_windows = zone.name.lower() in _iana_by_windows()
    if is_windows or not isinstance(zone.rules, ZoneInfo):
        return zone.name
    return _windows_by_iana().get(zone.rules.key, zone.rules.key)


def _iana_rules(key: str) -> tzinfo | None:
    try:
        return ZoneInfo(key)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of the database, such as "Europe"
        return None


def _rules_by_listed_name(name: str) -> tzinfo | None:
    """The list names cities or a region; the first whose standard offset is the one announced decides."""
    listed = _LISTED_NAME.fullmatch(name)
    if listed is None:
        return None
    offset = _announced_offset(listed)
    return next((rules for rules in _rules_of_places(listed["places"]) if _standard_offset(rules) == offset), None)


def _announced_offset(listed: re.Match[str]) -> timedelta:
    offset = timedelta(hours=int(listed["hours"] or 0), minutes=int(listed["minutes"] or 0))
    return -offset if listed["sign"] == "-" else offset


def _rules_of_places(places: str) -> Iterator[tzinfo]:
    """Read "Eastern Time (US & Canada)" as Eastern Standard Time, and "Brussels, Madrid" as cities of IANA names."""
    region = re.sub(r"\s*\(.*", "", places)
    windows = _iana_by_windows().get(re.sub(r" Time$", " Standard Time", region).lower())
    cities = (_iana_by_city().get(city.strip().replace(" ", "_").lower()) for city in places.split(","))
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


@cache
def _windows_by_iana() -> dict[str, str]:
    return {iana: windows for windows, iana in WINDOWS_TO_OLSON.items()}
