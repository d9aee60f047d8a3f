"""The event of a booking at Microsoft: made once, found again by its mark, changed; and what its refusals mean."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from shared_code.booking_ports import Events
from shared_code.core.booking import Booking, BookingState
from shared_code.core.booking_steps import Wanted
from shared_code.core.ids import CalendarId, LinkKey
from shared_code.core.meeting import BookedEvent, Meeting, with_join_details
from shared_code.errors import Disconnected, Gone, Occupied, Problem, Rejected, TryLater, Unexpected
from shared_code.flows.booking_parties import not_connected
from shared_code.flows.finding_out import SHUT, find_out
from shared_code.logs import say
from shared_code.ports import Queues


@dataclass(frozen=True)
class Writing:
    events: Events
    queues: Queues

    async def check_online(self, link: LinkKey, calendar: CalendarId, meeting: Meeting, known: Booking) -> None:
        """Rejected for a Teams meeting that the calendar does not allow, or one that is to be no such any more."""
        if known.is_online and not meeting.is_online:
            raise Rejected(Problem.ONLINE_MEETING_REFUSED, "Microsoft lets nobody take the Teams link off a meeting.")
        if not meeting.is_online or known.is_online:
            return
        if not await self.events.allows_teams(link, calendar):
            raise Rejected(Problem.ONLINE_MEETING_REFUSED, "The host's calendar allows no Teams meetings.")

    async def write(
        self,
        link: LinkKey,
        known: Booking,
        wanted: Wanted,
        meeting: Meeting,
        *,
        is_retry: bool,
        was_away: bool,
    ) -> BookedEvent:
        """The event, as it is wanted. ``known`` is the row as it was when the attempt began to write."""
        if known.state is BookingState.BOOKED and known.event is not None:
            is_doubtful = was_away or known.suspicion is not None
            event, join_url = await self._standing(link, known, known.event, is_doubtful=is_doubtful)
            return await self._change(link, event, meeting, join_url, keeps_text=wanted.body == known.body)
        made = await self._find_or_create(link, known, meeting, is_retry=is_retry)
        if is_retry and known.content != wanted.content:
            # Either of the two requests may have made it.
            return await self._change(link, made.event, meeting, made.join_url, keeps_text=False)
        return made

    async def cancel(self, link: LinkKey, row: Booking, reason: str) -> bool:
        """Whether it is sure that there is no event any more: a create whose answer was lost may still come about."""
        try:
            found = await self._find(link, row)
            event = found.event if found is not None else row.event
            if event is None:
                return False
            await self.events.cancel(link, event, reason)
        except Gone:
            say("booked_event_gone", mailbox=link.mailbox, booking=row.booking)
        return True

    @asynccontextmanager
    async def told(self, link: LinkKey, now: datetime) -> AsyncIterator[None]:
        """What Graph's lasting refusals mean for whoever books with this host. Their mailbox is read, so that it is
        known to be shut, and nobody else asks."""
        try:
            yield
        except SHUT as error:
            await find_out(self.queues, link.mailbox, now)
            why = error.reason if isinstance(error, Disconnected) else type(error).__name__
            raise not_connected(link.user, why) from error
        except Gone as error:
            detail = "Its event, or the calendar that it was in, is no longer there."
            raise Rejected(Problem.ILLEGAL_STATE, detail) from error

    async def _find(self, link: LinkKey, row: Booking) -> BookedEvent | None:
        """Where the row says: its own event, or else another that bears the mark, since the host may have cut and
        pasted it. Microsoft still takes writes to what was cut, which lies among the deleted items."""
        try:
            return await self.events.find_marked(link, row.calendar, row.mark, row.event)
        except (Gone, Unexpected):
            if row.event is None:
                raise
            return None

    async def _standing(self, link: LinkKey, row: Booking, event: str, *, is_doubtful: bool) -> tuple[str, str | None]:
        """The event and its join link. Another request only if a read has missed the event where it was, or if nobody
        has read for a while."""
        found = await self._find(link, row) if is_doubtful else None
        return (event, row.join_url) if found is None else (found.event, found.join_url)

    async def _find_or_create(self, link: LinkKey, known: Booking, meeting: Meeting, *, is_retry: bool) -> BookedEvent:
        if is_retry and (found := await self.events.find_marked(link, known.calendar, known.mark)) is not None:
            say("booking_found", mailbox=link.mailbox, booking=known.booking)
            return found
        try:
            made = await self.events.create(link, known.calendar, meeting, known.mark)
        except Occupied as error:
            there = await self.events.find_marked(link, known.calendar, known.mark)
            if there is None:
                raise TryLater(f"booking {known.booking}: its event is there, and not shown yet") from error
            made = there
        if made.mark is not None and made.mark != known.mark:
            raise Unexpected(f"booking {known.booking}: the event that came back bears another mark; it is not taken")
        return made

    async def _change(
        self, link: LinkKey, event: str, meeting: Meeting, join_url: str | None, *, keeps_text: bool
    ) -> BookedEvent:
        """The text is written only if it is another one, and then in front of what Teams has written there."""
        if keeps_text:
            return await self.events.change(link, event, meeting, None)
        before = await self.events.read_body(link, event) if join_url is not None else ""
        return await self.events.change(link, event, meeting, with_join_details(meeting, before, join_url))
