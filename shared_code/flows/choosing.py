"""A person's calendars and settings: shown, and chosen by themself or by an owner or admin."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared_code.core.calendar import Calendar
from shared_code.core.choosing import (
    SentSettings,
    ShownCalendar,
    ShownSettings,
    choose,
    chosen_anew,
    find_locked,
    show,
    without_locked,
)
from shared_code.core.ids import CalendarId, LinkKey, OrganizationId, ProductUserId
from shared_code.core.mailbox import Link
from shared_code.core.my_calendar import shown_calendars
from shared_code.core.organization import AuditEntry
from shared_code.core.product_user import ProductUser
from shared_code.core.settings import effective_settings
from shared_code.errors import Conflict, Problem, Rejected
from shared_code.flows.acting import Acting, leave_nothing_behind
from shared_code.flows.own_calendars import OwnCalendars
from shared_code.logs import say
from shared_code.mailbox_ports import Mailboxes
from shared_code.messages import HINT_DELAY, SyncMailbox, sync_order
from shared_code.ports import OrganizationRecords, Organizations, ProductUsers, Queues, Stored, UserChange

TRIES = 5


@dataclass(frozen=True)
class Choosing:
    organizations: Organizations
    users: ProductUsers
    mailboxes: Mailboxes
    own_calendars: OwnCalendars
    acting: Acting
    queues: Queues

    async def calendars(
        self, organization: OrganizationId, user: ProductUserId, now: datetime
    ) -> tuple[ShownCalendar, ...]:
        """As Microsoft lists them now, and as they are to be used. One request."""
        records, stored = await self._find(organization, user)
        named = await self.own_calendars.list_named(records, stored.value, now)
        return shown_calendars(named, effective_settings(records.organization.value.policy, stored.value).calendars)

    async def settings(self, organization: OrganizationId, user: ProductUserId) -> ShownSettings:
        records, stored = await self._find(organization, user)
        return show(records.organization.value.policy, stored.value, await self._link(stored.value))

    async def choose(
        self,
        organization: OrganizationId,
        user: ProductUserId,
        sent: SentSettings,
        by: ProductUserId | None,
        now: datetime,
    ) -> ShownSettings:
        """The settings as they hold from now on. All that was sent is taken, or nothing.

        Microsoft is asked only about calendars that are chosen anew. Rejected if ``by`` is neither the user nor an
        owner or admin, if a lock stands against it, or if a calendar is not one that may be chosen.
        """
        for _ in range(TRIES):
            records, stored = await self._find(organization, user)
            person = await self.acting.require_themself_or_administrator(stored.value, by)
            policy, link = records.organization.value.policy, await self._link(stored.value)
            shown = show(policy, stored.value, link)
            _check_locks(stored.value, sent, shown)
            free = without_locked(sent, shown)
            own = await self._look(records, stored.value, free, now)
            changed = choose(stored.value, free, own, now)
            if changed is stored.value:
                return shown
            if await self._save(stored, changed, person, now):
                return show(policy, changed, link)
        raise Conflict(f"user {user} of {organization} does not hold still")

    async def _find(
        self, organization: OrganizationId, user: ProductUserId
    ) -> tuple[OrganizationRecords, Stored[ProductUser]]:
        records = await self.acting.organization(organization)
        stored = await self.users.find(organization, user)
        if stored is None:
            raise Rejected(Problem.USER_NOT_FOUND, f"There is no user {user} in {organization}.")
        return records, stored

    async def _link(self, user: ProductUser) -> Link | None:
        if user.match is None:
            return None
        found = await self.mailboxes.find_link(LinkKey(user.match.mailbox, user.organization, user.user))
        return None if found is None else found.link

    async def _look(
        self, records: OrganizationRecords, user: ProductUser, sent: SentSettings, now: datetime
    ) -> Sequence[Calendar]:
        chosen = chosen_anew(user, sent)
        if chosen is None:
            return ()
        own = await self.own_calendars.list(records, user, now)
        there = {calendar.calendar: calendar for calendar in own}
        for calendar in sorted(chosen - there.keys()):
            about = f"User {user.user} has no calendar {calendar} of their own."
            raise Rejected(Problem.CALENDAR_UNKNOWN, about, {"calendar": calendar})
        written = sent.write_calendar
        if isinstance(written, str) and written in chosen and not there[CalendarId(written)].can_edit:
            about = f"The calendar {written} of user {user.user} cannot be edited."
            raise Rejected(Problem.CALENDAR_NOT_EDITABLE, about, {"calendar": written})
        return own

    async def _save(
        self, stored: Stored[ProductUser], changed: ProductUser, person: ProductUserId, now: datetime
    ) -> bool:
        """Whether it is done; not if somebody else has written the user. The link follows by an order, and whatever is
        answered goes by the user's row at once."""
        orders = _orders(stored.value, changed, now)
        for order in orders:
            await self.queues.send(order, HINT_DELAY)  # in case that this process ends with the commit
        if person != changed.user:
            entry = AuditEntry(now, "settings.changed", person, detail=changed.user)
            await self.organizations.note(changed.organization, entry)
        if await self.users.save([UserChange(stored, changed)]):
            return False
        await leave_nothing_behind(self.organizations, changed.organization)
        await self.queues.send_many(orders)
        say("settings_changed", organization=changed.organization, user=changed.user)
        return True


def _orders(user: ProductUser, changed: ProductUser, now: datetime) -> tuple[SyncMailbox, ...]:
    """Only another choice of calendars has anything to be read, or forgotten."""
    if changed.match is None or user.settings.calendars == changed.settings.calendars:
        return ()
    return (sync_order(changed.match.mailbox, now, "first_read"),)


def _check_locks(user: ProductUser, sent: SentSettings, shown: ShownSettings) -> None:
    setting = find_locked(sent, shown)
    if setting is not None:
        about = f"The policy {setting} of {user.organization} is locked: nobody chooses for themself."
        raise Rejected(Problem.POLICY_FORBIDS, about, {"policy": setting})
