"""How an account that somebody connected themself stands, in words for them. Templates translate each text."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from shared_code.core.personal_account import PersonalAccount, PersonalReason, PersonalState
from shared_code.pages.languages import N_
from shared_code.pages.my_texts import Standing

_CONNECT_AGAIN: Final = N_("Connect it again. What you chose for its calendars is kept.")
_ASK_ITS_ADMINISTRATOR: Final = N_(
    "Try to connect it again. If Microsoft does not let you, only a Microsoft administrator of that account’s "
    "organization can help."
)
_LOST: Final = Standing(N_("Needs you"), "notice", N_("Microsoft does not let us read it any more."), _CONNECT_AGAIN)

PENDING: Final = Standing(
    N_("Being connected"),
    "waiting",
    N_("Its calendars are about to be read for the first time."),
    N_("As a rule this takes less than a minute."),
)
CONNECTED: Final = Standing(N_("Connected"), "good", N_("%(product)s knows when you are busy there."), "")

REASONS: Final[Mapping[PersonalReason, Standing]] = {
    PersonalReason.CONSENT_REQUIRED: replace(
        _LOST,
        happened=N_(
            "The permission was withdrawn, by you or by a Microsoft administrator, so it is not read any more."
        ),
        next=_ASK_ITS_ADMINISTRATOR,
    ),
    PersonalReason.INACTIVE: replace(_LOST, happened=N_("It was not used for so long that Microsoft has ended it.")),
    PersonalReason.REVOKED: replace(
        _LOST,
        happened=N_("Microsoft has ended all sign-ins of this account, after a new password for example."),
    ),
    PersonalReason.SIGN_IN_TOO_OLD: replace(
        _LOST, happened=N_("The account’s organization wants people to sign in anew every so often, and it is time.")
    ),
    PersonalReason.MFA_REQUIRED: replace(
        _LOST, happened=N_("Microsoft wants a second step from you, such as a code from your phone.")
    ),
    PersonalReason.ACCOUNT_DISABLED: replace(
        _LOST, happened=N_("The account was disabled or deleted."), next=_ASK_ITS_ADMINISTRATOR
    ),
    PersonalReason.CONDITIONAL_ACCESS: replace(
        _LOST,
        happened=N_("A rule of the account’s organization, Conditional Access, keeps us out."),
        next=_ASK_ITS_ADMINISTRATOR,
    ),
    PersonalReason.NOT_ASSIGNED: replace(
        _LOST,
        happened=N_(
            "The account’s organization lets only some people use this application, and you are not among them."
        ),
        next=_ASK_ITS_ADMINISTRATOR,
    ),
    PersonalReason.APP_BLOCKED: replace(
        _LOST,
        happened=N_("The account’s organization has turned this application off."),
        next=_ASK_ITS_ADMINISTRATOR,
    ),
    PersonalReason.TOKEN_REFUSED: _LOST,
    PersonalReason.MAILBOX_MISSING: replace(
        _LOST,
        happened=N_("The account has no mailbox with Outlook any more."),
        next=N_("Connect it again once it has one, or disconnect it."),
    ),
    PersonalReason.ACCESS_DENIED: replace(
        _LOST,
        happened=N_("The mailbox stays closed to us, although you let us in."),
        next=_ASK_ITS_ADMINISTRATOR,
    ),
    PersonalReason.NOT_ALLOWED: Standing(
        N_("Set aside"),
        "quiet",
        N_("Your organization has decided that people have no accounts of their own here, so it is not read."),
        N_("If that changes, it comes back by itself, with what you chose."),
    ),
    PersonalReason.ADMIN_MANAGED: Standing(
        N_("Set aside"),
        "quiet",
        N_("Your organization has connected your calendar, and has decided that this one is not read beside it."),
        N_("If that connection ends or is interrupted, it comes back by itself, with what you chose."),
    ),
}
# Where connecting again may end on a page of Microsoft's.
MAY_BE_BLOCKED: Final = frozenset(
    reason for reason, standing in REASONS.items() if standing.next == _ASK_ITS_ADMINISTRATOR
)

BARS: Final[Mapping[PersonalReason, str]] = {
    PersonalReason.NOT_ALLOWED: N_("Your organization has decided that people do not connect accounts of their own."),
    PersonalReason.ADMIN_MANAGED: N_(
        "Your organization has connected your calendar, and has decided that no other account is connected beside it."
    ),
}


def standing_of(account: PersonalAccount) -> Standing:
    if account.state is PersonalState.PENDING:
        return PENDING
    if account.state is PersonalState.CONNECTED:
        return CONNECTED
    if account.reason is None or (account.is_consumer and account.reason in MAY_BE_BLOCKED):
        return _LOST  # an Outlook.com account has nobody but its owner
    return REASONS[account.reason]
