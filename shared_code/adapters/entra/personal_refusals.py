"""Where a refresh token that Entra refuses becomes a reason for its owner.

One ``error`` covers what people mend in different ways, so the documented number decides where there is one.
https://learn.microsoft.com/entra/identity-platform/reference-error-codes (read 2026-11)
"""

from datetime import datetime, timedelta
from http import HTTPStatus

from shared_code.adapters.entra.refusals import REASONS as APP_REASONS
from shared_code.adapters.entra.refusals import TokenRefusal, is_transient
from shared_code.adapters.retry_after import parse_retry_after
from shared_code.core.ids import MailboxKey
from shared_code.core.personal_account import CONSUMERS, PersonalReason
from shared_code.errors import Disconnected, OrgcalError, Throttled, TryLater
from shared_code.logs import warn

REASONS: dict[PersonalReason, frozenset[int]] = {
    # nothing granted (any more), for this person or for anybody in the tenant
    PersonalReason.CONSENT_REQUIRED: frozenset({65001, 65004, 650052, 650056, 90093, 90094, 90095, 900941}),
    PersonalReason.INACTIVE: frozenset({700082, 70008}),
    PersonalReason.REVOKED: frozenset({50173, 50132, 50133}),
    PersonalReason.SIGN_IN_TOO_OLD: frozenset({70043, 70044}),
    # a second factor: asked for, not registered, too long ago, or somebody else's
    PersonalReason.MFA_REQUIRED: frozenset({50076, 50079, 50078, 50072, 50074, 50158}),
    # disabled, unknown, no longer in that tenant, or the tenant itself is gone
    PersonalReason.ACCOUNT_DISABLED: frozenset({50057, 50034, 51004, 90002}),
    PersonalReason.CONDITIONAL_ACCESS: frozenset(
        {53000, 53001, 53002, 53003, 53004, 50005, 50097, 50131, 530032, 530034, 530035}
    ),
    PersonalReason.NOT_ASSIGNED: frozenset({50105}),
    PersonalReason.APP_BLOCKED: frozenset({700016, 7000112, 7000229, 500011}),
}
_REASON_OF = {code: reason for reason, codes in REASONS.items() for code in codes}
# What is wrong with the grant itself; any other word is about the request or the app that sends it.
_ABOUT_THE_GRANT = frozenset({"invalid_grant", "interaction_required", "login_required", "access_denied"})
_CONSENT = "consent_required"
# All that Outlook.com says of any refusal, together with number 70000.
_BAD_TOKEN = "bad_token"  # noqa: S105
UNTIL_MENDED = timedelta(minutes=15)  # by an operator: meanwhile not everybody's account asks once a minute


def refresh_error(
    mailbox: MailboxKey, status: int, refusal: TokenRefusal, retry_after: str | None, now: datetime
) -> OrgcalError:
    """Disconnected with a PersonalReason only for what the account's owner can mend. What is wrong with this app's own
    credential would take everybody's calendar at once: TryLater, and a warning. So it is where Outlook.com does not
    know the app, which nobody there could have turned off: it is another one, or does not take personal accounts."""
    told = f"{mailbox}: Entra answered {status} {refusal.error} {refusal.error_codes} {refusal.suberror}"
    later = parse_retry_after(retry_after, now)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Throttled(told, later)
    if is_transient(status, refusal):
        return TryLater(told, later)
    reason = _reason_of(refusal)
    if reason is None or (reason is PersonalReason.APP_BLOCKED and mailbox.tenant == CONSUMERS):
        warn("refresh_refused", tenant=mailbox.tenant, error=refusal.error, codes=refusal.error_codes)
        return TryLater(told, later or UNTIL_MENDED)
    return Disconnected(told, reason)


def _reason_of(refusal: TokenRefusal) -> PersonalReason | None:
    if not APP_REASONS["credential_refused"].isdisjoint(refusal.error_codes):
        return None
    if known := next((_REASON_OF[code] for code in refusal.error_codes if code in _REASON_OF), None):
        return known
    if _CONSENT in {refusal.error, refusal.suberror}:
        return PersonalReason.CONSENT_REQUIRED
    if refusal.suberror == _BAD_TOKEN:
        return PersonalReason.REVOKED
    return PersonalReason.TOKEN_REFUSED if refusal.error in _ABOUT_THE_GRANT else None
