"""What the list of an organisation's people holds of each of them: enough to count, search and sort by."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from shared_code.core.ids import ConnectionId, ProductUserId
from shared_code.core.personal_account import PersonalState
from shared_code.core.product_user import MatchRule, ProductUser, Role, UserState

SLICES = 64  # of the roster; for good, since it is stored by them

type Standing = tuple[ConnectionId | None, UserState, str | None]  # connection, state, reason


@dataclass(frozen=True, slots=True)
class RosterEntry:
    user: ProductUserId
    address: str | None  # the first verified one as the product sent it, else the first
    account: str | None  # the normalised address that matched
    state: UserState
    reason: str | None  # a stable word, see core/reasons.py
    connection: ConnectionId | None  # on whose word the state stands
    role: Role
    since: datetime
    domain: str | None = None  # that the tenant has not proven, where that is the reason
    accounts: tuple[PersonalState, ...] = ()  # how each stands that they connected themself; not which it is
    rule: MatchRule | None = None  # that made the match

    @property
    def standing(self) -> Standing:
        return (self.connection, self.state, self.reason)


def entry_of(user: ProductUser) -> RosterEntry:
    is_connected = user.state is UserState.CONNECTED and user.connected_at is not None
    return RosterEntry(
        user=user.user,
        address=_address_of(user),
        account=None if user.match is None else user.match.address,
        state=user.state,
        reason=user.reason,
        connection=user.judged_by if user.match is None else user.match.connection,
        role=user.role,
        since=user.connected_at if is_connected and user.connected_at else user.changed_at,
        domain=user.unproven_domain if user.state is UserState.DOMAIN_UNPROVEN else None,
        accounts=tuple(account.state for account in user.personal),
        rule=None if user.match is None else user.match.rule,
    )


def standings(entries: Iterable[RosterEntry]) -> Counter[Standing]:
    """How many there are of each connection, state and reason."""
    return Counter(entry.standing for entry in entries)


def slice_of(user: ProductUserId) -> int:
    """Which slice of the roster holds the user, for good."""
    return sha256(user.encode()).digest()[0] % SLICES


def by_slices[Item](
    items: Iterable[Item], user_of: Callable[[Item], ProductUserId], at_least: int
) -> list[tuple[Item, ...]]:
    """Groups of at least so many but for the last; a slice is in one of them whole, since it is written at a time."""
    of_slice: dict[int, list[Item]] = {}
    for item in items:
        of_slice.setdefault(slice_of(user_of(item)), []).append(item)
    groups: list[tuple[Item, ...]] = []
    group: tuple[Item, ...] = ()
    for number in sorted(of_slice):
        group += tuple(of_slice[number])
        if len(group) >= at_least:
            groups.append(group)
            group = ()
    return [*groups, group] if group else groups


def _address_of(user: ProductUser) -> str | None:
    verified = (each.address for each in user.addresses if each.verified)
    return next(verified, user.addresses[0].address if user.addresses else None)
