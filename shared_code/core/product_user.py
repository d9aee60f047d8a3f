"""A person of the product's customer, and how their calendar stands."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from shared_code.core.ids import ConnectionId, MailboxKey, OrganizationId, ProductUserId, TenantId, UserId
from shared_code.core.personal_account import PersonalAccount
from shared_code.core.user_settings import UserSettings


class UserState(StrEnum):
    CONNECTED = "connected"
    PENDING = "pending"
    NO_MATCH = "no_match"
    AMBIGUOUS = "ambiguous"
    NO_MAILBOX = "no_mailbox"
    DISABLED = "disabled"
    EXCLUDED_BY_POLICY = "excluded_by_policy"
    OPTED_OUT = "opted_out"
    PERSONAL = "personal"
    DOMAIN_UNPROVEN = "domain_unproven"
    ERROR = "error"


class MatchRule(StrEnum):
    """Why a directory user is this product user, best first."""

    PIN = "pin"
    MAIL = "mail"
    USER_PRINCIPAL_NAME = "user_principal_name"
    PROXY_ADDRESS = "proxy_address"


Role = Literal["owner", "admin", "user"]


@dataclass(frozen=True)
class Address:
    address: str  # as the product sent it
    verified: bool


@dataclass(frozen=True)
class Match:
    """The directory user that a product user is; it pins the object id, whatever the directory renames."""

    connection: ConnectionId
    tenant: TenantId
    user_id: UserId
    rule: MatchRule  # the rule that made the pin, never ``pin`` itself
    address: str  # the normalised address that matched
    matched_at: datetime

    @property
    def mailbox(self) -> MailboxKey:
        return MailboxKey("organizations", self.tenant, self.user_id)


@dataclass(frozen=True)
class ProductUser:
    organization: OrganizationId
    user: ProductUserId
    addresses: tuple[Address, ...]
    state: UserState
    changed_at: datetime
    role: Role = "user"
    time_zone: str | None = None  # IANA, as the product knows it
    has_calendar: bool = False  # the product has a calendar of its own for them
    match: Match | None = None
    reason: str | None = None  # a stable word, see core/reasons.py
    candidates: tuple[str, ...] = ()  # masked addresses, when ambiguous
    connected_at: datetime | None = None
    unproven_domain: str | None = None  # which one, when that is the reason
    judged_by: ConnectionId | None = None  # whose match gave the state of a user who has no match
    settings: UserSettings = field(default_factory=UserSettings)
    created_at: datetime | None = None  # when the product first sent them; None for whoever came before this was noted
    personal: tuple[PersonalAccount, ...] = ()  # the oldest first

    @property
    def has_account(self) -> bool:
        """An account of their own, of which something is kept."""
        return any(account.is_held for account in self.personal)

    def find_account(self, connection: ConnectionId) -> PersonalAccount | None:
        return next((account for account in self.personal if account.connection == connection), None)

    def find_personal(self, mailbox: MailboxKey) -> PersonalAccount | None:
        return next((account for account in self.personal if account.mailbox == mailbox), None)


def called(user: ProductUser) -> str:
    """What somebody is known by on their own pages: an address of theirs, else the product's id."""
    best = sorted(user.addresses, key=lambda address: not address.verified)
    return best[0].address if best else user.user
