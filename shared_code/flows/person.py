"""One person at large, from what is stored: Microsoft is asked for nothing."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from shared_code.core.explain import explain
from shared_code.core.ids import LinkKey, OrganizationId, ProductUserId
from shared_code.core.offered_calendars import used_now
from shared_code.core.person import PersonOf, account_of, counts_of, decisions_of
from shared_code.core.product_user import ProductUser
from shared_code.core.settings import effective_settings
from shared_code.errors import Problem, Rejected
from shared_code.flows.acting import Acting
from shared_code.mailbox_ports import Mailboxes, StoredLink


@dataclass(frozen=True)
class Person:
    acting: Acting
    mailboxes: Mailboxes

    async def look(self, organization: OrganizationId, user: ProductUserId, now: datetime) -> PersonOf:
        """Rejected if there is no such organisation or user. No row of another organisation is read."""
        records, stored = await asyncio.gather(
            self.acting.organization(organization), self.acting.users.find(organization, user)
        )
        if stored is None:
            raise Rejected(Problem.USER_NOT_FOUND, f"There is no user {user} in {organization}.")
        person, link = stored.value, await self._link(stored.value)
        settings = effective_settings(records.organization.value.policy, person)
        calendars, bookings = None, []
        if link is not None:
            calendars = counts_of(used_now(link.link, settings.calendars), link.teller, now)
            bookings = [booking.value for booking in link.bookings]
        return PersonOf(person, explain(person), account_of(person), calendars, decisions_of(bookings), settings)

    async def _link(self, user: ProductUser) -> StoredLink | None:
        if user.match is None:
            return None
        return await self.mailboxes.find_link(LinkKey(user.match.mailbox, user.organization, user.user))
