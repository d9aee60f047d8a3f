"""What becomes of a product user when the product sends them, new or again."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.addresses import normalise
from shared_code.core.ids import ProductUserId
from shared_code.core.product_user import Address, ProductUser, Role, UserState
from shared_code.core.reasons import Reason


@dataclass(frozen=True)
class SentUser:
    """A product user as the product describes them."""

    addresses: tuple[Address, ...]
    role: Role
    time_zone: str | None
    has_calendar: bool


@dataclass(frozen=True)
class Arrival:
    """The user as they are to be stored, and what follows from it."""

    user: ProductUser
    look_up: bool  # search the directories for them
    released: bool  # they lose the mailbox they had


def arrive(fresh: ProductUser) -> Arrival:
    """A user seen for the first time; ``fresh`` carries what the product said and no state that matters yet."""
    return Arrival(_waiting(fresh), look_up=not fresh.has_calendar and _has_verified(fresh), released=False)


def arrive_again(known: ProductUser, sent: SentUser, now: datetime) -> Arrival:
    """The product sent a user whom we know.

    A pin survives as long as the address that made it is still sent as verified. A user whose directory object is
    gone is searched anew, because the product has just said that this is still the person it means.
    """
    user = replace(
        known,
        addresses=sent.addresses,
        role=sent.role,
        time_zone=sent.time_zone,
        has_calendar=sent.has_calendar,
    )
    if user == known and known.reason != Reason.OBJECT_GONE:
        return Arrival(known, look_up=False, released=False)
    if known.state is UserState.OPTED_OUT:
        return _still_opted_out(known, user)
    if _keeps_match(known, user):
        return Arrival(replace(user, changed_at=now), look_up=False, released=False)
    fresh = forget_match(user, now)
    look_up = not user.has_calendar and _has_verified(user)
    return Arrival(_waiting(fresh), look_up=look_up, released=known.match is not None)


def _still_opted_out(known: ProductUser, user: ProductUser) -> Arrival:
    """They stay out, and since when; the pin, which a reconnect would follow, goes as anybody's would."""
    if known.match is None or _keeps_match(known, user):
        return Arrival(user, look_up=False, released=False)
    return Arrival(forget_match(user, known.changed_at), look_up=False, released=True)


def _keeps_match(known: ProductUser, user: ProductUser) -> bool:
    return (
        known.match is not None
        and known.state is not UserState.NO_MATCH
        and not user.has_calendar
        and known.match.address in verified_addresses(user)
    )


def _waiting(user: ProductUser) -> ProductUser:
    if user.has_calendar:
        return replace(user, state=UserState.PERSONAL, reason=str(Reason.HAS_OWN_CALENDAR))
    if user.has_account:
        return replace(user, state=UserState.PERSONAL, reason=str(Reason.HAS_OWN_ACCOUNT))
    reason = Reason.AWAITING_LOOK_UP if _has_verified(user) else Reason.NO_VERIFIED_ADDRESS
    return replace(user, state=UserState.NO_MATCH, reason=str(reason))


def standing(user: ProductUser, now: datetime) -> ProductUser:
    """Whoever is matched to nobody and has an account of their own is ``personal``, and no longer than they have it.

    The very same value if that is so already. Who opted out stays out, and whose directory user is gone is looked for
    only once the product sends them again.
    """
    is_settled = user.match is not None or user.has_calendar or user.state is UserState.OPTED_OUT
    if is_settled or user.has_account is (user.state is UserState.PERSONAL):
        return user
    waiting = _waiting(forget_match(user, now))
    return replace(waiting, reason=user.reason) if user.reason == Reason.OBJECT_GONE else waiting


def forget_match(user: ProductUser, now: datetime) -> ProductUser:
    """The user without a pin or anything that came of one; the state is the caller's to set."""
    return replace(
        user,
        match=None,
        connected_at=None,
        candidates=(),
        unproven_domain=None,
        judged_by=None,
        changed_at=now,
    )


def verified_addresses(user: ProductUser) -> frozenset[str]:
    """Normalised."""
    return frozenset(normalise(address.address) for address in user.addresses if address.verified)


def exchanging(changes: Iterable[tuple[ProductUser | None, ProductUser]]) -> frozenset[ProductUserId]:
    """Those who give a verified address to, or take it from, one another; each as known and as they come."""
    given: dict[str, ProductUserId] = {}
    taken: dict[str, ProductUserId] = {}
    for known, user in changes:
        before = frozenset[str]() if known is None else verified_addresses(known)
        after = verified_addresses(user)
        given |= dict.fromkeys(before - after, user.user)
        taken |= dict.fromkeys(after - before, user.user)
    return frozenset(side[address] for address in given.keys() & taken.keys() for side in (given, taken))


def _has_verified(user: ProductUser) -> bool:
    return any(address.verified for address in user.addresses)
