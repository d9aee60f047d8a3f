"""A person's own calendar in every state in which they can meet it, with long names."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared_code.core.calendar import Calendar, CalendarState, LinkedCalendar, NamedCalendar, ShowAs
from shared_code.core.choosing import SETTINGS, Setting, ShownCalendar, show
from shared_code.core.ids import CalendarId, ConnectionId, LinkKey, OrganizationId, ProductUserId, TenantId, UserId
from shared_code.core.mailbox import Link
from shared_code.core.my_calendar import Listed, MyCalendar, Reading, Unseen, reading_of, zone_of
from shared_code.core.person import CalendarCounts, account_of
from shared_code.core.policy import Policy, Rule
from shared_code.core.product_user import Address, Match, MatchRule, ProductUser, UserState
from shared_code.core.reasons import Reason
from shared_code.core.settings_form import FilledIn, FormFault, mark_of, short, values_of
from shared_code.pages import me as pages
from shared_code.pages.frames import Frame
from shared_code.pages.my_texts import STANDINGS
from tests.browser.gallery_saying import saying

_ID = "AAMkAGI2TGuLAAA" * 10  # about as long as Microsoft's
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
ADDRESS = "alexandra.wolkenstein-trostburg@donaudampfschifffahrt.example"
CONNECTION = ConnectionId("c")
CALENDARS = (
    ("Calendar", "#0078d4", "auto", True),
    ("Vorstandstermine der Donaudampfschifffahrtsgesellschaft", None, "lightGreen", True),
    ("Family", "#d13438", "auto", True),
    ("Birthdays", None, "lightYellow", False),
)
_NOTHING = Reading(CalendarCounts(4, 0, {}, None), {})
_LOCKED = Policy(
    allow_user_disconnect=False,
    checked_calendars=Rule(Policy().checked_calendars.default, locked=True),
    write_calendar=Rule(Policy().write_calendar.default, locked=True),
    busy_statuses=Rule((ShowAs.OUT_OF_OFFICE,), locked=True),
    cancellation_sync=Rule(default=True, locked=True),
)


def my_pages(frame: Frame) -> dict[str, str]:
    """HTML by a name for each."""
    mine = of_connected()
    return {
        "me": page(saying(frame, "me_follows"), mine),
        "me_locked": page(frame, of_connected(_LOCKED)),
        "me_without_microsoft": page(frame, replace(mine, calendars="no_answer")),
        "me_interrupted": page(frame, replace(mine, calendars="closed", is_served=False)),
        "me_nothing_checked": page(frame, replace(mine, calendars=calendars(checked=0), reading=_NOTHING)),
        "me_many_calendars": page(frame, replace(mine, calendars=calendars(times=15))),
        "me_faults": page(frame, mine, filled(mine), _every_fault()),
        "me_faults_without_microsoft": page(
            frame,
            replace(mine, calendars="no_answer"),
            filled(mine),
            dict.fromkeys(("checked_calendars", "write_calendar"), FormFault.NOT_SEEN),
        ),
        "me_asked_about_nothing": page(
            frame,
            mine,
            replace(filled(mine), checked_calendars=frozenset()),
            {"checked_calendars": FormFault.NOTHING_CHECKED},
        ),
        "me_not_begun": page(frame, replace(of(UserState.NO_MATCH, Reason.AWAITING_LOOK_UP), is_begun=False)),
        **{f"me_{reason}": page(_said_at(frame, reason), of(_state(reason), reason)) for reason in STANDINGS},
        "me_disconnect": pages.render_disconnect(frame, ADDRESS),
    }


def page(
    frame: Frame,
    mine: MyCalendar,
    filled: FilledIn | None = None,
    faults: Mapping[Setting, FormFault] | None = None,
) -> str:
    return pages.render_me(frame, pages.MeView(mine, NOW, filled, faults or {}))


def _said_at(frame: Frame, reason: Reason) -> Frame:
    if reason is Reason.USER_DISCONNECTED:
        return saying(frame, "me_disconnected")
    return saying(frame, "me_reconnecting") if reason is Reason.AWAITING_LOOK_UP else frame


def of_connected(policy: Policy | None = None) -> MyCalendar:
    return _mine(_user(UserState.CONNECTED, None), policy or Policy(), calendars())


def of(state: UserState, reason: Reason) -> MyCalendar:
    return _mine(_user(state, reason), Policy(), "closed")


def _mine(user: ProductUser, policy: Policy, calendars: Listed | Unseen) -> MyCalendar:
    links = [_link(user)] if user.state is UserState.CONNECTED else []
    return MyCalendar(
        user,
        policy,
        show(policy, user, links),
        zone_of(user, links),
        account_of(user),
        is_served=True,
        is_begun=True,
        reading=reading_of(policy, user, [(link, None) for link in links], NOW),
        calendars=calendars,
    )


def _user(state: UserState, reason: Reason | None) -> ProductUser:
    is_matched = state in {UserState.CONNECTED, UserState.PENDING, UserState.OPTED_OUT}
    match = Match(CONNECTION, TenantId("t"), UserId("u"), MatchRule.MAIL, ADDRESS, NOW - timedelta(days=40))
    return ProductUser(
        OrganizationId("acme"),
        ProductUserId("alexandra"),
        (Address(ADDRESS, verified=True),),
        state,
        NOW - timedelta(minutes=1),
        time_zone="Europe/Vienna",
        match=match if is_matched else None,
        reason=None if reason is None else str(reason),
        connected_at=NOW - timedelta(days=40) if state is UserState.CONNECTED else None,
    )


def _state(reason: Reason) -> UserState:
    if reason is Reason.USER_DISCONNECTED:
        return UserState.OPTED_OUT
    is_waiting = reason in {Reason.AWAITING_FIRST_READ, Reason.AWAITING_REVIEW, Reason.AWAITING_ACCESS}
    return UserState.PENDING if is_waiting else UserState.NO_MATCH


def calendars(checked: int = 2, times: int = 1) -> Listed:
    return Listed(
        tuple(
            ShownCalendar(
                NamedCalendar(Calendar(calendar_id(place), place == 0, can_edit, ADDRESS), name, colour, hex_colour),
                checked=place < checked,
                written=place == 0,
                connection=CONNECTION,
            )
            for place, (name, hex_colour, colour, can_edit) in enumerate(CALENDARS * times)
        )
    )


def calendar_id(place: int) -> CalendarId:
    return CalendarId(f"{_ID}{place}")


def _link(user: ProductUser) -> Link:
    assert user.match is not None
    key = LinkKey(user.match.mailbox, user.organization, user.user)
    linked = (
        LinkedCalendar(
            calendar_id(place),
            is_default=place == 0,
            can_edit=True,
            checked=place < 2,
            written=place == 0,
            state=CalendarState.OK,
            read_at=NOW - timedelta(minutes=4),
        )
        for place in range(len(CALENDARS))
    )
    return Link(key, user.match.connection, NOW, None, tuple(linked))


def filled(mine: MyCalendar) -> FilledIn:
    return FilledIn(
        seen={setting: mark_of(values_of(mine)[setting]) for setting in SETTINGS},
        checked_calendars=frozenset({short(calendar_id(1)), short(calendar_id(3))}),
        write_calendar=short(calendar_id(1)),
        busy_statuses=(ShowAs.TENTATIVE,),
    )


def _every_fault() -> dict[Setting, FormFault]:
    return {
        "checked_calendars": FormFault.CALENDAR_GONE,
        "write_calendar": FormFault.NOT_EDITABLE,
        "busy_statuses": FormFault.CHANGED_MEANWHILE,
        "cancellation_sync": FormFault.LOCKED_MEANWHILE,
    }
