"""What an attempt has left open, and nobody came back to: found out at Microsoft, and brought to an end. And what was
found out of a host's event: their co-hosts' rows follow."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.booking_ports import Events
from shared_code.core.booking import RESERVED_FOR, Booking, BookingState, EndedBy
from shared_code.core.booking_steps import (
    ended,
    held_following,
    is_open,
    left_open,
    needs_settling,
    settled,
    taken_over,
)
from shared_code.core.ids import BookingId, LinkKey
from shared_code.core.settlement import cancelled_event
from shared_code.errors import Gone, OrgcalError, Rejected, TryLater
from shared_code.flows.booking_ending import BookingEnding
from shared_code.flows.booking_finding import Finding
from shared_code.flows.booking_writing import Writing
from shared_code.flows.upkeep import parse_mailbox
from shared_code.logs import say, warn
from shared_code.messages import SettleBooking
from shared_code.ports import Chance


@dataclass(frozen=True)
class BookingSettling:
    finding: Finding
    writing: Writing
    events: Events
    ending: BookingEnding
    chance: Chance

    async def run(self, order: SettleBooking, now: datetime) -> None:
        """TryLater if Microsoft does not answer now; what it refuses is looked at again at upkeep's next turn."""
        key = await self._locate(order)
        stored = await self.finding.store.find(key, order.booking) if key is not None else None
        if key is None or stored is None:
            say("settling_dropped", booking=order.booking)
            return
        if not needs_settling(stored.value, now):
            await self._bring_along(stored.value, now)
            return
        try:
            records = await self.finding.parties.organization(order.organization)
            await self.finding.parties.find_at(records, key, now)
        except Rejected as error:
            say("settling_refused", booking=order.booking, problem=error.problem)
            return
        attempt = self.chance.new_id()
        row = await self._take_over(key, order.booking, attempt, now)
        if row is None:
            return
        try:
            async with self.writing.told(key, now):
                await self._settle(key, row, now)
        except Rejected as error:
            await self._leave(key, row)
            say("settling_refused", booking=order.booking, problem=error.problem)  # upkeep comes again
        except OrgcalError:
            await self._leave(key, row)
            raise

    async def _locate(self, order: SettleBooking) -> LinkKey | None:
        if order.mailbox is None:
            return await self.finding.parties.locate(order.organization, order.host)
        return LinkKey(parse_mailbox(order.mailbox), order.organization, order.host)

    async def _settle(self, key: LinkKey, row: Booking, now: datetime) -> None:
        if row.state is BookingState.BOOKED:
            await self._settle_change(key, row)
            return
        await self.writing.cancel(key, row, "")
        if row.state is BookingState.ENDING:
            await self.ending.finish(key, row, EndedBy.PRODUCT)
            return
        warn("booking_abandoned", organization=row.organization, booking=row.booking, mailbox=key.mailbox)
        told = cancelled_event(ended(row, EndedBy.ABANDONED, now), now)
        await self.ending.finish(key, row, EndedBy.ABANDONED, told)

    async def _bring_along(self, row: Booking, now: datetime) -> None:
        """Not during an attempt, which writes the same rows itself, and may give up."""
        if row.is_under_way(now):
            raise TryLater(f"booking {row.booking}: another call is under way", RESERVED_FOR)
        if is_open(row):
            say("settling_dropped", booking=row.booking)
            return
        for cohost in await self.finding.cohosts_of(row):
            await self.finding.store.change_held(cohost, row.booking, lambda held: held_following(held, row))
        await self.finding.note_end(row)

    async def _settle_change(self, key: LinkKey, row: Booking) -> None:
        """The event is where it is: at the old time or at the new one. If it is gone, the next read finds that out."""
        try:
            event = await self.events.read(key, row.event or "")
        except Gone:
            event = None
        done = settled(row, event)
        for cohost in await self.finding.cohosts_of(row):
            await self.finding.store.change_held(
                cohost,
                row.booking,
                lambda held: (
                    replace(held, time=done.time, changing=None, until=None)
                    if held.generation == done.generation
                    else held
                ),
            )
        await self.finding.store.change_booking(
            key, row.booking, lambda stored: done if stored.attempt == row.attempt else stored
        )
        say("booking_settled", organization=row.organization, booking=row.booking)

    async def _take_over(self, key: LinkKey, booking: BookingId, attempt: str, now: datetime) -> Booking | None:
        """None if somebody came back to it just now."""
        row = await self.finding.store.change_booking(
            key, booking, lambda stored: taken_over(stored, attempt, now) if needs_settling(stored, now) else stored
        )
        return row if row is not None and row.attempt == attempt else None

    async def _leave(self, key: LinkKey, row: Booking) -> None:
        """With its former time of trying, so that the next turn tries again."""
        try:
            await self.finding.store.change_booking(
                key, row.booking, lambda stored: left_open(stored) if stored.attempt == row.attempt else stored
            )
        except TryLater as error:
            warn("attempt_not_closed", booking=row.booking, error=type(error).__name__)
