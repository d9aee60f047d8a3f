"""What the signed-in pages say at their door, and to whoever is turned away. Templates translate each text."""

from typing import Final

from shared_code.core.portal_session import PortalFault
from shared_code.core.product_user import Role
from shared_code.pages.languages import N_
from shared_code.pages.texts import Text

_FROM_THE_PRODUCT: Final = N_("Go back to the product and open the page from there again.")
_LOOK_AGAIN: Final = N_("Go back, look at it once more, and decide again.")
_TRY_ONCE_MORE: Final = N_(
    "Go back and try again. If it happens once more, send the reference below to the product’s support."
)

ROLES: Final[dict[Role, str]] = {"owner": N_("as an owner"), "admin": N_("as an admin"), "user": N_("as yourself")}

PORTAL: Final[dict[str, Text]] = {
    "door": Text(
        N_("Sign in to your calendar settings"),
        N_("You were sent here to look after Outlook calendars. Please check that this is you."),
        N_("The link works once, for five minutes. In a browser that others use as well, sign out afterwards."),
        "waiting",
    ),
    "left": Text(
        N_("You are signed out"),
        N_("Nobody can go on from here in this browser."),
        N_("To come back, begin in the product again."),
        "good",
    ),
}

PORTAL_FAULTS: Final[dict[PortalFault, Text]] = {
    PortalFault.LINK_UNKNOWN: Text(
        N_("This is not a valid link"),
        N_("It is incomplete, or was changed on its way, or its time is long over."),
        _FROM_THE_PRODUCT,
    ),
    PortalFault.LINK_EXPIRED: Text(
        N_("This link has expired"),
        N_("For your safety it works for five minutes only, and these are over."),
        _FROM_THE_PRODUCT,
    ),
    PortalFault.LINK_USED: Text(
        N_("This link was used already"),
        N_("For your safety it opens once only. If it was not you who opened it, tell an admin of your organization."),
        _FROM_THE_PRODUCT,
    ),
    PortalFault.SESSION_OVER: Text(
        N_("You are not signed in"),
        N_("Nothing happened here for a while, or your role in the product has changed."),
        _FROM_THE_PRODUCT,
    ),
    PortalFault.FOREIGN_FORM: Text(
        N_("This page was not expected here"),
        N_("The form came from another site than this one. Nothing was changed."),
        _FROM_THE_PRODUCT,
    ),
    PortalFault.NOT_ALLOWED: Text(
        N_("This page is for admins"),
        N_("It belongs to those who look after your organization’s calendars, and you came in as one of its users."),
        N_("You can look after your own calendar. For anything else, ask an owner or admin of your organization."),
    ),
}

ANY_PROBLEM: Final = Text(
    N_("That did not work"),
    N_("The request could not be carried out as it stands. Nothing was changed."),
    _TRY_ONCE_MORE,
)

# By the stable words of the product API's problems.
PROBLEMS: Final[dict[str, Text]] = {
    "unavailable": Text(
        N_("We cannot do this right now"),
        N_("A part of our service does not answer. Nothing was lost."),
        N_("Try again in a minute."),
        "waiting",
    ),
    "internal-error": Text(
        N_("Something is wrong on our side"),
        N_("We have noted what happened. It was nothing that you did."),
        N_("Try again. If it happens once more, send the reference below to the product’s support."),
    ),
    "invalid-request": Text(
        N_("This could not be understood"),
        N_("What came was not what the page sends: it may be out of date, or it was changed on its way."),
        N_("Go back, load the page again, and try once more."),
    ),
    "invalid-id": Text(
        N_("There is no such page"),
        N_("The address is incomplete, or was changed on its way."),
        N_("Go back to the start and open it from there."),
    ),
    "body-too-large": Text(
        N_("That is too much at once"),
        N_("The form is larger than we accept. Nothing was changed."),
        N_("Go back and send less of it at once."),
    ),
    "changed-meanwhile": Text(
        N_("Somebody was faster"),
        N_("What you were about to change has changed meanwhile, so your change was not made."),
        _LOOK_AGAIN,
    ),
    "illegal-state": Text(
        N_("It has moved on"),
        N_("This can no longer be done with it as it stands now. Nothing was changed."),
        _LOOK_AGAIN,
    ),
    "policy-forbids": Text(
        N_("Your organization has decided this"),
        N_("A rule of your organization does not allow it. Nothing was changed."),
        N_("If you need it, ask an owner or admin of your organization."),
    ),
    "role-required": Text(
        N_("Your role does not allow this"),
        N_("Only an owner or admin of the organization may do it. Nothing was changed."),
        N_("Ask one of them to do it."),
    ),
    "not-connected": Text(
        N_("Your calendar is not connected"),
        N_("It was disconnected, or it cannot be read at present, so there is nothing to choose. Nothing was changed."),
        N_("Open your calendar’s page: it says why, and what happens next."),
    ),
    "calendar-unknown": Text(
        N_("This calendar is not there any more"),
        N_("It was deleted in Outlook, or it is not yours. Nothing was changed."),
        N_("Open your calendar’s page and choose another one."),
    ),
    "calendar-not-editable": Text(
        N_("This calendar cannot be edited"),
        N_("Events cannot be added to it. Nothing was changed."),
        N_("Open your calendar’s page and choose another one."),
    ),
    "organization-not-found": Text(
        N_("Your organization is not there any more"),
        N_("The product has taken it away, and everything of it with it."),
        N_("If that is a mistake, ask the product’s support."),
    ),
    "connection-not-found": Text(
        N_("This connection is not there any more"),
        N_("It was disconnected or joined with another one."),
        N_("Go back to the overview of your connections."),
    ),
    "user-not-found": Text(
        N_("This user is not there any more"),
        N_("The product has taken them away, or the address is wrong."),
        N_("Go back to the list of users."),
    ),
    "hold-not-found": Text(
        N_("These cancellations do not wait any more"),
        N_("Somebody has decided about them meanwhile, or they were withdrawn. Nothing was changed."),
        N_("Go back to the cancellations that wait."),
    ),
    "booking-not-found": Text(
        N_("This booking is not there any more"),
        N_("It was cancelled, or it is over and was forgotten."),
        N_("Go back to where you came from."),
    ),
}

# Where to go on from a refusal, for admins; everybody else goes to the start.
WAYS: Final[dict[str, tuple[str, str]]] = {
    "connection-not-found": ("/portal/outlook", N_("Outlook calendars")),
    "user-not-found": ("/portal/users", N_("Users")),
    "hold-not-found": ("/portal/held", N_("Cancellations that wait")),
}
