"""Who is busy when, from what is stored: one read for the organisation, two for each user, all users at once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.all_day import find_zone
from shared_code.core.availability import AvailabilityRequest, Incomplete, KnownCalendars, Question, UserAnswer, answer
from shared_code.core.booked_time import BookedTime, ReadEvents, booked_time
from shared_code.core.calendar import CalendarState, LinkedCalendar
from shared_code.core.connection import Connection, ConnectionState
from shared_code.core.ids import LinkKey, ProductUserId
from shared_code.core.intervals import Interval
from shared_code.core.limits import MAX_AVAILABILITY_USERS, MAX_LIVE_USERS
from shared_code.core.offered_calendars import used_now
from shared_code.core.product_user import ProductUser, UserState
from shared_code.core.settings import effective_settings
from shared_code.core.subscription import Subscription
from shared_code.core.sync_rules import may_read
from shared_code.core.windows import horizon, longest_window
from shared_code.errors import Problem, Rejected, TryLater
from shared_code.flows.acting import get_organization
from shared_code.flows.live_read import LiveRead, LiveReading
from shared_code.flows.mailbox_connect import connect_of
from shared_code.logs import warn
from shared_code.mailbox_ports import Mailboxes, StoredLink
from shared_code.messages import MailboxMessage, sync_order
from shared_code.ports import OrganizationRecords, Organizations, ProductUsers, Queues

AT_ONCE = 50  # users whose records are read at the same time
LIVE_AT_ONCE = 4  # users whose mailboxes are read at the same time


@dataclass(frozen=True)
class Availability:
    organizations: Organizations
    users: ProductUsers
    mailboxes: Mailboxes
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

        async def ask(user: ProductUserId) -> UserAnswer:
            async with turn:
                return await self._answer(records, user, question, live)

        distinct = tuple(dict.fromkeys(request.users))
        return tuple(await asyncio.gather(*map(ask, distinct)))

    def _check(self, request: AvailabilityRequest) -> None:
        allowed = MAX_LIVE_USERS if request.live else MAX_AVAILABILITY_USERS
        if len(request.users) > allowed:
            raise Rejected(Problem.TOO_MANY_ITEMS, f"At most {allowed} users can be asked for at once.")
        if request.start >= request.end:
            raise Rejected(Problem.WINDOW_INVALID, "The window must end after it starts.")
        longest = longest_window(self.window_days)
        if request.end - request.start > longest:
            raise Rejected(Problem.WINDOW_TOO_LARGE, f"The window may span at most {longest.days} days.")

    async def _answer(
        self, records: OrganizationRecords, user: ProductUserId, question: Question, live: LiveReading | None
    ) -> UserAnswer:
        stored = await self.users.find(records.organization.value.organization, user)
        if stored is None:
            return UserAnswer(user, complete=False, reason=Incomplete.UNKNOWN_USER)
        connection = _connection(records, stored.value)
        link = await self._find_link(stored.value, connection) if connection is not None else None
        if connection is None or link is None:
            return _not_connected(stored.value)
        zone = find_zone(stored.value.time_zone) or find_zone(link.link.mailbox_zone)
        settings = effective_settings(records.organization.value.policy, stored.value)
        calendars = used_now(link.link, settings.calendars)
        if not may_read(connection, link.link.key.mailbox):
            known = KnownCalendars(_denied(calendars), {}, zone)  # what was read in better days is kept, and not served
            return replace(answer(user, known, question), complete=False, reason=_NOT_SERVING[connection.state])
        teller = _told_by(link.teller, connection)
        known = KnownCalendars(calendars, link.packed, zone, teller, settings.busy_statuses)
        if live is not None:
            known = await live.run(link.link.key.mailbox, connection, known, question)
            if stored.value.state is UserState.CONNECTED and _is_closed(known):
                await self._order(sync_order(link.link.key.mailbox, question.now, "interactive"))
        known = replace(known, booked=_booked(link, known, question))
        return _only_if_connected(stored.value, answer(user, known, question))

    async def _find_link(self, user: ProductUser, connection: Connection) -> StoredLink | None:
        """A connected user whose link is missing, whatever has lost it, gets it made anew."""
        if user.match is None:
            return None
        key = LinkKey(user.match.mailbox, user.organization, user.user)
        link = await self.mailboxes.find_link(key)
        if link is not None and link.link.connection == connection.connection:
            return link
        if user.state is UserState.CONNECTED and may_read(connection, key.mailbox):
            await self._make_anew(key)
        return None

    async def _make_anew(self, key: LinkKey) -> None:
        warn("link_missing", organization=key.organization, user=key.user)
        await self._order(connect_of(key))

    async def _order(self, order: MailboxMessage) -> None:
        try:
            await self.queues.send(order)
        except TryLater:
            warn("read_not_ordered", order=type(order).__name__)  # whoever asks next orders it


# Whoever is in one of these states may have a link; for everybody else there is nothing to look for.
_LINKED = frozenset({UserState.CONNECTED, UserState.NO_MAILBOX, UserState.EXCLUDED_BY_POLICY, UserState.ERROR})
_NOT_SERVING = {
    ConnectionState.ATTENTION: Incomplete.CONNECTION_ATTENTION,
    ConnectionState.VERIFYING: Incomplete.CONNECTION_VERIFYING,
    ConnectionState.REVIEW: Incomplete.CONNECTION_REVIEW,
}


def _connection(records: OrganizationRecords, user: ProductUser) -> Connection | None:
    """The connection through which the user may be served, or will be again once it serves."""
    if user.match is None or user.state not in _LINKED:
        return None
    stored = records.connection(user.match.connection)
    # A connection that was made anew may speak for another tenant than the one where the mailbox is.
    if stored is None or stored.value.tenant != user.match.tenant:
        return None
    connection = stored.value
    return connection if connection.state in _NOT_SERVING or may_read(connection, user.match.mailbox) else None


def _booked(link: StoredLink, known: KnownCalendars, question: Question) -> BookedTime:
    bookings, held = [one.value for one in link.bookings], [one.value for one in link.held]
    return booked_time(ReadEvents(known.calendars, known.packed), bookings, held, question.now, question.without)


def _not_connected(user: ProductUser) -> UserAnswer:
    return UserAnswer(user.user, complete=False, reason=Incomplete.NOT_CONNECTED, detail=str(user.state))


def _only_if_connected(user: ProductUser, said: UserAnswer) -> UserAnswer:
    """A user whose mailbox was found closed is not served, whatever an older read of it says."""
    if user.state is UserState.CONNECTED:
        return said
    reason = said.reason if said.reason not in {None, Incomplete.NOTHING_CHECKED} else Incomplete.NOT_CONNECTED
    return replace(said, complete=False, reason=reason, detail=str(user.state))


def _told_by(subscription: Subscription | None, connection: Connection) -> Subscription | None:
    """What changed while the connection did not serve was told to nobody, even if the subscription has outlived it."""
    if subscription is None or connection.recovered_at is None:
        return subscription
    return replace(subscription, since=max(subscription.since, connection.recovered_at))


def _is_closed(known: KnownCalendars) -> bool:
    """A live read stores nothing; that of the mailbox's record, which it orders then, tells what this meant."""
    return any(calendar.checked and calendar.state is CalendarState.DENIED for calendar in known.calendars)


def _denied(calendars: Sequence[LinkedCalendar]) -> Sequence[LinkedCalendar]:
    return tuple(replace(calendar, state=CalendarState.DENIED) for calendar in calendars)
