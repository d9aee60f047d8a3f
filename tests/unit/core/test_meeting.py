"""Times as clocks show them, and texts above what Teams has written."""

from datetime import UTC, datetime, timedelta

import pytest

from shared_code.core.intervals import Interval
from shared_code.core.meeting import Invited, Meeting, wall_times, with_join_details

URL = "https://teams.example/l/meetup-join/19%3ameeting?context=%7b&x=1"
BLOCK = f'<div class="me-email-text"><div>Microsoft Teams</div><a href="{URL.replace("&", "&amp;")}">Join</a></div>'


def meeting(body: str, *, is_html: bool) -> Meeting:
    hour = datetime(2026, 3, 2, 9, tzinfo=UTC)
    return Meeting(
        Interval(hour, hour + timedelta(hours=1)),
        "Europe/Paris",
        "Secret title",
        body,
        is_html=is_html,
        location="Secret room",
        attendees=(Invited("pat@secret.example", "Pat Secret"),),
        is_online=True,
        reminder_minutes=None,
        asks_for_answers=True,
        takes_proposals=True,
    )


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (f"<html><body>Old{BLOCK}</body></html>", f"New{BLOCK}</body></html>"),
        (f"Old <a href='{URL}'>a link of unknown make</a>", f"NewOld <a href='{URL}'>a link of unknown make</a>"),
        ("Old, without a link", "NewOld, without a link"),
    ],
    ids=["a block", "no known block", "no link"],
)
def test_a_new_text_stands_above_what_the_meeting_hangs_on(before: str, expected: str) -> None:
    assert with_join_details(meeting("New", is_html=True), before, URL) == expected


def test_a_plain_text_becomes_html() -> None:
    assert with_join_details(meeting("a < b\nc", is_html=False), "", None) == "a &lt; b<br>c"


@pytest.mark.parametrize(
    ("hour", "zone", "walls"),
    [
        (datetime(2026, 3, 2, 9, tzinfo=UTC), "Europe/Paris", (10, 11)),
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), "Europe/Paris", (1, 3)),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Europe/Paris", None),
        (datetime(2026, 10, 25, 2, 0, tzinfo=UTC), "Europe/Paris", (3, 4)),
    ],
    ids=["winter", "over the skipped hour", "in the hour shown twice", "after it"],
)
def test_a_time_that_a_clock_shows_twice_has_no_wall_time(
    hour: datetime, zone: str, walls: tuple[int, int] | None
) -> None:
    said = wall_times(Interval(hour, hour + timedelta(hours=1)), zone)

    assert (None if said is None else tuple(wall.hour for wall in said)) == walls


def test_no_word_of_a_meeting_is_in_its_repr() -> None:
    said = repr(meeting("Secret body", is_html=False))

    assert "ecret" not in said
