"""The time of a host and their co-hosts is taken before Microsoft is asked, and given back if nothing comes of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared_code.core.booking import Booking, Held
from shared_code.core.booking_steps import (
    Wanted,
    begun,
    booked,
    clashes,
    given_up,
    held_begun,
    held_booked,
    held_ended,
    held_given_up,
    held_open,
    left_open,
)
from shared_code.core.ids import LinkKey, MailboxKey
from shared_code.core.mailbox import Lease, Link
from shared_code.core.meeting import BookedEvent
from shared_code.errors import Conflict, OrgcalError, Problem, Rejected, Throttled, TryLater
from shared_code.flows.booking_finding import UNDER_WAY
from shared_code.flows.booking_parties import Party, not_connected
from shared_code.flows.booking_store import BookingStore, find_booking, find_held
from shared_code.logs import warn
from shared_code.mailbox_ports import BookingChange, StoredMailbox
from shared_code.ports import Clock


@dataclass
class Reservation:
    """One attempt's hold on everybody's time, with what was there before."""

    wanted: Wanted
    host: LinkKey
    cohosts: tuple[LinkKey, ...]
    seen: Booking | None = None  # what was wanted of the booking was decided upon this
    before: Booking | None = None
    was_away: bool = False  # nobody has watched its event all the while since it was written
    held_before: dict[LinkKey, Held | None] = field(default_factory=dict)

    @property
    def mailboxes(self) -> list[MailboxKey]:
        """In one order for all attempts, so that of two which want the same times one gets all of them."""
        return sorted({key.mailbox for key in (self.host, *self.cohosts)}, key=str)


@dataclass(frozen=True)
class Reserving:
    store: BookingStore
    clock: Clock

    async def reserve(self, wanted: Wanted, host: Party, cohosts: Sequence[Party], seen: Booking | None) -> Reservation:
        """Rejected, and nothing held, if somebody's time is taken; TryLater while another attempt is under way, or if
        one came between since the host's row was ``seen``."""
        made = Reservation(wanted, host.key, tuple(party.key for party in cohosts), seen)
        for mailbox in made.mailboxes:
            try:
                is_there = await self.store.change(mailbox, lambda found: self._reserved(made, found))
            except OrgcalError:
                await self.release(made)
                raise
            if not is_there:
                await self.release(made)
                raise not_connected(wanted.host, "gone")
        try:
            await self._check_beside(made, (host, *cohosts))
        except OrgcalError:
            await self.release(made)
            raise
        return made

    async def _check_beside(self, made: Reservation, parties: Sequence[Party]) -> None:
        """In their other mailboxes, once our own rows are written: of two that reserve the same time in two mailboxes
        at once, each has written before it looks."""
        beside = {mailbox for party in parties for mailbox in party.beside} - set(made.mailboxes)
        for mailbox in sorted(beside, key=str):
            found = await self.store.mailboxes.find(mailbox)
            if found is not None:
                _check_taken(made.wanted, found, self.clock.now())

    async def release(self, made: Reservation) -> None:
        """Nothing came of it. What cannot be given back runs out by itself."""
        for mailbox in made.mailboxes:
            try:
                await self.store.change(mailbox, lambda found: self._released(made, found))
            except (Conflict, TryLater) as error:
                warn("reservation_not_released", mailbox=mailbox, error=type(error).__name__)

    async def update(self, made: Reservation, change: Callable[[Booking], Booking]) -> Booking:
        """Change the host's row; Conflict if another attempt has taken it over, or our time is up."""

        def ours(booking: Booking) -> Booking:
            if booking.attempt != made.wanted.attempt:
                raise Conflict(f"booking {booking.booking}: another attempt has begun")
            return change(booking)

        changed = await self.store.change_booking(made.host, made.wanted.booking, ours)
        if changed is None:
            raise Conflict(f"booking {made.wanted.booking}: its host was disconnected")
        return changed

    async def leave_open(self, made: Reservation) -> None:
        """Nobody knows what came of it, and nobody else gets the time before somebody does."""
        wanted = made.wanted
        try:
            for key in made.cohosts:
                await self.store.change_held(
                    key,
                    wanted.booking,
                    lambda held: held_open(held, wanted.begun_at) if held.attempt == wanted.attempt else held,
                )
            await self.update(made, left_open)
        except (Conflict, Rejected, TryLater) as error:
            warn("attempt_not_closed", booking=wanted.booking, error=type(error).__name__)

    async def keep(self, made: Reservation, event: BookedEvent, former: Sequence[LinkKey]) -> Booking:
        """It is booked: the co-hosts' rows first, so that a host's row that says so is the last word."""
        wanted, at = made.wanted, self.clock.now()
        for key in made.cohosts:
            await self.store.change_held(
                key,
                wanted.booking,
                lambda held: held_booked(held, event, at) if held.attempt == wanted.attempt else held,
            )
        for key in former:
            await self.store.change_held(
                key,
                wanted.booking,
                lambda held: held_ended(held, at) if held.generation == wanted.generation else held,
            )
        return await self.update(made, lambda booking: booked(booking, wanted, event, at))

    def _reserved(self, made: Reservation, found: StoredMailbox) -> list[BookingChange]:
        wanted, now = made.wanted, self.clock.now()
        if found.lease.value.mailbox == made.host.mailbox:
            _check_throttled(found.lease.value, now)
        _check_taken(wanted, found, now)
        links = {stored.value.key: stored.value for stored in found.links}
        changes: list[BookingChange] = []
        for key in (one for one in (made.host, *made.cohosts) if one.mailbox == found.lease.value.mailbox):
            if key not in links:
                raise not_connected(key.user, "gone")
            changes.append(_host(made, found, links[key]) if key == made.host else _cohost(made, found, key))
        if made.host.mailbox == found.lease.value.mailbox and _is_overtaken(made, now):
            raise TryLater(f"booking {wanted.booking}: another call is under way", UNDER_WAY)
        return changes

    def _released(self, made: Reservation, found: StoredMailbox) -> list[BookingChange]:
        changes = []
        for key in (one for one in (made.host, *made.cohosts) if one.mailbox == found.lease.value.mailbox):
            if key == made.host:
                stored = find_booking(found, key, made.wanted.booking)
                if stored is not None and stored.value.attempt == made.wanted.attempt:
                    changes.append(BookingChange(stored, given_up(made.before, stored.value)))
            else:
                held = find_held(found, key, made.wanted.booking)
                if held is not None and held.value.attempt == made.wanted.attempt:
                    changes.append(BookingChange(held, held_given_up(made.held_before.get(key), held.value)))
        return changes


def _check_taken(wanted: Wanted, found: StoredMailbox, now: datetime) -> None:
    rows: list[Booking | Held] = [*(one.value for one in found.bookings), *(one.value for one in found.held)]
    taken = clashes(rows, wanted.time, (wanted.organization, wanted.booking), now)
    if taken:
        raise Rejected(Problem.SLOT_TAKEN, "The time is taken.", clashes=taken)


def _is_overtaken(made: Reservation, now: datetime) -> bool:
    """Another attempt is under way, or has ended, begun anew or changed what this one is about to change."""
    before = made.before
    if before is not None and (before.attempt == made.wanted.attempt or before.is_under_way(now)):
        return before.attempt != made.wanted.attempt
    return _identity(before) != _identity(made.seen)


def _identity(booking: Booking | None) -> tuple[int, str | None] | None:
    return None if booking is None or not booking.is_live else (booking.generation, booking.attempt)


def _check_throttled(lease: Lease, now: datetime) -> None:
    """What is asked meanwhile is refused, and counted."""
    if lease.not_before is not None and now < lease.not_before:
        raise Throttled(f"{lease.mailbox}: Graph throttles it", lease.not_before - now)


def _host(made: Reservation, found: StoredMailbox, link: Link) -> BookingChange:
    stored = find_booking(found, made.host, made.wanted.booking)
    made.before = before = stored.value if stored is not None else None
    made.was_away = before is not None and (before.written_at or before.tried_at) < link.connected_at
    return BookingChange(stored, begun(made.before, made.wanted))


def _cohost(made: Reservation, found: StoredMailbox, key: LinkKey) -> BookingChange:
    stored = find_held(found, key, made.wanted.booking)
    made.held_before[key] = stored.value if stored is not None else None
    return BookingChange(stored, held_begun(made.held_before[key], key.user, made.wanted))
