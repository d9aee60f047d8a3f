"""Somebody's calendars in all mailboxes of theirs, as Microsoft lists them at this moment: without a lease, and nothing
is stored."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.calendar_ports import CalendarNames
from shared_code.core.calendar import NamedCalendar
from shared_code.core.ids import LinkKey, MailboxKey
from shared_code.core.offered_calendars import offered
from shared_code.core.product_user import ProductUser
from shared_code.core.sources import Source, sources_of
from shared_code.core.wishes import SeenMailbox
from shared_code.errors import Problem, Rejected, TryLater
from shared_code.flows.finding_out import SHUT, find_out
from shared_code.ports import Calendars, OrganizationRecords, Queues


@dataclass(frozen=True)
class OwnCalendars:
    """Rejected if there is nothing to ask, TryLater if Microsoft does not answer just now."""

    calendars: Calendars
    names: CalendarNames
    queues: Queues

    async def look(self, records: OrganizationRecords, user: ProductUser, now: datetime) -> tuple[SeenMailbox, ...]:
        """Of the mailboxes that are open to us."""
        found = await self._ask_all(records, user, now, self.calendars.list_calendars)
        return tuple(
            SeenMailbox(source.link.mailbox, offered(source.link.mailbox, calendars))
            for source, calendars in found
            if calendars is not None
        )

    async def list_named(
        self, records: OrganizationRecords, user: ProductUser, now: datetime
    ) -> list[tuple[Source, tuple[NamedCalendar, ...] | None]]:
        """Of all connections, the admin-managed one first; None where the mailbox is not open to us."""
        found = await self._ask_all(records, user, now, self.names.list_named)
        return [(source, _offered(source.link.mailbox, named)) for source, named in found]

    async def _ask_all[T](
        self,
        records: OrganizationRecords,
        user: ProductUser,
        now: datetime,
        question: Callable[[LinkKey], Awaitable[T]],
    ) -> list[tuple[Source, T | None]]:
        """One request a mailbox, all of them at once."""
        sources = sources_of(user, [stored.value for stored in records.connections])
        if not any(source.is_served for source in sources):
            raise _closed(user, sources)
        asked = (self._ask(source, now, question) for source in sources)
        outcomes = await asyncio.gather(*asked, return_exceptions=True)  # nobody is left asking behind a failure
        answers = [_answered(outcome) for outcome in outcomes]
        if all(answer is None for answer in answers):
            raise not_connected(user, "Microsoft keeps the mailbox closed at present")
        return list(zip(sources, answers, strict=True))

    async def _ask[T](self, source: Source, now: datetime, question: Callable[[LinkKey], Awaitable[T]]) -> T | None:
        if not source.is_served:
            return None
        if source.not_before is not None and now < source.not_before:
            raise TryLater("the tenant is throttled", source.not_before - now)
        try:
            return await question(source.link)
        except SHUT:
            await find_out(self.queues, source.link.mailbox, now)
            return None


def _answered[T](outcome: T | BaseException) -> T:
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


def not_connected(user: ProductUser, why: str) -> Rejected:
    return Rejected(Problem.NOT_CONNECTED, f"The calendars of user {user.user} cannot be seen: {why}.")


def _closed(user: ProductUser, sources: tuple[Source, ...]) -> Rejected:
    if any(source.is_personal for source in sources):
        return not_connected(user, "no Outlook account of theirs can be read at present")
    if any(source.doubt is None for source in sources):
        return not_connected(user, "the organization's connection does not serve at present")
    return not_connected(user, f"the user is {user.state}, not connected")


def _offered(mailbox: MailboxKey, named: tuple[NamedCalendar, ...] | None) -> tuple[NamedCalendar, ...] | None:
    if named is None:
        return None
    shown = {each.calendar: each for each in offered(mailbox, [one.calendar for one in named])}
    return tuple(replace(one, calendar=shown[one.calendar.calendar]) for one in named if one.calendar.calendar in shown)
