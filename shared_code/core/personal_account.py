"""An Outlook account that somebody has connected themself, beside what their organisation manages or instead of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared_code.core.ids import ConnectionId, MailboxKey, TenantId, UserId

# Everybody's Outlook.com account is a user of this one tenant.
# https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference (``tid``)
CONSUMERS = TenantId("9188040d-6c67-4c5b-b112-36a304b66dad")
MOST_ACCOUNTS = 5  # of one user: each costs a read where their free time is asked for


class PersonalState(StrEnum):
    PENDING = "pending"  # its calendars were not read yet
    CONNECTED = "connected"
    NEEDS_RECONNECT = "needs_reconnect"  # only its owner can mend that
    SET_ASIDE = "set_aside"  # by the organisation's policy, for as long as that holds: not read, and nobody's answer


class PersonalReason(StrEnum):
    """Why an account needs its owner, or is set aside."""

    CONSENT_REQUIRED = "consent_required"  # withdrawn, by its owner or by their Microsoft administrator
    INACTIVE = "inactive"  # its refresh token was not used for 90 days
    REVOKED = "revoked"  # by its owner, an administrator, or a new password
    SIGN_IN_TOO_OLD = "sign_in_too_old"  # the tenant wants people to sign in more often
    MFA_REQUIRED = "mfa_required"
    ACCOUNT_DISABLED = "account_disabled"  # or deleted
    CONDITIONAL_ACCESS = "conditional_access"
    NOT_ASSIGNED = "not_assigned"  # the tenant's administrator lets only some people use the app
    APP_BLOCKED = "app_blocked"  # the enterprise application is disabled or gone in that tenant
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - for a reason that Microsoft did not tell
    MAILBOX_MISSING = "mailbox_missing"
    ACCESS_DENIED = "access_denied"  # the mailbox refuses its own owner's token
    NOT_ALLOWED = "not_allowed"  # the policy has no personal connections
    ADMIN_MANAGED = "admin_managed"  # the policy has none beside an admin-managed calendar


@dataclass(frozen=True)
class PersonalAccount:
    """One of a user's own accounts. Its refresh token is kept elsewhere, encrypted."""

    connection: ConnectionId  # the product's handle for it
    tenant: TenantId
    user_id: UserId
    account: str  # the address that Microsoft showed at the sign-in: for its owner's eyes
    state: PersonalState
    connected_at: datetime  # the first time
    changed_at: datetime
    reason: PersonalReason | None = None
    recovered_at: datetime | None = None  # what changed while it was not served was told to nobody
    signed_in_at: datetime | None = None  # the last time that its owner proved it; None: longer ago than this is noted

    @property
    def mailbox(self) -> MailboxKey:
        return MailboxKey("personal", self.tenant, self.user_id)

    @property
    def is_consumer(self) -> bool:
        """Outlook.com: no organisation, no getSchedule."""
        return self.tenant == CONSUMERS

    @property
    def is_held(self) -> bool:
        """Its link is kept, whether or not it can be read just now."""
        return self.state is not PersonalState.SET_ASIDE

    @property
    def is_served(self) -> bool:
        return self.state in {PersonalState.PENDING, PersonalState.CONNECTED}
