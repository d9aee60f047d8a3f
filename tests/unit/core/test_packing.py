from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_code.core.calendar import AllDay, Event, ShowAs
from shared_code.core.intervals import Interval
from shared_code.core.packing import (
    FLOATING,
    RECORD_BYTES,
    count,
    counting_flags,
    floating_date,
    floating_offset,
    pack,
    unpack,
)

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def _meeting(
    name: str = "event-1",
    hours: float = 1,
    *,
    show_as: ShowAs = ShowAs.BUSY,
    is_cancelled: bool = False,
    is_declined: bool = False,
) -> Event:
    time = Interval(START, START + timedelta(hours=hours))
    return Event(name, f"uid-{name}", time, show_as, is_cancelled, is_declined)


def _all_day(zone: str | None) -> Event:
    return Event("day", None, AllDay(date(2026, 3, 2), date(2026, 3, 4), zone), ShowAs.BUSY)


def test_an_event_takes_33_bytes() -> None:
    assert RECORD_BYTES == 33
    assert len(pack([_meeting("a"), _meeting("b")])) == 66


@given(
    events=st.lists(
        st.builds(
            _meeting,
            st.text(max_size=10),
            st.floats(0, 1000),
            show_as=st.sampled_from(ShowAs),
            is_cancelled=st.booleans(),
        ),
        unique_by=lambda event: event.event,
        max_size=8,
    ),
    order=st.randoms(use_true_random=False),
)
def test_the_same_events_give_the_same_bytes_in_whatever_order_they_came(
    events: Sequence[Event], order: Random
) -> None:
    shuffled = list(events)
    order.shuffle(shuffled)

    assert pack(shuffled) == pack(events)
    assert count(pack(events)) == len(events)


@given(statuses=st.frozensets(st.sampled_from(ShowAs)), show_as=st.sampled_from(ShowAs))
def test_an_event_counts_exactly_if_its_status_does(statuses: frozenset[ShowAs], show_as: ShowAs) -> None:
    (record,) = unpack(pack([_meeting(show_as=show_as)]))

    assert (record.flags in counting_flags(statuses)) == (show_as in statuses)


@pytest.mark.parametrize("event", [_meeting(is_cancelled=True), _meeting(is_declined=True)])
def test_cancelled_and_declined_events_never_count(event: Event) -> None:
    (record,) = unpack(pack([event]))

    assert record.flags not in counting_flags(frozenset(ShowAs))


def test_fractions_of_a_second_are_blocked_whole() -> None:
    time = Interval(START + timedelta(milliseconds=900), START + timedelta(seconds=9, milliseconds=100))

    (record,) = unpack(pack([Event("e", None, time, ShowAs.BUSY)]))

    assert record.start == START.timestamp()
    assert record.end == START.timestamp() + 10


def test_a_time_before_1970_or_after_2106_is_kept_as_far_as_it_can_matter() -> None:
    time = Interval(datetime(1601, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))

    (record,) = unpack(pack([Event("e", None, time, ShowAs.BUSY)]))

    assert (record.start, record.end) == (0, 2**32 - 1)


def test_an_all_day_event_keeps_its_dates_and_its_own_zones_offset() -> None:
    (record,) = unpack(pack([_all_day("Pacific Standard Time")]))

    assert record.flags & FLOATING
    assert (floating_date(record.start), floating_date(record.end)) == (date(2026, 3, 2), date(2026, 3, 4))
    assert floating_offset(record.start) == timedelta(hours=-8)


def test_an_all_day_event_over_a_change_of_clocks_keeps_both_offsets() -> None:
    time = AllDay(date(2026, 3, 28), date(2026, 3, 31), "Romance Standard Time")

    (record,) = unpack(pack([Event("e", None, time, ShowAs.BUSY)]))

    assert floating_offset(record.start) == timedelta(hours=1)
    assert floating_offset(record.end) == timedelta(hours=2)


def test_an_all_day_event_of_an_unknown_zone_keeps_no_offset() -> None:
    (record,) = unpack(pack([_all_day("tzone://Microsoft/Custom")]))

    assert floating_offset(record.start) is None


def test_no_id_can_be_read_from_the_bytes() -> None:
    packed = pack([_meeting("AAMkAGI1-secret-id")])

    assert b"secret" not in packed
