"""The accounts of one's own on one's own page: how each stands, and whether another can be connected."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared_code.core.my_accounts import ShownAccount
from shared_code.core.my_calendar import MyCalendar
from shared_code.core.person import CalendarCounts
from shared_code.core.personal_account import MOST_ACCOUNTS, PersonalReason, PersonalState
from shared_code.core.personal_policy import bar_beside
from shared_code.pages.account_texts import BARS, MAY_BE_BLOCKED, standing_of
from shared_code.pages.my_texts import Standing

ACCOUNTS: Final = "/portal/me/accounts"
CONNECT: Final = "/portal/me/connect"
HELP: Final = "/portal/me/blocked"
_WATCHED_FOR: Final = timedelta(minutes=10)


@dataclass(frozen=True)
class AccountCard:
    account: str
    standing: Standing
    connected_at: datetime
    calendars: CalendarCounts | None
    is_managed: bool
    reconnect: str | None  # where it is connected again, if it needs that
    disconnect: str
    help: str | None


@dataclass(frozen=True)
class OwnAccounts:
    cards: tuple[AccountCard, ...]
    connect: str | None  # where another one is connected
    bar: str | None  # why none can be, if it is a rule
    is_full: bool  # there are as many as there can be
    is_unanswered: bool  # somebody went to Microsoft and did not come back
    help: str = HELP


def own_accounts(mine: MyCalendar, *, is_offered: bool, is_unanswered: bool = False) -> OwnAccounts | None:
    """None where there is nothing to see or to do. ``is_offered``: by this deployment at all."""
    bar = bar_beside(mine.policy, has_managed=mine.has_managed)
    if not mine.accounts and (not is_offered or bar is PersonalReason.NOT_ALLOWED):
        return None
    may_connect = is_offered and bar is None
    is_full = len(mine.accounts) >= MOST_ACCOUNTS
    return OwnAccounts(
        tuple(_card(each, may_connect=may_connect) for each in mine.accounts),
        CONNECT if may_connect and not is_full else None,
        BARS[bar] if bar is not None and is_offered else None,
        may_connect and is_full,
        is_unanswered and may_connect,
    )


def is_soon_over(mine: MyCalendar, now: datetime) -> bool:
    """Whether one of them is being read for the first time."""
    return any(
        each.account.state is PersonalState.PENDING and now - each.account.changed_at < _WATCHED_FOR
        for each in mine.accounts
    )


def _card(shown: ShownAccount, *, may_connect: bool) -> AccountCard:
    account = shown.account
    needs_owner = account.state is PersonalState.NEEDS_RECONNECT and may_connect
    return AccountCard(
        account.account,
        standing_of(account),
        account.connected_at,
        shown.calendars,
        shown.is_managed,
        f"{CONNECT}?account={account.connection}" if needs_owner else None,
        f"{ACCOUNTS}/{account.connection}/disconnect",
        HELP if needs_owner and account.reason in MAY_BE_BLOCKED and not account.is_consumer else None,
    )
