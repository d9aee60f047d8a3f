"""What was posted to the addresses of subscriptions, and what became of it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec

type PostKind = Literal["handshake", "change", "lifecycle", "made"]
type Outcome = Literal["delivered", "failed", "retried", "given_up", "held", "dropped", "discarded"]


class LoggedPost(msgspec.Struct, frozen=True):
    """One attempt, or a notice that never left.

    ``failed``: a handshake or a hand-made post that was refused. ``held``: the access token had lapsed. ``dropped``: by
    script. ``discarded``: by the rule for slow endpoints. ``status`` is None when there was no answer; ``seconds`` is
    how long the answer took.
    """

    n: int
    at: datetime
    kind: PostKind
    url: str
    subscriptions: list[str]
    attempt: int
    outcome: Outcome
    status: int | None
    seconds: float
    body: str


class NotificationLog:
    """Numbered from 1, in the order of the answers."""

    def __init__(self) -> None:
        self._posts: list[LoggedPost] = []
        self.last = 0

    def add(
        self,
        at: datetime,
        kind: PostKind,
        url: str,
        outcome: Outcome,
        *,
        subscriptions: list[str],
        attempt: int = 1,
        status: int | None = None,
        seconds: float = 0.0,
        body: str = "",
    ) -> None:
        self.last += 1
        self._posts.append(LoggedPost(self.last, at, kind, url, subscriptions, attempt, outcome, status, seconds, body))

    def after(self, number: int) -> Iterator[LoggedPost]:
        return (post for post in self._posts if post.n > number)

    def clear(self) -> None:
        self._posts.clear()
