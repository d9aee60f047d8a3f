"""What reading an account's calendars makes of it."""

from dataclasses import replace
from datetime import datetime

from shared_code.core.personal_account import PersonalAccount, PersonalReason, PersonalState
from shared_code.core.product_user import ProductUser, UserState

# What Graph says where Entra had let us in, in the owner's terms: an organisation's connection has other words for it.
_SAID_BY_GRAPH = {
    "consent_missing": PersonalReason.CONSENT_REQUIRED,
    "permission_missing": PersonalReason.CONSENT_REQUIRED,
}
_SHUT = {
    UserState.NO_MAILBOX: PersonalReason.MAILBOX_MISSING,
    UserState.ERROR: PersonalReason.MAILBOX_MISSING,  # without a default calendar there is nothing to begin with
    UserState.EXCLUDED_BY_POLICY: PersonalReason.ACCESS_DENIED,
}


def served(account: PersonalAccount, now: datetime) -> PersonalAccount:
    """Its calendars were read."""
    return replace(account, state=PersonalState.CONNECTED, reason=None, changed_at=now)


def lost(account: PersonalAccount, reason: PersonalReason, now: datetime) -> PersonalAccount:
    """Nothing more is asked of it until its owner signs in again."""
    return replace(account, state=PersonalState.NEEDS_RECONNECT, reason=reason, changed_at=now)


def with_account(user: ProductUser, changed: PersonalAccount) -> ProductUser:
    """The user with this in place of what they had of the account."""
    accounts = tuple(changed if each.mailbox == changed.mailbox else each for each in user.personal)
    return replace(user, personal=accounts)


def reason_of_refusal(word: str) -> PersonalReason:
    """From the reason of a ``Disconnected``, whoever has raised it."""
    try:
        return PersonalReason(word)
    except ValueError:
        return _SAID_BY_GRAPH.get(word, PersonalReason.TOKEN_REFUSED)


def reason_of_shutting(state: UserState) -> PersonalReason:
    """From how the mailbox was closed to its own owner's token."""
    return _SHUT.get(state, PersonalReason.ACCESS_DENIED)
