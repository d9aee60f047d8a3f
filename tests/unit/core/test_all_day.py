from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared_code.core.all_day import find_zone, first_instant, last_instant, midnight, original_offset


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("Europe/Paris", date(2026, 3, 29), datetime(2026, 3, 28, 23, tzinfo=UTC)),  # clocks go forward that night
        ("Europe/Paris", date(2026, 3, 30), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        ("America/New_York", date(2026, 11, 1), datetime(2026, 11, 1, 4, tzinfo=UTC)),  # and back that night
        ("America/New_York", date(2026, 11, 2), datetime(2026, 11, 2, 5, tzinfo=UTC)),
        ("Pacific/Kiritimati", date(2026, 3, 2), datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("Asia/Beirut", date(2026, 3, 29), datetime(2026, 3, 28, 22, tzinfo=UTC)),  # that midnight does not exist
        ("America/Havana", date(2026, 11, 1), datetime(2026, 11, 1, 4, tzinfo=UTC)),  # that midnight comes twice
    ],
)
def test_a_date_begins_at_its_midnight_in_the_zone(zone: str, day: date, expected: datetime) -> None:
    assert midnight(day, ZoneInfo(zone)) == expected


def test_a_day_on_which_the_clocks_go_forward_has_23_hours() -> None:
    zone = ZoneInfo("Europe/Paris")

    length = last_instant(date(2026, 3, 30), zone, None) - first_instant(date(2026, 3, 29), zone, None)

    assert length == timedelta(hours=23)


def test_without_any_zone_the_day_blocks_wherever_on_earth_it_may_be() -> None:
    first, last = date(2026, 3, 2), date(2026, 3, 3)

    begins, ends = first_instant(first, None, None), last_instant(last, None, None)

    assert begins == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert ends == datetime(2026, 3, 3, 12, tzinfo=UTC)
    assert begins <= midnight(first, ZoneInfo("Pacific/Kiritimati"))
    assert ends >= midnight(last, ZoneInfo("Etc/GMT+12"))


def test_the_events_own_zone_counts_if_nobody_knows_the_users() -> None:
    offset = original_offset(date(2026, 7, 1), "Romance Standard Time")

    assert first_instant(date(2026, 7, 1), None, offset) == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert last_instant(date(2026, 7, 2), None, offset) == datetime(2026, 7, 1, 22, tzinfo=UTC)


def test_the_users_zone_wins_over_the_events() -> None:
    offset = original_offset(date(2026, 7, 1), "Romance Standard Time")

    begins = first_instant(date(2026, 7, 1), ZoneInfo("America/New_York"), offset)

    assert begins == datetime(2026, 7, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize("name", [None, "", "tzone://Microsoft/Custom", "Nowhere Standard Time"])
def test_a_zone_of_the_events_own_making_is_no_zone(name: str | None) -> None:
    assert original_offset(date(2026, 3, 2), name) is None


@pytest.mark.parametrize("name", [None, "", "Mars/Olympus", "../../etc/passwd", "/etc/localtime"])
def test_what_is_no_zone_is_not_found(name: str | None) -> None:
    assert find_zone(name) is None
