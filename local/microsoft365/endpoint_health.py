"""How fast an endpoint answers, and what Graph does to slow ones.

learn.microsoft.com/graph/change-notifications-delivery-webhooks (2026-04-22): over 10 % of the answers of ten minutes
slower than 3 s, and new notifications come ten minutes late; over 15 % slower than 10 s, and they are thrown away.
After ten minutes a small number is sent as before, and their answers decide. Counted here by host, as an older text has
it, since then everybody behind one address suffers together.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

type Health = Literal["well", "slow", "dropping"]
IN_TIME, AT_ALL = 3.0, 10.0
PENALTY = timedelta(minutes=10)
PROBES = 3  # "a small number", of which the first answer decides
_WINDOW = timedelta(minutes=10)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
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
    """``until`` is when the penalty for its health ends and probes begin; ``probes`` have left since."""

    answers: _Answers = field(default_factory=_Answers)
    health: Health = "well"
    until: datetime = _LONG_AGO
    probes: int = 0

    def punish(self, health: Health, now: datetime) -> None:
        self.health, self.until, self.probes = health, now + PENALTY, 0

    def forgive(self) -> None:
        self.health, self.answers = "well", _Answers()


class EndpointHealth:
    def __init__(self) -> None:
        self._endpoints: dict[str, _Endpoint] = {}

    def admit(self, url: str, now: datetime) -> Health:
        """What becomes of a new notification: as to a well endpoint it also leaves when it is a probe."""
        endpoint = self._endpoint(url)
        if endpoint.health != "well" and now >= endpoint.until and endpoint.probes < PROBES:
            endpoint.probes += 1
            return "well"
        return endpoint.health

    def count(self, url: str, seconds: float, now: datetime, sample: int) -> None:
        """Take note of one answer; shares mean something from ``sample`` answers on."""
        endpoint = self._endpoint(url)
        endpoint.answers.add(now, seconds)
        if endpoint.probes:
            self._judge_probe(endpoint, seconds, now)
        elif len(endpoint.answers.times) >= sample:
            self._judge(endpoint, now)

    def shown(self, now: datetime) -> dict[str, Health | Literal["probed"]]:
        return {
            host: "probed" if each.health != "well" and now >= each.until else each.health
            for host, each in self._endpoints.items()
        }

    def _judge(self, endpoint: _Endpoint, now: datetime) -> None:
        answers = endpoint.answers
        if answers.not_at_all > _DROP_SHARE * len(answers.times):
            endpoint.punish("dropping", now)
            endpoint.answers = _Answers()
        elif answers.not_in_time > _SLOW_SHARE * len(answers.times) and endpoint.health != "dropping":
            endpoint.punish("slow", now)

    def _judge_probe(self, endpoint: _Endpoint, seconds: float, now: datetime) -> None:
        if seconds >= AT_ALL or (seconds > IN_TIME and endpoint.health == "slow"):
            endpoint.punish(endpoint.health, now)
        else:
            endpoint.forgive()

    def _endpoint(self, url: str) -> _Endpoint:
        return self._endpoints.setdefault(urlsplit(url).netloc, _Endpoint())
