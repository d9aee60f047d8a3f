"""A person's calendars and settings: shown, and chosen by themself or by an owner or admin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared_code.core.calendar import Calendar
from shared_code.core.choosing import (
    SentSettings,
    ShownSettings,
    choose,
    chosen_anew,
    find_locked,
    show,
    without_locked,
)
from shared_code.core.ids import CalendarId, OrganizationId, ProductUserId
from shared_code.core.mailbox import Link
from shared_code.core.my_calendar import Listed, listed
from shared_code.core.organization import AuditEntry
from shared_code.core.policy import Policy
from shared_code.core.product_user import ProductUser
from shared_code.core.settings import calendar_choice
from shared_code.core.wishes import SeenMailbox, own_mailboxes
from shared_code.errors import Conflict, Problem, Rejected
from shared_code.flows.acting import Acting, get_user, leave_nothing_behind
from shared_code.flows.own_calendars import OwnCalendars, not_connected
from shared_code.flows.own_links import own_links
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

    async def calendars(self, organization: OrganizationId, user: ProductUserId, now: datetime) -> Listed:
        """As they are to be used. One request a mailbox."""
        records, stored = await self._find(organization, user)
        seen = await self.own_calendars.list_named(records, stored.value, now)
        return listed(records.organization.value.policy, stored.value, seen)

    async def settings(self, organization: OrganizationId, user: ProductUserId) -> ShownSettings:
        records, stored = await self._find(organization, user)
        links = await own_links(self.mailboxes, stored.value)
        return show(records.organization.value.policy, stored.value, [each.link for each in links])

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
            policy = records.organization.value.policy
            links = [each.link for each in await own_links(self.mailboxes, stored.value)]
            shown = show(policy, stored.value, links)
            _check_locks(stored.value, sent, shown)
            free = without_locked(sent, shown)
            seen = await self._look(records, stored.value, free, links, now)
            changed = choose(stored.value, free, seen, now)
            if changed is stored.value:
                return shown
            if await self._save(stored, changed, policy, person, now):
                return show(policy, changed, links)
        raise Conflict(f"user {user} of {organization} does not hold still")

    async def _find(
        self, organization: OrganizationId, user: ProductUserId
    ) -> tuple[OrganizationRecords, Stored[ProductUser]]:
        records = await self.acting.organization(organization)
        stored = await get_user(self.users, organization, user)
        return records, stored

    async def _look(
        self,
        records: OrganizationRecords,
        user: ProductUser,
        sent: SentSettings,
        links: Sequence[Link],
        now: datetime,
    ) -> Sequence[SeenMailbox]:
        named = chosen_anew(user, sent)
        if named is None:
            return ()
        seen = await self.own_calendars.look(records, user, now)
        there = {calendar.calendar: calendar for each in seen for calendar in each.calendars}
        for calendar in sorted(named - there.keys() - _out_of_sight(links, seen)):
            about = f"User {user.user} has no calendar {calendar} of their own."
            raise Rejected(Problem.CALENDAR_UNKNOWN, about, {"calendar": calendar})
        written = sent.write_calendar
        if isinstance(written, str) and written in named:
            _check_editable(user, CalendarId(written), there)
        return seen

    async def _save(
        self, stored: Stored[ProductUser], changed: ProductUser, policy: Policy, person: ProductUserId, now: datetime
    ) -> bool:
        """Whether it is done; not if somebody else has written the user. The links follow by an order each, and
        whatever is answered goes by the user's row at once."""
        orders = _orders(policy, stored.value, changed, now)
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


def _orders(policy: Policy, user: ProductUser, changed: ProductUser, now: datetime) -> list[SyncMailbox]:
    """Only where calendars are to be used otherwise there is anything to be read, or forgotten."""
    return [
        sync_order(mailbox, now, "first_read")
        for mailbox in own_mailboxes(changed)
        if calendar_choice(policy, user, mailbox) != calendar_choice(policy, changed, mailbox)
    ]


def _out_of_sight(links: Sequence[Link], seen: Sequence[SeenMailbox]) -> frozenset[CalendarId]:
    """Calendars of mailboxes that are not open at present: they are sent as they were, and stay so."""
    in_sight = {each.mailbox for each in seen}
    return frozenset(each.calendar for link in links if link.key.mailbox not in in_sight for each in link.calendars)


def _check_editable(user: ProductUser, written: CalendarId, there: Mapping[CalendarId, Calendar]) -> None:
    if written not in there:
        raise not_connected(user, "the account of the one to write to is not open at present")
    if not there[written].can_edit:
        about = f"The calendar {written} of user {user.user} cannot be edited."
        raise Rejected(Problem.CALENDAR_NOT_EDITABLE, about, {"calendar": written})


def _check_locks(user: ProductUser, sent: SentSettings, shown: ShownSettings) -> None:
    setting = find_locked(sent, shown)
    if setting is not None:
        about = f"The policy {setting} of {user.organization} is locked: nobody chooses for themself."
        raise Rejected(Problem.POLICY_FORBIDS, about, {"policy": setting})
