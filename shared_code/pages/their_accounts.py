"""Accounts that people connected themselves, in words for their admins, who see how each stands and not whose it is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shared_code.core.person import SeenAccount
from shared_code.core.personal_account import PersonalReason, PersonalState
from shared_code.pages.languages import N_, NN_
from shared_code.pages.states import ReasonText, StateText

STATES: Final[Mapping[PersonalState, StateText]] = {
    PersonalState.PENDING: StateText(N_("Waiting"), "waiting"),
    PersonalState.CONNECTED: StateText(N_("Connected"), "good"),
    PersonalState.NEEDS_RECONNECT: StateText(N_("Needs its owner"), "notice"),
    PersonalState.SET_ASIDE: StateText(N_("Set aside"), "quiet"),
}
COUNTED: Final[Mapping[PersonalState, tuple[str, str]]] = {
    PersonalState.CONNECTED: NN_("%(number)s own account connected", "%(number)s own accounts connected"),
    PersonalState.PENDING: NN_("%(number)s own account waiting", "%(number)s own accounts waiting"),
    PersonalState.NEEDS_RECONNECT: NN_(
        "%(number)s own account needs its owner", "%(number)s own accounts need their owner"
    ),
    PersonalState.SET_ASIDE: NN_("%(number)s own account set aside", "%(number)s own accounts set aside"),
}

_AGAIN: Final = N_("They connect it again on their own page.")
_THEIR_ADMINISTRATOR: Final = N_(
    "They connect it again on their own page. If Microsoft refuses, the Microsoft administrator of that account’s "
    "organization can help; their page says how."
)
_YOUR_POLICY: Final = N_("Your policy decides that. If it changes, the account comes back by itself.")
NEW: Final = ReasonText(N_("Its calendars are about to be read."), N_("That takes a few minutes."))
REASONS: Final[Mapping[PersonalReason, ReasonText]] = {
    PersonalReason.CONSENT_REQUIRED: ReasonText(N_("The permission was withdrawn."), _THEIR_ADMINISTRATOR),
    PersonalReason.INACTIVE: ReasonText(N_("It was not used for so long that Microsoft has ended it."), _AGAIN),
    PersonalReason.REVOKED: ReasonText(N_("Microsoft has ended all sign-ins of this account."), _AGAIN),
    PersonalReason.SIGN_IN_TOO_OLD: ReasonText(N_("Microsoft wants them to sign in anew."), _AGAIN),
    PersonalReason.MFA_REQUIRED: ReasonText(N_("Microsoft wants a second step from them."), _AGAIN),
    PersonalReason.ACCOUNT_DISABLED: ReasonText(N_("The account was disabled or deleted."), _THEIR_ADMINISTRATOR),
    PersonalReason.CONDITIONAL_ACCESS: ReasonText(N_("A Conditional Access rule keeps us out."), _THEIR_ADMINISTRATOR),
    PersonalReason.NOT_ASSIGNED: ReasonText(N_("They are not assigned to the application."), _THEIR_ADMINISTRATOR),
    PersonalReason.APP_BLOCKED: ReasonText(N_("The application is turned off there."), _THEIR_ADMINISTRATOR),
    PersonalReason.TOKEN_REFUSED: ReasonText(N_("Microsoft does not let us read it any more."), _AGAIN),
    PersonalReason.MAILBOX_MISSING: ReasonText(N_("The account has no mailbox with Outlook any more."), _AGAIN),
    PersonalReason.ACCESS_DENIED: ReasonText(N_("The mailbox stays closed to us."), _THEIR_ADMINISTRATOR),
    PersonalReason.NOT_ALLOWED: ReasonText(N_("Your policy has no accounts of people’s own."), _YOUR_POLICY),
    PersonalReason.ADMIN_MANAGED: ReasonText(N_("They have a calendar from your connection."), _YOUR_POLICY),
}


@dataclass(frozen=True)
class AccountRow:
    seen: SeenAccount
    state: StateText
    reason: ReasonText | None
    is_by_policy: bool


def account_rows(accounts: Sequence[SeenAccount]) -> list[AccountRow]:
    return [
        AccountRow(each, STATES[each.state], _reason(each), each.state is PersonalState.SET_ASIDE) for each in accounts
    ]


def counted(states: Sequence[PersonalState]) -> list[tuple[tuple[str, str], int]]:
    """For each state that there is: what to say of a number of accounts, and the number."""
    numbers = Counter(states)
    return [(texts, numbers[state]) for state, texts in COUNTED.items() if numbers[state]]


def _reason(seen: SeenAccount) -> ReasonText | None:
    if seen.state is PersonalState.CONNECTED:
        return None
    if seen.state is PersonalState.PENDING:
        return NEW
    return REASONS[seen.reason or PersonalReason.TOKEN_REFUSED]
