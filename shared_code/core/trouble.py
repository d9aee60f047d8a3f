"""Why a connection does not serve: the words that its ``reason`` may hold."""

from enum import StrEnum


class Trouble(StrEnum):
    # What Entra or Graph says, as the adapters translate it.
    CONSENT_MISSING = "consent_missing"
    APP_DISABLED = "app_disabled"
    CREDENTIAL_REFUSED = "credential_refused"
    TENANT_NOT_FOUND = "tenant_not_found"
    CONDITIONAL_ACCESS = "conditional_access"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - a word, no secret
    PERMISSION_MISSING = "permission_missing"
    # What a look at the grant finds.
    ROLES_MISSING = "roles_missing"
    CALENDARS_NOT_GRANTED = "calendars_not_granted"
    ALL_MAILBOXES_REFUSED = "all_mailboxes_refused"
    CONSENT_IS_ANOTHER = "consent_is_another"
    GRANT_NOT_SEEN = "grant_not_seen"
    MICROSOFT_UNAVAILABLE = "microsoft_unavailable"
