"""What a person, or an admin for them, may choose, and what becomes of their settings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Literal

from shared_code.core.calendar import Calendar, NamedCalendar, ShowAs
from shared_code.core.ids import CalendarId
from shared_code.core.mailbox import Link
from shared_code.core.offered_calendars import used_now, written_now
from shared_code.core.policy import Policy
from shared_code.core.product_user import ProductUser
from shared_code.core.settings import ALWAYS_BUSY, effective_settings, in_order, wish_of
from shared_code.core.user_settings import CalendarWish, UserSettings

Setting = Literal["checked_calendars", "write_calendar", "busy_statuses", "cancellation_sync"]
SETTINGS: tuple[Setting, ...] = ("checked_calendars", "write_calendar", "busy_statuses", "cancellation_sync")


class Stay(Enum):
    """What was not sent."""

    STAY = "stay"


STAY = Stay.STAY


@dataclass(frozen=True)
class SentSettings:
    """What the product sends: a value is a choice, None takes the choice back, and what it leaves out stays."""

    checked_calendars: frozenset[CalendarId] | Stay | None = STAY
    write_calendar: CalendarId | Stay | None = STAY
    busy_statuses: tuple[ShowAs, ...] | Stay | None = STAY  # those beside busy and unknown
    cancellation_sync: bool | Stay | None = STAY


@dataclass(frozen=True)
class ShownSettings:
    """What holds for a person now; calendars are None where none are known."""

    checked_calendars: frozenset[CalendarId] | None
    write_calendar: CalendarId | None
    busy_statuses: tuple[ShowAs, ...]
    cancellation_sync: bool
    chosen: tuple[Setting, ...]  # by themself, whether or not it counts now
    locked: tuple[Setting, ...]


@dataclass(frozen=True)
class ShownCalendar:
    named: NamedCalendar
    checked: bool
    written: bool


def show(policy: Policy, user: ProductUser, link: Link | None) -> ShownSettings:
    effective = effective_settings(policy, user)
    is_known = link is not None and bool(link.calendars)
    calendars = used_now(link, effective.calendars) if link is not None else ()
    return ShownSettings(
        checked_calendars=frozenset(each.calendar for each in calendars if each.checked) if is_known else None,
        write_calendar=written_now(link, effective.calendars) if link is not None else None,
        busy_statuses=in_order(effective.busy_statuses - ALWAYS_BUSY),
        cancellation_sync=effective.cancellation_sync,
        chosen=_chosen(user),
        locked=tuple(setting for setting in SETTINGS if getattr(policy, setting).locked),
    )


def find_locked(sent: SentSettings, shown: ShownSettings) -> Setting | None:
    """The first setting that is locked and would be another one. To send what holds anyway is no change, and to take a
    choice back is always possible."""
    for setting in shown.locked:
        value = getattr(sent, setting)
        if value not in {STAY, None} and value != getattr(shown, setting):
            return setting
    return None


def without_locked(sent: SentSettings, shown: ShownSettings) -> SentSettings:
    """What is locked was found to be as it holds; the choice behind it stays for the day when the lock is lifted."""
    locked: dict[str, Any] = {setting: STAY for setting in shown.locked if getattr(sent, setting) is not None}
    return replace(sent, **locked)


def chosen_anew(user: ProductUser, sent: SentSettings) -> frozenset[CalendarId] | None:
    """The calendars of a choice that is another one, so that somebody has to look which there are; else None."""
    checked, written = _choice_of(user)
    is_checked = isinstance(sent.checked_calendars, frozenset) and sent.checked_calendars != checked
    is_written = isinstance(sent.write_calendar, str) and sent.write_calendar != written
    if not is_checked and not is_written:
        return None
    named = sent.checked_calendars if is_checked and isinstance(sent.checked_calendars, frozenset) else frozenset()
    return named | {sent.write_calendar} if is_written and isinstance(sent.write_calendar, str) else named


def choose(user: ProductUser, sent: SentSettings, own: Sequence[Calendar], now: datetime) -> ProductUser:
    """The user with their choice, the very same value if it is the one they have. ``own`` are the calendars of their
    mailbox as they are now, if any was chosen anew."""
    known = user.settings
    settings = UserSettings(
        busy_statuses=known.busy_statuses if sent.busy_statuses is STAY else sent.busy_statuses,
        cancellation_sync=known.cancellation_sync if sent.cancellation_sync is STAY else sent.cancellation_sync,
        calendars=_wish(user, sent, own, now),
    )
    return user if settings == known else replace(user, settings=settings)


def _wish(user: ProductUser, sent: SentSettings, own: Sequence[Calendar], now: datetime) -> CalendarWish | None:
    before = checked, written = _choice_of(user)
    if sent.checked_calendars is not STAY:
        checked = sent.checked_calendars
    if sent.write_calendar is not STAY:
        written = sent.write_calendar
    known = user.settings.calendars
    if (checked, written) == before:
        return known
    mailbox = user.match.mailbox if user.match is not None else known.mailbox if known is not None else None
    if mailbox is None:
        return None
    left_out = known.left_out if known is not None and checked is not None else ()
    if checked is not None and checked != before[0]:
        left_out = tuple(sorted(each.calendar for each in own if each.calendar not in checked))
    # Links are told apart by this instant, so no two choices of a person have the same, whatever the clock does.
    chosen_at = now if known is None else max(now, known.chosen_at + timedelta(microseconds=1))
    return CalendarWish(mailbox, chosen_at, None if checked is None else tuple(sorted(checked)), left_out, written)


def _choice_of(user: ProductUser) -> tuple[frozenset[CalendarId] | None, CalendarId | None]:
    """Whoever has no mailbox at present has still what they chose in the last one."""
    wish = user.settings.calendars if user.match is None else wish_of(user, user.match.mailbox)
    if wish is None:
        return None, None
    return None if wish.checked is None else frozenset(wish.checked), wish.written


def _chosen(user: ProductUser) -> tuple[Setting, ...]:
    checked, written = _choice_of(user)
    values: dict[Setting, object] = {
        "checked_calendars": checked,
        "write_calendar": written,
        "busy_statuses": user.settings.busy_statuses,
        "cancellation_sync": user.settings.cancellation_sync,
    }
    return tuple(setting for setting in SETTINGS if values[setting] is not None)
