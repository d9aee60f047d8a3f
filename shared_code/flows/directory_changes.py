"""What changed in a tenant's directory since the last look: the cost follows the number of changes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.connection import SWEEPING, Connection
from shared_code.core.grant import lacks_calendars
from shared_code.core.ids import ProductUserId, TenantId
from shared_code.core.match_outcomes import (
    Ground,
    awaits_first_read,
    ground_of,
    has_calendar_to_lose,
    is_asked_again,
    is_looked_up_again,
    loses,
)
from shared_code.core.product_user import UserState
from shared_code.core.reasons import Reason
from shared_code.core.sweep import Loss, Sweep
from shared_code.core.sweep_guard import needs_hold, recent_losses
from shared_code.core.sweep_rhythm import LINK_KEPT_FOR, Move, is_time_to_ask_again, next_move
from shared_code.directory_ports import ChangesPage
from shared_code.errors import Conflict, Disconnected, StartAgain, Throttled, TryLater
from shared_code.flows.applying import Outcome
from shared_code.flows.changed_people import ChangedPeople, ChangesRound
from shared_code.flows.consent_lost import ConsentLost
from shared_code.flows.match_flow import MatchFlow
from shared_code.flows.product_users import iter_users
from shared_code.flows.user_match import successor
from shared_code.logs import say
from shared_code.messages import SweepChanges, SweepUsers
from shared_code.ports import Authority, OrganizationRecords, Stored

PAGES_A_MESSAGE = 50  # then a successor goes on


@dataclass(frozen=True)
class DirectoryChanges(MatchFlow):
    authority: Authority

    async def run(self, message: SweepChanges, now: datetime) -> None:
        records = await self.organizations.find(message.organization)
        stored = records.connection(message.connection) if records else None
        if records is None or stored is None or stored.value.state not in SWEEPING or stored.value.tenant is None:
            return
        if stored.value.not_before is not None and now < stored.value.not_before:
            return  # the timer comes again
        sweep = await self.organizations.find_sweep(message.organization, message.connection)
        match next_move(stored.value, None if sweep is None else sweep.value, now):
            case Move.BEGIN:
                await self._begin_full_sweep(stored.value)
            case Move.GO_ON if sweep is not None:
                say("sweep_revived", connection=message.connection, sweep=sweep.value.sweep)
                await self.queues.send(successor(sweep.value))
            case Move.READ_CHANGES if sweep is not None:
                round_of = ChangesRound(
                    stored, stored.value.tenant, _ground(records, stored.value, stored.value.tenant)
                )
                await self._read(round_of, sweep, now)
                await self._look_at_roles(stored, stored.value.tenant, now)

    async def _begin_full_sweep(self, connection: Connection) -> None:
        await self.queues.send(SweepUsers(organization=connection.organization, connection=connection.connection))

    async def _read(self, round_of: ChangesRound, sweep: Stored[Sweep], now: datetime) -> None:
        try:
            await self._read_pages(round_of, sweep, now)
        except StartAgain:
            await self._begin_full_sweep(round_of.stored.value)
        except Conflict:
            say("sweep_overtaken", connection=sweep.value.connection)
        except Disconnected as error:
            await self._marks.disconnected(round_of.stored, error, now)
        except TryLater as error:
            await self._wait(round_of.stored, error, now)

    async def _look_at_roles(self, stored: Stored[Connection], tenant: TenantId, now: datetime) -> None:
        """The directory's roles may be there while those of the calendars are taken away; its token tells."""
        grant = self.authority.known_grant(tenant)
        if grant is not None and lacks_calendars(stored.value, grant.roles):
            await ConsentLost(self.organizations, self.queues).refused(stored, now)

    async def _read_pages(self, round_of: ChangesRound, sweep: Stored[Sweep], now: datetime) -> None:
        sweep = await self._ask_again(round_of, sweep, now)
        for _ in range(PAGES_A_MESSAGE):
            value = sweep.value
            page = await self.directory.read_changes(round_of.tenant, value.next_link or value.delta_link)
            losses = await self._take_in(round_of, page, value, now)
            if losses is None:
                return  # held: the link stays where it is, so the same changes are found when a person has confirmed
            changed = replace(
                value,
                next_link=page.next_link,
                delta_link=page.delta_link or value.delta_link,
                last_delta_at=now,
                quiet_until=None,
                losses=(*recent_losses(value.losses, now), *losses),
            )
            if _is_worth_saving(page, value, now):
                sweep = await self.organizations.save_sweep(sweep, changed)
            if page.next_link is None:
                return
        order = SweepChanges(organization=sweep.value.organization, connection=sweep.value.connection)
        await self.queues.send(order)

    async def _ask_again(self, round_of: ChangesRound, sweep: Stored[Sweep], now: datetime) -> Stored[Sweep]:
        """Send lost orders again, and see whether mailboxes that were closed a day ago have opened."""
        if not is_time_to_ask_again(sweep.value, now):
            return sweep
        organization, asked, waiting = round_of.stored.value.organization, [], []
        async for stored in iter_users(self.users, organization):
            if is_asked_again(stored.value, round_of.ground.connection, now):
                asked.append(stored.value)
            if is_looked_up_again(stored.value, now):
                waiting.append(stored.value.user)
        await self._feeding.order(asked, now)
        await self._applying.look_up(organization, waiting)
        return await self.organizations.save_sweep(sweep, replace(sweep.value, asked_again_at=now))

    async def _take_in(
        self, round_of: ChangesRound, page: ChangesPage, sweep: Sweep, now: datetime
    ) -> tuple[Loss, ...] | None:
        """The losses that the page brought, or None if the guard holds it back."""
        if not page.changed and not page.removed:
            return ()
        trusted = frozenset(sweep.proven_domains).union(round_of.stored.value.confirmed_domains)
        outcomes = await ChangedPeople(self.users, self.directory).judge(round_of, page, trusted, now)
        losing = [outcome.user.user for outcome in outcomes if loses(outcome.user, outcome.changed)]
        if losing and await self._is_held_back(round_of, losing, sweep, now):
            await self._applying.write_all(o for o in outcomes if o.changed.state is UserState.DISABLED)
            return None
        outcomes = [await self._look_again(round_of, outcome, trusted, now) for outcome in outcomes]
        await self._apply(round_of, outcomes, now)
        if round_of.stored.value.held is not None:
            # Nothing too large is left to take away, as far as these changes say; only everybody's match can tell.
            await self._begin_full_sweep(round_of.stored.value)
        lost = sum(loses(outcome.user, outcome.changed) for outcome in outcomes)
        return (Loss(now, lost),) if lost else ()

    async def _is_held_back(
        self, round_of: ChangesRound, losing: Sequence[ProductUserId], sweep: Sweep, now: datetime
    ) -> bool:
        connected = await self._count_connected(round_of)
        if not needs_hold(len(losing), connected, sweep.losses, now):
            return False
        await self._marks.held(round_of.stored, losing, connected, now)
        return True

    async def _apply(self, round_of: ChangesRound, outcomes: Sequence[Outcome], now: datetime) -> None:
        applied = await self._applying.write_all(outcomes)
        unchanged = [outcome.user for outcome in outcomes if not outcome.is_change]
        # An earlier try may have written what it could not order.
        await self._feeding.order([*applied.connect, *filter(awaits_first_read, unchanged)], now)
        # A directory user who changed may have got the mailbox, or the permission, that was missing.
        await self._feeding.spread(user for user in unchanged if user.state in _OUT_OF_REACH)
        await self._applying.look_up(round_of.stored.value.organization, applied.overtaken)

    async def _look_again(
        self, round_of: ChangesRound, outcome: Outcome, trusted: frozenset[str], now: datetime
    ) -> Outcome:
        """A deletion may have been undone since: whoever seems to be gone is asked for by name."""
        match = outcome.user.match
        if match is None or outcome.changed.reason != Reason.OBJECT_GONE:
            return outcome
        person = await self.directory.find_user(round_of.tenant, match.user_id)
        return outcome if person is None else round_of.outcome(outcome.stored, [person], trusted, now)

    async def _count_connected(self, round_of: ChangesRound) -> int:
        count = 0
        async for stored in iter_users(self.users, round_of.stored.value.organization):
            user = stored.value
            is_ours = user.match is not None and user.match.connection == round_of.ground.connection
            count += is_ours and has_calendar_to_lose(user)
        return count

    async def _wait(self, stored: Stored[Connection], error: TryLater, now: datetime) -> None:
        """The timer comes again in a quarter of an hour; only a longer wait needs to be written down."""
        if isinstance(error, Throttled):
            await self._marks.throttled(stored, error, now)
        say("changes_put_off", connection=stored.value.connection, retry_after=error.retry_after)
        sweep = await self.organizations.find_sweep(stored.value.organization, stored.value.connection)
        if error.retry_after is None or sweep is None or sweep.value.phase != "idle":
            return
        try:
            await self.organizations.save_sweep(sweep, replace(sweep.value, quiet_until=now + error.retry_after))
        except Conflict:
            say("sweep_overtaken", connection=stored.value.connection)


_OUT_OF_REACH = frozenset({UserState.NO_MAILBOX, UserState.EXCLUDED_BY_POLICY, UserState.ERROR})


def _ground(records: OrganizationRecords, connection: Connection, tenant: TenantId) -> Ground:
    beside = [other.value for other in records.connections]
    return ground_of(connection, tenant, beside, Reason.AWAITING_FIRST_READ, records.organization.value.policy)


def _is_worth_saving(page: ChangesPage, sweep: Sweep, now: datetime) -> bool:
    """A new link after an empty round is as good as the one we have, until that grows old."""
    is_whole_and_empty = page.next_link is None and sweep.next_link is None and not page.changed and not page.removed
    saved_at = sweep.last_delta_at or sweep.finished_at
    return not is_whole_and_empty or saved_at is None or now - saved_at >= LINK_KEPT_FOR
