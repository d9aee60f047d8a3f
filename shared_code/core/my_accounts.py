"""What is shown of the accounts that somebody has connected themself: to themself, and with less of it to admins."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from shared_code.core.mailbox import Link
from shared_code.core.offered_calendars import used_now
from shared_code.core.person import CalendarCounts, SeenAccount, counts_of
from shared_code.core.personal_account import PersonalAccount
from shared_code.core.personal_policy import AccountRules, is_managed
from shared_code.core.personal_shown import shown_address
from shared_code.core.product_user import ProductUser
from shared_code.core.settings import calendar_choice
from shared_code.core.subscription import Subscription


@dataclass(frozen=True)
class ShownAccount:
    account: PersonalAccount
    calendars: CalendarCounts | None  # None: none of them is linked
    is_managed: bool  # the organisation's connection gives this very mailbox to this person as well


def seen_by_admins(shown: ShownAccount, domains: Collection[str]) -> SeenAccount:
    """``domains`` are those that the organisation's tenants have proven, or its admins confirmed."""
    account = shown.account
    address = shown_address(account, domains)
    return SeenAccount(address, account.state, account.reason, account.connected_at, shown.calendars)


def shown_account(
    rules: AccountRules,
    user: ProductUser,
    account: PersonalAccount,
    link: Link | None,
    teller: Subscription | None,
    now: datetime,
) -> ShownAccount:
    counts = None
    if link is not None and account.is_held:
        counts = counts_of(used_now(link, calendar_choice(rules.policy, user, account.mailbox)), teller, now)
    return ShownAccount(account, counts, is_managed(rules, user, account.mailbox))
