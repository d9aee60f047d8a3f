"""Which language somebody reads, and how it writes dates, times and numbers."""

from datetime import UTC, datetime

import pytest

from shared_code.pages import languages, writing
from shared_code.pages.languages import locale_of

NOW = datetime(2026, 11, 21, 15, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "accepted", "locale"),
    [
        (None, None, "en"),
        (None, "fr", "fr"),
        (None, "fr-CA,fr;q=0.9,en;q=0.8", "fr_CA"),
        (None, "de-DE,de;q=0.9,fr;q=0.5,en;q=0.3", "fr"),
        (None, "en;q=0.3, fr;q=0.7", "fr"),
        (None, "fr;q=0", "en"),
        (None, "de, *;q=0.5", "en"),
        (None, "en-GB", "en_GB"),
        (None, ";;,=q,é", "en"),
        (None, "fr-ZZ-nonsense", "fr"),
        ("fr-FR", "en", "fr_FR"),
        ("de", "fr", "en"),  # what the link names is what the product chose: the nearest is English
        ("FR", None, "fr"),
    ],
)
def test_the_links_locale_wins_over_the_browsers_and_english_speaks_for_the_rest(
    asked: str | None, accepted: str | None, locale: str
) -> None:
    assert locale_of(asked, accepted) == locale


def test_what_browsers_send_does_not_pile_up_in_memory() -> None:
    for number in range(3000):
        locale_of(None, f"fr-x{number:05}")

    assert languages._spoken.cache_info().currsize <= 1024


def test_dates_times_and_numbers_are_written_as_the_locale_does() -> None:
    assert writing.date(NOW, "en", "UTC") == "November 21, 2026"
    assert writing.date(NOW, "fr", "UTC") == "21 novembre 2026"
    assert writing.date(NOW, "en_GB", "UTC") == "21 November 2026"
    assert writing.time(NOW, "fr", "Europe/Paris") == "16:05"
    assert writing.number(12345, "fr") == "12\u202f345"
    assert writing.number(12345, "en") == "12,345"


def test_a_moment_names_its_zone() -> None:
    assert writing.moment(NOW, "en_GB", "UTC") == "21 Nov 2026, 15:05 UTC"
    assert writing.moment(NOW, "fr", "Europe/Paris") == "21 nov. 2026, 16:05 UTC+01:00"
