"""A person's way from a one-time link into the signed-in pages, and how long they may stay there."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

from shared_code.core.ids import OrganizationId, ProductUserId
from shared_code.core.organization import Organization
from shared_code.core.personal_policy import AccountRules
from shared_code.core.product_user import ProductUser, Role

LINK_LIFETIME = timedelta(minutes=5)
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=8)
Start = Literal["home", "connect"]  # where a session begins: among their pages, or on the way to an account
SEEN_EVERY = timedelta(minutes=1)  # a session in use is written at most this often, so it may end this much early

_RANKS: Final[dict[Role, int]] = {"user": 0, "admin": 1, "owner": 2}


class PortalFault(StrEnum):
    """Why somebody is not let in."""

    LINK_UNKNOWN = "portal_link_unknown"
    LINK_EXPIRED = "portal_link_expired"
    LINK_USED = "portal_link_used"
    SESSION_OVER = "portal_session_over"
    FOREIGN_FORM = "portal_foreign_form"
    NOT_ALLOWED = "portal_not_allowed"


@dataclass(frozen=True)
class AskedSession:
    """What the product asks for."""

    user: ProductUserId
    role: Role | None = None  # None: the user's own
    locale: str | None = None  # BCP 47; None: the browser's
    return_to: str | None = None
    start: Start = "home"
    login_hint: str | None = None  # whose account is to be connected


@dataclass(frozen=True)
class WayBack:
    """All that a link or session that is over still says, and only to whoever has its secret."""

    locale: str | None
    return_to: str | None


@dataclass(frozen=True)
class PortalSession:
    """One link and, once it was opened, the session of the browser that opened it."""

    session: str
    organization: OrganizationId
    user: ProductUserId
    role: Role  # ends when the user's own is less
    link_hash: str
    created_at: datetime
    locale: str | None = None
    return_to: str | None = None  # checked against the allow-list when the link was asked for
    cookie_hash: str | None = None
    opened_at: datetime | None = None
    seen_at: datetime | None = None
    user_since: datetime | None = None  # tells the user from whoever has their name later
    start: Start = "home"
    login_hint: str | None = None

    @property
    def way_back(self) -> WayBack:
        return WayBack(self.locale, self.return_to)


@dataclass(frozen=True)
class Visit:
    """Somebody who is let in, as they are right now."""

    session: PortalSession
    organization: Organization
    user: ProductUser
    rules: AccountRules

    @property
    def acts_as_admin(self) -> bool:
        """The session's role, not the user's: an owner may be let in as a plain user."""
        return self.session.role in {"owner", "admin"}


def entry_fault(session: PortalSession, now: datetime) -> PortalFault | None:
    """None if the link still opens."""
    if session.opened_at is not None:
        return PortalFault.LINK_USED
    return PortalFault.LINK_EXPIRED if now >= session.created_at + LINK_LIFETIME else None


def opened(session: PortalSession, cookie_hash: str, now: datetime) -> PortalSession:
    return replace(session, cookie_hash=cookie_hash, opened_at=now, seen_at=now)


def closed(session: PortalSession) -> PortalSession:
    """Over for good. Its secrets still find it, and with it the way back, until it is forgotten in its time."""
    return replace(session, seen_at=None, login_hint=None)


def is_closed(session: PortalSession) -> bool:
    return session.opened_at is not None and session.seen_at is None


def is_over(session: PortalSession, now: datetime) -> bool:
    if session.opened_at is None or session.seen_at is None:
        return True
    return now >= session.opened_at + LONGEST or now >= session.seen_at + IDLE


def is_to_be_seen(session: PortalSession, now: datetime) -> bool:
    return session.seen_at is None or now >= session.seen_at + SEEN_EVERY


def may_act_as(user: ProductUser, role: Role) -> bool:
    """Whether the user's own role, as just read, is at least this one."""
    return _RANKS[user.role] >= _RANKS[role]
