"""What is said to a person about their own calendar. Each text is translated by the template that shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from shared_code.core.calendar import CalendarState, ShowAs
from shared_code.core.reasons import Reason
from shared_code.core.settings_form import FormFault
from shared_code.pages.calendars import STATUSES as NAMES
from shared_code.pages.languages import N_


@dataclass(frozen=True)
class Standing:
    """How somebody's calendar stands, in a word, what that means, and what to do or what happens next."""

    label: str
    tone: Literal["good", "waiting", "notice", "quiet"]
    happened: str
    next: str


_NOT_CONNECTED: Final = N_("Not connected")
_BEING_CONNECTED: Final = N_("Being connected")
_ASK_AN_ADMIN: Final = N_("Ask an owner or admin of your organization.")
_NOTHING_TO_DO: Final = N_("You have nothing to do.")

CONNECTED: Final = Standing(
    N_("Connected"),
    "good",
    N_("%(product)s knows when you are busy, and writes the meetings booked with you into your calendar."),
    N_("What a meeting is about, where it is and who is invited is never stored."),
)
INTERRUPTED: Final = Standing(
    N_("Interrupted"),
    "notice",
    N_(
        "Your organization’s connection to Microsoft does not work at present, so the calendars that it manages cannot "
        "be read."
    ),
    N_("Its owners and admins see what is to be done. Everything that you chose stays as it is."),
)
NOT_BEGUN: Final = Standing(
    _NOT_CONNECTED,
    "quiet",
    N_("Your organization has not connected Outlook yet."),
    N_("Once an owner or admin has, your calendar is connected without your doing anything."),
)
OTHERWISE: Final = Standing(_NOT_CONNECTED, "notice", N_("Your calendar is not connected."), _ASK_AN_ADMIN)

STANDINGS: Final[Mapping[Reason, Standing]] = {
    Reason.AWAITING_LOOK_UP: Standing(
        _BEING_CONNECTED,
        "waiting",
        N_("You are being looked for in your organization’s Microsoft 365."),
        N_("As a rule this takes less than a minute."),
    ),
    Reason.AWAITING_FIRST_READ: Standing(
        _BEING_CONNECTED,
        "waiting",
        N_("Your mailbox was found, and your calendars are about to be read for the first time."),
        N_("As a rule this takes less than a minute. Then you can choose among your calendars here."),
    ),
    Reason.AWAITING_REVIEW: Standing(
        N_("Waiting"),
        "waiting",
        N_(
            "You were found in your organization’s Microsoft 365. Before anybody is connected, an owner or admin looks"
            " through the list of people."
        ),
        _NOTHING_TO_DO,
    ),
    Reason.AWAITING_ACCESS: Standing(
        N_("Waiting"),
        "waiting",
        N_("You were found in your organization’s Microsoft 365, which does not open its mailboxes to us yet."),
        N_("After an administrator’s consent this can take some hours. You have nothing to do."),
    ),
    Reason.NO_VERIFIED_ADDRESS: Standing(
        _NOT_CONNECTED,
        "notice",
        N_("%(product)s has no confirmed e-mail address of yours, and only confirmed ones are looked for."),
        N_("Confirm the address you have at work in %(product)s. Your calendar is then connected by itself."),
    ),
    Reason.NO_DIRECTORY_USER: Standing(
        _NOT_CONNECTED,
        "notice",
        N_("Nobody in your organization’s Microsoft 365 has your e-mail address."),
        N_("If you have another address at work, add it in %(product)s and confirm it; otherwise ask an admin."),
    ),
    Reason.ONLY_GUEST: Standing(
        _NOT_CONNECTED,
        "notice",
        N_("In your organization’s Microsoft 365 your address is a guest’s, and guests have no mailbox there."),
        N_("If you have another address at work, add it in %(product)s and confirm it; otherwise ask an admin."),
    ),
    Reason.OBJECT_GONE: Standing(
        _NOT_CONNECTED,
        "notice",
        N_("The Microsoft 365 account that your calendar was connected with has been deleted."),
        _ASK_AN_ADMIN,
    ),
    Reason.ACCOUNT_DISABLED: Standing(
        _NOT_CONNECTED,
        "notice",
        N_("Your Microsoft 365 account is disabled."),
        N_("Once it is enabled again, your calendar is connected by itself."),
    ),
    Reason.DOMAIN_UNPROVEN: Standing(
        _NOT_CONNECTED,
        "notice",
        N_("Your address was found, but it is not certain that its domain belongs to your organization."),
        N_("An owner or admin of your organization can confirm the domain."),
    ),
    Reason.SEVERAL_DIRECTORY_USERS: Standing(
        _NOT_CONNECTED,
        "notice",
        N_("Several accounts in your organization’s Microsoft 365 have your address, so none of them was chosen."),
        N_("Ask whoever looks after Microsoft 365 in your organization to leave the address with one account."),
    ),
    Reason.HAS_OWN_ACCOUNT: Standing(
        N_("Own account"),
        "quiet",
        N_("You have connected an Outlook account yourself, and it is the one we look into."),
        N_("As long as you have it, your organization’s own connection leaves you out."),
    ),
    Reason.HAS_OWN_CALENDAR: Standing(
        N_("Not needed"),
        "quiet",
        N_("You have connected a calendar in %(product)s yourself, so your organization’s connection leaves you out."),
        N_("Once you disconnect that one in %(product)s, your Outlook calendar is connected by itself."),
    ),
    Reason.USER_DISCONNECTED: Standing(
        N_("Disconnected"),
        "quiet",
        N_("Your calendar was disconnected, by you or by an admin. Nothing of it is read."),
        N_("It stays so until you connect it again. What you had chosen is kept."),
    ),
    Reason.MAILBOX_MISSING: Standing(
        _NOT_CONNECTED,
        "notice",
        N_("Your Microsoft 365 account has no mailbox online."),
        N_("We look again every day. If you should have one, ask whoever looks after Microsoft 365."),
    ),
    Reason.ACCESS_POLICY: Standing(
        _NOT_CONNECTED,
        "notice",
        N_("Your organization’s Microsoft 365 keeps your mailbox closed to %(product)s."),
        N_("We look again every day. If this is a mistake, ask whoever looks after Microsoft 365."),
    ),
    Reason.NO_DEFAULT_CALENDAR: Standing(
        _NOT_CONNECTED,
        "notice",
        N_("Your mailbox has no main calendar yet, so there is nothing to read."),
        N_("As a rule it appears when you open Outlook for the first time. We look again every day."),
    ),
    Reason.ORGANIZATION_DISCONNECTED: Standing(
        _NOT_CONNECTED,
        "quiet",
        N_("Your organization has disconnected Outlook."),
        N_("If it connects Outlook again, your calendar is connected without your doing anything."),
    ),
    Reason.NOT_ADMIN_MANAGED: Standing(
        _NOT_CONNECTED,
        "quiet",
        N_("Your organization does not connect anybody new at present."),
        _ASK_AN_ADMIN,
    ),
}

STATUSES: Final[Mapping[ShowAs, tuple[str, str]]] = {
    ShowAs.OUT_OF_OFFICE: (NAMES[ShowAs.OUT_OF_OFFICE], N_("Leave, travel and other absences.")),
    ShowAs.WORKING_ELSEWHERE: (NAMES[ShowAs.WORKING_ELSEWHERE], N_("Days at home or at another site.")),
    ShowAs.TENTATIVE: (NAMES[ShowAs.TENTATIVE], N_("Invitations that you have not answered, and events marked so.")),
}

POLLED: Final = N_("Somebody else’s or from the internet, so it is read every quarter of an hour.")
READINGS: Final[Mapping[CalendarState, str]] = {
    CalendarState.PENDING: N_("Being read for the first time. Until then nobody is told that you are free."),
    CalendarState.STALE: N_("Not read for a while. Until it is, nobody is told that you are free."),
    CalendarState.THROTTLED: N_("Microsoft has asked us to wait before we read it again."),
    CalendarState.DENIED: N_("Microsoft does not let us read it at present."),
    CalendarState.GONE: N_("Not found in your mailbox any more."),
    CalendarState.TOO_LARGE: N_("Holds more events than we can read, so nobody is told that you are free."),
}

FAULTS: Final[Mapping[FormFault, str]] = {
    FormFault.CHANGED_MEANWHILE: N_(
        "This was changed while the page was open, in another window or by an admin. Your choice is still here; save"
        " once more to keep it."
    ),
    FormFault.LOCKED_MEANWHILE: N_(
        "Your organization has decided this for everybody while the page was open. The rest of what you chose is"
        " still here; save once more."
    ),
    FormFault.CALENDAR_GONE: N_(
        "A calendar that you chose is not in Outlook any more. Look at your choice and save once more."
    ),
    FormFault.NOT_EDITABLE: N_("Events cannot be added to that calendar any more. Choose another one."),
    FormFault.NOTHING_CHECKED: N_("No calendar is checked. If you mean that, say so below and save once more."),
    FormFault.NOT_SEEN: N_(
        "Microsoft does not answer just now, so calendars cannot be chosen. Your choice is kept on this page; save"
        " once more in a minute."
    ),
}

ON: Final = N_("On")
OFF: Final = N_("Off")

# About what Outlook shows (https://learn.microsoft.com/graph/api/resources/calendar, ``color``; read 2026-11-21).
COLOURS: Final[Mapping[str, str]] = {
    "lightBlue": "#5b9bd5",
    "lightGreen": "#6bb04a",
    "lightOrange": "#ef9b4f",
    "lightGray": "#9aa3ad",
    "lightYellow": "#d8b72c",
    "lightTeal": "#3fb0ac",
    "lightPink": "#dd7fb0",
    "lightBrown": "#a9805b",
    "lightRed": "#dd6a66",
    "maxColor": "#5b9bd5",
}
