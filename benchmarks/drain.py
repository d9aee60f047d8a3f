"""Ten thousand notifications about a thousand mailboxes, from the edits to the answers, on the whole local stack.

Everything shares this machine: the app in its host, Azurite behind a proxy that counts, the stand-in for Microsoft.
Time is real while anything is measured. Takes about five minutes on two idle cores.
"""

import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import batched
from statistics import mean, quantiles

from benchmarks.crowd import LONGEST, Crowd, crowd, user_id_of, wait_until
from benchmarks.processes import cpu_seconds
from benchmarks.table import Row

PEOPLE = 1000
TOLD = 10  # times that Graph tells of each change
POST = 100  # notifications in one post
AT_ONCE = 20  # mailboxes that change together: so many are mixed in one post, in any order
GATHERED = 1  # seconds for which the stand-in gathers what it posts together
REQUESTS_BUDGET = 3  # two syncs and an echo


@dataclass(frozen=True)
class Spent:
    """Between two looks."""

    seconds: float
    cpu: Counter[str]
    operations: Counter[str]
    requests: Counter[str]
    requests_of: Counter[str]  # reads of calendars, by user


async def run(people: int = PEOPLE) -> list[Row]:
    with crowd(people) as everybody:
        meter = Meter(everybody)
        everybody.connect()
        connected = meter.lap()
        everybody.rest()
        meter.lap()
        drained = _drain(everybody)
        spent = meter.lap()
        _check(everybody, drained.meeting)
    return [_connect_row(connected, people), *_drain_rows(spent, drained, people)]


@dataclass(frozen=True)
class Drained:
    meeting: datetime
    seconds_to_answers: list[float]  # of each mailbox, from the edit to the commit
    last_answer_seconds: float  # since the first edit
    posts: Counter[str]


def _drain(everybody: Crowd) -> Drained:
    """A group of mailboxes changes as soon as Graph's posts about the last ones were answered."""
    script = {"batch_size": POST, "mix": True, "reorder": True, "repeat": TOLD - 1, "gather_seconds": GATHERED}
    everybody.world.control("PUT", "/notifications/script", script)
    meeting = (everybody.world.now + timedelta(days=3)).replace(hour=12, minute=0, second=0, microsecond=0)
    edited: dict[str, datetime] = {}
    for names in batched(everybody.names, AT_ONCE, strict=False):
        for name in names:
            edited[user_id_of(name)] = datetime.now(UTC)
            everybody.add_meeting(name, meeting)
        wait_until(lambda: not everybody.waiting_posts(), seconds=LONGEST, every=0.1)
    wait_until(lambda: not everybody.waiting_orders(), seconds=LONGEST)
    began = min(edited.values())
    synced = everybody.first_synced(began)
    seconds = [(synced[user_id] - at).total_seconds() for user_id, at in edited.items()]
    return Drained(meeting, seconds, (max(synced.values()) - began).total_seconds(), everybody.posts())


def _check(everybody: Crowd, meeting: datetime) -> None:
    expected = [(meeting, meeting + timedelta(hours=1))]
    wrong = [name for name, busy in everybody.busy(meeting - timedelta(hours=12)).items() if busy != expected]
    assert not wrong, f"{len(wrong)} answers are wrong, so their cost says nothing"


class Meter:
    def __init__(self, everybody: Crowd) -> None:
        self._everybody = everybody
        self._look()

    def lap(self) -> Spent:
        began, cpu, operations, request = self._began, self._cpu, self._operations, self._request
        self._look()
        requests = self._everybody.graph_requests(request)
        return Spent(
            self._began - began,
            self._cpu - cpu,
            self._operations - operations,
            Counter(kind for kind, _ in requests),
            Counter(user for kind, user in requests if kind == "calendar_view"),
        )

    def _look(self) -> None:
        self._cpu, self._operations = cpu_seconds(), self._everybody.storage_operations()
        self._request, self._began = self._everybody.last_request(), time.monotonic()


def _connect_row(spent: Spent, people: int) -> Row:
    about = sum(spent.requests[kind] for kind in ("calendars", "get_schedule", "subscriptions", "calendar_view"))
    return Row(
        f"{people:,} mailboxes connected, local stack",
        f"{spent.seconds:.0f} s, {people / spent.seconds:.1f} a second; {about / people:.1f} Graph requests, "
        f"{_each(spent, people)} each",
        comparison=_cpu(spent),
    )


def _drain_rows(spent: Spent, drained: Drained, people: int) -> list[Row]:
    reads = spent.requests_of
    most = max(reads.values())
    p50, p95 = quantiles(drained.seconds_to_answers, n=20)[9], quantiles(drained.seconds_to_answers, n=20)[18]
    return [
        Row(
            f"{people * TOLD:,} notifications of {people:,} changed mailboxes, local stack",
            f"{mean(reads.values()):.2f} Graph requests a mailbox, at most {most}; {_each(spent, people)} each",
            f"at most {REQUESTS_BUDGET} requests (two syncs and an echo)",
            "1 request",
            _cpu(spent),
            within=len(reads) == people and most <= REQUESTS_BUDGET,
        ),
        Row(
            "  from a change to the right answer",
            f"{p50:.1f} s (p50), {p95:.1f} s (p95)",
            floor=f"up to {GATHERED} s (the stand-in gathers its posts)",
        ),
        Row(
            "  all of them",
            f"{drained.last_answer_seconds:.0f} s until the last answer is right, "
            f"{spent.seconds:.0f} s until nothing is to do; {_posts(drained.posts)}",
        ),
    ]


def _each(spent: Spent, people: int) -> str:
    tables, queues = (spent.operations[service] / people for service in ("table", "queue"))
    cpu = 1000 * spent.cpu["host"] / people
    return f"{cpu:.0f} ms of CPU in the host, {tables:.1f} table operations, {queues:.1f} sends"


def _cpu(spent: Spent) -> str:
    return ", ".join(f"{seconds:.0f} s {part}" for part, seconds in spent.cpu.most_common()) + " (CPU)"


def _posts(posts: Counter[str]) -> str:
    return ", ".join(f"{count} posts {outcome}" for outcome, count in posts.most_common())
