"""Before a mailbox is read: its links' calendars are used as their users want them by what the tables say today."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.arrangement import Arranged, arrange, arranges, is_outstanding, needs_list
from shared_code.core.calendar import Calendar
from shared_code.core.mailbox import Link
from shared_code.core.settings import calendar_choice
from shared_code.core.sync_rules import Cause, holds
from shared_code.errors import Disconnected, NoMailbox, Refused, TryLater, Unexpected
from shared_code.flows.link_connections import ServedLink
from shared_code.logs import say
from shared_code.ports import Calendars, ProductUsers


@dataclass(frozen=True)
class ArrangedLink:
    found: ServedLink
    arranged: Arranged
    is_missed: bool = False  # the mailbox did not list its calendars, and something chosen is not among those known

    @property
    def link(self) -> Link:
        return self.arranged.link

    @property
    def is_done(self) -> bool:
        """Nothing that was chosen is left to do."""
        is_as_it_was = self.link == self.found.link.value
        return is_as_it_was and not self.is_missed and not is_outstanding(self.link)


@dataclass(frozen=True)
class Arranging:
    users: ProductUsers
    calendars: Calendars

    async def run(self, links: Sequence[ServedLink], cause: Cause, now: datetime) -> list[ArrangedLink]:
        """One read a user, and for a calendar that nobody has seen yet one request.

        TryLater if Graph does not answer just now, unless the read is a turn: that reads what is known, and the next
        one comes sooner.
        """
        if not arranges(cause):
            return [_as_it_is(found) for found in links]
        return [await self._arrange(found, cause, now) for found in links]

    async def _arrange(self, found: ServedLink, cause: Cause, now: datetime) -> ArrangedLink:
        link = found.link.value
        stored = await self.users.find(link.key.organization, link.key.user)
        if stored is None or not holds(stored.value, link.key.mailbox):
            return _as_it_is(found)
        choice = calendar_choice(found.policy, stored.value, link.key.mailbox)
        if not needs_list(link, choice, cause):
            return ArrangedLink(found, arrange(link, choice, None))
        if found.wait(now) or (listed := await self._list(link, cause)) is None:
            return replace(_as_it_is(found), is_missed=True)
        return ArrangedLink(found, arrange(link, choice, listed))

    async def _list(self, link: Link, cause: Cause) -> tuple[Calendar, ...] | None:
        """None if the mailbox does not tell; the read that follows finds out why, and says so."""
        try:
            return await self.calendars.list_calendars(link.key)
        except TryLater:
            if cause == "swept":
                return None
            raise
        except (Refused, NoMailbox, Disconnected, Unexpected) as error:
            say("calendars_not_listed", mailbox=link.key.mailbox, error=type(error).__name__)
            return None


def _as_it_is(found: ServedLink) -> ArrangedLink:
    return ArrangedLink(found, Arranged(found.link.value))
