"""How much may be cancelled before a person is asked: counted by connection and hour, and by look."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared_code.cancellation_ports import Holds
from shared_code.core.booking import Booking
from shared_code.core.cancellation import HELD_AN_HOUR, HELD_TOGETHER, needs_person
from shared_code.core.held_cancellation import Cancelled, HeldBooking, Hold, HoldReason, Tally
from shared_code.core.ids import ConnectionId
from shared_code.core.mailbox import Link
from shared_code.core.product_event import EventType, ProductEvent, new_event
from shared_code.logs import warn
from shared_code.ports import Stored

_ID_BYTES = 12


@dataclass(frozen=True)
class CancellationLimits:
    holds: Holds

    async def hold_or_count(self, link: Link, gone: Sequence[Booking], now: datetime) -> str | None:
        """The hold under which these wait for a person; None if they may be cancelled, and count from now on.

        Before the bookings are written: whoever comes again after a crash finds them counted, or held, once.
        Conflict if another mailbox's are counted at the same time."""
        stored, tally, coming = await self._counted(link, gone, now)
        if needs_person(_by_one_sync(gone), len(tally.cancelled), coming):
            reason = HoldReason.MAILBOX if _by_one_sync(gone) > HELD_TOGETHER else HoldReason.CONNECTION
            return await self._hold(link, reason, _held(link, gone), coming, now)
        await self.holds.save_tally(stored, tally)
        return None

    async def hold(self, link: Link, gone: Sequence[Booking], now: datetime) -> str:
        """However few: their calendar is gone as well."""
        return await self._hold(link, HoldReason.CALENDAR, _held(link, gone), 0, now)

    async def allow(self, link: Link, gone: Booking, together: int, now: datetime) -> bool:
        """Whether this one, found with ``together`` in all, may be cancelled without a person; it counts then. Conflict
        as above."""
        stored, tally, coming = await self._counted(link, [gone], now)
        if needs_person(together, len(tally.cancelled), coming):
            return False
        await self.holds.save_tally(stored, tally)
        return True

    async def _counted(
        self, link: Link, gone: Sequence[Booking], now: datetime
    ) -> tuple[Stored[Tally] | None, Tally, int]:
        """The tally with these, and how many bookings are coming, where that matters."""
        organization, name = link.key.organization, link.connection
        stored = await self.holds.find_tally(organization, name)
        known = Tally(organization, name) if stored is None else stored.value
        tally = known.with_more(tuple(Cancelled(each.booking, each.generation, now) for each in gone), now)
        is_much = len(tally.cancelled) > HELD_AN_HOUR
        return stored, tally, await self.holds.count_coming(organization, name, now) if is_much else 0

    async def _hold(
        self,
        link: Link,
        reason: HoldReason,
        bookings: tuple[HeldBooking, ...],
        coming: int,
        now: datetime,
    ) -> str:
        """Together with what is held already for the same reason, so that a person is asked once."""
        for stored in await self.holds.list(link.key.organization):
            known = stored.value
            if known.connection == link.connection and known.takes(reason, bookings, now):
                await self.holds.save(stored, known.with_more(bookings))
                return known.hold
        name = _name(link.connection, bookings, now)
        new = Hold(name, link.key.organization, link.connection, reason, now, bookings, coming)
        await self.holds.save(None, new, events=[_held_event(new)])
        warn("cancellations_held", connection=link.connection, hold=name, bookings=len(bookings))
        return name


def _held(link: Link, gone: Sequence[Booking]) -> tuple[HeldBooking, ...]:
    return tuple(HeldBooking(each.booking, each.generation, each.host, link.key.mailbox) for each in gone)


def _by_one_sync(gone: Sequence[Booking]) -> int:
    """The most that one read has found; of those that come together here."""
    found = [each.suspicion.found_at for each in gone if each.suspicion is not None]
    return max((found.count(at) for at in set(found)), default=0)


def _name(connection: ConnectionId, bookings: Sequence[HeldBooking], now: datetime) -> str:
    said = "\n".join((connection, now.isoformat(), *(each.booking for each in bookings)))
    return hashlib.blake2b(said.encode(), digest_size=_ID_BYTES).hexdigest()


def _held_event(hold: Hold) -> ProductEvent:
    return new_event(
        EventType.CANCELLATIONS_HELD,
        hold.organization,
        hold.held_at,
        hold.hold,
        hold=hold.hold,
        connection=hold.connection,
        reason=str(hold.reason),
        count=len(hold.bookings),
        held_at=hold.held_at,
    )
