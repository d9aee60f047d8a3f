"""Book a meeting in its host's calendar, or change one: reserved here first, then written there, and never twice.

Whatever is lost on the way, one booking is one event: its mark is in our row before Microsoft is asked, on the event
from its first moment, and looked for before anything is asked again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.booking_ports import Marks
from shared_code.core.availability import AvailabilityRequest, Incomplete
from shared_code.core.booking import GIVEN_UP_AFTER, RESERVED_FOR, Booking, BookingEntry, BookingState
from shared_code.core.booking_request import BookingRequest, text_of, words_of
from shared_code.core.booking_steps import Wanted, creating
from shared_code.core.ids import BookingId, CalendarId, OrganizationId
from shared_code.core.intervals import merge
from shared_code.core.meeting import Invited, Meeting
from shared_code.core.upkeep import Due
from shared_code.core.windows import horizon, longest_window
from shared_code.errors import Conflict, OrgcalError, Problem, Rejected, Throttled, TryLater
from shared_code.flows.availability import Availability
from shared_code.flows.booking_finding import UNDER_WAY, Finding, Known, no_booking, subject_of
from shared_code.flows.booking_parties import Party, not_connected
from shared_code.flows.booking_writing import Writing
from shared_code.flows.reserving import Reservation, Reserving
from shared_code.logs import say, warn
from shared_code.ports import Chance, Clock, OrganizationRecords, Stored, Upkeep

_PASSING = frozenset({Incomplete.CALENDAR_THROTTLED, Incomplete.NOT_FRESH, Incomplete.NOT_READ_YET})


@dataclass(frozen=True)
class KeepBookings:
    finding: Finding
    reserving: Reserving
    writing: Writing
    marks: Marks
    availability: Availability
    upkeep: Upkeep
    chance: Chance
    clock: Clock
    window_days: int

    async def get(self, organization: OrganizationId, booking: BookingId) -> tuple[Booking, bool]:
        """As we last knew it, and whether its mailbox is connected, so that this is held to be true. Rejected if there
        is none."""
        records = await self.finding.parties.organization(organization)
        known = await self.finding.find(organization, booking)
        if known.booking is None or known.key is None or known.booking.state is BookingState.RESERVED:
            raise no_booking(booking)
        return known.booking, await self.finding.parties.reaches(records, known.key)

    async def put(self, request: BookingRequest, now: datetime) -> tuple[Booking, bool]:
        """The booking as it is now, and whether this call has made it. The same request twice asks Microsoft once."""
        records = await self.finding.parties.organization(request.organization)
        known = await self.finding.find(request.organization, request.booking)
        of_host = await self._of_host(known, request, now)
        is_same = of_host is not None and self._is_same(of_host, request)
        if of_host is not None and is_same and await self._reaches(records, known):
            return of_host, False
        self._check_time(request.meeting, now)
        host = await self._host(known, of_host, request, records, now)
        cohosts = [await self.finding.parties.find(records, cohost, now) for cohost in request.cohosts]
        wanted = await self._wanted(request, of_host, known, host, records, now)
        claimed = await self._claim(known.entry, wanted, host, of_host)
        await self.upkeep.set(Due(now + GIVEN_UP_AFTER, "booking", subject_of(host.key, request.booking)))
        try:
            made = await self.reserving.reserve(wanted, host, cohosts, of_host)
            booking = await self._carry_out(made, request, with_cohosts(request.meeting, cohosts), now)
        except (Throttled, Rejected):
            await self._give_back(known.entry, claimed)
            raise
        say("booked", organization=request.organization, booking=request.booking, mailbox=host.key.mailbox)
        return booking, of_host is None or not of_host.is_live

    async def _reaches(self, records: OrganizationRecords, known: Known) -> bool:
        return known.key is not None and await self.finding.parties.reaches(records, known.key)

    async def _host(
        self,
        known: Known,
        of_host: Booking | None,
        request: BookingRequest,
        records: OrganizationRecords,
        now: datetime,
    ) -> Party:
        """What stands stays in its mailbox, wherever new meetings go by now."""
        if of_host is not None and of_host.is_live and known.key is not None:
            return await self.finding.parties.find_at(records, known.key, now)
        return await self.finding.parties.find(records, request.host, now)

    async def _of_host(self, known: Known, request: BookingRequest, now: datetime) -> Booking | None:
        """The row of the booking that is to be changed or begun anew; another host's that has ended is none."""
        booking, entry = known.booking, known.entry
        if booking is None:
            is_new = entry is not None and now < entry.value.claimed_at + RESERVED_FOR
            if entry is not None and is_new and entry.value.host != request.host:
                raise TryLater(f"booking {request.booking}: another call is under way", UNDER_WAY)
            return None
        if booking.is_under_way(now):
            raise TryLater(f"booking {request.booking}: another call is under way", UNDER_WAY)
        if booking.host != request.host:
            if booking.is_live:
                raise Rejected(Problem.HOST_CHANGED, f"The host is {booking.host}; cancel it to book with another one.")
            return None
        if booking.state is BookingState.ENDING:
            raise Rejected(Problem.ILLEGAL_STATE, "It is being cancelled; repeat the DELETE, then book again.")
        return booking

    def _is_same(self, booking: Booking, request: BookingRequest) -> bool:
        is_settled = booking.state is BookingState.BOOKED and booking.changing is None
        return is_settled and self.marks.is_sealed(words_of(request), booking.content)

    def _check_time(self, meeting: Meeting, now: datetime) -> None:
        if meeting.time.start >= meeting.time.end:
            raise Rejected(Problem.WINDOW_INVALID, "The meeting must end after it starts.")
        if not now < meeting.time.end <= horizon(now, self.window_days).end:
            raise Rejected(
                Problem.BEYOND_HORIZON, f"The meeting must end within the next {self.window_days} days, and not yet."
            )
        if meeting.time.end - meeting.time.start > longest_window(self.window_days):
            raise Rejected(
                Problem.WINDOW_TOO_LARGE, f"A meeting may last at most {longest_window(self.window_days).days} days."
            )

    async def _wanted(
        self,
        request: BookingRequest,
        known: Booking | None,
        all_known: Known,
        host: Party,
        records: OrganizationRecords,
        now: datetime,
    ) -> Wanted:
        """A booking that stands stays in its calendar and keeps its mark; a new one gets both."""
        words, text = self.marks.seal(words_of(request)), self.marks.seal(text_of(request.meeting))
        if known is not None and known.is_live:
            generation, calendar, mark = known.generation, known.calendar, known.mark
            words = known.content if self.marks.is_sealed(words_of(request), known.content) else words
            text = known.body if self.marks.is_sealed(text_of(request.meeting), known.body) else text
        else:
            generation = _next_generation(known, all_known, now)
            calendar = await self._calendar(host, records)
            mark = self.marks.mark(request.organization, request.booking, generation)
        return Wanted(
            request.organization,
            request.booking,
            request.host,
            request.cohosts,
            generation,
            request.meeting.time,
            calendar,
            mark,
            words,
            text,
            self.chance.new_id(),
            now,
        )

    async def _calendar(self, host: Party, records: OrganizationRecords) -> CalendarId:
        link = await self.finding.store.mailboxes.find_link(host.key)
        if link is None:
            raise not_connected(host.user.user, "gone")
        return host.write_calendar(link.link, records)

    async def _claim(
        self, entry: Stored[BookingEntry] | None, wanted: Wanted, host: Party, known: Booking | None
    ) -> Stored[BookingEntry] | None:
        """Of two hosts that are named at once, one is the host. None if the entry says so already."""
        claimed = BookingEntry(
            wanted.organization,
            wanted.booking,
            wanted.host,
            wanted.generation,
            wanted.begun_at,
            host.connection,
            wanted.time.end,
            host.key.mailbox,
        )
        is_said = entry is not None and replace(entry.value, claimed_at=wanted.begun_at) == claimed
        if is_said and known is not None and known.is_live:
            return None
        try:
            return await self.finding.index.save(entry, claimed)
        except Conflict as error:
            raise TryLater(f"booking {wanted.booking}: another call is under way", UNDER_WAY) from error

    async def _give_back(self, before: Stored[BookingEntry] | None, claimed: Stored[BookingEntry] | None) -> None:
        """Nothing came of it: whoever hosted it before still does, or anybody may."""
        if claimed is None:
            return
        try:
            if before is None:
                await self.finding.index.forget(claimed)
            else:
                await self.finding.index.save(claimed, before.value)
        except (Conflict, TryLater) as error:
            warn("claim_not_given_back", booking=claimed.value.booking, error=type(error).__name__)

    async def _carry_out(self, made: Reservation, request: BookingRequest, meeting: Meeting, now: datetime) -> Booking:
        """Give the time back if nothing was asked of Microsoft, or all was refused; else somebody has to find out."""
        before = made.before
        is_retry = before is not None and before.state is BookingState.CREATING
        try:
            if request.if_free:
                await self._check_free(request, now)
            async with self.writing.told(made.host, now):
                known = await self._check_online(made, meeting)
            known = known if known.is_live else await self.reserving.update(made, creating)
            self._check_in_time(known)
        except OrgcalError:
            await self.reserving.release(made)
            raise
        try:
            async with self.writing.told(made.host, now):
                event = await self.writing.write(
                    made.host, known, made.wanted, meeting, is_retry=is_retry, was_away=made.was_away
                )
        except (Throttled, Rejected):
            await self.reserving.release(made)
            raise
        except OrgcalError:
            await self.reserving.leave_open(made)
            raise
        stays = set(made.cohosts)
        former = await self.finding.cohosts_of(before) if before is not None and before.is_live else []
        return await self.reserving.keep(made, event, [key for key in former if key not in stays])

    async def _check_free(self, request: BookingRequest, now: datetime) -> None:
        """In everybody's checked calendars, as they are at this moment; what nobody can know is not free."""
        time = request.meeting.time
        users = (request.host, *request.cohosts)
        question = AvailabilityRequest(
            request.organization, users, time.start, time.end, live=True, without=request.booking
        )
        answers = await self.availability.run(question, now)
        busy = merge(span for answer in answers for span in answer.busy)
        if busy:
            raise Rejected(Problem.SLOT_TAKEN, "The time is taken.", clashes=busy)
        unknown = next((answer for answer in answers if not answer.complete), None)
        if unknown is None:
            return
        if unknown.reason in _PASSING:
            raise TryLater(f"booking {request.booking}: a calendar could not be read")
        raise Rejected(
            Problem.FREE_TIME_UNKNOWN,
            f"The calendars of {unknown.user} cannot be read.",
            {"user": unknown.user, "why": str(unknown.reason)},
        )

    async def _check_online(self, made: Reservation, meeting: Meeting) -> Booking:
        row = await self.reserving.update(made, lambda booking: booking)
        await self.writing.check_online(made.host, row.calendar, meeting, row)
        return row

    def _check_in_time(self, row: Booking) -> None:
        """From here on there may be another event, or it may be another; too late, and somebody else may have begun."""
        if not row.is_under_way(self.clock.now()):
            raise TryLater(f"booking {row.booking}: it took too long to begin")


def with_cohosts(meeting: Meeting, cohosts: Sequence[Party]) -> Meeting:
    """Co-hosts are invited at the address of their mailbox, whatever else the product has called them."""
    known = {one.address.casefold() for one in meeting.attendees}
    addresses = (party.address for party in cohosts if "@" in party.address)
    invited = (Invited(address, None) for address in addresses if address.casefold() not in known)
    return replace(meeting, attendees=(*meeting.attendees, *invited))


def _next_generation(known: Booking | None, all_known: Known, now: datetime) -> int:
    """Never one that there was before, even when nobody knows of that any more: an event of long ago may still bear
    its mark. So it is counted in seconds, or from the last."""
    latest = (all_known.entry.value.generation if all_known.entry else 0, known.generation if known else 0)
    return max(max(latest) + 1, int(now.timestamp()))
