"""The words of the administrator's pages: what happened, and what to do."""

from dataclasses import dataclass

from shared_code.core.activation_link import LinkFault
from shared_code.core.connection import ConnectionState
from shared_code.core.consent import Refusal


@dataclass(frozen=True)
class Text:
    title: str
    happened: str
    next: str


LINK_FAULTS: dict[LinkFault, Text] = {
    LinkFault.EXPIRED: Text(
        "This link has expired",
        "Activation links work for a limited time, and this one's is over. Nothing was changed.",
        "Ask whoever sent it to issue the link again.",
    ),
    LinkFault.REVOKED: Text(
        "This link was revoked",
        "The organization's admin withdrew it. Nothing was changed.",
        "Ask whoever sent it for a new link if you still want to connect.",
    ),
    LinkFault.REPLACED: Text(
        "There is a newer link",
        "The link was issued again, so this older one no longer works. Nothing was changed.",
        "Use the newest link you were sent.",
    ),
    LinkFault.USED: Text(
        "This link was used already",
        "A Microsoft administrator has completed the connection with it.",
        "Nothing is left to do. The organization's admin sees how the connection stands.",
    ),
}

REFUSALS: dict[str, Text] = {
    Refusal.DECLINED: Text(
        "You declined",
        "The permissions were not granted, so nothing was connected.",
        "If that was a mistake, begin again. The link still works.",
    ),
    Refusal.NOT_ALLOWED: Text(
        "Your account may not grant this",
        "Microsoft did not let this account grant the permissions.",
        "Begin again with an account that is Global Administrator or Privileged Role Administrator, "
        "or pass the link on to somebody who is.",
    ),
    Refusal.MISCONFIGURED: Text(
        "The application is not set up correctly",
        "Microsoft refused the request itself, not you. Nothing was connected.",
        "Tell the product's support the reference below; the fault is on their side.",
    ),
    Refusal.MICROSOFT_UNAVAILABLE: Text(
        "Microsoft did not answer",
        "The sign-in service had a passing fault. Nothing was connected.",
        "Try again in a few minutes. The link still works.",
    ),
    Refusal.OTHER: Text(
        "Microsoft refused",
        "The permissions were not granted, so nothing was connected.",
        "Try again; if it happens again, give the reference below to the product's support.",
    ),
    Refusal.NO_TENANT: Text(
        "Microsoft's answer was incomplete",
        "It did not say which organization consented. Nothing was connected.",
        "Begin again. The link still works.",
    ),
    Refusal.NOT_SPREAD: Text(
        "Microsoft is still spreading your consent",
        "You consented, but Microsoft's sign-in does not know it everywhere yet. That takes a minute as a rule.",
        "Wait a moment, then try the sign-in again.",
    ),
    Refusal.ROLE_NOT_SHOWN: Text(
        "Microsoft did not show your role",
        "To be sure that nobody connects an organization who may not, we need to see your directory role, "
        "and the sign-in did not carry it.",
        "Tell the product's support to check groupMembershipClaims of the app registration. Or assign yourself the "
        "role “Connect” of the enterprise application (Users and groups → Add user), and begin again.",
    ),
    Refusal.WRONG_ROLE: Text(
        "This account is not an administrator who may connect",
        "Your sign-in worked, but the account is neither Global Administrator nor Privileged Role Administrator, "
        "or its role was not active at that moment.",
        "Activate the role if you are eligible for it, or use another account, or assign yourself the role “Connect” "
        "of the enterprise application; then begin again.",
    ),
    Refusal.NOT_PROVEN: Text(
        "The sign-in could not be verified",
        "What came back was not a valid proof from the organization that consented. Nothing was connected.",
        "Begin again, with an account of the organization whose calendars are to be connected.",
    ),
    "bad_link": Text(
        "This is not a valid link",
        "It is incomplete, or was changed on its way. Nothing was changed here.",
        "Copy the whole link again from the message you were sent.",
    ),
    "bad_state": Text(
        "This page was not expected here",
        "The answer does not belong to a connection begun in this browser, or it was used before. Nothing was changed.",
        "Open the activation link again and stay in the same browser until the end.",
    ),
    "unavailable": Text(
        "We cannot do this right now",
        "Our storage does not answer. Nothing was changed.",
        "Try again in a minute.",
    ),
}

STATES: dict[ConnectionState, Text] = {
    ConnectionState.PENDING: Text("Not connected yet", "The consent is not complete.", "Open the activation link."),
    ConnectionState.EXPIRED: Text(
        "This link has expired", "The consent was not completed in time.", "Ask for a new link."
    ),
    ConnectionState.VERIFYING: Text(
        "Checking the permissions",
        "Thank you. We are waiting for Microsoft to spread the permissions, and then match people with mailboxes. "
        "That takes a minute as a rule, in rare cases hours.",
        "You may close this page; it goes on without you.",
    ),
    ConnectionState.REVIEW: Text(
        "Connected, waiting for the organization's admin",
        "The permissions are there. Before anybody's calendar is read, the organization's admin looks at the list of "
        "people.",
        "You have nothing left to do.",
    ),
    ConnectionState.ACTIVE: Text(
        "Connected",
        "The calendars of the organization's people are being connected, now and whenever somebody joins.",
        "You have nothing left to do. You can withdraw the consent at any time in the Microsoft Entra admin center.",
    ),
    ConnectionState.ATTENTION: Text(
        "This connection needs attention",
        "Microsoft does not let us in with the permissions we have.",
        "The organization's admin can issue a new activation link to grant them again.",
    ),
    ConnectionState.DISCONNECTING: Text(
        "Disconnecting", "What was read is being forgotten.", "You have nothing left to do."
    ),
    ConnectionState.DISCONNECTED: Text(
        "Disconnected",
        "No calendar of this organization is connected any more.",
        "To remove the permissions in Microsoft as well, delete the enterprise application.",
    ),
}
