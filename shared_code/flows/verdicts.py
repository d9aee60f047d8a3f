"""Carrying out what the table of cases says of each booking that was looked into."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code.core.booking import Booking
from shared_code.core.cancellation import Verdict, judge
from shared_code.core.held_cancellation import HoldDecision
from shared_code.core.ids import BookingId, LinkKey
from shared_code.core.settings import effective_settings
from shared_code.core.settlement import Looked, Settled, cancelled, case_of, held, kept, settled
from shared_code.flows.booking_finding import settle_order
from shared_code.flows.cancellation_limits import CancellationLimits
from shared_code.flows.link_connections import ServedLink
from shared_code.flows.mailbox_lease import HeldLease
from shared_code.logs import say
from shared_code.mailbox_ports import BookingChange
from shared_code.messages import CheckBookings
from shared_code.ports import Organizations, ProductUsers, Queues, Stored

MOST_AT_ONCE = 45  # bookings of one transaction, each with an event
COHOSTS_FOLLOW = timedelta(seconds=15)  # by then it is written


@dataclass(frozen=True)
class Verdicts:
    organizations: Organizations
    users: ProductUsers
    limits: CancellationLimits
    queues: Queues

    async def carry_out(
        self,
        order: CheckBookings,
        link: ServedLink,
        lease: HeldLease,
        known: Sequence[Stored[Booking]],
        looked: Sequence[Looked],
        now: datetime,
    ) -> bool:
        """Whether all of them are settled: some may have to wait for Graph. Conflict if somebody wrote meanwhile."""
        is_synced = order.hold is not None or await self._is_synced(order)
        found = [(each, judge(case_of(each, is_synced=is_synced), now)) for each in looked]
        gone = [each for each, finding in found if finding.verdict is Verdict.GONE]
        outcomes = [one for each, finding in found if (one := settled(each, finding, now)) is not None]
        outcomes += await self._settle_gone(order, link, [replace(each, together=len(gone)) for each in gone], now)
        await self._write(order, lease, {each.value.booking: each for each in known}, outcomes)
        is_settled = {each.booking.booking for each in outcomes}
        return all(each.booking.booking in is_settled for each in looked)

    async def _settle_gone(
        self, order: CheckBookings, link: ServedLink, gone: Sequence[Looked], now: datetime
    ) -> list[Settled]:
        """Cancelled, unless a person has to be asked, or was."""
        if not gone:
            return []
        if order.hold is not None:
            return await self._settle_held(order, gone, now)
        counted_by, left = link.link.value, [each for each in gone if each.look.has_calendar]
        outcomes = []
        if orphans := [each for each in gone if not each.look.has_calendar]:
            hold = await self.limits.hold(counted_by, [each.booking for each in orphans], now)
            outcomes += [held(each, now, hold) for each in orphans]
        if left:
            counted = await self.limits.hold_or_count(counted_by, [each.booking for each in left], now)
            outcomes += [cancelled(each, now) if counted is None else held(each, now, counted) for each in left]
        return outcomes

    async def _settle_held(self, order: CheckBookings, gone: Sequence[Looked], now: datetime) -> list[Settled]:
        """Whatever has come back meanwhile is not cancelled, whoever said so."""
        hold = await self.limits.holds.find(order.organization, order.hold or "")
        if hold is None or hold.value.decision is None:
            return []
        name, by = hold.value.hold, hold.value.decided_by
        if hold.value.decision is HoldDecision.KEEP:
            return [kept(each, now, hold=name, by=by) for each in gone]
        return [cancelled(each, now, hold=name, by=by) for each in gone]

    async def _write(
        self,
        order: CheckBookings,
        lease: HeldLease,
        known: Mapping[BookingId, Stored[Booking]],
        outcomes: Iterable[Settled],
    ) -> None:
        """Each booking with its event, in one transaction or as few as their size allows."""
        outcomes = tuple(outcomes)
        for start in range(0, len(outcomes), MOST_AT_ONCE):
            part = outcomes[start : start + MOST_AT_ONCE]
            changes = [BookingChange(known[each.booking.booking], each.booking) for each in part]
            await self._bring_along(order.link, part, known)
            await lease.write(changes, [each.event for each in part if each.event is not None])
        for each in outcomes:
            decision = each.booking.decision
            say("booking_looked_into", booking=each.booking.booking, outcome=decision.outcome if decision else "none")

    async def _bring_along(
        self, host: LinkKey, outcomes: Iterable[Settled], known: Mapping[BookingId, Stored[Booking]]
    ) -> None:
        """Before the commit: who finds nothing to follow has come in vain."""
        for after in (each.booking for each in outcomes):
            if _concerns_others(known[after.booking].value, after):
                await self.queues.send(settle_order(host, after.booking), COHOSTS_FOLLOW)

    async def _is_synced(self, order: CheckBookings) -> bool:
        """Nothing is cancelled for somebody of whom we do not know that they want it."""
        records = await self.organizations.find(order.organization)
        user = await self.users.find(order.organization, order.user)
        if records is None or user is None:
            return False
        return effective_settings(records.organization.value.policy, user.value).cancellation_sync


def _concerns_others(before: Booking, after: Booking) -> bool:
    """Co-hosts' rows follow, and the organisation's entry, by which coming bookings are counted."""
    return (before.state, before.time, before.ical_hash) != (after.state, after.time, after.ical_hash)
