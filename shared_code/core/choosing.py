"""What a person, or an admin for them, may choose, and what becomes of their settings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from shared_code.core.calendar import NamedCalendar, ShowAs
from shared_code.core.held_mailboxes import written_mailbox
from shared_code.core.ids import CalendarId, ConnectionId
from shared_code.core.mailbox import Link
from shared_code.core.offered_calendars import used_now, written_now
from shared_code.core.policy import Policy
from shared_code.core.product_user import ProductUser
from shared_code.core.settings import ALWAYS_BUSY, calendar_choice, effective_settings, in_order
from shared_code.core.wishes import STAY, SeenMailbox, Stay, choice_of, chosen

Setting = Literal["checked_calendars", "write_calendar", "busy_statuses", "cancellation_sync"]
SETTINGS: tuple[Setting, ...] = ("checked_calendars", "write_calendar", "busy_statuses", "cancellation_sync")


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
    connection: ConnectionId  # through which it is seen
    polled: bool = False  # somebody else's, or of the internet: nobody tells of its changes


def show(policy: Policy, user: ProductUser, links: Sequence[Link]) -> ShownSettings:
    """``links``: to their mailboxes, as far as there are any."""
    effective, where = effective_settings(policy, user), written_mailbox(policy, user)
    choices = [(link, calendar_choice(policy, user, link.key.mailbox)) for link in links]
    used = [each for link, choice in choices for each in used_now(link, choice)]
    written = (written_now(link, choice) for link, choice in choices if link.key.mailbox == where)
    is_known = any(link.calendars for link in links)
    return ShownSettings(
        checked_calendars=frozenset(each.calendar for each in used if each.checked) if is_known else None,
        write_calendar=next(written, None),
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
    before = choice_of(user)
    checks, writes = before.checks_anew(sent.checked_calendars), before.writes_anew(sent.write_calendar)
    if not checks and not writes:
        return None
    named = sent.checked_calendars if checks and isinstance(sent.checked_calendars, frozenset) else frozenset()
    return named | {sent.write_calendar} if writes and isinstance(sent.write_calendar, str) else named


def choose(user: ProductUser, sent: SentSettings, seen: Sequence[SeenMailbox], now: datetime) -> ProductUser:
    """The user with their choice, the very same value if it is the one they have. ``seen`` are their mailboxes as they
    are now, if any calendar was chosen anew."""
    known = user.settings
    settings = replace(
        chosen(user, sent.checked_calendars, sent.write_calendar, seen, now),
        busy_statuses=known.busy_statuses if sent.busy_statuses is STAY else sent.busy_statuses,
        cancellation_sync=known.cancellation_sync if sent.cancellation_sync is STAY else sent.cancellation_sync,
    )
    return user if settings == known else replace(user, settings=settings)


def _chosen(user: ProductUser) -> tuple[Setting, ...]:
    choice = choice_of(user)
    values: dict[Setting, object] = {
        "checked_calendars": choice.checked,
        "write_calendar": choice.written,
        "busy_statuses": user.settings.busy_statuses,
        "cancellation_sync": user.settings.cancellation_sync,
    }
    return tuple(setting for setting in SETTINGS if values[setting] is not None)
