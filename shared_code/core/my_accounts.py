"""What is shown of the accounts that somebody has connected themself: to themself, and with less of it to admins."""

from dataclasses import dataclass
from datetime import datetime

from shared_code.core.ids import MailboxKey
from shared_code.core.mailbox import Link
from shared_code.core.offered_calendars import used_now
from shared_code.core.person import CalendarCounts, counts_of
from shared_code.core.personal_account import PersonalAccount
from shared_code.core.policy import Policy
from shared_code.core.product_user import ProductUser
from shared_code.core.settings import calendar_choice
from shared_code.core.subscription import Subscription
from shared_code.core.sync_rules import holds


@dataclass(frozen=True)
class ShownAccount:
    account: PersonalAccount
    calendars: CalendarCounts | None  # None: none of them is linked
    is_managed: bool  # the organisation's connection gives this very mailbox to this person as well


def shown_account(
    policy: Policy,
    user: ProductUser,
    account: PersonalAccount,
    link: Link | None,
    teller: Subscription | None,
    now: datetime,
) -> ShownAccount:
    counts = None
    if link is not None and account.is_held:
        counts = counts_of(used_now(link, calendar_choice(policy, user, account.mailbox)), teller, now)
    return ShownAccount(account, counts, holds(user, MailboxKey("organizations", account.tenant, account.user_id)))
