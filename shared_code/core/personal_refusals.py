"""Why Microsoft would not let somebody connect an account of their own."""

from enum import StrEnum
from typing import Final


class PersonalRefusal(StrEnum):
    """Each has its own page, which says who can do something about it, and where."""

    DECLINED = "declined"  # by the person themself
    CONSENT_REQUIRED = "consent_required"  # nobody has allowed the app for this account
    CONSENT_FORBIDDEN = "consent_forbidden"  # people may not allow apps themselves
    ADMIN_APPROVAL = "admin_approval"  # only an administrator may allow this one
    REQUEST_SENT = "request_sent"  # an administrator is asked, or can be asked, at Microsoft
    RISKY_APP = "risky_app"  # as a rule for want of a verified publisher
    NOT_SUBSCRIBED = "not_subscribed"  # the organisation lacks the service that holds calendars
    CONSENT_INCOMPLETE = "consent_incomplete"  # what was allowed is not what the app asks for
    NOT_ASSIGNED = "not_assigned"
    CONDITIONAL_ACCESS = "conditional_access"
    TENANT_RESTRICTED = "tenant_restricted"  # the network lets only some organisations' accounts sign in
    APP_NOT_FOUND = "app_not_found"
    APP_DISABLED = "app_disabled"
    MFA_REQUIRED = "mfa_required"
    ACCOUNT_UNUSABLE = "account_unusable"  # disabled, locked, or its password has expired
    WRONG_ACCOUNT = "wrong_account"  # of a kind, or from a place, that the sign-in does not serve
    TOO_LATE = "too_late"  # the answer is good for ten minutes, and once
    MISCONFIGURED = "misconfigured"  # the fault is ours
    MICROSOFT_UNAVAILABLE = "microsoft_unavailable"
    NEVER_CAME_BACK = "never_came_back"  # Microsoft shows some of these on a page of its own, and leaves it there
    OTHER = "refused"


# Of those that have a number in an organisation's directory, and that an administrator could mend there, the ones that
# an Outlook.com account can meet as well.
OF_ANY_ACCOUNT: Final = frozenset(
    {PersonalRefusal.CONSENT_REQUIRED, PersonalRefusal.ACCOUNT_UNUSABLE, PersonalRefusal.OTHER}
)

# Microsoft asks not to branch on these numbers, and nothing is done by them; yet one ``error`` covers all of them, so
# the number chooses what is explained. https://learn.microsoft.com/entra/identity-platform/reference-error-codes and
# …/identity/enterprise-apps/application-sign-in-unexpected-user-consent-error (read 2026-11-21)
CODES: Final[dict[PersonalRefusal, tuple[int, ...]]] = {
    PersonalRefusal.DECLINED: (65004,),
    PersonalRefusal.CONSENT_REQUIRED: (65001,),
    PersonalRefusal.CONSENT_FORBIDDEN: (90093,),
    PersonalRefusal.ADMIN_APPROVAL: (90094,),
    PersonalRefusal.REQUEST_SENT: (90095,),
    PersonalRefusal.RISKY_APP: (900941, 900981),
    PersonalRefusal.NOT_SUBSCRIBED: (650052, 500011),
    PersonalRefusal.CONSENT_INCOMPLETE: (650056, 65005, 650057),
    PersonalRefusal.NOT_ASSIGNED: (50105,),
    PersonalRefusal.CONDITIONAL_ACCESS: (
        *(53003, 50005, 50131, 50158, 53000, 53001, 53002, 53004, 53009, 530032, 530034, 530035),
    ),
    PersonalRefusal.TENANT_RESTRICTED: (500021, 500022, 500212, 500213),
    PersonalRefusal.APP_NOT_FOUND: (700016, 70001),
    PersonalRefusal.APP_DISABLED: (7000112,),
    PersonalRefusal.MFA_REQUIRED: (50072, 50074, 50076, 50078, 50079, 50203),
    PersonalRefusal.ACCOUNT_UNUSABLE: (50034, 50053, 50055, 50057, 50128),
    PersonalRefusal.WRONG_ACCOUNT: (16000, 50020, 50177, 51004, 90072, 500208, 9002332),
    PersonalRefusal.TOO_LATE: (54005, 70008, 501481, 700005),
    PersonalRefusal.MISCONFIGURED: (
        *(50011, 50012, 50013, 50194, 70011, 90102, 700011, 700027, 700030, 700213, 900971, 7000215, 7000222),
    ),
    PersonalRefusal.MICROSOFT_UNAVAILABLE: (50033, 50196, 90006, 90012, 90024, 90033, 90055, 90090),
}
_BY_CODE: Final = {code: refusal for refusal, codes in CODES.items() for code in codes}

_BY_ERROR: Final = {
    # "The resource owner denied consent"; all that Outlook.com says of somebody's no.
    # https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow (read 2026-11-22)
    "access_denied": PersonalRefusal.DECLINED,
    "permission_denied": PersonalRefusal.DECLINED,
    "consent_required": PersonalRefusal.CONSENT_REQUIRED,
    "interaction_required": PersonalRefusal.CONDITIONAL_ACCESS,
    "temporarily_unavailable": PersonalRefusal.MICROSOFT_UNAVAILABLE,
    "server_error": PersonalRefusal.MICROSOFT_UNAVAILABLE,
    "invalid_grant": PersonalRefusal.TOO_LATE,
    "invalid_request": PersonalRefusal.MISCONFIGURED,
    "invalid_client": PersonalRefusal.MISCONFIGURED,
    "invalid_resource": PersonalRefusal.MISCONFIGURED,
    "invalid_scope": PersonalRefusal.MISCONFIGURED,
    "unauthorized_client": PersonalRefusal.MISCONFIGURED,
    "unsupported_response_type": PersonalRefusal.MISCONFIGURED,
}


def personal_refusal(error: str, subcode: str | None, code: int | None) -> PersonalRefusal:
    """Of what came back instead of a code, or of the code's redemption: ``error``, ``error_subcode``, AADSTS number."""
    if refusal := _BY_CODE.get(code or 0):
        return refusal
    if error == "access_denied" and code is not None and subcode != "cancel":
        # A person's no has a number that is known, or none: Entra numbers what its own rules forbid.
        return PersonalRefusal.OTHER
    return _BY_ERROR.get(error, PersonalRefusal.OTHER)


def fits_outlook_account(refusal: PersonalRefusal, code: int | None) -> bool:
    """Whether it can have been an Outlook.com account, which has no administrator, that met this.

    Whoever sets out for one and comes back with a number of an organisation's has chosen another account on the way.
    """
    return code is None or refusal in OF_ANY_ACCOUNT
