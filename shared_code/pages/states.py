"""How somebody's calendar stands, why, and what to do about it, in words for people.

The texts may name the product, as ``%(product)s``; the template that shows them translates them.
"""

from dataclasses import dataclass
from typing import Final, Literal

from shared_code.core.product_user import MatchRule, UserState
from shared_code.core.reasons import Reason
from shared_code.pages.languages import N_


@dataclass(frozen=True)
class StateText:
    label: str
    tone: Literal["good", "waiting", "notice", "quiet"]


@dataclass(frozen=True)
class ReasonText:
    why: str
    next: str  # what to do


STATES: Final[dict[UserState, StateText]] = {
    UserState.CONNECTED: StateText(N_("Connected"), "good"),
    UserState.PENDING: StateText(N_("Waiting"), "waiting"),
    UserState.NO_MATCH: StateText(N_("No match"), "notice"),
    UserState.AMBIGUOUS: StateText(N_("Several matches"), "notice"),
    UserState.NO_MAILBOX: StateText(N_("No mailbox"), "notice"),
    UserState.DISABLED: StateText(N_("Account disabled"), "quiet"),
    UserState.EXCLUDED_BY_POLICY: StateText(N_("Access closed"), "notice"),
    UserState.OPTED_OUT: StateText(N_("Disconnected"), "quiet"),
    UserState.PERSONAL: StateText(N_("Calendar of their own"), "quiet"),
    UserState.DOMAIN_UNPROVEN: StateText(N_("Domain not confirmed"), "notice"),
    UserState.ERROR: StateText(N_("Not readable"), "notice"),
}

REASONS: Final[dict[str, ReasonText]] = {
    Reason.NO_VERIFIED_ADDRESS: ReasonText(
        N_("No verified address of theirs is known."), N_("They verify their address in %(product)s.")
    ),
    Reason.NO_DIRECTORY_USER: ReasonText(
        N_("Nobody in your Microsoft 365 has their address."),
        N_("Correct the address in %(product)s or in Microsoft 365."),
    ),
    Reason.ONLY_GUEST: ReasonText(
        N_("Their address is that of a guest, and guests have no mailbox in your Microsoft 365."),
        N_("They need an account of your own Microsoft 365."),
    ),
    Reason.OBJECT_GONE: ReasonText(
        N_("Their Microsoft account was deleted."), N_("If they have a new one, update them in %(product)s.")
    ),
    Reason.ACCOUNT_DISABLED: ReasonText(
        N_("Their Microsoft account is disabled."), N_("Nothing, if that is meant; otherwise enable the account.")
    ),
    Reason.DOMAIN_UNPROVEN: ReasonText(
        N_("Their address was found, but your Microsoft 365 has not proven that its domain is yours."),
        N_("Confirm the domain, if it is yours."),
    ),
    Reason.SEVERAL_DIRECTORY_USERS: ReasonText(
        N_("Several Microsoft accounts have their address."), N_("Leave the address to one of the accounts.")
    ),
    Reason.AWAITING_LOOK_UP: ReasonText(
        N_("They have yet to be looked for in Microsoft 365."), N_("Nothing, once Outlook is connected.")
    ),
    Reason.AWAITING_REVIEW: ReasonText(
        N_("They were found; an admin has yet to confirm who is connected."), N_("Go through the review.")
    ),
    Reason.AWAITING_ACCESS: ReasonText(
        N_("They were found; Microsoft does not let us read mailboxes yet."),
        N_("Nothing, for up to a day; then look at the connection."),
    ),
    Reason.AWAITING_FIRST_READ: ReasonText(
        N_("They were found; their calendar is about to be read."), N_("Nothing, it takes a few minutes.")
    ),
    Reason.HAS_OWN_CALENDAR: ReasonText(
        N_("They have a calendar of their own in %(product)s."), N_("Nothing; they stay with theirs.")
    ),
    Reason.HAS_OWN_ACCOUNT: ReasonText(
        N_("They have connected an Outlook account of their own."),
        N_("Nothing; your policy says who keeps such an account."),
    ),
    Reason.USER_DISCONNECTED: ReasonText(
        N_("They, or an admin, have disconnected their calendar."), N_("Connect them again if they wish it.")
    ),
    Reason.MAILBOX_MISSING: ReasonText(
        N_("Their Microsoft account has no mailbox in Exchange Online."),
        N_("Give them one; we look again every day."),
    ),
    Reason.ACCESS_POLICY: ReasonText(
        N_("A rule of your Microsoft 365 keeps their mailbox closed to us."),
        N_("Nothing, if that is meant; otherwise change the rule. We ask again every day."),
    ),
    Reason.NO_DEFAULT_CALENDAR: ReasonText(
        N_("Their mailbox has no calendar yet."), N_("They open Outlook once; we look again every day.")
    ),
    Reason.ORGANIZATION_DISCONNECTED: ReasonText(
        N_("The organization’s connection was disconnected."), N_("Connect Outlook again.")
    ),
    Reason.NOT_ADMIN_MANAGED: ReasonText(
        N_("They were found, but your policy connects nobody anew."), N_("Change the policy if they should be.")
    ),
}

NO_REASON: Final = ReasonText(N_("Nothing more is known."), N_("Look again in a few minutes."))

RULES: Final[dict[MatchRule, str]] = {
    MatchRule.PIN: N_("They were matched before, and are followed whatever their addresses become"),
    MatchRule.MAIL: N_("The address is the main mail address of the account"),
    MatchRule.USER_PRINCIPAL_NAME: N_("The address is the sign-in name of the account"),
    MatchRule.PROXY_ADDRESS: N_("The address is a further mail address (alias) of the account"),
}


def reason_text(state: UserState, reason: str | None) -> ReasonText | None:
    """None for whoever is connected: there is nothing to explain, and nothing to do."""
    return None if state is UserState.CONNECTED else REASONS.get(reason or "", NO_REASON)
