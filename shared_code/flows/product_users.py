"""The product tells us its users: one, or thousands at once."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from typing import Literal

from shared_code.core.connection import SWEEPING
from shared_code.core.ids import OrganizationId, ProductUserId
from shared_code.core.personal_rhythm import next_look
from shared_code.core.product_user import ProductUser, UserState
from shared_code.core.roster import Arrival, SentUser, arrive, arrive_again, exchanging
from shared_code.core.roster_entry import by_slices
from shared_code.errors import Conflict, Problem, Rejected
from shared_code.flows.acting import Acting
from shared_code.flows.personal_hints import hint_at_accounts
from shared_code.flows.releasing import releases, releases_all
from shared_code.flows.telling import told, told_removed
from shared_code.messages import HINT_DELAY, AnyMessage, LookUpUsers, SweepUsers
from shared_code.ports import OrganizationRecords, Page, ProductUsers, Queues, Stored, Upkeep

GROUP = 50  # users at least in a group of hints and transactions
AT_ONCE = 6  # groups; more only wait for this process, which has to put every row into words
MOST_LOOK_UPS = 500  # more users than this in one call are found by a full match
BULK_HINT_DELAY = timedelta(minutes=1)  # and another for each BULK_ROWS
BULK_ROWS = 50_000  # addresses that are changed in less than a minute, measured on Azurite

Outcome = Literal["created", "updated", "unchanged", "conflict"]


@dataclass(frozen=True)
class KeepProductUsers:
    users: ProductUsers
    acting: Acting
    upkeep: Upkeep
    queues: Queues

    async def put_many(
        self, organization: OrganizationId, sent: Mapping[ProductUserId, SentUser], now: datetime
    ) -> dict[ProductUserId, Outcome]:
        """What became of each. ``conflict``: somebody wrote the user meanwhile, or another user has the address."""
        records = await self.acting.organization(organization)
        is_bulk = len(sent) > MOST_LOOK_UPS
        if is_bulk:
            await self._match_everybody(records, _time_to_write(sent))
        try:
            return await self._write_twice(organization, sent, now, is_bulk=is_bulk)
        finally:
            await self._leave_nobody_behind(organization)

    async def _leave_nobody_behind(self, organization: OrganizationId) -> None:
        """An organisation may be forgotten while this call writes: whoever was written after that goes as well."""
        if await self.acting.organizations.find(organization) is None:
            await self.users.forget(organization)
            raise Rejected(Problem.ORGANIZATION_NOT_FOUND, f"The organization {organization} was forgotten meanwhile.")

    async def _write_twice(
        self, organization: OrganizationId, sent: Mapping[ProductUserId, SentUser], now: datetime, *, is_bulk: bool
    ) -> dict[ProductUserId, Outcome]:
        outcomes = await self._write_all(organization, sent, now, is_bulk=is_bulk)
        overtaken = {user: sent[user] for user, outcome in outcomes.items() if outcome == "conflict"}
        if overtaken:  # by a match, or by the same call made twice at once; whoever wants another's address stays so
            outcomes |= await self._write_all(organization, overtaken, now, is_bulk=is_bulk)
        return outcomes

    async def _write_all(
        self, organization: OrganizationId, sent: Mapping[ProductUserId, SentUser], now: datetime, *, is_bulk: bool
    ) -> dict[ProductUserId, Outcome]:
        """Several groups at once; if one fails, that is said after the others had their turn."""
        known = await self._known(organization, list(sent))
        changed = _changed(organization, sent, known, now)
        turn = asyncio.Semaphore(AT_ONCE)

        async def write(group: Mapping[ProductUserId, Arrival]) -> Sequence[ProductUserId]:
            async with turn:
                hints = _releases(group, known) if is_bulk else _hints(organization, group, known)
                return await self._write(group, known, hints)

        answers = await asyncio.gather(*map(write, _groups(changed, known)), return_exceptions=True)
        conflicts: set[ProductUserId] = set()
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
            conflicts.update(answer)
        return {user: _outcome(user, known, changed, conflicts) for user in sent}

    async def _match_everybody(self, records: OrganizationRecords, delay: timedelta) -> None:
        """Many users at once cost fewer requests in one full match than in look-ups."""
        for stored in records.connections:
            connection = stored.value
            if connection.state in SWEEPING and connection.tenant is not None:
                order = SweepUsers(organization=connection.organization, connection=connection.connection)
                await self.queues.send(order, delay)

    async def _known(
        self, organization: OrganizationId, users: Sequence[ProductUserId]
    ) -> Mapping[ProductUserId, Stored[ProductUser]]:
        """A few are read one by one; many are cheaper read with everybody else, a thousand a request."""
        if len(users) <= GROUP:
            return await self.users.find_many(organization, users)
        return {stored.value.user: stored async for stored in iter_users(self.users, organization)}

    async def put(
        self, organization: OrganizationId, user: ProductUserId, sent: SentUser, now: datetime
    ) -> tuple[ProductUser, Outcome]:
        outcome = (await self.put_many(organization, {user: sent}, now))[user]
        if outcome == "conflict":
            raise Rejected(
                Problem.ADDRESS_TAKEN,
                f"Another user of {organization} has one of these verified addresses, or {user} changed meanwhile.",
            )
        return (await self.get(organization, user)), outcome

    async def _write(
        self,
        changed: Mapping[ProductUserId, Arrival],
        known: Mapping[ProductUserId, Stored[ProductUser]],
        hints: Sequence[AnyMessage],
    ) -> Sequence[ProductUserId]:
        """Those that met a conflict. Hints go out before the commit, so that none is lost."""
        for hint in hints:
            await self.queues.send(hint, HINT_DELAY)
        for user, arrival in changed.items():
            if user in known:
                await hint_at_accounts(self.queues, known[user].value, arrival.user)
        return await self.users.save([told(known.get(user), arrival.user) for user, arrival in changed.items()])

    async def get(self, organization: OrganizationId, user: ProductUserId) -> ProductUser:
        found = await self.users.find(organization, user)
        if found is None:
            raise Rejected(Problem.USER_NOT_FOUND, f"There is no user {user} in {organization}.")
        return found.value

    async def page(
        self, organization: OrganizationId, status: UserState | None, after: str | None, limit: int
    ) -> Page[ProductUser]:
        """Users in order of their ids; with ``status`` a page may be shorter than ``limit``, even empty, and not the
        last one: only ``next`` tells."""
        await self.acting.organization(organization)
        page = await self.users.page(organization, after, limit)
        chosen = (stored.value for stored in page.items)
        return Page(tuple(user for user in chosen if status is None or user.state is status), page.next)

    async def remove(self, organization: OrganizationId, user: ProductUserId, now: datetime) -> None:
        """The user and their link go; removing nobody is fine."""
        await self.acting.organization(organization)
        stored = await self.users.find(organization, user)
        if stored is None:
            return
        if stored.value.personal:
            await self.upkeep.set(next_look(organization, now))
        for hint in releases_all(stored.value):
            await self.queues.send(hint, HINT_DELAY)
        if await self.users.save([told_removed(stored, now)]) and await self.users.find(organization, user) is not None:
            raise Conflict(f"user {user} changed meanwhile")


async def iter_users(users: ProductUsers, organization: OrganizationId) -> AsyncIterator[Stored[ProductUser]]:
    """Everybody, a thousand a request."""
    after: str | None = None
    while True:
        page = await users.page(organization, after)
        for stored in page.items:
            yield stored
        if page.next is None:
            return
        after = page.next


def _time_to_write(sent: Mapping[ProductUserId, SentUser]) -> timedelta:
    """A match that read the users earlier would miss the last of them."""
    return BULK_HINT_DELAY * (1 + sum(len(user.addresses) for user in sent.values()) // BULK_ROWS)


def _changed(
    organization: OrganizationId,
    sent: Mapping[ProductUserId, SentUser],
    known: Mapping[ProductUserId, Stored[ProductUser]],
    now: datetime,
) -> dict[ProductUserId, Arrival]:
    """Those of whom something is new."""
    arrivals = {user: _arrival(organization, user, what, known.get(user), now) for user, what in sent.items()}
    return {
        user: arrival for user, arrival in arrivals.items() if user not in known or arrival.user != known[user].value
    }


def _groups(
    changed: Mapping[ProductUserId, Arrival], known: Mapping[ProductUserId, Stored[ProductUser]]
) -> list[dict[ProductUserId, Arrival]]:
    """Whoever hands addresses to one another is in one group, everybody else with their slice of the roster."""
    together = exchanging(
        (known[user].value if user in known else None, arrival.user) for user, arrival in changed.items()
    )
    apart = by_slices((user for user in changed if user not in together), lambda user: user, GROUP)
    groups = [[user for user in changed if user in together], *apart]
    return [{user: changed[user] for user in group} for group in groups if group]


def _arrival(
    organization: OrganizationId,
    user: ProductUserId,
    sent: SentUser,
    known: Stored[ProductUser] | None,
    now: datetime,
) -> Arrival:
    if known is not None:
        return arrive_again(known.value, sent, now)
    fresh = ProductUser(
        organization,
        user,
        sent.addresses,
        UserState.NO_MATCH,
        changed_at=now,
        role=sent.role,
        time_zone=sent.time_zone,
        has_calendar=sent.has_calendar,
        created_at=now,
    )
    return arrive(fresh)


def _hints(
    organization: OrganizationId,
    changed: Mapping[ProductUserId, Arrival],
    known: Mapping[ProductUserId, Stored[ProductUser]],
) -> Sequence[AnyMessage]:
    look_ups = tuple(user for user, arrival in changed.items() if arrival.look_up)
    asked = [LookUpUsers(organization=organization, users=group) for group in batched(look_ups, GROUP, strict=False)]
    return (*asked, *_releases(changed, known))


def _releases(
    changed: Mapping[ProductUserId, Arrival], known: Mapping[ProductUserId, Stored[ProductUser]]
) -> Sequence[AnyMessage]:
    return [release for user, arrival in changed.items() if arrival.released for release in releases(known[user].value)]


def _outcome(
    user: ProductUserId,
    known: Mapping[ProductUserId, Stored[ProductUser]],
    changed: Mapping[ProductUserId, Arrival],
    conflicts: AbstractSet[ProductUserId],
) -> Outcome:
    if user in conflicts:
        return "conflict"
    if user not in known:
        return "created"
    return "updated" if user in changed else "unchanged"
