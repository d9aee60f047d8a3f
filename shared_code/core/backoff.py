"""How long to wait when the other side asks for patience without saying how much."""

from datetime import timedelta

FIRST = timedelta(seconds=30)
LONGEST = timedelta(minutes=30)


def wait_before(attempt: int) -> timedelta:
    """Before the attempt after ``attempt`` failed ones (1 or more): half a minute, doubled each time."""
    doublings = min(attempt - 1, 10)
    return min(FIRST * (1 << doublings), LONGEST)
