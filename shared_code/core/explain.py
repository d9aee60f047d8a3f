"""Why a product user is in the state that is shown: the facts, with addresses masked."""

from dataclasses import dataclass
from datetime import datetime

from shared_code.core.addresses import mask
from shared_code.core.ids import ConnectionId, ProductUserId, TenantId, UserId
from shared_code.core.product_user import MatchRule, ProductUser, UserState
from shared_code.core.reasons import EXPLANATIONS


@dataclass(frozen=True)
class Explanation:
    user: ProductUserId
    state: UserState
    since: datetime
    reason: str | None  # a stable word of core/reasons.py
    text: str
    rule: MatchRule | None = None  # that made the match
    address: str | None = None  # that matched, masked
    user_id: UserId | None = None  # of the directory user
    tenant: TenantId | None = None
    connection: ConnectionId | None = None  # that matched, or looked in vain
    matched_at: datetime | None = None
    candidates: tuple[str, ...] = ()
    domain: str | None = None  # not proven by the tenant


def explain(user: ProductUser) -> Explanation:
    match = user.match
    return Explanation(
        user.user,
        user.state,
        user.changed_at,
        user.reason,
        _text(user),
        rule=match.rule if match else None,
        address=mask(match.address) if match else None,
        user_id=match.user_id if match else None,
        tenant=match.tenant if match else None,
        connection=match.connection if match else user.judged_by,
        matched_at=match.matched_at if match else None,
        candidates=user.candidates,
        domain=user.unproven_domain if user.state is UserState.DOMAIN_UNPROVEN else None,
    )


def _text(user: ProductUser) -> str:
    if user.state is UserState.CONNECTED and user.match is not None:
        return f"Connected: the directory user was matched by {user.match.rule.replace('_', ' ')}."
    if user.reason is None:
        return f"The user is {user.state}."
    return EXPLANATIONS.get(user.reason, f"The user is {user.state}: {user.reason}.")
