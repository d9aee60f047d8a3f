"""The order that follows whenever a user loses a mailbox."""

from shared_code.core.product_user import ProductUser
from shared_code.messages import ReleaseMailbox


def releases(user: ProductUser) -> tuple[ReleaseMailbox, ...]:
    """The order to forget the mailbox that the user has, if any."""
    return _releases(user, asked_for=False)


def releases_now(user: ProductUser) -> tuple[ReleaseMailbox, ...]:
    """The same ahead of all bulk work: until it is carried out, the mailbox is still read whenever it changes."""
    return _releases(user, asked_for=True)


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
