"""How old what is known of a calendar may be before it no longer counts as known."""

from datetime import datetime, timedelta

from shared_code.core.calendar import CalendarState, LinkedCalendar
from shared_code.core.subscription import Subscription, tells_of

TOLD_STALE_AFTER = timedelta(hours=6, minutes=30)  # the six hours of the safety net, and time to do it
POLLED_STALE_AFTER = timedelta(minutes=30)  # two turns of a quarter of an hour


def state_now(
    calendar: LinkedCalendar, teller: Subscription | None, now: datetime, max_age: timedelta | None
) -> CalendarState:
    """The calendar's state with its age taken into account; ``max_age`` can only make it stricter."""
    if calendar.state is not CalendarState.OK:
        return calendar.state
    if calendar.read_at is None:
        return CalendarState.PENDING
    is_told = calendar.notifies and tells_of(teller, calendar.read_at, now)
    oldest = TOLD_STALE_AFTER if is_told else POLLED_STALE_AFTER
    if max_age is not None:
        oldest = min(oldest, max_age)
    return CalendarState.STALE if now - calendar.read_at > oldest else CalendarState.OK
