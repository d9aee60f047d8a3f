"""The order that follows whenever a user loses a mailbox."""

from shared_code.core.product_user import ProductUser
from shared_code.messages import ReleaseMailbox


def releases(user: ProductUser) -> tuple[ReleaseMailbox, ...]:
    """The order to forget the mailbox that the user has, if any."""
    if user.match is None:
        return ()
    return (
        ReleaseMailbox(
            organization=user.organization, user=user.user, tenant=user.match.tenant, user_id=user.match.user_id
        ),
    )
