"""One person at large, from what is stored: Microsoft is asked for nothing."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from shared_code.core.explain import explain
from shared_code.core.ids import OrganizationId, ProductUserId
from shared_code.core.my_accounts import seen_by_admins
from shared_code.core.offered_calendars import used_now
from shared_code.core.person import PersonOf, account_of, counts_of, decisions_of
from shared_code.core.product_user import ProductUser
from shared_code.core.settings import effective_settings
from shared_code.errors import Problem, Rejected
from shared_code.flows.acting import Acting
from shared_code.flows.own_domains import domains_of
from shared_code.flows.own_links import accounts_of, own_links
from shared_code.flows.personal_hints import account_rules
from shared_code.mailbox_ports import Mailboxes
from shared_code.ports import OrganizationRecords


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
        person, policy = stored.value, records.organization.value.policy
        found, domains = await asyncio.gather(own_links(self.mailboxes, person), self._domains(records, person))
        settings = effective_settings(policy, person)
        managed = next((one for one in found if person.match and one.link.key.mailbox == person.match.mailbox), None)
        calendars = None
        if managed is not None:
            calendars = counts_of(used_now(managed.link, settings.calendars), managed.teller, now)
        bookings = [booking.value for one in found for booking in one.bookings]
        accounts = accounts_of(account_rules(records), person, found, now)
        seen = tuple(seen_by_admins(shown, domains) for shown in accounts)
        return PersonOf(person, explain(person), account_of(person), calendars, decisions_of(bookings), settings, seen)

    async def _domains(self, records: OrganizationRecords, user: ProductUser) -> frozenset[str]:
        """Asked for only where an address hangs on it."""
        return await domains_of(self.acting.organizations, records) if user.personal else frozenset()
