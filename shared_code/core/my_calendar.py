"""What a person sees of their own calendar: how it is connected, and the calendars and choices that are theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared_code.core.all_day import find_zone
from shared_code.core.calendar import CalendarState, NamedCalendar
from shared_code.core.choosing import Setting, ShownCalendar, ShownSettings
from shared_code.core.freshness import state_now
from shared_code.core.ids import CalendarId
from shared_code.core.mailbox import Link
from shared_code.core.my_accounts import ShownAccount
from shared_code.core.offered_calendars import offer, used_now
from shared_code.core.person import CalendarCounts, counts_of
from shared_code.core.policy import Policy
from shared_code.core.product_user import ProductUser, UserState
from shared_code.core.settings import CalendarChoice, effective_settings
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

    counts: CalendarCounts
    states: Mapping[CalendarId, CalendarState]  # of each


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
    calendars: tuple[ShownCalendar, ...] | Unseen  # as Microsoft lists them at this moment
    accounts: tuple[ShownAccount, ...] = ()  # that they connected themself

    @property
    def listed(self) -> tuple[ShownCalendar, ...]:
        return () if isinstance(self.calendars, str) else self.calendars

    @property
    def own_choices(self) -> tuple[Setting, ...]:
        """What they chose themself; a choice behind a lock stays there for the day when it is lifted."""
        return tuple(each for each in self.settings.chosen if each not in self.settings.locked)

    @property
    def has_choices(self) -> bool:
        """Whoever has no calendar that is read has nothing to choose yet."""
        return self.user.state is UserState.CONNECTED


def zone_of(user: ProductUser, link: Link | None) -> UsedZone:
    """What the product says of somebody goes before what their mailbox says."""
    if user.time_zone is not None and find_zone(user.time_zone) is not None:
        return UsedZone(user.time_zone, "product")
    if link is not None and link.mailbox_zone is not None and find_zone(link.mailbox_zone) is not None:
        return UsedZone(link.mailbox_zone, "mailbox")
    return UsedZone(None, "unknown")


def reading_of(
    policy: Policy, user: ProductUser, link: Link | None, teller: Subscription | None, now: datetime
) -> Reading | None:
    if link is None:
        return None
    calendars = used_now(link, effective_settings(policy, user).calendars)
    states = {each.calendar: state_now(each, teller, now, None) for each in calendars if each.checked}
    return Reading(counts_of(calendars, teller, now), states)


def shown_calendars(named: Sequence[NamedCalendar], choice: CalendarChoice) -> tuple[ShownCalendar, ...]:
    """The calendars as they are to be used."""
    use = {each.calendar: each for each in offer([one.calendar for one in named], choice)}
    linked = ((one, use[one.calendar.calendar]) for one in named)
    return tuple(ShownCalendar(one, each.checked, each.written) for one, each in linked)
