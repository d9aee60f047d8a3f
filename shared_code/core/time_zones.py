"""Names of time zones: Windows names become IANA names here and nowhere else."""

from functools import cache
from zoneinfo import ZoneInfo

from shared_code.core.windows_zones import WINDOWS_ZONES

_MICROSOFT_UTC = "tzone://microsoft/utc"
_BY_LOWER_NAME = {name.lower(): iana for name, iana in WINDOWS_ZONES.items()}


def iana_zone(name: str | None) -> str | None:
    """The IANA name for what Graph or a calendar calls a zone; None for none, a custom or an unknown one."""
    if not name:
        return None
    if name.lower() in {"utc", _MICROSOFT_UTC}:
        return "UTC"
    windows = _BY_LOWER_NAME.get(name.lower())
    if windows is not None:
        return windows
    return name if zone_exists(name) else None


@cache
def zone_exists(name: str) -> bool:
    """Whether ``name`` is an IANA zone that this machine knows (tzdata is a dependency)."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError; a folder's name is an OSError
        return False
    return True
