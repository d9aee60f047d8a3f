"""What is stored of the mailboxes that are somebody's."""

import asyncio

from shared_code.core.ids import LinkKey
from shared_code.core.product_user import ProductUser
from shared_code.core.wishes import own_mailboxes
from shared_code.mailbox_ports import Mailboxes, StoredLink


async def own_links(mailboxes: Mailboxes, user: ProductUser) -> list[StoredLink]:
    """Those that there are, the admin-managed one first; one read a mailbox, all at once."""
    keys = [LinkKey(mailbox, user.organization, user.user) for mailbox in own_mailboxes(user)]
    found = await asyncio.gather(*map(mailboxes.find_link, keys))
    return [link for link in found if link is not None]
