"""How fast an endpoint answers, and what Graph does to slow ones.

learn.microsoft.com/graph/change-notifications-delivery-webhooks (2026-04-22): over 10 % of the answers of ten minutes
slower than 3 s, and new notifications come ten minutes late; over 15 % slower than 10 s, and they are thrown away.
Counted here by host, as an older text has it, since then everybody behind one address suffers together.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

type Health = Literal["well", "slow", "dropping"]
IN_TIME, AT_ALL = 3.0, 10.0
PENALTY = timedelta(minutes=10)
_WINDOW = timedelta(minutes=10)
_SLOW_SHARE, _DROP_SHARE = 0.10, 0.15


@dataclass(slots=True)
class _Answers:
    """Of the last ten minutes; how many were too slow is kept beside them, since there may be many."""

    times: deque[tuple[datetime, float]] = field(default_factory=deque)
    not_in_time: int = 0
    not_at_all: int = 0

    def add(self, now: datetime, seconds: float) -> None:
        self.times.append((now, seconds))
        self._count(seconds, 1)
        while self.times[0][0] <= now - _WINDOW:
            self._count(self.times.popleft()[1], -1)

    def _count(self, seconds: float, by: int) -> None:
        self.not_in_time += by * (seconds > IN_TIME)
        self.not_at_all += by * (seconds >= AT_ALL)


@dataclass(slots=True)
class _Endpoint:
    answers: _Answers = field(default_factory=_Answers)
    slow_until: datetime | None = None
    dropping_until: datetime | None = None


class EndpointHealth:
    def __init__(self) -> None:
        self._endpoints: dict[str, _Endpoint] = {}

    def of(self, url: str, now: datetime) -> Health:
        endpoint = self._endpoint(url)
        if endpoint.dropping_until is not None and now < endpoint.dropping_until:
            return "dropping"
        return "slow" if endpoint.slow_until is not None and now < endpoint.slow_until else "well"

    def count(self, url: str, seconds: float, now: datetime, sample: int) -> None:
        """Take note of one answer; shares mean something from ``sample`` answers on."""
        endpoint = self._endpoint(url)
        answers = endpoint.answers
        answers.add(now, seconds)
        if len(answers.times) < sample:
            return
        if answers.not_at_all > _DROP_SHARE * len(answers.times):
            endpoint.dropping_until = now + PENALTY
            endpoint.answers = _Answers()
        elif answers.not_in_time > _SLOW_SHARE * len(answers.times):
            endpoint.slow_until = now + PENALTY

    def shown(self, now: datetime) -> dict[str, Health]:
        return {host: self.of(f"https://{host}", now) for host in self._endpoints}

    def _endpoint(self, url: str) -> _Endpoint:
        return self._endpoints.setdefault(urlsplit(url).netloc, _Endpoint())
