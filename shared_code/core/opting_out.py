"""What becomes of a product user who disconnects, or is disconnected by an admin, and who comes back."""

from dataclasses import replace
from datetime import datetime

from shared_code.core.policy import Policy
from shared_code.core.product_user import ProductUser, UserState
from shared_code.core.reasons import Reason
from shared_code.core.roster import Arrival, arrive


def may_disconnect(user: ProductUser, policy: Policy) -> bool:
    """Whether this person may disconnect themself."""
    return policy.allow_user_disconnect or user.role in {"owner", "admin"}


def opt_out(user: ProductUser, now: datetime) -> ProductUser:
    """From now on no calendar of theirs is looked for; the pin stays, for a reconnect to find the same mailbox.

    The very same value if they are out already: since when is kept as well.
    """
    if user.state is UserState.OPTED_OUT:
        return user
    return replace(
        user,
        state=UserState.OPTED_OUT,
        reason=str(Reason.USER_DISCONNECTED),
        connected_at=None,
        candidates=(),
        unproven_domain=None,
        judged_by=None,
        changed_at=now,
    )


def come_back(user: ProductUser, now: datetime) -> Arrival:
    """Whoever opted out is as new, but for the pin; the very same user if they are not out."""
    if user.state is not UserState.OPTED_OUT:
        return Arrival(user, look_up=False, released=False)
    if user.match is None:
        return arrive(replace(user, changed_at=now))
    # A full match under way has not looked for them: with a pin newer than itself, it leaves them to their look-up.
    pin = replace(user.match, matched_at=now)
    reason = str(Reason.AWAITING_LOOK_UP)
    waiting = replace(user, state=UserState.PENDING, reason=reason, match=pin, changed_at=now)
    return Arrival(waiting, look_up=True, released=False)
