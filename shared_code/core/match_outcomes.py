"""What a verdict makes of a product user, whom other connections may have matched already."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code.core.connection import Connection, ConnectionState
from shared_code.core.ids import ConnectionId, TenantId
from shared_code.core.matching import Found, NotFound, Verdict, is_wanted, pin_of
from shared_code.core.policy import Activation, Policy, Takeover
from shared_code.core.product_user import Match, MatchRule, ProductUser, UserState
from shared_code.core.reasons import Reason
from shared_code.core.roster import standing, verified_addresses

LIVING = frozenset(
    {ConnectionState.VERIFYING, ConnectionState.REVIEW, ConnectionState.ACTIVE, ConnectionState.ATTENTION}
)
SETTLED = frozenset({UserState.CONNECTED, UserState.NO_MAILBOX, UserState.EXCLUDED_BY_POLICY, UserState.ERROR})
_SPARED = frozenset({UserState.CONNECTED, UserState.PENDING, UserState.DISABLED})
PIN_ONLY = frozenset({UserState.DISABLED, UserState.NO_MATCH})  # a match in these states gives no mailbox
ASKED_AGAIN_AFTER = {
    UserState.PENDING: timedelta(hours=1),  # the order to connect may have been lost
    UserState.NO_MAILBOX: timedelta(days=1),
    UserState.EXCLUDED_BY_POLICY: timedelta(days=1),
    UserState.ERROR: timedelta(days=1),
}
# These wait for a person, for the tenant, or for a look-up, whose order is sent again by itself.
ASKED_OTHERWISE = frozenset({Reason.AWAITING_REVIEW, Reason.AWAITING_ACCESS, Reason.AWAITING_LOOK_UP})
LOOKED_UP_AGAIN_AFTER = timedelta(minutes=10)  # the order to look up may have been lost
RULE_ORDER = tuple(MatchRule)  # best first

# When several connections look for one user in vain, the one with more to tell gives the reason.
TELLING = (
    Reason.NOT_ADMIN_MANAGED,
    Reason.SEVERAL_DIRECTORY_USERS,
    Reason.ACCOUNT_DISABLED,
    Reason.DOMAIN_UNPROVEN,
    Reason.ONLY_GUEST,
    Reason.OBJECT_GONE,
)


@dataclass(frozen=True)
class Ground:
    """The connection that judges, and those beside it."""

    connection: ConnectionId
    tenant: TenantId
    pending: Reason  # what somebody newly found waits for
    admits: bool  # whether anybody is matched anew
    keeps_accounts: bool  # and whether those are not who have an account of their own
    seniority: Mapping[ConnectionId, tuple[datetime, str]]  # of living connections; the smaller is the older


def ground_of(
    connection: Connection, tenant: TenantId, beside: Iterable[Connection], pending: Reason, policy: Policy
) -> Ground:
    """``beside`` are all connections of the organisation, this one included or not."""
    living = [connection, *(other for other in beside if other.state in LIVING)]
    seniority = {other.connection: (other.created_at, str(other.connection)) for other in living}
    keeps_accounts = policy.takeover is Takeover.KEEP
    return Ground(connection.connection, tenant, pending, policy.admin_managed, keeps_accounts, seniority)


def after_first_match(
    connection: Connection, policy: Policy, domains: Collection[str], proven: Collection[str]
) -> ConnectionState:
    """Where a connection that is being verified goes once everybody is matched.

    ``domains`` are those of the organisation's users. A tenant that proves none of them may belong to anybody, so a
    person looks first, whatever the policy.
    """
    if connection.state is not ConnectionState.VERIFYING:
        return connection.state
    if not (connection.calendars_granted or connection.scoped_by_exchange):
        return ConnectionState.VERIFYING
    if connection.reviewed:
        return ConnectionState.ACTIVE
    is_stranger = set(domains).isdisjoint(proven)
    return ConnectionState.REVIEW if is_stranger or policy.activation is Activation.REVIEW else ConnectionState.ACTIVE


def pending_reason(state: ConnectionState) -> Reason:
    """What somebody found waits for, when their connection is in this state."""
    if state is ConnectionState.ACTIVE:
        return Reason.AWAITING_FIRST_READ
    return Reason.AWAITING_REVIEW if state is ConnectionState.REVIEW else Reason.AWAITING_ACCESS


def settle(user: ProductUser, verdict: Verdict, ground: Ground, now: datetime) -> ProductUser:
    """The user as they are from now on; the very same value if nothing changes."""
    if user.has_calendar and user.state is not UserState.OPTED_OUT:
        personal = replace(_blank(user), state=UserState.PERSONAL, reason=str(Reason.HAS_OWN_CALENDAR))
        return _since(user, personal, now)
    if not is_wanted(user):
        return user
    judged = replace(standing(_judged(user, verdict, ground, now), now), changed_at=user.changed_at)
    return _since(user, judged, now)


def _judged(user: ProductUser, verdict: Verdict, ground: Ground, now: datetime) -> ProductUser:
    is_kept = ground.keeps_accounts and user.has_account and user.match is None
    if is_kept or _is_anothers(user, verdict, ground):
        return user
    if isinstance(verdict, Found):
        return _found(user, verdict, ground, now)
    return _not_found(user, verdict, ground, now)


def has_calendar_to_lose(user: ProductUser) -> bool:
    """Connected, or connected until the mailbox went: it goes with a deleted person, mostly before a sweep comes by."""
    is_out_of_reach = user.state is UserState.NO_MAILBOX and user.connected_at is not None
    return user.state is UserState.CONNECTED or (is_out_of_reach and user.match is not None)


def loses(user: ProductUser, changed: ProductUser) -> bool:
    """Whether a calendar is taken away, as the guard counts it: a disabled account is none of its affairs."""
    is_change = changed is not user  # who has lost the mailbox before loses nothing by that
    is_spared = changed.has_calendar or changed.state in _SPARED
    return is_change and has_calendar_to_lose(user) and not is_spared


def releases_mailbox(user: ProductUser, changed: ProductUser) -> bool:
    if user.match is None or user.state in PIN_ONLY:
        return False
    return (
        changed.match is None
        or changed.match.mailbox != user.match.mailbox
        or changed.match.connection != user.match.connection
        or changed.state in PIN_ONLY
    )


def connects_mailbox(user: ProductUser, changed: ProductUser) -> bool:
    return changed is not user and awaits_first_read(changed)


def awaits_first_read(user: ProductUser) -> bool:
    return user.state is UserState.PENDING and user.reason == Reason.AWAITING_FIRST_READ and user.match is not None


def speaker_of(user: ProductUser) -> ConnectionId | None:
    """The connection on whose word the user's state stands; None if it stands on none."""
    return user.match.connection if user.match is not None else user.judged_by


def is_looked_up_again(user: ProductUser, now: datetime, patience: timedelta = LOOKED_UP_AGAIN_AFTER) -> bool:
    """Whether a user whom the product has sent still waits, ``patience`` later, for a directory to be asked."""
    return user.reason == Reason.AWAITING_LOOK_UP and now - user.changed_at >= patience


def is_asked_again(user: ProductUser, connection: ConnectionId, now: datetime) -> bool:
    """Whether a sweep asks again for a mailbox that has been out of reach for long enough."""
    patience = ASKED_AGAIN_AFTER.get(user.state)
    if patience is None or user.match is None or user.match.connection != connection:
        return False
    return user.reason not in ASKED_OTHERWISE and now - user.changed_at >= patience


def _is_anothers(user: ProductUser, verdict: Verdict, ground: Ground) -> bool:
    """Whether another connection's match stays: the better rule wins, then the older connection."""
    match = user.match
    if match is None or match.connection == ground.connection or match.connection not in ground.seniority:
        return False
    if match.address not in verified_addresses(user):
        return False
    if isinstance(verdict, NotFound):
        return True
    if user.state in PIN_ONLY:
        return False
    ours, theirs = RULE_ORDER.index(verdict.rule), RULE_ORDER.index(match.rule)
    if ours != theirs:
        return theirs < ours
    return ground.seniority[match.connection] < ground.seniority[ground.connection]


def _found(user: ProductUser, found: Found, ground: Ground, now: datetime) -> ProductUser:
    match = user.match
    is_same = match is not None and (match.connection, match.tenant, match.user_id) == (
        ground.connection,
        ground.tenant,
        found.user_id,
    )
    if is_same and (user.state in SETTLED or awaits_first_read(user)):
        return user
    if not is_same and not ground.admits:
        return _not_admitted(user, ground, now)
    if not is_same or match is None:
        match = Match(ground.connection, ground.tenant, found.user_id, found.rule, found.address, now)
    pending = replace(_blank(user), state=UserState.PENDING, reason=str(ground.pending), match=match)
    return _since(user, pending, now)


def _not_admitted(user: ProductUser, ground: Ground, now: datetime) -> ProductUser:
    """Whoever was matched before stays as they are, or comes back by their pin; nobody is matched anew."""
    if user.match is not None and user.match.connection in ground.seniority:
        return user
    return _not_found(user, NotFound(UserState.NO_MATCH, Reason.NOT_ADMIN_MANAGED), ground, now)


def _not_found(user: ProductUser, verdict: NotFound, ground: Ground, now: datetime) -> ProductUser:
    if user.match is None and _anothers_word_stands(user, verdict, ground):
        return user
    # The directory user is still there, so nobody else is: the pin stays, without the mailbox.
    pin = None if verdict.reason is Reason.OBJECT_GONE else pin_of(user, ground.connection, ground.tenant)
    changed = replace(
        _blank(user),
        state=verdict.state,
        reason=str(verdict.reason),
        match=pin,
        candidates=verdict.candidates,
        unproven_domain=verdict.unproven_domain,
        judged_by=ground.connection,
    )
    return _since(user, changed, now)


def _anothers_word_stands(user: ProductUser, verdict: NotFound, ground: Ground) -> bool:
    if user.judged_by in {None, ground.connection} or user.judged_by not in ground.seniority:
        return False
    if user.reason == Reason.AWAITING_LOOK_UP:
        return False
    return _telling(user.reason) <= _telling(verdict.reason)


def _telling(reason: str | None) -> int:
    return next((place for place, word in enumerate(TELLING) if word == reason), len(TELLING))


def _blank(user: ProductUser) -> ProductUser:
    return replace(user, match=None, candidates=(), unproven_domain=None, judged_by=None, connected_at=None)


def _since(user: ProductUser, changed: ProductUser, now: datetime) -> ProductUser:
    return user if changed == user else replace(changed, changed_at=now)
