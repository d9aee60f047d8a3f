"""What may never happen on the wire, watched while it does."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from local.microsoft365.addressing import target_of
from shared_code.adapters.tables.names import MAILBOXES
from shared_code.core.sync_rules import LEASE_TIME
from tests.simulation.clock import SimulatedClock
from tests.simulation.instances import Invocation
from tests.simulation.places import UNMATCHED

_READS = frozenset({"calendar_view"})
_BY_QUEUE = "{"  # how a queue message's invocation is called: by its body


@dataclass
class Watch:
    """``faults`` says what was wrong, in words; the machine looks after each step."""

    clock: SimulatedClock
    person_of: Callable[[str], str]  # by their access token
    faults: list[str] = field(default_factory=list)
    forbidden: set[str] = field(default_factory=lambda: set(UNMATCHED))
    requests: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._in_flight: Counter[tuple[int, str]] = Counter()
        self._readers: dict[str, dict[int, tuple[Invocation, datetime]]] = {}

    def asked(self, invocation: Invocation, request: httpx.Request) -> None:
        target = target_of(request.url.path)
        self.requests[target.kind] += 1
        user = self._user(request)
        if not target.is_mailbox or user is None:
            return
        if user in self.forbidden:
            self.faults.append(f"a request for {user}, who is nobody's user: {request.url.path}")
        self._in_flight[id(invocation), user] += 1
        if self._in_flight[id(invocation), user] > 1:
            self.faults.append(f"two requests in flight for {user}: {invocation.about}")
        if target.kind in _READS and invocation.about.startswith(_BY_QUEUE):
            self._reads(user, invocation)

    def answered(self, invocation: Invocation, request: httpx.Request) -> None:
        user = self._user(request)
        if target_of(request.url.path).is_mailbox and user is not None:
            self._in_flight[id(invocation), user] -= 1

    def committed(self, table: str, partition: str, invocation: Invocation) -> None:
        """Whoever writes the mailbox's partition after reading has done with it."""
        if table == MAILBOXES:
            registration, _, mailbox = partition.partition("!")
            user = mailbox.rpartition("!")[2]
            named = _own(user) if registration == "personal" else user
            self._readers.get(named, {}).pop(id(invocation), None)

    def _user(self, request: httpx.Request) -> str | None:
        """A mailbox that its own person reads has a lease of its own."""
        user = target_of(request.url.path).user
        if user != "me":
            return user
        return _own(self.person_of(request.headers["Authorization"].removeprefix("Bearer ")))

    def _reads(self, user: str, invocation: Invocation) -> None:
        now = self.clock.now()
        readers = {
            key: (reader, since)
            for key, (reader, since) in self._readers.get(user, {}).items()
            if not reader.is_over and not reader.has_stalled and now < since + LEASE_TIME
        }
        if not invocation.has_stalled:
            readers.setdefault(id(invocation), (invocation, now))
        self._readers[user] = readers
        if len(readers) > 1:
            abouts = "; ".join(reader.about for reader, _ in readers.values())
            self.faults.append(f"{len(readers)} syncs of {user} at once: {abouts}")


def _own(user: str) -> str:
    return f"{user} as themself"
