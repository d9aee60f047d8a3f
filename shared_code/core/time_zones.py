"""Zone names: what Microsoft writes, as IANA knows it."""

from functools import cache
from zoneinfo import available_timezones

from shared_code.core.windows_zones import IANA_OF_WINDOWS

_UTC = "tzone://microsoft/utc"  # seen in originalStartTimeZone; its sibling …/Custom names no zone at all


def iana_zone(name: str | None) -> str | None:
    """The IANA zone for a Windows name, an IANA name or Outlook's own spelling of UTC, in any letter case.

    None for no name, for a custom zone and for one that nobody knows: the reader must then not guess."""
    if name is None:
        return None
    folded = name.strip().casefold()
    return "UTC" if folded == _UTC else _known().get(folded)


def zone_exists(name: str) -> bool:
    """Whether ``name`` is exactly an IANA zone of this machine's time zone data."""
    return name in _iana_zones()


@cache
def _iana_zones() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def _known() -> dict[str, str]:
    """By folded name; where both have a name (``UTC``), IANA's meaning wins."""
    windows = {name.casefold(): zone for name, zone in IANA_OF_WINDOWS.items()}
    return windows | {name.casefold(): name for name in _iana_zones()}
