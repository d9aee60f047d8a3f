"""A person's own calendar in the states that few people meet."""

from collections import Counter
from dataclasses import replace
from typing import Final

from shared_code.core.calendar import Calendar, CalendarState, NamedCalendar, ShowAs
from shared_code.core.choosing import ShownCalendar
from shared_code.core.my_calendar import Listed, Reading, UsedZone
from shared_code.core.person import CalendarCounts
from shared_code.core.product_user import UserState
from shared_code.core.reasons import Reason
from shared_code.core.settings_form import FormFault
from shared_code.pages.frames import Frame
from tests.browser.gallery_saying import saying
from tests.browser.my_pages import ADDRESS, CONNECTION, calendar_id, calendars, filled, of, of_connected, page

NEVER_READ: Final = Reading(
    CalendarCounts(7, 7, Counter(CalendarState), None),
    {calendar_id(place): state for place, state in enumerate(CalendarState)},
)


def my_rare_pages(frame: Frame) -> dict[str, str]:
    """HTML by a name for each."""
    mine = of_connected()
    settings = replace(mine.settings, busy_statuses=(ShowAs.TENTATIVE, ShowAs.OUT_OF_OFFICE), chosen=("busy_statuses",))
    unknown = of(UserState.ERROR, Reason.NO_DEFAULT_CALENDAR)
    return {
        "me_own_choices": page(saying(frame, "saved"), replace(mine, settings=settings)),
        "me_readings": page(
            frame, replace(mine, calendars=_one_in_each_state(), reading=NEVER_READ, zone=_zone("mailbox"))
        ),
        "me_none_editable": page(
            frame, replace(mine, calendars=_none_editable(), reading=None, zone=UsedZone(None, "unknown"))
        ),
        "me_means_nothing": page(
            frame,
            replace(mine, settings=settings),
            replace(filled(mine), checked_calendars=frozenset(), means_nothing_checked=True),
            dict.fromkeys(("busy_statuses", "write_calendar"), FormFault.CHANGED_MEANWHILE),
        ),
        "me_many_calendars_none_of_them_written": page(
            frame, replace(mine, calendars=_none_written(), reading=_each_otherwise(60))
        ),
        "me_unknown": page(
            frame, replace(unknown, user=replace(unknown.user, reason="of_a_later_version"), zone=_zone("product"))
        ),
    }


def _zone(source: str) -> UsedZone:
    return UsedZone("America/Argentina/Buenos_Aires", "mailbox" if source == "mailbox" else "product")


def _one_in_each_state() -> Listed:
    return Listed(
        tuple(
            ShownCalendar(
                NamedCalendar(Calendar(calendar_id(place), place == 0, True, ADDRESS), name, "auto", None),
                checked=True,
                written=place == 0,
                connection=CONNECTION,
            )
            for place, name in enumerate(str(state).capitalize() for state in CalendarState)
        )
    )


def _none_editable() -> Listed:
    shown = calendars().calendars
    return Listed(tuple(replace(each, written=False, named=_read_only(each.named)) for each in shown))


def _read_only(named: NamedCalendar) -> NamedCalendar:
    return replace(named, calendar=replace(named.calendar, can_edit=False))


def _each_otherwise(calendars: int) -> Reading:
    states = [*CalendarState] * calendars
    return Reading(None, {calendar_id(place): states[place] for place in range(calendars)})


def _none_written() -> Listed:
    return Listed(tuple(replace(each, written=False) for each in calendars(times=15).calendars))
