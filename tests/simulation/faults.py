"""What goes wrong at Microsoft and on the way, by name; what is counted is what really met a request."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx

from local.microsoft365.addressing import target_of
from local.microsoft365.faults import Fault, FaultAnswer, FaultScript, Match
from tests.simulation.tally import Tally

FAILING_KINDS = (*("calendar_view",) * 7, "calendars", "subscriptions", "get_schedule")
LONGEST_WAIT = timedelta(minutes=2)  # that a fault asks for, or takes

# A 403 that wraps a passing fault (recorded by third parties), see adapters/graph/http.py.
_WRAPPED = "Operation: Create; Exception: [Status Code: ServiceUnavailable; Reason: try later]"

ANSWERS: dict[str, FaultAnswer] = {
    "429 with Retry-After": FaultAnswer(status=429, retry_after=20),
    "429 with a fractional Retry-After": FaultAnswer(status=429, retry_after=7.5),
    "429 without Retry-After": FaultAnswer(status=429),
    "503": FaultAnswer(status=503),
    "503 with Retry-After": FaultAnswer(status=503, retry_after=15),
    "500": FaultAnswer(status=500),
    "time-out": FaultAnswer(delay_seconds=100),
    "slow": FaultAnswer(delay_seconds=20),
    "dropped connection": FaultAnswer(drop_connection=True),
    "token refused": FaultAnswer(status=401),
    "403 that passes": FaultAnswer(status=403, code="ExtensionError", message=_WRAPPED),
}
# What no retry is made of: it is read again at the mailbox's next turn, a quarter of an hour later.
NONSENSE = FaultAnswer(status=200, code="UnknownError")


class CountedFaults(FaultScript):
    """The stand-in's script, which also tells what it did."""

    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self._tally = tally

    def plan(self, name: str, kind: str) -> None:
        """For the next request of this kind."""
        self.add(Fault(ANSWERS[name], Match(kind=kind), 1))

    def garble(self, times: int) -> None:
        """Whoever asks for a window is told 200, and finds an error inside."""
        self.add(Fault(NONSENSE, Match(kind="calendar_view"), times))

    def take(self, asked: Match, now: datetime) -> FaultAnswer | None:
        answer = super().take(asked, now)
        if answer is not None:
            known = {"nonsense": NONSENSE, **ANSWERS}
            self._tally.note(f"fault: {next(name for name, each in known.items() if each is answer)}")
        return answer


@dataclass
class LostAnswers:
    """Microsoft has done what it was asked; nobody hears of it."""

    tally: Tally
    left: int = 0

    def meets(self, request: httpx.Request) -> bool:
        """Whether the answer to this request is lost."""
        if self.left <= 0 or target_of(request.url.path).kind == "token":
            return False
        self.left -= 1
        self.tally.note("fault: lost answer")
        return True
