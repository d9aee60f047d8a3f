"""The order that follows whenever a user loses a mailbox."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from shared_code.core.product_user import ProductUser
from shared_code.flows.personal_hints import release_order
from shared_code.messages import ReleaseMailbox
from shared_code.ports import Queues

RELEASES_A_SECOND = 20  # of one walk through many users, so that no other organisation's reads stand behind all of them


async def send_spread(queues: Queues, orders: Sequence[ReleaseMailbox], before: int) -> int:
    """Put off behind the ``before`` orders that the same walk has sent already; how many there are now."""
    waits = [timedelta(seconds=(before + place) // RELEASES_A_SECOND) for place in range(len(orders))]
    await asyncio.gather(*map(queues.send, orders, waits))
    return before + len(orders)


def releases(user: ProductUser) -> tuple[ReleaseMailbox, ...]:
    """The order to forget the mailbox that the user has, if any."""
    return _releases(user, asked_for=False)


def releases_now(user: ProductUser) -> tuple[ReleaseMailbox, ...]:
    """The same ahead of all bulk work: until it is carried out, the mailbox is still read whenever it changes."""
    return _releases(user, asked_for=True)


def releases_all(user: ProductUser) -> tuple[ReleaseMailbox, ...]:
    """Of somebody who goes altogether: their own accounts, too."""
    return (*releases(user), *(release_order(user, account) for account in user.personal))


def _releases(user: ProductUser, *, asked_for: bool) -> tuple[ReleaseMailbox, ...]:
    if user.match is None:
        return ()
    return (
        ReleaseMailbox(
            organization=user.organization,
            user=user.user,
            tenant=user.match.tenant,
            user_id=user.match.user_id,
            asked_for=asked_for,
        ),
    )
