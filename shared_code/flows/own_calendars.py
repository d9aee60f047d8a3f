"""A connected user's calendars as Microsoft lists them at this moment: without a lease, and nothing is stored."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from shared_code.calendar_ports import CalendarNames
from shared_code.core.calendar import Calendar, NamedCalendar
from shared_code.core.ids import LinkKey, MailboxKey
from shared_code.core.offered_calendars import owned
from shared_code.core.product_user import ProductUser, UserState
from shared_code.core.sync_rules import may_read
from shared_code.errors import Disconnected, NoMailbox, Problem, Refused, Rejected, TryLater
from shared_code.logs import warn
from shared_code.messages import sync_order
from shared_code.ports import Calendars, OrganizationRecords, Queues


@dataclass(frozen=True)
class OwnCalendars:
    """Rejected if there is nothing to ask, TryLater if Microsoft does not answer just now."""

    calendars: Calendars
    names: CalendarNames
    queues: Queues

    async def list(self, records: OrganizationRecords, user: ProductUser, now: datetime) -> tuple[Calendar, ...]:
        return owned(await self._ask(records, user, now, self.calendars.list_calendars))

    async def list_named(
        self, records: OrganizationRecords, user: ProductUser, now: datetime
    ) -> tuple[NamedCalendar, ...]:
        named = await self._ask(records, user, now, self.names.list_named)
        offered = {calendar.calendar for calendar in owned([each.calendar for each in named])}
        return tuple(each for each in named if each.calendar.calendar in offered)

    async def _ask[T](
        self,
        records: OrganizationRecords,
        user: ProductUser,
        now: datetime,
        question: Callable[[LinkKey], Awaitable[T]],
    ) -> T:
        link = _link(records, user, now)
        try:
            return await question(link)
        except (Refused, NoMailbox, Disconnected) as error:
            await self._find_out(link.mailbox, now)
            raise not_connected(user, "Microsoft keeps the mailbox closed at present") from error

    async def _find_out(self, mailbox: MailboxKey, now: datetime) -> None:
        """What this meant is for the mailbox's own read to tell."""
        try:
            await self.queues.send(sync_order(mailbox, now, "interactive"))
        except TryLater:
            warn("read_not_ordered", mailbox=mailbox)


def not_connected(user: ProductUser, why: str) -> Rejected:
    return Rejected(Problem.NOT_CONNECTED, f"The calendars of user {user.user} cannot be seen: {why}.")


def _link(records: OrganizationRecords, user: ProductUser, now: datetime) -> LinkKey:
    if user.match is None or user.state is not UserState.CONNECTED:
        raise not_connected(user, f"the user is {user.state}, not connected")
    connection = records.connection(user.match.connection)
    if connection is None or not may_read(connection.value, user.match.mailbox):
        raise not_connected(user, "the organization's connection does not serve at present")
    if (until := connection.value.not_before) is not None and now < until:
        raise TryLater("the tenant is throttled", until - now)
    return LinkKey(user.match.mailbox, user.organization, user.user)
