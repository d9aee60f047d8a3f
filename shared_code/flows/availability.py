"""Who is busy when, from what is stored: one read for the organisation, one a user and one a mailbox of theirs."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.booking_ports import BookingRows
from shared_code.core.all_day import find_zone
from shared_code.core.availability import AvailabilityRequest, Incomplete, KnownCalendars, Question, UserAnswer, answer
from shared_code.core.booked_time import BookedTime, ReadEvents, booked_time
from shared_code.core.calendar import CalendarState, LinkedCalendar
from shared_code.core.connection import Connection
from shared_code.core.ids import LinkKey, OrganizationId, ProductUserId
from shared_code.core.intervals import Interval, clip, merge
from shared_code.core.limits import MAX_AVAILABILITY_USERS, MAX_LIVE_USERS
from shared_code.core.offered_calendars import used_now
from shared_code.core.policy import Policy
from shared_code.core.product_user import ProductUser
from shared_code.core.settings import calendar_choice, effective_settings
from shared_code.core.sources import Source, links_aside, missing, qualified, sources_of, united
from shared_code.core.subscription import Subscription
from shared_code.core.windows import horizon, longest_window
from shared_code.errors import Problem, Rejected, TryLater
from shared_code.flows.acting import get_organization
from shared_code.flows.finding_out import find_out
from shared_code.flows.live_read import LiveRead, LiveReading
from shared_code.flows.mailbox_connect import connect_of
from shared_code.logs import warn
from shared_code.mailbox_ports import Mailboxes, StoredLink
from shared_code.ports import Organizations, ProductUsers, Queues

AT_ONCE = 50  # records that are read at the same time
LIVE_AT_ONCE = 4  # users whose mailboxes are read at the same time


@dataclass(frozen=True)
class Asked:
    """What one request asks of everybody. ``turn`` is taken for a record, or, live, for all that is one user's."""

    policy: Policy
    connections: Sequence[Connection]
    question: Question
    turn: asyncio.Semaphore
    live: LiveReading | None


@dataclass(frozen=True)
class Availability:
    organizations: Organizations
    users: ProductUsers
    mailboxes: Mailboxes
    bookings: BookingRows
    queues: Queues
    live_read: LiveRead
    window_days: int

    async def run(self, request: AvailabilityRequest, now: datetime) -> tuple[UserAnswer, ...]:
        """One answer a user, in the order asked. Rejected if the request makes no sense."""
        self._check(request)
        records = await get_organization(self.organizations, request.organization)
        window = Interval(request.start, request.end)
        question = Question(window, horizon(now, self.window_days), now, request.max_age, request.without)
        live = self.live_read.begin() if request.live else None
        turn = asyncio.Semaphore(AT_ONCE if live is None else LIVE_AT_ONCE)
        connections = [stored.value for stored in records.connections]
        asked = Asked(records.organization.value.policy, connections, question, turn, live)
        distinct = tuple(dict.fromkeys(request.users))
        return tuple(await asyncio.gather(*(self._answer(request.organization, user, asked) for user in distinct)))

    def _check(self, request: AvailabilityRequest) -> None:
        allowed = MAX_LIVE_USERS if request.live else MAX_AVAILABILITY_USERS
        if len(request.users) > allowed:
            raise Rejected(Problem.TOO_MANY_ITEMS, f"At most {allowed} users can be asked for at once.")
        if request.start >= request.end:
            raise Rejected(Problem.WINDOW_INVALID, "The window must end after it starts.")
        longest = longest_window(self.window_days)
        if request.end - request.start > longest:
            raise Rejected(Problem.WINDOW_TOO_LARGE, f"The window may span at most {longest.days} days.")

    async def _answer(self, organization: OrganizationId, user: ProductUserId, asked: Asked) -> UserAnswer:
        async with asked.turn:
            stored = await self.users.find(organization, user)
            if stored is None:
                return UserAnswer(user, complete=False, reason=Incomplete.UNKNOWN_USER)
            sources = sources_of(stored.value, asked.connections)
            kept = await self._kept_aside(stored.value, asked.question)
            if asked.live is not None:
                parts = [await self._ask(one, stored.value, asked) for one in sources]
                return _with(kept, _together(stored.value, parts), asked.question)

        async def ask(source: Source) -> UserAnswer | None:
            async with asked.turn:
                return await self._ask(source, stored.value, asked)

        return _with(kept, _together(stored.value, await asyncio.gather(*map(ask, sources))), asked.question)

    async def _kept_aside(self, user: ProductUser, question: Question) -> Sequence[Interval]:
        """The time of meetings that were booked in an account before the policy set it aside. They stand, and their
        host is expected there, whoever reads that account."""
        kept = [one for link in links_aside(user) for one in await self.bookings.list(link)]
        return booked_time(ReadEvents((), {}), kept, (), question.now, question.without).busy

    async def _ask(self, source: Source, user: ProductUser, asked: Asked) -> UserAnswer | None:
        """What one of their connections says; None if there is nothing to be said of it."""
        link = await self._find_link(source) if source.is_asked else None
        if link is None:
            return missing(source, user.user)
        known, question = _known(source, user, link, asked.policy), asked.question
        if source.shut is not None:
            return qualified(source, answer(user.user, known, question))
        if asked.live is not None:
            known = await asked.live.run(source.link, source.not_before, known, question)
            if source.is_served and _is_closed(known):
                await find_out(self.queues, source.link.mailbox, question.now)
        known = replace(known, booked=_booked(link, known, question))
        return qualified(source, answer(user.user, known, question))

    async def _find_link(self, source: Source) -> StoredLink | None:
        """A link that is missing, whatever has lost it, is made anew."""
        link = await self.mailboxes.find_link(source.link)
        if link is not None and link.link.connection == source.connection:
            return link
        if source.heals:
            await self._make_anew(source.link)
        return None

    async def _make_anew(self, key: LinkKey) -> None:
        warn("link_missing", organization=key.organization, user=key.user)
        try:
            await self.queues.send(connect_of(key))
        except TryLater:
            warn("read_not_ordered", mailbox=key.mailbox)  # whoever asks next orders it


def _known(source: Source, user: ProductUser, link: StoredLink, policy: Policy) -> KnownCalendars:
    """As it is stored; of what is shut only that there are calendars."""
    zone = find_zone(user.time_zone) or find_zone(link.link.mailbox_zone)
    calendars = used_now(link.link, calendar_choice(policy, user, source.link.mailbox))
    if source.shut is not None:
        return KnownCalendars(source.connection, _denied(calendars), {}, zone)
    teller = _told_by(link.teller, source.recovered_at)
    statuses = effective_settings(policy, user).busy_statuses
    return KnownCalendars(source.connection, calendars, link.packed, zone, teller, statuses)


def _together(user: ProductUser, parts: Sequence[UserAnswer | None]) -> UserAnswer:
    said = [part for part in parts if part is not None]
    if said:
        return united(user.user, said)
    return UserAnswer(user.user, complete=False, reason=Incomplete.NOT_CONNECTED, detail=str(user.state))


def _with(kept: Sequence[Interval], said: UserAnswer, question: Question) -> UserAnswer:
    return replace(said, busy=clip(merge([*said.busy, *kept]), question.window)) if kept else said


def _booked(link: StoredLink, known: KnownCalendars, question: Question) -> BookedTime:
    bookings, held = [one.value for one in link.bookings], [one.value for one in link.held]
    return booked_time(ReadEvents(known.calendars, known.packed), bookings, held, question.now, question.without)


def _told_by(subscription: Subscription | None, recovered_at: datetime | None) -> Subscription | None:
    """What changed while the connection did not serve was told to nobody, even if the subscription has outlived it."""
    if subscription is None or recovered_at is None:
        return subscription
    return replace(subscription, since=max(subscription.since, recovered_at))


def _is_closed(known: KnownCalendars) -> bool:
    """A live read stores nothing; that of the mailbox's record, which it orders then, tells what this meant."""
    return any(calendar.checked and calendar.state is CalendarState.DENIED for calendar in known.calendars)


def _denied(calendars: Sequence[LinkedCalendar]) -> Sequence[LinkedCalendar]:
    return tuple(replace(calendar, state=CalendarState.DENIED) for calendar in calendars)
