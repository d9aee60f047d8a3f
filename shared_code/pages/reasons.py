"""Why somebody is connected or not, in plain words, and what can be done about it."""

from dataclasses import dataclass
from typing import Final

from shared_code.core.product_user import MatchRule
from shared_code.core.reasons import Reason
from shared_code.pages.languages import N_


@dataclass(frozen=True)
class Why:
    happened: str
    todo: str | None = None  # None: nobody has to do anything


UNKNOWN: Final = Why(N_("Something is not as it should be."), N_("Wait a day; then ask the support of the product."))

REASONS: Final[dict[Reason, Why]] = {
    Reason.NO_VERIFIED_ADDRESS: Why(
        N_("None of their addresses is verified in the product, and only verified addresses are matched."),
        N_("Have them verify their address in the product."),
    ),
    Reason.NO_DIRECTORY_USER: Why(
        N_("Nobody in the Microsoft organization has one of their addresses."),
        N_("Check that the address in the product is the one they have at Microsoft."),
    ),
    Reason.ONLY_GUEST: Why(
        N_("Only a guest of the Microsoft organization has the address, and guests have no mailbox there."),
        N_("Connect the Microsoft organization that they belong to."),
    ),
    Reason.OBJECT_GONE: Why(
        N_("Their account at Microsoft was deleted."),
        N_("If they have a new one, have the product send them again."),
    ),
    Reason.ACCOUNT_DISABLED: Why(
        N_("Their account at Microsoft is disabled."),
        N_("Once it is enabled again, they are connected by themselves."),
    ),
    Reason.DOMAIN_UNPROVEN: Why(
        N_("Their address was found, but Microsoft does not show that its domain belongs to the organization."),
        N_("If the domain is yours, confirm it for the connection."),
    ),
    Reason.SEVERAL_DIRECTORY_USERS: Why(
        N_("Several accounts at Microsoft have the address equally well, so none was chosen."),
        N_("Have the address removed from all accounts but theirs at Microsoft."),
    ),
    Reason.AWAITING_LOOK_UP: Why(N_("They are about to be looked up at Microsoft.")),
    Reason.AWAITING_REVIEW: Why(
        N_("They were found, and wait for an admin to confirm the first match."),
        N_("Review the first match of the connection."),
    ),
    Reason.AWAITING_ACCESS: Why(
        N_("They were found, but Microsoft does not open any mailbox to us yet."),
        N_("Ask the Microsoft administrator whether mailboxes are limited by Exchange."),
    ),
    Reason.AWAITING_FIRST_READ: Why(N_("They were found, and their calendar is about to be read.")),
    Reason.HAS_OWN_CALENDAR: Why(N_("They have a calendar of their own in the product, so none is connected.")),
    Reason.USER_DISCONNECTED: Why(
        N_("The calendar was disconnected, by them or by an admin."),
        N_("It stays so until they, or an admin, connect it again."),
    ),
    Reason.MAILBOX_MISSING: Why(
        N_("Their account at Microsoft has no mailbox that can be reached."),
        N_("Check that they have an Exchange Online licence. We look again every day."),
    ),
    Reason.ACCESS_POLICY: Why(
        N_("The Microsoft organization keeps this mailbox closed to us."),
        N_("If it is to be connected, the Microsoft administrator can include it. We look again every day."),
    ),
    Reason.NO_DEFAULT_CALENDAR: Why(
        N_("Their mailbox has no default calendar yet, so there is nothing to read."),
        N_("Have them open Outlook once. We look again every day."),
    ),
    Reason.ORGANIZATION_DISCONNECTED: Why(
        N_("The connection that they were connected by was disconnected."),
        N_("Connect Outlook again."),
    ),
    Reason.NOT_ADMIN_MANAGED: Why(
        N_("They were found, but the policy says that nobody is connected anew."),
        N_("Change the policy if they are to be connected."),
    ),
}

RULES: Final[dict[MatchRule, str]] = {
    MatchRule.PIN: N_("matched before"),
    MatchRule.MAIL: N_("by their mail address"),
    MatchRule.USER_PRINCIPAL_NAME: N_("by their sign-in name"),
    MatchRule.PROXY_ADDRESS: N_("by another address of their mailbox"),
}


def why(reason: str | None) -> Why | None:
    """None for whoever is connected; words for every reason that a row may hold, also one of a later version."""
    if reason is None:
        return None
    return REASONS[Reason(reason)] if reason in REASONS else UNKNOWN
