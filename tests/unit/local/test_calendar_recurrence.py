"""Series in the stand-in: Graph's patterns, clock changes, exceptions and deleted occurrences."""

from datetime import UTC, datetime
from typing import Any

import pytest

from local.microsoft365.event_input import edit_of, parse_draft
from local.microsoft365.recurrence import InvalidRecurrence
from local.microsoft365.recurrence_json import parse_recurrence, render_recurrence
from tests.unit.local.calendar_world import NOW, add, event, id_of, open_mailbox, recurring, starts, titled

MONDAYS = {"type": "weekly", "daysOfWeek": ["monday"]}
NINE = ("2026-03-16T09:00:00", "2026-03-16T10:00:00")


def test_a_series_in_paris_keeps_its_wall_time_when_the_clock_changes() -> None:
    mailbox = open_mailbox()

    add(mailbox, event(*NINE, recurrence=recurring(MONDAYS, numberOfOccurrences=3)))

    assert starts(mailbox) == ["03-16 08:00", "03-23 08:00", "03-30 07:00"]


def test_a_series_in_new_york_changes_three_weeks_earlier() -> None:
    mailbox = open_mailbox()

    add(
        mailbox,
        event(
            "2026-03-02T09:00:00",
            "2026-03-02T10:00:00",
            "Eastern Standard Time",
            recurrence=recurring(MONDAYS, endDate="2026-03-16"),
        ),
    )

    assert starts(mailbox) == ["03-02 14:00", "03-09 13:00", "03-16 13:00"]


def test_an_occurrence_in_the_hour_that_the_clock_skips_is_shown_an_hour_later() -> None:
    mailbox = open_mailbox()

    add(
        mailbox,
        event(
            "2026-03-28T02:30:00",
            "2026-03-28T02:45:00",
            recurrence=recurring({"type": "daily"}, numberOfOccurrences=3),
        ),
    )

    assert starts(mailbox) == ["03-28 01:30", "03-29 01:30", "03-30 00:30"]


PATTERNS: list[tuple[dict[str, Any], list[str]]] = [
    ({"type": "daily", "interval": 10}, ["03-16 08:00", "03-26 08:00", "04-05 07:00"]),
    (
        {"type": "weekly", "interval": 2, "daysOfWeek": ["tuesday", "friday"], "firstDayOfWeek": "monday"},
        ["03-17 08:00", "03-20 08:00", "03-31 07:00"],
    ),
    ({"type": "absoluteMonthly", "dayOfMonth": 20}, ["03-20 08:00", "04-20 07:00", "05-20 07:00"]),
    ({"type": "absoluteMonthly", "dayOfMonth": 31}, ["03-31 07:00", "04-30 07:00", "05-31 07:00"]),
    (
        {"type": "relativeMonthly", "daysOfWeek": ["friday"], "index": "last"},
        ["03-27 08:00", "04-24 07:00", "05-29 07:00"],
    ),
    (
        {"type": "relativeMonthly", "daysOfWeek": ["monday", "tuesday"], "index": "first"},
        ["04-06 07:00", "05-04 07:00", "06-01 07:00"],
    ),
    ({"type": "absoluteYearly", "month": 3, "dayOfMonth": 17}, ["03-17 08:00", "03-17 08:00", "03-17 08:00"]),
    (
        {"type": "relativeYearly", "month": 4, "daysOfWeek": ["wednesday"], "index": "second"},
        ["04-08 07:00", "04-14 07:00", "04-12 07:00"],
    ),
]


@pytest.mark.parametrize(("pattern", "expected"), PATTERNS)
def test_every_pattern_of_graph_comes_due_on_its_days(pattern: dict[str, Any], expected: list[str]) -> None:
    mailbox = open_mailbox()

    add(mailbox, event(*NINE, recurrence=recurring(pattern, numberOfOccurrences=3)))

    assert starts(mailbox, (datetime(2026, 3, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))) == expected


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in PATTERNS])
def test_a_pattern_is_shown_as_it_was_given(pattern: dict[str, Any]) -> None:
    given = recurring(pattern, endDate="2027-01-01")
    span = parse_draft(event(*NINE, recurrence=given)).span

    shown = render_recurrence(parse_recurrence(given), span)

    assert shown is not None
    assert shown["pattern"].items() >= given["pattern"].items()
    assert shown["range"]["endDate"] == "2027-01-01"


def test_a_series_without_an_end_reaches_any_window() -> None:
    mailbox = open_mailbox()

    add(mailbox, event(*NINE, recurrence=recurring(MONDAYS)))

    far = datetime(2040, 1, 1, tzinfo=UTC), datetime(2040, 1, 15, tzinfo=UTC)
    assert starts(mailbox, far) == ["01-02 08:00", "01-09 08:00"]


@pytest.mark.parametrize(
    "recurrence",
    [
        recurring({"type": "hourly"}),
        recurring({"type": "weekly", "daysOfWeek": []}),
        recurring({"type": "weekly"}),
        recurring({"type": "daily", "interval": 0}),
        recurring({"type": "absoluteMonthly", "dayOfMonth": 32}),
        recurring(MONDAYS, numberOfOccurrences=0),
        recurring(MONDAYS, endDate="2026-03-01"),
        {"pattern": {"type": "daily", "interval": 1}, "range": {"type": "sometimes"}},
        {"pattern": MONDAYS},
    ],
)
def test_a_pattern_that_graph_would_refuse_is_refused(recurrence: dict[str, Any]) -> None:
    with pytest.raises(InvalidRecurrence):
        parse_draft(event(*NINE, recurrence=recurrence))


def test_a_moved_occurrence_becomes_an_exception_at_its_new_time() -> None:
    mailbox = open_mailbox()
    add(mailbox, event(*NINE, recurrence=recurring(MONDAYS, numberOfOccurrences=3)))
    second = mailbox.default_calendar.view(datetime(2026, 3, 23, tzinfo=UTC), datetime(2026, 3, 24, tzinfo=UTC))[0]

    moved = event("2026-03-24T14:00:00", "2026-03-24T15:00:00", subject="Moved")
    placed = mailbox.edit(id_of(mailbox, second), edit_of(moved), NOW)

    assert placed.instance.kind == "exception"
    assert placed.instance.due == datetime(2026, 3, 23, 9)  # noqa: DTZ001 - a wall time
    assert starts(mailbox) == ["03-16 08:00", "03-24 13:00", "03-30 07:00"]
    assert [each.content.subject for each in titled(mailbox, "Moved")] == ["Moved"]


def test_an_exception_moved_into_the_window_from_outside_is_seen() -> None:
    mailbox = open_mailbox()
    placed = add(mailbox, event(*NINE, recurrence=recurring(MONDAYS, numberOfOccurrences=30)))
    master = mailbox.item_id(placed, immutable=True)
    late = mailbox.occurrence_id(master, datetime(2026, 9, 21, 9))  # noqa: DTZ001 - a wall time

    mailbox.edit(late, edit_of(event("2026-03-17T09:00:00", "2026-03-17T10:00:00")), NOW)

    assert starts(mailbox)[:2] == ["03-16 08:00", "03-17 08:00"]


def test_a_deleted_occurrence_stays_away_even_if_it_was_an_exception() -> None:
    mailbox = open_mailbox()
    placed = add(mailbox, event(*NINE, recurrence=recurring(MONDAYS, numberOfOccurrences=3)))
    second = mailbox.occurrence_id(
        mailbox.item_id(placed, immutable=True),
        datetime(2026, 3, 23, 9),  # noqa: DTZ001 - a wall time
    )
    mailbox.edit(second, edit_of({"subject": "Renamed"}), NOW)

    mailbox.remove(second, NOW)

    assert starts(mailbox) == ["03-16 08:00", "03-30 07:00"]
    with pytest.raises(LookupError):
        mailbox.get_item(second)


def test_an_edit_of_a_series_shows_in_a_window_that_was_already_worked_out() -> None:
    mailbox = open_mailbox()
    placed = add(mailbox, event(*NINE, recurrence=recurring(MONDAYS, numberOfOccurrences=2)))
    before = starts(mailbox)

    later = event("2026-03-16T11:00:00", "2026-03-16T12:00:00")
    mailbox.edit(mailbox.item_id(placed, immutable=False), edit_of(later), NOW)

    assert before == ["03-16 08:00", "03-23 08:00"]
    assert starts(mailbox) == ["03-16 10:00", "03-23 10:00"]


def test_a_series_of_whole_days_follows_the_days_of_its_zone() -> None:
    mailbox = open_mailbox()

    whole = event("2026-03-28T00:00:00", "2026-03-29T00:00:00", isAllDay=True)
    add(mailbox, whole | {"recurrence": recurring({"type": "daily"}, numberOfOccurrences=3)})

    assert starts(mailbox) == ["03-27 23:00", "03-28 23:00", "03-29 22:00"]
