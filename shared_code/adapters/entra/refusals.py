"""Where Entra's token errors become Orgcal's errors.

The page asks not to branch on texts or numbers but on ``error``; yet one ``error`` covers what an administrator must
mend in different places, so the documented number decides where the word says too little, and only there.
https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from datetime import datetime
from http import HTTPStatus

import msgspec

from shared_code.adapters.retry_after import parse_retry_after
from shared_code.core.ids import TenantId
from shared_code.errors import Disconnected, Forged, OrgcalError, SignInRefused, Throttled, TryLater

REASONS: dict[str, frozenset[int]] = {
    # no service principal, not found in that directory, nothing recorded, nothing granted
    "consent_missing": frozenset({7000229, 700016, 65001, 650056, 500011}),
    "app_disabled": frozenset({7000112}),
    # keys, secrets, federated credentials and the assertions made of them
    "credential_refused": frozenset(
        {700027, 7000215, 7000222, 700213, 700229, 700030, 50012, 50013, 500133, 50027, 50048}
    ),
    "tenant_not_found": frozenset({90002, 90038}),
    "conditional_access": frozenset({53003, 530034, 530035, 530032}),
}
_REASON_OF = {code: reason for reason, codes in REASONS.items() for code in codes}
_TRANSIENT_CODES = frozenset({90033, 90006, 90012, 90024, 90055, 90090, 50033, 50196})
_TRANSIENT_WORDS = frozenset({"temporarily_unavailable", "server_error"})
# An authorisation code that is wrong, spent, old, another tenant's, or without its verifier.
_CODE_REFUSED_CODES = frozenset({9002313, 900144})  # malformed, missing


class TokenRefusal(msgspec.Struct):
    """https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow; ``error_description``
    is not among the fields."""

    error: str = ""
    suberror: str = ""
    error_codes: list[int] = []


def read_refusal(body: bytes) -> TokenRefusal:
    """What can be read of it; an unreadable body says nothing."""
    try:
        return msgspec.json.decode(body, type=TokenRefusal)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return TokenRefusal()


def token_error(
    tenant: TenantId, status: int, refusal: TokenRefusal, retry_after: str | None, now: datetime
) -> OrgcalError:
    """The error for a refused request for a token."""
    told = f"tenant {tenant}: Entra answered {status} {refusal.error} {refusal.error_codes}"
    later = parse_retry_after(retry_after, now)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Throttled(told, later, whole_tenant=True)
    if reason := next((_REASON_OF[code] for code in refusal.error_codes if code in _REASON_OF), None):
        return Disconnected(told, reason)
    if is_transient(status, refusal):
        return TryLater(told, later)
    if refusal.suberror == "consent_required":
        return Disconnected(told, "consent_missing")
    return Disconnected(told, "token_refused")


def code_error(
    tenant: TenantId, status: int, refusal: TokenRefusal, retry_after: str | None, now: datetime
) -> OrgcalError:
    """The same for a request that redeems a code: what else is wrong with the grant is the code's fault."""
    error = token_error(tenant, status, refusal, retry_after, now)
    is_about_code = refusal.error == "invalid_grant" or not _CODE_REFUSED_CODES.isdisjoint(refusal.error_codes)
    if is_about_code and isinstance(error, Disconnected) and error.reason == "token_refused":
        return Forged("code")
    return error


def sign_in_error(status: int, refusal: TokenRefusal, retry_after: str | None, now: datetime) -> OrgcalError:
    """The error for somebody's own code that was not redeemed: what Entra says of that is for them to read."""
    if status == HTTPStatus.TOO_MANY_REQUESTS or is_transient(status, refusal):
        return TryLater(f"common: Entra answered {status} {refusal.error}", parse_retry_after(retry_after, now))
    return SignInRefused(refusal.error, refusal.suberror or None, next(iter(refusal.error_codes), None))


def is_transient(status: int, refusal: TokenRefusal) -> bool:
    return (
        status >= HTTPStatus.INTERNAL_SERVER_ERROR
        or status == HTTPStatus.REQUEST_TIMEOUT
        or refusal.error in _TRANSIENT_WORDS
        or not _TRANSIENT_CODES.isdisjoint(refusal.error_codes)
    )
