"""Whatever a calendar holds: what Graph shows of it is what the recurrence library says when asked another way."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from local.microsoft365.busy_truth import BUSY_ONLY, busy_intervals, merged
from local.microsoft365.event_input import edit_of, parse_draft
from local.microsoft365.mailbox import Mailbox
from tests.unit.local.calendar_world import NOW, event, id_of, open_mailbox, recurring

WINDOW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
ZONES = ("Romance Standard Time", "America/New_York", "Australia/Lord_Howe", "(UTC+05:45) Kathmandu", "UTC")

weekdays = st.lists(st.sampled_from(DAYS), min_size=1, max_size=3, unique=True)
index = st.sampled_from(("first", "second", "third", "fourth", "last"))
interval = st.integers(1, 4)
month, day = st.integers(1, 12), st.integers(1, 31)


def pattern(kind: str, **parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.just(kind), "interval": interval, **parts})


patterns = st.one_of(
    pattern("daily"),
    pattern("weekly", daysOfWeek=weekdays, firstDayOfWeek=st.sampled_from(DAYS)),
    pattern("absoluteMonthly", dayOfMonth=day),
    pattern("relativeMonthly", daysOfWeek=weekdays, index=index),
    pattern("absoluteYearly", month=month, dayOfMonth=st.integers(1, 28)),
    pattern("relativeYearly", month=month, daysOfWeek=weekdays, index=index),
)
limits: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"numberOfOccurrences": st.integers(1, 40)}),
    st.fixed_dictionaries({"endDate": st.dates(datetime(2036, 1, 1).date(), datetime(2037, 1, 1).date()).map(str)}),  # noqa: DTZ001
)
starts = st.datetimes(datetime(2025, 6, 1), datetime(2026, 10, 1)).map(lambda at: at.replace(second=0, microsecond=0))  # noqa: DTZ001


@st.composite
def series(draw: st.DrawFn) -> dict[str, Any]:
    start, is_all_day = draw(starts), draw(st.booleans())
    length = timedelta(days=draw(st.integers(1, 3))) if is_all_day else timedelta(minutes=draw(st.integers(1, 3000)))
    start = start.replace(hour=0, minute=0) if is_all_day else start
    zone = "Romance Standard Time" if is_all_day else draw(st.sampled_from(ZONES))
    rule = recurring(draw(patterns), startDate=f"{start:%Y-%m-%d}", **draw(limits))
    return event(start.isoformat(), (start + length).isoformat(), zone, isAllDay=is_all_day, recurrence=rule)


def shown(mailbox: Mailbox) -> list[tuple[datetime, datetime]]:
    """Busy time out of the instances that a calendar view would answer with."""
    return merged(
        (max(each.start_at, WINDOW[0]), min(each.end_at, WINDOW[1])) for each in mailbox.default_calendar.view(*WINDOW)
    )


@settings(max_examples=80, deadline=None)
@given(series(), st.data())
def test_a_calendar_view_and_the_truth_about_busy_time_agree(json: dict[str, Any], data: st.DataObject) -> None:
    mailbox = open_mailbox()
    mailbox.add(mailbox.default_calendar, parse_draft(json), NOW)
    found = mailbox.default_calendar.view(*WINDOW)
    chosen = data.draw(st.lists(st.sampled_from(found), max_size=4, unique_by=id)) if found else []

    for instance in chosen[:2]:
        mailbox.remove(id_of(mailbox, instance), NOW)
    for instance in chosen[2:]:
        span = instance.span
        ends = {name: moment.wall + timedelta(days=1) for name, moment in (("start", span.start), ("end", span.end))}
        later = {name: {"dateTime": wall.isoformat(), "timeZone": span.start.zone.name} for name, wall in ends.items()}
        mailbox.edit(id_of(mailbox, instance), edit_of(later), NOW)

    assert shown(mailbox) == busy_intervals([mailbox.default_calendar], WINDOW, mailbox.zone, BUSY_ONLY)
