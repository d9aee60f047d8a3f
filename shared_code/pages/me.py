"""What people see of their own calendar, and by which they choose how it is used."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shared_code.core.choosing import SETTINGS, Setting
from shared_code.core.my_calendar import Listed, MyCalendar
from shared_code.core.opting_out import may_disconnect
from shared_code.core.product_user import UserState
from shared_code.core.reasons import Reason
from shared_code.core.settings_form import FilledIn, FormFault, Values, mark_of, values_of
from shared_code.pages import my_texts as texts
from shared_code.pages.frames import Frame
from shared_code.pages.my_accounts import is_soon_over, own_accounts
from shared_code.pages.my_calendar_lines import CalendarGroup, groups_of, in_order
from shared_code.pages.rendering import render

_SOON_OVER = {Reason.AWAITING_LOOK_UP, Reason.AWAITING_FIRST_READ}
_WATCHED_FOR = timedelta(minutes=10)  # a page that looks again by itself keeps its session alive
SECONDS = 5
MOST_IN_SIGHT = 12  # calendars, each on a line of its own with its colour
MOST_AT_LARGE = 24  # of those to check, each with what there is to say of it; of more it is said once


@dataclass(frozen=True)
class MeView:
    """``filled``: what somebody has filled in and was not taken, because of ``faults``."""

    mine: MyCalendar
    now: datetime
    filled: FilledIn | None = None
    faults: Mapping[Setting, FormFault] = field(default_factory=dict)
    offers_accounts: bool = False  # this deployment lets people connect accounts of their own
    is_unanswered: bool = False  # they went to Microsoft to connect one, and did not come back


@dataclass(frozen=True)
class StatusLine:
    value: str
    label: str
    about: str
    is_checked: bool


@dataclass(frozen=True)
class FaultLine:
    text: str
    holds: tuple[str, ...] = ()  # what holds now, where that is not what the form shows


@dataclass(frozen=True)
class Choices:
    """The form. ``marks``: of each setting that can be chosen in it, what was shown."""

    groups: tuple[CalendarGroup, ...] | None  # calendars; None: Microsoft does not list them now
    is_long: bool  # so many that where new meetings go is chosen from a list that opens
    is_compact: bool  # so many that what there is to say of some is said once
    kept: FilledIn | None  # calendars that were filled in and cannot be shown
    statuses: tuple[StatusLine, ...]
    cancellation_sync: bool
    nothing_checked: bool  # and nothing was filled in
    asks_nothing_checked: bool
    means_nothing_checked: bool
    locked: tuple[Setting, ...]
    own: tuple[Setting, ...]  # chosen by themself, and could be taken back
    marks: Mapping[Setting, str]
    faults: Mapping[Setting, FaultLine]


def render_me(frame: Frame, view: MeView) -> str:
    mine = view.mine
    return render(
        frame,
        "me.html",
        at="/portal/me",
        live=SECONDS if _is_soon_over(view) else None,
        standing=standing_of(mine),
        view=view,
        mine=mine,
        account=None if mine.user.state is UserState.OPTED_OUT else mine.account,
        choices=_choices(view) if mine.has_choices else None,
        zone=mine.zone,
        is_out=mine.user.state is UserState.OPTED_OUT,
        is_connected=mine.user.state is UserState.CONNECTED,
        has_calendar=has_calendar(mine),
        may_disconnect=may_disconnect(mine.user, mine.policy),
        own=own_accounts(mine, is_offered=view.offers_accounts, is_unanswered=view.is_unanswered),
    )


def render_disconnect(frame: Frame, account: str | None) -> str:
    return render(frame, "me_disconnect.html", at="/portal/me", account=account)


def standing_of(mine: MyCalendar) -> texts.Standing:
    user = mine.user
    if user.state is UserState.CONNECTED:
        return texts.CONNECTED if mine.is_served else texts.INTERRUPTED
    if user.reason == Reason.AWAITING_LOOK_UP and not mine.is_begun:
        return texts.NOT_BEGUN
    known = next((reason for reason in Reason if reason == user.reason), None)
    return texts.OTHERWISE if known is None else texts.STANDINGS.get(known, texts.OTHERWISE)


def has_calendar(mine: MyCalendar) -> bool:
    """Whether there is anything to be disconnected."""
    return mine.user.state in {UserState.CONNECTED, UserState.PENDING}


def _is_soon_over(view: MeView) -> bool:
    """Never while a form was not taken: what was filled in stands on this page alone."""
    mine = view.mine
    if view.faults:
        return False
    if is_soon_over(mine, view.now):
        return True
    return mine.is_begun and mine.user.reason in _SOON_OVER and view.now - mine.user.changed_at < _WATCHED_FOR


def _choices(view: MeView) -> Choices:
    mine, filled, values = view.mine, view.filled, values_of(view.mine)
    listed = mine.calendars if isinstance(mine.calendars, Listed) else None
    shown = {setting: _shown(setting, view, values) for setting in SETTINGS}
    open_ones = [each for each in SETTINGS if each not in mine.settings.locked and _can_be_chosen(each, view)]
    asks = view.faults.get("checked_calendars") is FormFault.NOTHING_CHECKED
    means = filled is not None and filled.means_nothing_checked
    return Choices(
        groups=groups_of(mine, listed, shown["checked_calendars"], shown["write_calendar"]) if listed else None,
        is_long=len(mine.listed) > MOST_IN_SIGHT,
        is_compact=len(mine.listed) > MOST_AT_LARGE,
        kept=None if listed else filled,
        statuses=tuple(
            StatusLine(status, label, about, status in shown["busy_statuses"])
            for status, (label, about) in texts.STATUSES.items()
        ),
        cancellation_sync=bool(shown["cancellation_sync"]),
        nothing_checked=_is_free(listed, values) and filled is None,
        asks_nothing_checked=asks or (means and not shown["checked_calendars"]),
        means_nothing_checked=means,
        locked=mine.settings.locked,
        own=mine.own_choices,
        marks={each: _mark(each, view, values) for each in open_ones},
        faults={each: _fault_line(each, fault, mine, values) for each, fault in view.faults.items()},
    )


def _is_free(listed: Listed | None, values: Values) -> bool:
    """No calendar is checked; of connections that cannot be seen nobody knows."""
    return listed is not None and not listed.unseen and not values["checked_calendars"]


def _shown(setting: Setting, view: MeView, values: Values) -> Any:
    """What somebody filled in stays as they left it, unless it is no longer theirs to choose."""
    is_theirs = setting not in view.mine.settings.locked and view.filled is not None and setting in view.filled.seen
    return getattr(view.filled, setting) if is_theirs else values[setting]


def _mark(setting: Setting, view: MeView, values: Values) -> str:
    """As of now: whoever saves once more has read what holds. What cannot be shown keeps the mark it came with."""
    if values[setting] is None and view.filled is not None and setting in view.filled.seen:
        return view.filled.seen[setting]
    return mark_of(values[setting])


def _can_be_chosen(setting: Setting, view: MeView) -> bool:
    if setting not in {"checked_calendars", "write_calendar"}:
        return True
    if isinstance(view.mine.calendars, str):
        return view.filled is not None and setting in view.filled.seen
    return setting == "checked_calendars" or any(each.named.calendar.can_edit for each in view.mine.listed)


def _fault_line(setting: Setting, fault: FormFault, mine: MyCalendar, values: Values) -> FaultLine:
    if fault is not FormFault.CHANGED_MEANWHILE:
        return FaultLine(texts.FAULTS[fault])
    return FaultLine(texts.FAULTS[fault], tuple(_words_of(setting, mine, values[setting])))


def _words_of(setting: Setting, mine: MyCalendar, value: object) -> Iterator[str]:
    """What holds now, in the words of the form."""
    if setting == "busy_statuses":
        yield from (label for status, (label, _) in texts.STATUSES.items() if status in mine.settings.busy_statuses)
    elif setting == "checked_calendars":
        listed = Listed(mine.listed)
        yield from (each.named.name for each in in_order(listed) if each.checked)
    elif setting == "write_calendar":
        yield from (each.named.name for each in mine.listed if each.written)
    else:
        yield texts.ON if value else texts.OFF
