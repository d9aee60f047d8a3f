"""Zone names of Microsoft and of IANA."""

from zoneinfo import ZoneInfo

import pytest

from local.generate_windows_zones import read_zones, render
from shared_code.core.time_zones import iana_zone, zone_exists
from shared_code.core.windows_zones import IANA_OF_WINDOWS


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("Pacific Standard Time", "America/Los_Angeles"),
        ("India Standard Time", "Asia/Calcutta"),
        ("pacific standard time", "America/Los_Angeles"),
        (" Tokyo Standard Time ", "Asia/Tokyo"),
        ("UTC", "UTC"),
        ("tzone://Microsoft/Utc", "UTC"),
        ("Europe/Zurich", "Europe/Zurich"),
        ("europe/zurich", "Europe/Zurich"),
        ("Etc/GMT+12", "Etc/GMT+12"),
        ("UTC-11", "Etc/GMT+11"),
    ],
)
def test_a_known_name_becomes_an_iana_zone(name: str, zone: str) -> None:
    assert iana_zone(name) == zone


@pytest.mark.parametrize(
    "name",
    [
        None,
        "",
        "tzone://Microsoft/Custom",
        "Customized Time Zone",
        "(UTC+01:00) Amsterdam, Berlin",
        "Nowhere Standard Time",
        "../etc/passwd",
    ],
)
def test_a_custom_or_unknown_name_is_no_zone(name: str | None) -> None:
    assert iana_zone(name) is None


def test_every_zone_in_the_table_is_one_that_python_can_load() -> None:
    unknown = [zone for zone in IANA_OF_WINDOWS.values() if not zone_exists(zone)]

    assert unknown == []
    assert len(IANA_OF_WINDOWS) > 130
    assert {ZoneInfo(zone).key for zone in IANA_OF_WINDOWS.values()} == set(IANA_OF_WINDOWS.values())


@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC", "America/Argentina/Buenos_Aires"])
def test_an_iana_zone_exists(name: str) -> None:
    assert zone_exists(name)


@pytest.mark.parametrize(
    "name", ["", "Europe", "europe/berlin", "W. Europe Standard Time", "Europe/Berlin\x00", "../UTC", "/etc/localtime"]
)
def test_what_is_not_exactly_an_iana_zone_does_not_exist(name: str) -> None:
    assert not zone_exists(name)


def test_the_table_takes_the_zone_of_the_whole_world() -> None:
    entries = [
        {"mapZone": {"_other": "Romance Standard Time", "_type": "Europe/Paris", "_territory": "001"}},
        {"mapZone": {"_other": "Romance Standard Time", "_type": "Europe/Brussels", "_territory": "BE"}},
    ]

    zones = read_zones({"supplemental": {"windowsZones": {"mapTimezones": entries}}})

    assert zones == {"Romance Standard Time": "Europe/Paris"}
    assert '    "Romance Standard Time": "Europe/Paris",\n' in render(zones)
