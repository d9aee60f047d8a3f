"""What Microsoft's answers about consent and sign-in mean."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shared_code.core.ids import TenantId

# https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference: role template ids of those
# who may grant Graph application permissions. Application Administrators may not.
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
PRIVILEGED_ROLE_ADMINISTRATOR = "e8611ab8-c189-46e8-94e1-60213ab1f814"
CONSENTING_ROLES = frozenset({GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR})
CONNECT_ROLE = "Connect"  # the enterprise app's own role, for tenants that delegate this without a directory role

READ_DIRECTORY = "User.Read.All"
USE_CALENDARS = "Calendars.ReadWrite"


class Refusal(StrEnum):
    """Why the way from the link to the confirmation ended early; each has its own page and leaves the link usable."""

    DECLINED = "declined"
    NOT_ALLOWED = "not_allowed"
    MISCONFIGURED = "misconfigured"
    MICROSOFT_UNAVAILABLE = "microsoft_unavailable"
    OTHER = "refused"
    NO_TENANT = "no_tenant"
    NOT_SPREAD = "consent_not_spread"
    ROLE_NOT_SHOWN = "role_not_shown"
    WRONG_ROLE = "wrong_role"
    NOT_PROVEN = "not_proven"
    OTHER_TENANT = "other_tenant"
    BLOCKED = "blocked_by_policy"


_BY_ERROR = {
    # Three documented or recorded spellings of "the administrator clicked Cancel".
    "consent_required": Refusal.DECLINED,
    "permission_denied": Refusal.DECLINED,
    "access_denied": Refusal.NOT_ALLOWED,
    "temporarily_unavailable": Refusal.MICROSOFT_UNAVAILABLE,
    "server_error": Refusal.MICROSOFT_UNAVAILABLE,
    "invalid_request": Refusal.MISCONFIGURED,
    "invalid_client": Refusal.MISCONFIGURED,
    "invalid_resource": Refusal.MISCONFIGURED,
    "invalid_scope": Refusal.MISCONFIGURED,
    "unauthorized_client": Refusal.MISCONFIGURED,
    "unsupported_response_type": Refusal.MISCONFIGURED,
}


# A rule of the tenant, not the person, said no. Microsoft asks not to branch on these numbers, and nothing is done by
# them; yet one ``error`` covers a missing role, a missing consent and a rule, so the number chooses what is explained.
# https://learn.microsoft.com/entra/identity-platform/reference-error-codes (read 2026-11-21)
_BY_POLICY = frozenset(
    {
        *(50005, 50131, 53000, 53001, 53002, 53003, 53004, 530032, 530034, 530035),  # conditional access, device, risk
        *(500021, 500022, 500212, 500213),  # which tenants may be signed in to, and by whom
        50105,  # the enterprise application is for people who are assigned to it
        *(900941, 900981),  # the application is taken for a risk, as a rule for want of a verified publisher
        7000112,  # the enterprise application is disabled
    }
)
_BY_REASON = {
    "conditional_access": Refusal.BLOCKED,
    "app_disabled": Refusal.BLOCKED,
    "credential_refused": Refusal.MISCONFIGURED,
    "token_refused": Refusal.MISCONFIGURED,
    "tenant_not_found": Refusal.NOT_PROVEN,
}


def parse_code(description: str | None) -> int | None:
    """The number after AADSTS in an ``error_description``."""
    found = re.search(r"AADSTS(\d{4,9})", (description or "")[:2000], re.ASCII)
    return int(found[1]) if found else None


def consent_refusal(error: str, subcode: str | None, code: int | None = None) -> Refusal:
    """``code``: the AADSTS number, if there was one."""
    if error == "access_denied" and subcode == "cancel":
        return Refusal.DECLINED
    if code in _BY_POLICY:
        return Refusal.BLOCKED
    return _BY_ERROR.get(error, Refusal.OTHER)


def sign_in_refusal(error: str, code: int | None = None) -> Refusal:
    """The sign-in follows a consent, so "consent needed" here means that the consent has not spread yet."""
    if code in _BY_POLICY:
        return Refusal.BLOCKED
    if error in {"consent_required", "interaction_required", "login_required", "invalid_grant"}:
        return Refusal.NOT_SPREAD
    if error == "access_denied":
        return Refusal.DECLINED
    return _BY_ERROR.get(error, Refusal.OTHER)


def token_refusal(reason: str) -> Refusal:
    """``reason`` as of ``Disconnected``: why the code was not exchanged. Right after a consent it may only be early."""
    return _BY_REASON.get(reason, Refusal.NOT_SPREAD)


def role_refusal(directory_roles: frozenset[str] | None, app_roles: frozenset[str]) -> Refusal | None:
    """None for somebody who may connect a tenant."""
    if CONNECT_ROLE in app_roles:
        return None
    if directory_roles is None:
        return Refusal.ROLE_NOT_SHOWN
    return None if directory_roles & CONSENTING_ROLES else Refusal.WRONG_ROLE


def parse_tenant(claimed: str | None) -> TenantId | None:
    """A tenant id in canonical form, or None for anything that is no GUID."""
    try:
        return TenantId(str(UUID(claimed or "")))
    except ValueError:
        return None


_GRANT_DELAYS = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 60, 120, 300, 600))
_GRANT_DELAY_AFTERWARDS = timedelta(minutes=30)
GRANT_PATIENCE = timedelta(hours=24)
LOOK_AGAIN_EVERY = timedelta(hours=1)  # at a tenant that has withdrawn its trust: it may give it back


def next_grant_check(attempts: int, verifying_since: datetime, now: datetime) -> timedelta | None:
    """How long to wait after ``attempts`` checks found nothing; None once patience is over.

    A grant shows within a minute as a rule and within hours at worst (recorded, not documented).
    """
    if now - verifying_since >= GRANT_PATIENCE:
        return None
    return _GRANT_DELAYS[attempts - 1] if attempts <= len(_GRANT_DELAYS) else _GRANT_DELAY_AFTERWARDS
