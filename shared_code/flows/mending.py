"""Damage that was found is mended by the orders that should have prevented it, and not too many of them at once."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched

from shared_code.core.mended import Damage
from shared_code.core.upkeep import Due
from shared_code.messages import MailboxMessage, RelayEvents
from shared_code.ports import Queues, Upkeep

MOST = 50  # remedies of one kind in one message, unless a single mailbox needs more
AT_ONCE = 16  # looked at side by side


@dataclass(frozen=True)
class Remedy:
    damage: Damage
    order: MailboxMessage | RelayEvents | Due


@dataclass(frozen=True)
class Progress[Subject]:
    """What was ordered; ``stopped_after`` is None if everything was looked at."""

    given: Mapping[Damage, int]
    stopped_after: Subject | None


@dataclass(frozen=True)
class Mending:
    upkeep: Upkeep
    queues: Queues

    async def mend[Subject](
        self, subjects: Sequence[Subject], examine: Callable[[Subject], Awaitable[Sequence[Remedy]]]
    ) -> Progress[Subject]:
        """One after the other, until a kind has been met often enough; the rest is for a later message."""
        given: Counter[Damage] = Counter()
        last: Subject | None = None
        for group in batched(subjects, AT_ONCE, strict=False):
            for subject, remedies in zip(group, await _examine_all(group, examine), strict=True):
                wanted = Counter(remedy.damage for remedy in remedies)
                if last is not None and max((given + wanted).values(), default=0) > MOST:
                    return Progress(given, last)
                for remedy in remedies:
                    await self._give(remedy)
                given, last = given + wanted, subject
        return Progress(given, None)

    async def _give(self, remedy: Remedy) -> None:
        if isinstance(remedy.order, Due):
            await self.upkeep.set(remedy.order)
        else:
            await self.queues.send(remedy.order)


async def _examine_all[Subject](
    group: Sequence[Subject], examine: Callable[[Subject], Awaitable[Sequence[Remedy]]]
) -> Sequence[Sequence[Remedy]]:
    """Side by side, and all of them to their end, also if one fails."""
    found: list[Sequence[Remedy]] = []
    for outcome in await asyncio.gather(*map(examine, group), return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
        found.append(outcome)
    return found
