"""Somebody's way from their own page to Microsoft and back, until they have confirmed which account this is."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from shared_code.core.ids import ConnectionId, LinkKey, MailboxKey, OrganizationId, ProductUserId, TenantId, UserId
from shared_code.core.personal_refusals import PersonalRefusal
from shared_code.core.portal_session import Visit
from shared_code.core.product_user import ProductUser

LIFETIME = timedelta(hours=1)
PATIENCE = timedelta(minutes=10)  # whoever needs longer at Microsoft may have been stopped there

# ``connecting``: confirmed, and not over yet. Nothing of the account is kept elsewhere before that.
Step = Literal["signing_in", "confirming", "connecting", "done"]


class PersonalOutcome(StrEnum):
    """How the way ended."""

    CONNECTED = "connected"
    CANCELLED = "cancelled"  # on our last page
    REFUSED = "refused"  # at Microsoft, by whoever
    UNAVAILABLE = "microsoft_unavailable"
    NOT_PROVEN = "not_proven"
    ALREADY_MANAGED = "already_managed"  # by the organisation, for the same person
    TOO_MANY = "too_many_accounts"
    NOT_ALLOWED = "not_allowed"


@dataclass(frozen=True)
class PersonalSignIn:
    """One browser's attempt. Each step is taken once; a step taken twice is refused and changes nothing."""

    sign_in: str
    organization: OrganizationId
    user: ProductUserId
    user_since: datetime | None  # tells the user from whoever has their name later
    cookie_hash: str  # of the browser's cookie
    step: Step
    created_at: datetime
    nonce: str | None = None
    code_verifier: str | None = None
    again: ConnectionId | None = None  # the account that was to be reconnected
    tenant: TenantId | None = None  # proven, with all that follows
    user_id: UserId | None = None
    account: str | None = None
    token_key: str | None = None  # under which the refresh token is sealed
    token: str | None = None  # sealed
    connection: ConnectionId | None = None  # what the account is or will be called
    outcome: PersonalOutcome | None = None
    refusal: PersonalRefusal | None = None  # what Microsoft said
    code: int | None = None  # and its AADSTS number
    proven_at: datetime | None = None  # when the account was, and the refresh token was given

    def is_expired(self, now: datetime) -> bool:
        return now >= self.created_at + LIFETIME

    def is_unanswered(self, now: datetime) -> bool:
        return self.step == "signing_in" and now >= self.created_at + PATIENCE

    def is_of(self, visit: Visit) -> bool:
        session = visit.session
        whose = (session.organization, session.user, visit.user.created_at)
        return whose == (self.organization, self.user, self.user_since)

    def is_connected_to(self, user: ProductUser) -> bool:
        """Whether it gave them an account that they still have."""
        if self.outcome is not PersonalOutcome.CONNECTED or self.connection is None:
            return False
        return user.find_account(self.connection) is not None

    @property
    def link(self) -> LinkKey | None:
        """Of the proven account."""
        if self.tenant is None or self.user_id is None:
            return None
        return LinkKey(MailboxKey("personal", self.tenant, self.user_id), self.organization, self.user)


def ended(sign_in: PersonalSignIn, outcome: PersonalOutcome) -> PersonalSignIn:
    """Nothing is kept but how it ended, and for an account that is connected, which one."""
    return replace(
        sign_in,
        step="done",
        nonce=None,
        code_verifier=None,
        tenant=None,
        user_id=None,
        account=None,
        token_key=None,
        token=None,
        connection=sign_in.connection if outcome is PersonalOutcome.CONNECTED else None,
        outcome=outcome,
    )


def refused(sign_in: PersonalSignIn, refusal: PersonalRefusal, code: int | None) -> PersonalSignIn:
    return replace(ended(sign_in, PersonalOutcome.REFUSED), refusal=refusal, code=code)
