"""What is still to be posted to somebody's address, in the order in which it falls due."""

import heapq
import itertools
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from local.microsoft365.delivery_script import DeliveryScript
from local.microsoft365.notices import Notice

FIRST_RETRY = timedelta(seconds=10)
GIVEN_UP_AFTER = timedelta(hours=4)
"""learn.microsoft.com/graph/change-notifications-delivery-webhooks (2026-04-22); the first pause is a guess."""


@dataclass(frozen=True, slots=True)
class Post:
    """Notices that travel together; ``attempts`` were made so far, the first one at ``first_at``."""

    notices: tuple[Notice, ...]
    attempts: int = 0
    first_at: datetime | None = None

    @property
    def url(self) -> str:
        return self.notices[0].url

    @property
    def subscriptions(self) -> list[str]:
        return sorted({notice.subscription for notice in self.notices})


class Outbox:
    def __init__(self) -> None:
        self._waiting: list[tuple[datetime, int, Post]] = []
        self._order = itertools.count()

    def __len__(self) -> int:
        return sum(len(post.notices) for _, _, post in self._waiting)

    @property
    def next_due_at(self) -> datetime | None:
        return self._waiting[0][0] if self._waiting else None

    @property
    def due_times(self) -> list[datetime]:
        return [due_at for due_at, _, _ in self._waiting]

    def add(self, notice: Notice, due_at: datetime) -> None:
        self._push(Post((notice,)), due_at)

    def retry(self, post: Post, now: datetime) -> bool:
        """Keep it for another attempt after twice the last pause; False when four hours are over."""
        first_at = post.first_at or now
        pause = FIRST_RETRY * 2**post.attempts
        if now + pause > first_at + GIVEN_UP_AFTER:
            return False
        self._push(replace(post, attempts=post.attempts + 1, first_at=first_at), now + pause)
        return True

    def take_due(self, now: datetime, script: DeliveryScript, chance: Random) -> list[Post]:
        """Everything that is due; what goes out for the first time is put together as the script wants it."""
        due: list[Post] = []
        while self._waiting and self._waiting[0][0] <= now:
            due.append(heapq.heappop(self._waiting)[2])
        fresh = [post.notices[0] for post in due if not post.attempts]
        if script.reorder:
            chance.shuffle(fresh)
        return [post for post in due if post.attempts] + list(_gathered(fresh, script))

    def _push(self, post: Post, due_at: datetime) -> None:
        heapq.heappush(self._waiting, (due_at, next(self._order), post))


def _gathered(notices: Sequence[Notice], script: DeliveryScript) -> Iterable[Post]:
    groups: dict[Hashable, list[Notice]] = {}
    for notice in notices:
        key = (notice.kind, notice.url, None if script.mix else notice.subscription)
        groups.setdefault(key, []).append(notice)
    for group in groups.values():
        for some in itertools.batched(group, script.batch_size, strict=False):
            yield Post(some)
