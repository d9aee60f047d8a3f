"""One's own page with accounts of one's own, in every state that they can be in, with long names."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from shared_code.core.calendar import Calendar, CalendarState, NamedCalendar
from shared_code.core.choosing import ShownCalendar
from shared_code.core.ids import CalendarId, ConnectionId, TenantId, UserId
from shared_code.core.my_accounts import ShownAccount
from shared_code.core.my_calendar import Listed, MyCalendar
from shared_code.core.person import CalendarCounts
from shared_code.core.personal_account import (
    CONSUMERS,
    MOST_ACCOUNTS,
    PersonalAccount,
    PersonalReason,
    PersonalState,
)
from shared_code.core.policy import PersonalConnections, Policy
from shared_code.core.product_user import UserState
from shared_code.core.reasons import Reason
from shared_code.pages import me as pages
from shared_code.pages.frames import Frame
from tests.browser.gallery_saying import saying
from tests.browser.my_pages import of, of_connected

NOW: Final = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
WORK: Final = TenantId("c0a1e5ce-0000-4000-8000-00000000c001")
LONG: Final = "alexandra.wolkenstein-trostburg.personal.calendar@outlook.com"
SET_ASIDE: Final = frozenset({PersonalReason.NOT_ALLOWED, PersonalReason.ADMIN_MANAGED})
COUNTS: Final = CalendarCounts(7, 3, Counter({CalendarState.OK: 3}), NOW - timedelta(minutes=4))
UNREAD: Final = CalendarCounts(7, 3, Counter({CalendarState.PENDING: 3}), None)
_POLICIES: Final = {PersonalReason.NOT_ALLOWED: Policy(personal_connections=PersonalConnections.OFF)}


def account_pages(frame: Frame) -> dict[str, str]:
    """HTML by a name for each."""
    alone = of(UserState.PERSONAL, Reason.HAS_OWN_ACCOUNT)
    beside = of_connected()
    without = Policy(personal_connections=PersonalConnections.WITHOUT_ADMIN_MANAGED)
    counts = (COUNTS, UNREAD, replace(COUNTS, checked=0, read_at=None, by_state={}), None, None)
    every = tuple(shown(number, PersonalState.CONNECTED, calendars=counts[number]) for number in range(MOST_ACCOUNTS))
    return {
        "me_account_none": page(saying(frame, "account_disconnected"), beside),
        "me_account_alone": page(saying(frame, "account_confirmed_before"), replace(alone, accounts=(connected(),))),
        "me_account_pending": page(frame, replace(alone, accounts=(shown(1, PersonalState.PENDING),))),
        "me_account_managed": page(frame, replace(beside, accounts=(replace(connected(), is_managed=True),))),
        **{
            f"me_account_{reason}": page(
                frame, replace(alone, policy=_POLICIES.get(reason, alone.policy), accounts=(hurt(reason),))
            )
            for reason in PersonalReason
        },
        "me_account_barred": page(frame, replace(of_connected(without), accounts=())),
        "me_account_unanswered": page(frame, beside, is_unanswered=True),
        "me_accounts": page(frame, replace(beside, accounts=every)),
        "me_several": page(frame, _several(1)),
        "me_several_many": page(frame, _several(5)),
        "me_several_unseen": page(frame, _several(1, unseen=(connected().account.connection,))),
    }


def page(frame: Frame, mine: MyCalendar, *, is_unanswered: bool = False) -> str:
    view = pages.MeView(mine, NOW, offers_accounts=True, is_unanswered=is_unanswered)
    return pages.render_me(frame, view)


def _several(times: int, unseen: tuple[ConnectionId, ...] = ()) -> MyCalendar:
    """With calendars beside those of the organisation, or an account that needs its owner."""
    mine, account = of_connected(), connected().account
    own = Calendar(CalendarId("own"), is_default=True, can_edit=True, owner_address=LONG)
    kids = Calendar(CalendarId("kids"), is_default=False, can_edit=False, owner_address="school@contoso.example")
    added = [
        ShownCalendar(
            NamedCalendar(replace(one, calendar=CalendarId(f"{one.calendar}{number}")), name, "auto", None),
            checked=number == 0,
            written=False,
            connection=account.connection,
            polled=not one.can_edit,
        )
        for number in range(times)
        for one, name in ((own, "Privates"), (kids, "Stundenplan der Grundschule am Donauufer"))
    ]
    listed = Listed((*mine.listed, *([] if unseen else added)), unseen)
    user = replace(mine.user, personal=(account,))
    return replace(mine, user=user, calendars=listed, accounts=(connected(),))


def connected() -> ShownAccount:
    return shown(1, PersonalState.CONNECTED, calendars=COUNTS)


def hurt(reason: PersonalReason) -> ShownAccount:
    """Of an organization, whose administrator may have had a hand in it."""
    one = shown(1, PersonalState.SET_ASIDE if reason in SET_ASIDE else PersonalState.NEEDS_RECONNECT, reason)
    return replace(one, account=replace(one.account, tenant=WORK))


def shown(
    number: int,
    state: PersonalState,
    reason: PersonalReason | None = None,
    calendars: CalendarCounts | None = None,
) -> ShownAccount:
    account = PersonalAccount(
        ConnectionId(f"5jn2hdanfcm46l3t4xf8lw8jc{number}"),
        CONSUMERS if number else WORK,
        UserId(f"7e2c0a8e-3b39-4d7a-8f3f-1b8a9a3d000{number}"),
        LONG.replace("personal", f"personal{number}"),  # two cards of one page have two names
        state,
        NOW - timedelta(days=40),
        NOW - timedelta(minutes=1),
        reason,
    )
    return ShownAccount(account, calendars, is_managed=False)
