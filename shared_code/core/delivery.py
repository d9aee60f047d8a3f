"""When a product event that was not taken is sent again, and when it is given up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared_code.core.places import place_of
from shared_code.core.product_event import EventId

# https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (read 2026-11), whose
# example goes on for three days; the last wait here ends a day after the first try.
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=6, minutes=24, seconds=55),
)
PATIENCE = timedelta(days=1)
UNLISTED_TRIES = 3  # of an event that is worth something only while it is new
UNLISTED_PATIENCE = timedelta(minutes=10)  # whoever asks for more time than that will have newer word by then
_JITTER = 50  # thousandths of a wait, at most: what failed together does not come again together

GONE = 410


@dataclass(frozen=True)
class Answer:
    """Of the product's endpoint; no status if there was none in time."""

    status: int | None
    retry_after: timedelta | None = None

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - the class of success

    @property
    def is_gone(self) -> bool:
        """The endpoint wants to hear no more of us."""
        return self.status == GONE


def wait_after(
    failures: int, event: EventId, begun_at: datetime, now: datetime, retry_after: timedelta | None
) -> timedelta | None:
    """Before the next try, after so many that failed, one at least; None when a day's patience is at its end.

    ``retry_after`` may only lengthen it."""
    if failures > len(WAITS) or now - begun_at >= PATIENCE:
        return None
    planned = WAITS[failures - 1]
    jitter = planned * place_of(f"{event} {failures}", _JITTER + 1) / 1000
    return max(planned + jitter, retry_after or timedelta(0))
