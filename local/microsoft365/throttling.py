"""Microsoft's limits: resource units for the directory, requests and concurrency for a mailbox, and Retry-After kept.

Figures: learn.microsoft.com/graph/throttling-limits (2026-02-06).
"""

import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

SMALL_TENANT, MEDIUM_TENANT = 50, 500
IDENTITY_WINDOW = 10.0
MAILBOX_REQUESTS, MAILBOX_WINDOW, MAILBOX_CONCURRENCY = 10_000, 600.0, 4

type Scope = tuple[str | None, ...]
"""Whom a limit is counted for: (app, tenant, area) or (app, tenant, user)."""


def identity_units(people: int) -> int:
    """Resource units that one app may spend in one tenant in 10 seconds, by the number of its users."""
    if people < SMALL_TENANT:
        return 3_500
    return 5_000 if people <= MEDIUM_TENANT else 8_000


@dataclass(slots=True)
class _Bucket:
    level: float
    filled_at: datetime


@dataclass(frozen=True, slots=True)
class Spent:
    """``retry_after`` in whole seconds when the bucket is empty, else None; ``used`` is the share of the limit."""

    retry_after: int | None
    used: float


class Throttling:
    def __init__(self) -> None:
        self._buckets: dict[Scope, _Bucket] = {}
        self._not_before: dict[Scope, datetime] = {}
        self._running: Counter[Scope] = Counter()

    def clear(self) -> None:
        """Forget what was spent; requests that still run go on counting."""
        self._buckets.clear()
        self._not_before.clear()

    def hold(self, scope: Scope, retry_after: float, now: datetime) -> None:
        """Remember the Retry-After that was answered."""
        self._not_before[scope] = now + timedelta(seconds=retry_after)

    def remaining(self, scope: Scope, now: datetime) -> float | None:
        """Seconds that an earlier Retry-After still has to run, or None."""
        until = self._not_before.get(scope)
        return None if until is None or now >= until else (until - now).total_seconds()

    def spend(self, scope: Scope, units: float, limit: float, window: float, now: datetime) -> Spent:
        """Take from a bucket that holds ``limit`` and fills again in ``window`` seconds; refused requests count too."""
        bucket = self._buckets.setdefault(scope, _Bucket(limit, now))
        passed = max(0.0, (now - bucket.filled_at).total_seconds())
        bucket.level = min(limit, bucket.level + passed * limit / window) - units
        bucket.filled_at = now
        used = (limit - bucket.level) / limit
        if bucket.level >= 0:
            return Spent(None, used)
        bucket.level = max(bucket.level, -limit)
        return Spent(max(1, math.ceil(-bucket.level * window / limit)), used)

    @contextmanager
    def running(self, scope: Scope) -> Iterator[int]:
        """Count a request while it runs; yields how many run now, this one included."""
        self._running[scope] += 1
        try:
            yield self._running[scope]
        finally:
            self._running[scope] -= 1
