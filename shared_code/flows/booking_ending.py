"""Cancel a booking: Microsoft tells everybody, and our row says so only once that is sure."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.booking import GIVEN_UP_AFTER, Booking, BookingState, EndedBy
from shared_code.core.booking_steps import ended, ending, held_ended, left_open
from shared_code.core.decision import Decision, Outcome, Suspicion
from shared_code.core.ids import BookingId, LinkKey, OrganizationId
from shared_code.core.product_event import ProductEvent
from shared_code.core.settlement import cancelled_event
from shared_code.core.upkeep import Due
from shared_code.errors import Conflict, OrgcalError, Rejected, Throttled, TryLater
from shared_code.flows.booking_finding import UNDER_WAY, Finding, no_booking, subject_of
from shared_code.flows.booking_writing import Writing
from shared_code.logs import say, warn
from shared_code.messages import EndForCohost
from shared_code.ports import Chance, Clock, Upkeep


@dataclass(frozen=True)
class BookingEnding:
    finding: Finding
    writing: Writing
    upkeep: Upkeep
    chance: Chance
    clock: Clock

    async def run(self, organization: OrganizationId, booking: BookingId, reason: str, now: datetime) -> None:
        """What is gone already is cancelled; Rejected if the host's mailbox is not connected, since its event stands.
        ``reason`` goes to whoever was invited, and nowhere else."""
        records = await self.finding.parties.organization(organization)
        known = await self.finding.find(organization, booking)
        row, key = known.booking, known.key
        if row is None or key is None or row.state is BookingState.RESERVED:
            raise no_booking(booking)
        if row.is_under_way(now):
            raise TryLater(f"booking {booking}: another call is under way", UNDER_WAY)
        if row.state is BookingState.ENDED:
            return
        await self.finding.parties.find_at(records, key, now)
        await self.upkeep.set(Due(now + GIVEN_UP_AFTER, "booking", subject_of(key, booking)))
        attempt = self.chance.new_id()
        begun = await self._change(key, booking, row.attempt, lambda stored: ending(stored, attempt, now))
        await self._carry_out(key, row, begun, reason, now)
        say("booking_cancelled", organization=organization, booking=booking, mailbox=key.mailbox)

    async def end_for_cohost(self, order: EndForCohost, now: datetime) -> None:
        """As the product's own call would, and the product is told. TryLater if it cannot be done now."""
        known = await self.finding.find(order.organization, order.booking)
        row, key = known.booking, known.key
        declined = None if row is None else await self._declined(row, order)
        if row is None or key is None or declined is None or row.state is not BookingState.BOOKED:
            say("ending_dropped", booking=order.booking)
            return
        if row.is_under_way(now):
            raise TryLater(f"booking {order.booking}: another call is under way", UNDER_WAY)
        try:
            records = await self.finding.parties.organization(order.organization)
            await self.finding.parties.find_at(records, key, now)
            await self._end_declined(key, row, declined, now)
        except Rejected as error:
            say("ending_refused", booking=order.booking, problem=error.problem)

    async def _declined(self, row: Booking, order: EndForCohost) -> Suspicion | None:
        """What is on record of the co-host's leaving; None if they are back, or it was never written."""
        keys = await self.finding.parties.locate_all(order.organization, order.cohost)
        links = [await self.finding.store.mailboxes.find_link(key) for key in keys]
        rows = (one.value for link in links if link is not None for one in link.held)
        held = (one for one in rows if one.booking == order.booking)
        left = (one.suspicion for one in held if one.generation == row.generation == order.generation)
        return next((one for one in left if one is not None and one.is_closed), None)

    async def _end_declined(self, key: LinkKey, row: Booking, declined: Suspicion, now: datetime) -> None:
        await self.upkeep.set(Due(now + GIVEN_UP_AFTER, "booking", subject_of(key, row.booking)))
        attempt = self.chance.new_id()
        decision = Decision(Outcome.CANCELLED, now, declined.clue, declined.found_at)

        def begin(stored: Booking) -> Booking:
            return replace(ending(stored, attempt, now, EndedBy.COHOST), decision=decision)

        begun = await self._change(key, row.booking, row.attempt, begin)
        await self._carry_out(key, row, begun, "", now)

    async def finish(self, key: LinkKey, row: Booking, by: EndedBy, told: ProductEvent | None = None) -> None:
        """The co-hosts are free before the host's row says that all is over."""
        at, by = self.clock.now(), row.ended_by or by
        if by is EndedBy.COHOST:
            told = cancelled_event(ended(row, by, at), at)
        for cohost in await self.finding.cohosts_of(row):
            await self.finding.store.change_held(
                cohost, row.booking, lambda held: held_ended(held, at) if held.generation == row.generation else held
            )
        await self.finding.note_end(
            await self._change(key, row.booking, row.attempt, lambda stored: ended(stored, by, at), told)
        )

    async def _carry_out(self, key: LinkKey, before: Booking, begun: Booking, reason: str, now: datetime) -> None:
        try:
            async with self.writing.told(key, now):
                is_sure = await self.writing.cancel(key, begun, reason)
        except (Throttled, Rejected):
            await self._leave(key, begun, replace(before, until=None))
            raise
        except OrgcalError:
            await self._leave(key, begun, left_open(begun))
            raise
        if is_sure:
            await self.finish(key, begun, EndedBy.PRODUCT)
        else:
            # The event may still come about: a create whose answer was lost. Upkeep looks again, and PUT waits for it.
            await self._leave(key, begun, left_open(begun))

    async def _change(
        self,
        key: LinkKey,
        booking: BookingId,
        attempt: str | None,
        change: Callable[[Booking], Booking],
        told: ProductEvent | None = None,
    ) -> Booking:
        """Conflict if another attempt has begun."""

        def ours(stored: Booking) -> Booking:
            if stored.attempt != attempt:
                raise Conflict(f"booking {booking}: another attempt has begun")
            return change(stored)

        events = () if told is None else (told,)
        changed = await self.finding.store.change_booking(key, booking, ours, events)
        if changed is None:
            raise no_booking(booking)
        return changed

    async def _leave(self, key: LinkKey, begun: Booking, left: Booking) -> None:
        try:
            await self._change(key, begun.booking, begun.attempt, lambda _: left)
        except (Conflict, TryLater, Rejected) as error:
            warn("attempt_not_closed", booking=begun.booking, error=type(error).__name__)
