"""What was asked of the stand-in, by whom, about whom, and what it answered."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import msgspec


class LoggedRequest(msgspec.Struct, frozen=True):
    """One Entra or Graph request. ``user`` is the object id addressed; ``early`` marks a call before Retry-After."""

    n: int
    at: datetime
    kind: str
    method: str
    path: str
    query: str
    tenant: str | None
    user: str | None
    app: str | None
    status: int | None
    request_id: str
    early: bool = False


class RequestLog:
    """Numbered in the order of the answers, from 1, never reused; control calls are not in it."""

    def __init__(self) -> None:
        self._requests: list[LoggedRequest] = []
        self.last = 0

    def take_number(self) -> int:
        self.last += 1
        return self.last

    def add(self, request: LoggedRequest) -> None:
        self._requests.append(request)

    def after(self, number: int) -> Iterator[LoggedRequest]:
        return (request for request in self._requests if request.n > number)

    def clear(self) -> None:
        self._requests.clear()

    def summary(self) -> dict[str, dict[str, int]]:
        """Counts by kind and status."""
        counts = Counter((request.kind, str(request.status)) for request in self._requests)
        kinds = sorted({kind for kind, _ in counts})
        return {kind: {status: n for (each, status), n in sorted(counts.items()) if each == kind} for kind in kinds}
