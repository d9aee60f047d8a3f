"""The words of the administrator's pages: what happened, and what to do."""

from dataclasses import dataclass
from typing import Literal

from shared_code.core.activation_link import LinkFault
from shared_code.core.connection import ConnectionState
from shared_code.core.consent import Refusal
from shared_code.core.portal_session import PortalFault
from shared_code.core.product_user import Role

Tone = Literal["good", "waiting", "notice"]


@dataclass(frozen=True)
class Text:
    title: str
    happened: str
    next: str
    tone: Tone = "notice"


LINK_FAULTS: dict[LinkFault, Text] = {
    LinkFault.EXPIRED: Text(
        "This link has expired",
        "Activation links work for a limited time, and the time of this one is over. Nothing was changed.",
        "Ask the person who sent it to you for a new link.",
    ),
    LinkFault.REVOKED: Text(
        "This link was revoked",
        "The organization that sent it has withdrawn it. Nothing was changed.",
        "If you still want to connect, ask the person who sent it to you for a new link.",
    ),
    LinkFault.REPLACED: Text(
        "There is a newer link",
        "The link was issued again, so this older one no longer works. Nothing was changed.",
        "Use the newest link that you were sent.",
    ),
    LinkFault.USED: Text(
        "This link was used already",
        "A Microsoft administrator has confirmed the connection with it.",
        "You have nothing left to do. The person who sent it to you can see how the connection stands.",
        "good",
    ),
}

REFUSALS: dict[Refusal, Text] = {
    Refusal.DECLINED: Text(
        "You declined",
        "The permissions were not accepted, so nothing was connected.",
        "If that was a mistake, begin again. The link still works.",
    ),
    Refusal.NOT_ALLOWED: Text(
        "Your account may not grant this",
        "Microsoft did not let this account accept the permissions. Nothing was connected.",
        "Begin again with an account that is Global Administrator or Privileged Role Administrator, or pass the link "
        "on to somebody who is. An Application Administrator can see Microsoft’s question but not answer it.",
    ),
    Refusal.MISCONFIGURED: Text(
        "The application is not set up correctly",
        "Microsoft refused the request itself, not you. Nothing was connected.",
        "You cannot mend this. Please send the reference below to the product’s support; the fault is on their side.",
    ),
    Refusal.MICROSOFT_UNAVAILABLE: Text(
        "Microsoft did not answer",
        "Microsoft’s sign-in service had a passing fault. Nothing was connected.",
        "Try again in a few minutes. The link still works.",
    ),
    Refusal.OTHER: Text(
        "Microsoft refused",
        "The permissions were not granted, so nothing was connected.",
        "Try again. If it happens once more, send the reference below to the product’s support.",
    ),
    Refusal.NO_TENANT: Text(
        "Microsoft’s answer was incomplete",
        "It did not say which Microsoft tenant the permissions were accepted for. Nothing was connected.",
        "Begin again. The link still works.",
    ),
    Refusal.NOT_SPREAD: Text(
        "Microsoft is still spreading your consent",
        "You accepted the permissions, but not every part of Microsoft’s sign-in has heard of it yet. As a rule that "
        "takes a minute.",
        "Wait a moment, then try the sign-in again.",
        "waiting",
    ),
    Refusal.ROLE_NOT_SHOWN: Text(
        "Microsoft did not show your role",
        "Only an administrator may connect an organization, so we need to see your directory role, and your sign-in "
        "did not carry it. Nothing was connected.",
        "Please ask the product’s support to check groupMembershipClaims of the app registration. Or, in the Microsoft "
        "Entra admin center, open the enterprise application, assign yourself its role “Connect” (Users and groups → "
        "Add user), and begin again.",
    ),
    Refusal.WRONG_ROLE: Text(
        "This account is not an administrator who may connect",
        "Your sign-in worked, but the account is neither Global Administrator nor Privileged Role Administrator, "
        "or its role was not active at that moment. Nothing was connected.",
        "If you are eligible for one of these roles, activate it, sign out of Microsoft, and begin again; or begin "
        "again with another account. An administrator can also assign you the role “Connect” of the enterprise "
        "application (Users and groups → Add user).",
    ),
    Refusal.OTHER_TENANT: Text(
        "This link belongs to another Microsoft organization",
        "It renews a connection to an organization other than the one you signed in to. Nothing was connected.",
        "Begin again with an account of that organization, or ask for a new link to connect yours.",
    ),
    Refusal.NOT_PROVEN: Text(
        "The sign-in could not be verified",
        "What came back was no valid proof from the Microsoft tenant that accepted the permissions. Nothing was "
        "connected.",
        "Begin again, with an account of the organization whose calendars are to be connected.",
    ),
}

MESSAGES: dict[str, Text] = {
    "bad_link": Text(
        "This is not a valid link",
        "It is incomplete, or was changed on its way. Nothing was changed here.",
        "Copy the whole link again from the message you were sent.",
    ),
    "bad_state": Text(
        "This page was not expected here",
        "It does not belong to what was begun in this browser, or it was used or reloaded before. Nothing was changed.",
        "Open the activation link again, and stay in the same browser until the end.",
    ),
    "unavailable": Text(
        "We cannot do this right now",
        "A part of our service does not answer. Nothing was changed.",
        "Try again in a minute.",
    ),
}

STATES: dict[ConnectionState, Text] = {
    ConnectionState.PENDING: Text(
        "Not connected yet",
        "The permissions are not accepted and confirmed yet.",
        "Open the activation link to begin again. You can do so as often as you like.",
    ),
    ConnectionState.EXPIRED: Text(
        "This link has expired",
        "The connection was not confirmed in time. Nothing was connected.",
        "Ask the person who sent it to you for a new link.",
    ),
    ConnectionState.VERIFYING: Text(
        "Checking the permissions",
        "Thank you, you have confirmed. We wait until Microsoft shows us the permissions, and then match people with "
        "their mailboxes. As a rule that takes a minute, in rare cases hours.",
        "You can close this page: it goes on without you.",
        "waiting",
    ),
    ConnectionState.REVIEW: Text(
        "Permissions accepted, waiting for a review",
        "Everything is done at Microsoft. Before anybody’s calendar is read, the organization looks through the list "
        "of people who would be connected.",
        "You have nothing left to do.",
        "good",
    ),
    ConnectionState.ACTIVE: Text(
        "Connected",
        "The organization’s people get their calendars connected, now and whenever somebody joins.",
        "You have nothing left to do. You can withdraw the permissions at any time in the Microsoft Entra admin "
        "center, under Enterprise applications.",
        "good",
    ),
    ConnectionState.ATTENTION: Text(
        "This connection needs attention",
        "Microsoft does not let us in with the permissions we have: they were not granted in time, or withdrawn, or "
        "the enterprise application was disabled, or every mailbox is closed to it.",
        "If you have opened what was closed, we notice within the hour. Otherwise ask the person who sent you the link "
        "for a new one, to accept the permissions again.",
    ),
    ConnectionState.DISCONNECTING: Text(
        "Disconnecting",
        "The organization is being disconnected, and what was read is being forgotten.",
        "You have nothing left to do.",
        "waiting",
    ),
    ConnectionState.DISCONNECTED: Text(
        "Disconnected",
        "No calendar of this organization is connected through this Microsoft tenant any more.",
        "To remove the permissions at Microsoft as well, delete the application in the Microsoft Entra admin center, "
        "under Enterprise applications.",
        "good",
    ),
}

ROLES: dict[Role, str] = {"owner": "an owner", "admin": "an admin", "user": "yourself"}

PORTAL: dict[str, Text] = {
    "door": Text(
        "Sign in to your calendar settings",
        "You were sent here to look after Outlook calendars. Please check that this is you.",
        "The link works once, for five minutes.",
        "waiting",
    ),
    "home": Text(
        "You are signed in",
        "This is where Outlook calendars are looked after.",
        "You are signed out after half an hour in which nothing happens, and after eight hours in any case.",
        "good",
    ),
    "left": Text(
        "You are signed out",
        "Nobody can go on from here in this browser.",
        "To come back, begin in the product again.",
        "good",
    ),
}

PORTAL_FAULTS: dict[PortalFault, Text] = {
    PortalFault.LINK_UNKNOWN: Text(
        "This is not a valid link",
        "It is incomplete, or was changed on its way, or its time is long over.",
        "Go back to the product and open the page from there again.",
    ),
    PortalFault.LINK_EXPIRED: Text(
        "This link has expired",
        "For your safety it works for five minutes only, and these are over.",
        "Go back to the product and open the page from there again.",
    ),
    PortalFault.LINK_USED: Text(
        "This link was used already",
        "For your safety it opens once only. If it was not you who opened it, tell an admin of your organization.",
        "Go back to the product and open the page from there again.",
    ),
    PortalFault.SESSION_OVER: Text(
        "You are not signed in",
        "Nothing happened here for a while, or your role in the product has changed.",
        "Go back to the product and open the page from there again.",
    ),
    PortalFault.FOREIGN_FORM: Text(
        "This page was not expected here",
        "The form came from another site than this one. Nothing was changed.",
        "Go back to the product and open the page from there again.",
    ),
}
