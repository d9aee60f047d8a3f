"""Whatever somebody writes into Retry-After, nobody waits for longer than a day, and nothing breaks."""

from datetime import timedelta

import pytest

from shared_code.adapters.retry_after import LONGEST, parse_retry_after
from tests.contract.samples import NOW

NOTHING = timedelta(0)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(minutes=2)),
        ("0.5", timedelta(seconds=0.5)),
        ("Mon, 02 Mar 2026 09:10:00 GMT", timedelta(minutes=10)),
        ("Mon, 02 Mar 2026 08:00:00 GMT", NOTHING),
        ("-5", NOTHING),
        ("-1e308", NOTHING),
        ("1e308", LONGEST),
        ("9" * 400, None),
        ("nan", None),
        ("Mon, 01 Jan 99999999999999999999999 00:00:00 GMT", None),
        ("Mon, 31 Dec 9999 23:00:00 -2300", LONGEST),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_a_retry_after_is_a_wait_of_a_day_at_most_or_nothing(value: str | None, wait: timedelta | None) -> None:
    parsed = parse_retry_after(value, NOW.replace(microsecond=0))

    assert parsed == wait
