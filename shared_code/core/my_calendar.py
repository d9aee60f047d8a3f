"""What a person sees of their own calendar: how it is connected, and the calendars and choices that are theirs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared_code.core.all_day import find_zone
from shared_code.core.calendar import CalendarState, NamedCalendar
from shared_code.core.choosing import Setting, ShownCalendar, ShownSettings
from shared_code.core.freshness import state_now
from shared_code.core.ids import CalendarId, ConnectionId
from shared_code.core.mailbox import Link
from shared_code.core.my_accounts import ShownAccount
from shared_code.core.offered_calendars import used_now, used_of
from shared_code.core.person import CalendarCounts, counts_of
from shared_code.core.policy import Policy
from shared_code.core.product_user import ProductUser, UserState
from shared_code.core.settings import CalendarChoice, calendar_choice
from shared_code.core.sources import Source
from shared_code.core.subscription import Subscription

# Why no calendars are listed: nobody may ask at present, or Microsoft did not answer.
Unseen = Literal["closed", "no_answer"]


@dataclass(frozen=True)
class UsedZone:
    """The zone in which a person's days begin and end; without one they are taken as wide as they can be."""

    name: str | None  # IANA
    source: Literal["product", "mailbox", "unknown"]


@dataclass(frozen=True)
class Reading:
    """What was read of the calendars that are checked."""

    counts: CalendarCounts | None  # of the admin-managed mailbox, if that is linked
    states: Mapping[CalendarId, CalendarState]  # of each, in whichever mailbox


@dataclass(frozen=True)
class Listed:
    """The calendars that may be chosen, as Microsoft lists them at this moment, the admin-managed ones first."""

    calendars: tuple[ShownCalendar, ...]
    unseen: tuple[ConnectionId, ...] = ()  # connections that are not open to us at present


@dataclass(frozen=True)
class MyCalendar:
    user: ProductUser
    policy: Policy
    settings: ShownSettings
    zone: UsedZone
    account: str | None
    is_served: bool  # the organisation's connection lets us in at present
    is_begun: bool  # the organisation has a connection that looks for its people
    reading: Reading | None  # None: no mailbox is linked
    calendars: Listed | Unseen
    accounts: tuple[ShownAccount, ...] = ()  # that they connected themself

    @property
    def has_managed(self) -> bool:
        """An admin-managed calendar that is read at present."""
        return self.is_served and self.user.state is UserState.CONNECTED

    @property
    def listed(self) -> tuple[ShownCalendar, ...]:
        return self.calendars.calendars if isinstance(self.calendars, Listed) else ()

    @property
    def own_choices(self) -> tuple[Setting, ...]:
        """What they chose themself; a choice behind a lock stays there for the day when it is lifted."""
        return tuple(each for each in self.settings.chosen if each not in self.settings.locked)

    @property
    def has_choices(self) -> bool:
        """Whoever has no calendar that is read has nothing to choose yet."""
        return self.user.state is UserState.CONNECTED or self.user.has_account


def zone_of(user: ProductUser, links: Sequence[Link]) -> UsedZone:
    """What the product says of somebody goes before what their mailboxes say, the first of which counts."""
    if user.time_zone is not None and find_zone(user.time_zone) is not None:
        return UsedZone(user.time_zone, "product")
    for link in links:
        if link.mailbox_zone is not None and find_zone(link.mailbox_zone) is not None:
            return UsedZone(link.mailbox_zone, "mailbox")
    return UsedZone(None, "unknown")


def reading_of(
    policy: Policy, user: ProductUser, links: Sequence[tuple[Link, Subscription | None]], now: datetime
) -> Reading | None:
    """``links`` with what tells of their mailboxes' changes."""
    if not links:
        return None
    counts = None
    states: dict[CalendarId, CalendarState] = {}
    for link, teller in links:
        calendars = used_now(link, calendar_choice(policy, user, link.key.mailbox))
        states |= {each.calendar: state_now(each, teller, now, None) for each in calendars if each.checked}
        if link.key.mailbox.registration == "organizations":
            counts = counts_of(calendars, teller, now)
    return Reading(counts, states)


def listed(policy: Policy, user: ProductUser, seen: Sequence[tuple[Source, Sequence[NamedCalendar] | None]]) -> Listed:
    """What each connection lists, if it does, as it is to be used. A mailbox that is reached twice is shown once."""
    shown: dict[CalendarId, ShownCalendar] = {}
    for source, named in seen:
        choice = calendar_choice(policy, user, source.link.mailbox)
        for each in _shown(source, named or (), choice):
            shown.setdefault(each.named.calendar.calendar, each)
    return Listed(tuple(shown.values()), tuple(source.connection for source, named in seen if named is None))


def _shown(source: Source, named: Sequence[NamedCalendar], choice: CalendarChoice) -> Iterator[ShownCalendar]:
    calendars = used_of(source.link.mailbox, [each.calendar for each in named], choice)
    for one, use in zip(named, calendars, strict=True):
        yield ShownCalendar(one, use.checked, use.written, source.connection, polled=not use.notifies)
