"""What pages say happened, and what to do next. Each text is translated by the template that shows it."""

from dataclasses import dataclass
from typing import Literal

from shared_code.core.activation_link import LinkFault
from shared_code.core.connection import ConnectionState
from shared_code.core.consent import Refusal
from shared_code.pages.languages import N_

Tone = Literal["good", "waiting", "notice"]


@dataclass(frozen=True)
class Text:
    title: str
    happened: str
    next: str
    tone: Tone = "notice"


LINK_FAULTS: dict[LinkFault, Text] = {
    LinkFault.EXPIRED: Text(
        N_("This link has expired"),
        N_("Activation links work for a limited time, and the time of this one is over. Nothing was changed."),
        N_("Ask the person who sent it to you for a new link."),
    ),
    LinkFault.REVOKED: Text(
        N_("This link was revoked"),
        N_("The organization that sent it has withdrawn it. Nothing was changed."),
        N_("If you still want to connect, ask the person who sent it to you for a new link."),
    ),
    LinkFault.REPLACED: Text(
        N_("There is a newer link"),
        N_("The link was issued again, so this older one no longer works. Nothing was changed."),
        N_("Use the newest link that you were sent."),
    ),
    LinkFault.USED: Text(
        N_("This link was used already"),
        N_("A Microsoft administrator has confirmed the connection with it."),
        N_("You have nothing left to do. The person who sent it to you can see how the connection stands."),
        "good",
    ),
}

REFUSALS: dict[Refusal, Text] = {
    Refusal.DECLINED: Text(
        N_("You declined"),
        N_("The permissions were not accepted, so nothing was connected."),
        N_("If that was a mistake, begin again. The link still works."),
    ),
    Refusal.NOT_ALLOWED: Text(
        N_("Your account may not grant this"),
        N_("Microsoft did not let this account accept the permissions. Nothing was connected."),
        N_(
            "Begin again with an account that is Global Administrator or Privileged Role Administrator, or pass the"
            " link on to somebody who is. An Application Administrator can see Microsoft’s question but not answer "
            "it."
        ),
    ),
    Refusal.BLOCKED: Text(
        N_("A rule of your Microsoft organization blocks this"),
        N_(
            "Not your role stands in the way, but a rule: Conditional Access, tenant restrictions, blocked consent to "
            "applications, an application that only assigned people may use, or one that was disabled. Nothing was "
            "connected."
        ),
        N_(
            "The sign-in logs in the Microsoft Entra admin center name the rule. Make an exception for this "
            "application, or use an account, device and network that the rule lets through. Then begin again."
        ),
    ),
    Refusal.MISCONFIGURED: Text(
        N_("The application is not set up correctly"),
        N_("Microsoft refused the request itself, not you. Nothing was connected."),
        N_(
            "You cannot mend this. Please send the reference below to the product’s support; the fault is on their "
            "side."
        ),
    ),
    Refusal.MICROSOFT_UNAVAILABLE: Text(
        N_("Microsoft did not answer"),
        N_("Microsoft’s sign-in service had a passing fault. Nothing was connected."),
        N_("Try again in a few minutes. The link still works."),
    ),
    Refusal.OTHER: Text(
        N_("Microsoft refused"),
        N_("The permissions were not granted, so nothing was connected."),
        N_("Try again. If it happens once more, send the reference below to the product’s support."),
    ),
    Refusal.NO_TENANT: Text(
        N_("Microsoft’s answer was incomplete"),
        N_("It did not say which Microsoft tenant the permissions were accepted for. Nothing was connected."),
        N_("Begin again. The link still works."),
    ),
    Refusal.NOT_SPREAD: Text(
        N_("Microsoft is still spreading your consent"),
        N_(
            "You accepted the permissions, but not every part of Microsoft’s sign-in has heard of it yet. As a rule"
            " that takes a minute."
        ),
        N_("Wait a moment, then try the sign-in again."),
        "waiting",
    ),
    Refusal.ROLE_NOT_SHOWN: Text(
        N_("Microsoft did not show your role"),
        N_(
            "Only an administrator may connect an organization, so we need to see your directory role, and your "
            "sign-in did not carry it. Nothing was connected."
        ),
        N_(
            "Please ask the product’s support to check groupMembershipClaims of the app registration. Or, in the "
            "Microsoft Entra admin center, open the enterprise application, assign yourself its role “Connect” "
            "(Users and groups → Add user), and begin again."
        ),
    ),
    Refusal.WRONG_ROLE: Text(
        N_("This account is not an administrator who may connect"),
        N_(
            "Your sign-in worked, but the account is neither Global Administrator nor Privileged Role "
            "Administrator, or its role was not active at that moment. Nothing was connected."
        ),
        N_(
            "If you are eligible for one of these roles, activate it, sign out of Microsoft, and begin again; or "
            "begin again with another account. An administrator can also assign you the role “Connect” of the "
            "enterprise application (Users and groups → Add user)."
        ),
    ),
    Refusal.OTHER_TENANT: Text(
        N_("This link belongs to another Microsoft organization"),
        N_("It renews a connection to an organization other than the one you signed in to. Nothing was connected."),
        N_("Begin again with an account of that organization, or ask for a new link to connect yours."),
    ),
    Refusal.NOT_PROVEN: Text(
        N_("The sign-in could not be verified"),
        N_(
            "What came back was no valid proof from the Microsoft tenant that accepted the permissions. Nothing was"
            " connected."
        ),
        N_("Begin again, with an account of the organization whose calendars are to be connected."),
    ),
}

MESSAGES: dict[str, Text] = {
    "bad_link": Text(
        N_("This is not a valid link"),
        N_("It is incomplete, or was changed on its way. Nothing was changed here."),
        N_("Copy the whole link again from the message you were sent."),
    ),
    "bad_state": Text(
        N_("This page was not expected here"),
        N_(
            "It does not belong to what was begun in this browser within the last hour, or it was used before. Nothing "
            "was changed."
        ),
        N_("Open the activation link again, and stay in the same browser until the end."),
    ),
    "progress_over": Text(
        N_("There is nothing more to show here"),
        N_("For an hour, and in the browser where it was begun, this page shows how a connection stands."),
        N_(
            "The person who sent you the link can see how it stands now. If you have not confirmed yet, open the "
            "activation link again."
        ),
    ),
    "used_state": Text(
        N_("This page was not expected here"),
        N_("Microsoft’s answer was taken before, so it is not taken again. Nothing was changed."),
        N_("See how it stands, and go on from there."),
    ),
    "unavailable": Text(
        N_("We cannot do this right now"),
        N_("A part of our service does not answer. Nothing was changed."),
        N_("Try again in a minute."),
    ),
}

STATES: dict[ConnectionState, Text] = {
    ConnectionState.PENDING: Text(
        N_("Not connected yet"),
        N_("The permissions are not accepted and confirmed yet."),
        N_("Open the activation link to begin again. You can do so as often as you like."),
    ),
    ConnectionState.EXPIRED: Text(
        N_("This link has expired"),
        N_("The connection was not confirmed in time. Nothing was connected."),
        N_("Ask the person who sent it to you for a new link."),
    ),
    ConnectionState.VERIFYING: Text(
        N_("Checking the permissions"),
        N_(
            "Thank you, you have confirmed. We wait until Microsoft shows us the permissions, and then match people"
            " with their mailboxes. As a rule that takes a minute, in rare cases hours."
        ),
        N_("You can close this page: it goes on without you."),
        "waiting",
    ),
    ConnectionState.REVIEW: Text(
        N_("Permissions accepted, waiting for a review"),
        N_(
            "Everything is done at Microsoft. Before anybody’s calendar is read, the organization looks through the"
            " list of people who would be connected."
        ),
        N_("You have nothing left to do."),
        "good",
    ),
    ConnectionState.ACTIVE: Text(
        N_("Connected"),
        N_("The organization’s people get their calendars connected, now and whenever somebody joins."),
        N_(
            "You have nothing left to do. You can withdraw the permissions at any time in the Microsoft Entra admin"
            " center, under Enterprise applications."
        ),
        "good",
    ),
    ConnectionState.ATTENTION: Text(
        N_("This connection needs attention"),
        N_(
            "Microsoft does not let us in with the permissions we have: they were not granted in time, or "
            "withdrawn, or the enterprise application was disabled, or every mailbox is closed to it."
        ),
        N_(
            "If you have opened what was closed, we notice within the hour. Otherwise ask the person who sent you "
            "the link for a new one, to accept the permissions again."
        ),
    ),
    ConnectionState.DISCONNECTING: Text(
        N_("Disconnecting"),
        N_("The organization is being disconnected, and what was read is being forgotten."),
        N_("You have nothing left to do."),
        "waiting",
    ),
    ConnectionState.DISCONNECTED: Text(
        N_("Disconnected"),
        N_("No calendar of this organization is connected through this Microsoft tenant any more."),
        N_(
            "To remove the permissions at Microsoft as well, delete the application in the Microsoft Entra admin "
            "center, under Enterprise applications."
        ),
        "good",
    ),
}
