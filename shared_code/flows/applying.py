"""How the outcomes of a user match become rows and messages."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import batched

from shared_code.core.connection import SWEEPING
from shared_code.core.ids import OrganizationId, ProductUserId
from shared_code.core.match_outcomes import PIN_ONLY, connects_mailbox, releases_mailbox, speaker_of
from shared_code.core.product_user import ProductUser
from shared_code.core.roster_entry import by_slices
from shared_code.errors import Conflict
from shared_code.flows.personal_hints import hint_at_accounts
from shared_code.flows.releasing import releases
from shared_code.flows.telling import told
from shared_code.logs import say
from shared_code.messages import HINT_DELAY, LookUpUsers
from shared_code.ports import Organizations, ProductUsers, Queues, Stored

GROUP = 50  # users at least: with their pins or events and slices of the roster, a few transactions
LOOK_UP_GROUP = 50  # users in one message


@dataclass(frozen=True)
class Outcome:
    """A product user as stored and as the match leaves them."""

    stored: Stored[ProductUser]
    changed: ProductUser

    @property
    def user(self) -> ProductUser:
        return self.stored.value

    @property
    def is_change(self) -> bool:
        return self.changed is not self.user

    @property
    def has_lost_match(self) -> bool:
        """Another connection of the organisation may know the user."""
        had_match = self.is_change and self.user.match is not None
        return had_match and (self.changed.match is None or self.changed.state in PIN_ONLY)


@dataclass(frozen=True)
class Applied:
    """``connect`` are those whose first read the caller orders, once the connection may serve; ``overtaken`` met
    somebody else's write."""

    connect: tuple[ProductUser, ...]
    overtaken: tuple[ProductUserId, ...]


@dataclass(frozen=True)
class Applying:
    """Raises Conflict, with nothing more written, if a connection ended while it judged."""

    organizations: Organizations
    users: ProductUsers
    queues: Queues

    async def write(self, outcomes: Iterable[Outcome]) -> AsyncIterator[Applied]:
        """Group by group; whoever iterates may stop between two groups, and all written so far is whole."""
        changes = (outcome for outcome in outcomes if outcome.is_change)
        for group in by_slices(changes, lambda outcome: outcome.user.user, GROUP):
            yield await self._write_group(group)

    async def write_all(self, outcomes: Iterable[Outcome]) -> Applied:
        groups = [applied async for applied in self.write(outcomes)]
        return Applied(
            tuple(user for applied in groups for user in applied.connect),
            tuple(user for applied in groups for user in applied.overtaken),
        )

    async def look_up(
        self, organization: OrganizationId, users: Sequence[ProductUserId], delay: timedelta = HINT_DELAY
    ) -> None:
        for group in batched(users, LOOK_UP_GROUP, strict=False):
            await self.queues.send(LookUpUsers(organization=organization, users=group), delay)

    async def _write_group(self, group: Sequence[Outcome]) -> Applied:
        """What follows from the group is sent before it is written, so that nothing of it is lost."""
        if await self._count_speakers(group) > 1:
            lost = [outcome.user.user for outcome in group if outcome.has_lost_match]
            await self.look_up(group[0].user.organization, lost)
        released = [outcome for outcome in group if releases_mailbox(outcome.user, outcome.changed)]
        for message in (message for outcome in released for message in releases(outcome.user)):
            await self.queues.send(message, HINT_DELAY)
        for outcome in group:
            await hint_at_accounts(self.queues, outcome.user, outcome.changed)
        overtaken = set(await self.users.save([told(outcome.stored, outcome.changed) for outcome in group]))
        written = [outcome.changed for outcome in group if outcome.user.user not in overtaken]
        _say_counts(written)
        connect = (
            outcome.changed
            for outcome in group
            if outcome.user.user not in overtaken and connects_mailbox(outcome.user, outcome.changed)
        )
        return Applied(tuple(connect), tuple(overtaken))

    async def _count_speakers(self, group: Sequence[Outcome]) -> int:
        """How many connections may judge. A disconnection walks past every user: behind its back nobody is matched."""
        records = await self.organizations.find(group[0].user.organization)
        connections = records.connections if records is not None else ()
        sweeping = {stored.value.connection for stored in connections if stored.value.state in SWEEPING}
        speakers = {speaker_of(outcome.changed) for outcome in group}
        if ended := speakers - sweeping - {None}:
            raise Conflict(
                f"connections {sorted(map(str, ended))} ended while users were matched; none of them is written"
            )
        return len(sweeping)


def _say_counts(users: Sequence[ProductUser]) -> None:
    counts = Counter(str(user.state) for user in users)
    if counts:
        say("users_matched", organization=users[0].organization, **dict(sorted(counts.items())))
