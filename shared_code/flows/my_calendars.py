"""A person looks at their own calendar, and fills in how it is to be used."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared_code.core.choosing import SETTINGS, SentSettings, Setting, show
from shared_code.core.connection import SWEEPING, Connection, ConnectionState
from shared_code.core.ids import OrganizationId, ProductUserId
from shared_code.core.my_calendar import Listed, MyCalendar, Unseen, listed, reading_of, zone_of
from shared_code.core.person import account_of
from shared_code.core.product_user import ProductUser
from shared_code.core.settings_form import FilledIn, FormFault, decide
from shared_code.core.sync_rules import may_read
from shared_code.core.wishes import STAY
from shared_code.errors import Conflict, OrgcalError, Problem, Rejected, TryLater, Unexpected
from shared_code.flows.acting import Acting
from shared_code.flows.choosing import Choosing
from shared_code.flows.own_calendars import OwnCalendars
from shared_code.flows.own_links import accounts_of, own_links
from shared_code.flows.personal_hints import account_rules
from shared_code.logs import say, warn
from shared_code.mailbox_ports import Mailboxes
from shared_code.ports import OrganizationRecords

PATIENCE: Final = timedelta(seconds=8)  # somebody waits for the page, and all the rest of it is there

_OF_CALENDARS: Final[tuple[Setting, ...]] = ("checked_calendars", "write_calendar")


@dataclass(frozen=True)
class Saved:
    """What came of a form: everything was taken, or nothing, with a fault for each setting that stood in the way."""

    mine: MyCalendar
    faults: Mapping[Setting, FormFault]
    is_changed: bool


@dataclass(frozen=True)
class MyCalendars:
    acting: Acting
    mailboxes: Mailboxes
    own_calendars: OwnCalendars
    choosing: Choosing
    patience: timedelta = PATIENCE

    async def look(self, organization: OrganizationId, user: ProductUserId, now: datetime) -> MyCalendar:
        """Asks Microsoft once for each mailbox that is connected. Rejected if there is no such user."""
        records, stored = await asyncio.gather(
            self.acting.organization(organization), self.acting.users.find(organization, user)
        )
        if stored is None:
            raise Rejected(Problem.USER_NOT_FOUND, f"There is no user {user} in {organization}.")
        person, policy = stored.value, records.organization.value.policy
        found, calendars = await asyncio.gather(own_links(self.mailboxes, person), self._list(records, person, now))
        links = [each.link for each in found]
        return MyCalendar(
            person,
            policy,
            show(policy, person, links),
            zone_of(person, links),
            account_of(person),
            is_served=_is_served(records, person),
            is_begun=any(_is_begun(stored.value) for stored in records.connections),
            reading=reading_of(policy, person, [(each.link, each.teller) for each in found], now),
            calendars=calendars,
            accounts=accounts_of(account_rules(records), person, found, now),
        )

    async def save(self, organization: OrganizationId, user: ProductUserId, filled: FilledIn, now: datetime) -> Saved:
        """By the user themself. Rejected if they have nothing to choose, since nothing of theirs is connected."""
        mine = await self.look(organization, user, now)
        if not mine.has_choices:
            raise Rejected(Problem.NOT_CONNECTED, f"User {user} is {mine.user.state}, not connected.")
        outcome = decide(filled, mine)
        if outcome.faults or outcome.sent == SentSettings():
            return Saved(mine, outcome.faults, is_changed=False)
        try:
            await self.choosing.choose(organization, user, outcome.sent, user, now)
        except (Rejected, Conflict, TryLater) as error:
            faults = _faults_of(error, outcome.sent)
            if not faults:
                raise
            return Saved(await self.look(organization, user, now), faults, is_changed=False)
        return Saved(mine, {}, is_changed=True)

    async def follow_defaults(self, organization: OrganizationId, user: ProductUserId, now: datetime) -> bool:
        """They take back what they chose. Whether there was anything."""
        shown = await self.choosing.settings(organization, user)
        taken_back = {setting: None for setting in shown.chosen if setting not in shown.locked}
        await self.choosing.choose(organization, user, SentSettings(**taken_back), user, now)
        return bool(taken_back)

    async def _list(self, records: OrganizationRecords, user: ProductUser, now: datetime) -> Listed | Unseen:
        try:
            async with asyncio.timeout(self.patience.total_seconds()):
                seen = await self.own_calendars.list_named(records, user, now)
        except Rejected:
            return "closed"
        except (TryLater, TimeoutError):
            say("calendars_not_listed", organization=user.organization, user=user.user)
            return "no_answer"
        except Unexpected as error:  # somebody is to look at it, but the rest of the page does not hang on it
            warn("calendars_not_understood", organization=user.organization, user=user.user, error=type(error).__name__)
            return "no_answer"
        return listed(records.organization.value.policy, user, seen)


def _is_begun(connection: Connection) -> bool:
    return connection.state in SWEEPING or connection.state is ConnectionState.ATTENTION


def _is_served(records: OrganizationRecords, user: ProductUser) -> bool:
    if user.match is None:
        return False
    connection = records.connection(user.match.connection)
    return connection is not None and may_read(connection.value, user.match.mailbox)


def _faults_of(error: OrgcalError, sent: SentSettings) -> dict[Setting, FormFault]:
    """What overtook the form between the look and the choice; empty if it is nothing that a setting explains."""
    chosen = [setting for setting in SETTINGS if getattr(sent, setting) is not STAY]
    calendars = [setting for setting in chosen if setting in _OF_CALENDARS]
    match error:
        case Rejected(problem=Problem.POLICY_FORBIDS):
            return {each: FormFault.LOCKED_MEANWHILE for each in chosen if each == error.fields.get("policy")}
        case Rejected(problem=Problem.CALENDAR_UNKNOWN):
            return dict.fromkeys(calendars, FormFault.CALENDAR_GONE)
        case Rejected(problem=Problem.CALENDAR_NOT_EDITABLE):
            return {"write_calendar": FormFault.NOT_EDITABLE}
        case TryLater():
            return dict.fromkeys(calendars, FormFault.NOT_SEEN)
        case Conflict():
            return dict.fromkeys(chosen, FormFault.CHANGED_MEANWHILE)
    return {}
