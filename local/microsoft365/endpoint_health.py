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
class _Endpoint:
    answers: deque[tuple[datetime, float]] = field(default_factory=deque)
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
        answers.append((now, seconds))
        while answers[0][0] <= now - _WINDOW:
            answers.popleft()
        if len(answers) < sample:
            return
        if _share(answers, AT_ALL) > _DROP_SHARE:
            endpoint.dropping_until = now + PENALTY
            answers.clear()
        elif _share(answers, IN_TIME) > _SLOW_SHARE:
            endpoint.slow_until = now + PENALTY

    def shown(self, now: datetime) -> dict[str, Health]:
        return {host: self.of(f"https://{host}", now) for host in self._endpoints}

    def clear(self) -> None:
        self._endpoints.clear()

    def _endpoint(self, url: str) -> _Endpoint:
        return self._endpoints.setdefault(urlsplit(url).netloc, _Endpoint())


def _share(answers: deque[tuple[datetime, float]], limit: float) -> float:
    return sum(seconds >= limit for _, seconds in answers) / len(answers)
