"""How a locale writes dates, times and numbers."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_timezone_gmt
from babel.numbers import format_decimal


def date(value: datetime, locale: str, zone: str) -> str:
    return format_date(value.astimezone(ZoneInfo(zone)), "long", locale=locale)


def time(value: datetime, locale: str, zone: str) -> str:
    return format_time(value, "short", tzinfo=ZoneInfo(zone), locale=locale)


def moment(value: datetime, locale: str, zone: str) -> str:
    """Date, time, and the zone they are in."""
    local = value.astimezone(ZoneInfo(zone))
    offset = "UTC" if zone == "UTC" else get_timezone_gmt(local, width="long", locale=locale)
    return f"{format_date(local, 'medium', locale=locale)}, {time(value, locale, zone)} {offset}"


def number(value: int, locale: str) -> str:
    return format_decimal(value, locale=locale)
