"""Zone names as Microsoft writes them."""

from datetime import datetime

import pytest

from local.microsoft365.time_zones import UnknownTimeZone, find_zone, shown_name

WINTER, SUMMER = datetime(2026, 1, 15, 12), datetime(2026, 7, 15, 12)  # noqa: DTZ001 - wall times


@pytest.mark.parametrize(
    ("name", "winter", "summer"),
    [
        ("UTC", 12, 12),
        ("tzone://Microsoft/Utc", 12, 12),
        ("(UTC) Coordinated Universal Time", 12, 12),
        ("Europe/Paris", 11, 10),
        ("Romance Standard Time", 11, 10),
        ("romance standard time", 11, 10),
        ("(UTC+01:00) Brussels, Copenhagen, Madrid, Paris", 11, 10),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", 11, 10),
        ("(UTC+00:00) Dublin, Edinburgh, Lisbon, London", 12, 11),
        ("(UTC-05:00) Eastern Time (US & Canada)", 17, 16),
        ("(UTC-08:00) Pacific Time (US & Canada)", 20, 19),
        ("(GMT-06:00) Guadalajara, Mexico City, Monterrey", 18, 18),
        ("(UTC+09:00) Osaka, Sapporo, Tokyo", 3, 3),
        ("(UTC-03:00) Brasilia", 15, 15),
        ("Customized Time Zone", 11, 10),
        ("tzone://Microsoft/Custom", 11, 10),
    ],
)
def test_noon_is_at_the_right_hour_in_utc(name: str, winter: int, summer: int) -> None:
    zone = find_zone(name)

    assert (zone.instant(WINTER).hour, zone.instant(SUMMER).hour) == (winter, summer)


@pytest.mark.parametrize(
    "name", ["", "Nowhere", "Europe", "../Europe/Paris", "(UTC+01:00", "(UTC+25:00) Far away", "tzone://Microsoft/Mars"]
)
def test_a_name_that_nobody_uses_is_unknown(name: str) -> None:
    with pytest.raises(UnknownTimeZone):
        find_zone(name)


def test_an_announced_offset_that_fits_no_named_place_is_taken_as_it_is() -> None:
    zone = find_zone("(UTC+05:00) Paris")

    assert zone.instant(SUMMER).hour == 7


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Europe/Paris", "Romance Standard Time"),
        ("Europe/Rome", "Europe/Rome"),
        ("Pacific Standard Time", "Pacific Standard Time"),
        ("tzone://Microsoft/Utc", "tzone://Microsoft/Utc"),
    ],
)
def test_a_zone_from_a_file_is_shown_by_its_windows_name(name: str, shown: str) -> None:
    assert shown_name(find_zone(name)) == shown
