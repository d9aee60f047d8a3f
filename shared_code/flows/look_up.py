"""Product users who are new or changed are searched for in the directories at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code.core.connection import Connection, ConnectionState
from shared_code.core.directory import DirectoryUser
from shared_code.core.ids import ProductUserId, TenantId, UserId
from shared_code.core.limits import MAX_MESSAGE_DELAY
from shared_code.core.match_outcomes import awaits_first_read, ground_of, is_looked_up_again, settle
from shared_code.core.matching import is_wanted, judge_people, pin_of
from shared_code.core.product_user import ProductUser, UserState
from shared_code.core.reasons import Reason
from shared_code.core.roster import verified_addresses
from shared_code.core.sweep import Sweep
from shared_code.errors import Conflict, Disconnected, Throttled, TryLater
from shared_code.flows.applying import Outcome
from shared_code.flows.match_flow import MatchFlow
from shared_code.logs import say
from shared_code.messages import HINT_DELAY, LookUpUsers, SweepUsers
from shared_code.ports import OrganizationRecords, Stored

WITHOUT_RETRY_AFTER = timedelta(minutes=1)
WHILE_SWEEPING = timedelta(minutes=2)
PATIENCE = timedelta(hours=1)  # of a message for users who wait; the hourly rounds of changes send it anew

PART = 6  # users asked about together, so that what was found is kept when the directory asks to wait half-way

type People = dict[ProductUserId, ProductUser]


@dataclass(frozen=True)
class Unfinished:
    """Whom a connection could not be asked about, and how long to wait before it may be."""

    users: frozenset[ProductUserId]
    wait: timedelta


@dataclass(frozen=True)
class LookUp(MatchFlow):
    async def run(self, message: LookUpUsers, now: datetime) -> None:
        """Connections that are being verified or reviewed find these users in their own sweep."""
        records = await self.organizations.find(message.organization)
        if records is None or records.organization.value.leaving:
            return
        stored = await self.users.find_many(message.organization, message.users)
        people = {user: found.value for user, found in stored.items() if is_wanted(found.value)}
        searches = [await self._search_in(connection, records, people, now) for connection in _active(records)]
        try:
            await self._apply(message, stored, people, now)
        except Conflict:
            say("look_up_overtaken", organization=message.organization, users=len(people))
            await self.queues.send(message, HINT_DELAY)  # without the connection that has just ended
            return
        await self._come_again(message, people, [search for search in searches if search is not None], now)

    async def _come_again(
        self, message: LookUpUsers, people: People, unfinished: Sequence[Unfinished], now: datetime
    ) -> None:
        left = sorted(frozenset[ProductUserId]().union(*(search.users for search in unfinished)))
        if left and not _is_left_to_rounds([people[user] for user in left], now):
            wait = max(search.wait for search in unfinished)
            order = LookUpUsers(organization=message.organization, users=tuple(left))
            await self.queues.send(order, min(wait, MAX_MESSAGE_DELAY))

    async def _apply(
        self, message: LookUpUsers, stored: dict[ProductUserId, Stored[ProductUser]], people: People, now: datetime
    ) -> None:
        outcomes = [Outcome(stored[user], changed) for user, changed in people.items()]
        applied = await self._applying.write_all(outcomes)
        # Written by an earlier try of this message, perhaps, whose orders the queue did not take.
        waiting = [outcome.user for outcome in outcomes if not outcome.is_change and awaits_first_read(outcome.user)]
        await self._feeding.order([*applied.connect, *waiting], now)
        if applied.overtaken:
            # Whoever wrote them knew more, or the next sweep does; asking again here could go on for ever.
            say("look_up_overtaken", organization=message.organization, users=len(applied.overtaken))

    async def _search_in(
        self, stored: Stored[Connection], records: OrganizationRecords, people: People, now: datetime
    ) -> Unfinished | None:
        """Let one connection judge everybody in place, or as many as it may be asked about now."""
        connection, left = stored.value, list(people)
        if connection.not_before is not None and now < connection.not_before:
            return Unfinished(frozenset(left), connection.not_before - now)
        try:
            return await self._search(connection, records, people, left, now)
        except Disconnected as error:
            await self._marks.disconnected(stored, error, now)
        except TryLater as error:
            if isinstance(error, Throttled):
                await self._marks.throttled(stored, error, now)
            say("look_up_put_off", connection=connection.connection, users=len(left))
            return Unfinished(frozenset(left), error.retry_after or WITHOUT_RETRY_AFTER)
        return None

    async def _search(
        self,
        connection: Connection,
        records: OrganizationRecords,
        people: People,
        left: list[ProductUserId],
        now: datetime,
    ) -> Unfinished | None:
        """``left`` shrinks as users are judged, and tells whom a fault has cut off."""
        tenant = connection.tenant
        if tenant is None or not people:
            return None
        beside = [other.value for other in records.connections]
        ground = ground_of(connection, tenant, beside, Reason.AWAITING_FIRST_READ, records.organization.value.policy)
        sweep = await self.organizations.find_sweep(connection.organization, connection.connection)
        trusted = {*(sweep.value.proven_domains if sweep else ()), *connection.confirmed_domains}
        while left:
            part = {user: people[user] for user in left[:PART]}
            found = await self._find(connection, tenant, list(part.values()))
            for user, value in part.items():
                pin = pin_of(value, connection.connection, tenant)
                answering = [person for person in found if pin is None or person.user_id == pin.user_id]
                verdict = judge_people(value, answering, connection.connection, tenant, trusted)
                people[user] = settle(value, verdict, ground, now)
            del left[:PART]
        return await self._ask_for_proof(sweep, people)

    async def _find(
        self, connection: Connection, tenant: TenantId, users: Sequence[ProductUser]
    ) -> Sequence[DirectoryUser]:
        pins = [pin_of(user, connection.connection, tenant) for user in users]
        pinned = [await self.directory.find_user(tenant, pin.user_id) for pin in pins if pin is not None]
        unpinned = [user for user, pin in zip(users, pins, strict=True) if pin is None]
        addresses = sorted({address for user in unpinned for address in verified_addresses(user)})
        found = await self.directory.find_users(tenant, addresses) if addresses else ()
        everybody: dict[UserId, DirectoryUser] = {person.user_id: person for person in found}
        return list((everybody | {person.user_id: person for person in pinned if person is not None}).values())

    async def _ask_for_proof(self, sweep: Stored[Sweep] | None, people: People) -> Unfinished | None:
        """A domain that no sweep has asked the tenant about may be proven all the same: a full sweep tells, once."""
        asked = set(sweep.value.asked_domains) if sweep else set()
        domains = {user: value.unproven_domain for user, value in people.items() if _has_unproven_domain(value)}
        new = {user: domain for user, domain in domains.items() if domain is not None and domain not in asked}
        if sweep is None or not new:
            return None
        later = Unfinished(frozenset(new), WHILE_SWEEPING)
        if sweep.value.phase != "idle":
            return later
        changed = replace(sweep.value, asked_domains=tuple(sorted(asked.union(new.values()))))
        try:
            await self.organizations.save_sweep(sweep, changed)
        except Conflict:
            return later
        await self.queues.send(SweepUsers(organization=sweep.value.organization, connection=sweep.value.connection))
        return None


def _active(records: OrganizationRecords) -> list[Stored[Connection]]:
    """The oldest first."""
    active = [stored for stored in records.connections if stored.value.state is ConnectionState.ACTIVE]
    return sorted(active, key=lambda stored: (stored.value.created_at, stored.value.connection))


def _has_unproven_domain(user: ProductUser) -> bool:
    return user.state is UserState.DOMAIN_UNPROVEN


def _is_left_to_rounds(people: Iterable[ProductUser], now: datetime) -> bool:
    """Else every hour of a directory that does not answer would add one more message that is put off and put off."""
    return all(is_looked_up_again(user, now, PATIENCE) for user in people)
