"""What is stored of the mailboxes that are somebody's."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from shared_code.core.ids import LinkKey
from shared_code.core.my_accounts import ShownAccount, shown_account
from shared_code.core.personal_policy import AccountRules
from shared_code.core.product_user import ProductUser
from shared_code.core.wishes import own_mailboxes
from shared_code.mailbox_ports import Mailboxes, StoredLink


async def own_links(mailboxes: Mailboxes, user: ProductUser) -> list[StoredLink]:
    """Those that there are, the admin-managed one first; one read a mailbox, all at once."""
    keys = [LinkKey(mailbox, user.organization, user.user) for mailbox in own_mailboxes(user)]
    found = await asyncio.gather(*map(mailboxes.find_link, keys))
    return [link for link in found if link is not None]


def accounts_of(
    rules: AccountRules, user: ProductUser, found: Sequence[StoredLink], now: datetime
) -> tuple[ShownAccount, ...]:
    links = {each.link.key.mailbox: each for each in found}
    of_each = ((account, links.get(account.mailbox)) for account in user.personal)
    linked = ((account, None, None) if one is None else (account, one.link, one.teller) for account, one in of_each)
    return tuple(shown_account(rules, user, account, link, teller, now) for account, link, teller in linked)
