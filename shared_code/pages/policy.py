"""What an organisation decides about its people's calendars, as a form."""

from dataclasses import dataclass
from typing import Final

from shared_code.core.policy import Activation, CheckedByDefault, PersonalConnections, Policy, Takeover
from shared_code.core.settings import BY_CHOICE
from shared_code.core.settings_form import mark_of
from shared_code.pages.calendars import STATUSES as NAMES
from shared_code.pages.frames import Frame
from shared_code.pages.languages import N_
from shared_code.pages.rendering import render


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    about: str | None = None


ACTIVATIONS: Final = (
    Choice(
        Activation.AUTOMATIC,
        N_("Automatic"),
        N_("Everybody who is found is connected at once."),
    ),
    Choice(
        Activation.REVIEW,
        N_("By review"),
        N_("You see who would be connected, and nobody is before you confirm."),
    ),
)
ADMITTING: Final = (
    Choice("yes", N_("Connect everybody who is found"), N_("Now, and whenever somebody joins your organization.")),
    Choice("no", N_("Connect nobody anew"), N_("Whoever is connected stays so.")),
)
LEAVING: Final = (
    Choice("yes", N_("Yes"), N_("They can connect it again themselves, too.")),
    Choice("no", N_("No"), N_("Only owners and admins can disconnect a user.")),
)
ACCOUNTS: Final = (
    Choice(
        PersonalConnections.ALLOWED,
        N_("Yes"),
        N_("Of your Microsoft 365, of another one, or with Outlook.com; their calendars block time as well."),
    ),
    Choice(
        PersonalConnections.WITHOUT_ADMIN_MANAGED,
        N_("Only as long as they have no calendar from your organization’s connection"),
        N_("Once they have one, their own accounts are set aside. If they lose it, those come back by themselves."),
    ),
    Choice(
        PersonalConnections.OFF,
        N_("No"),
        N_("Accounts that are connected are set aside, and come back with what was chosen if you allow them again."),
    ),
)
TAKEOVERS: Final = (
    Choice(
        Takeover.KEEP,
        N_("They keep it"),
        N_("No calendar is connected for them. Whoever has one from your organization already keeps both."),
    ),
    Choice(
        Takeover.REPLACE,
        N_("Your organization’s calendar takes its place"),
        N_("Their account is set aside once the calendar was read, and comes back if they lose that calendar."),
    ),
    Choice(Takeover.BOTH, N_("They have both"), N_("Whatever is in either blocks their time.")),
)
CHECKED: Final = (
    Choice(CheckedByDefault.DEFAULT, N_("The default calendar")),
    Choice(CheckedByDefault.ALL, N_("All calendars of their own")),
)
STATUSES: Final = tuple(Choice(status, NAMES[status]) for status in BY_CHOICE)
SYNC: Final = (
    Choice("yes", N_("On"), N_("When a host deletes or declines a booked event in Outlook, the booking is cancelled.")),
    Choice("no", N_("Off"), N_("What hosts do in Outlook cancels no booking.")),
)
COHOSTS: Final = (
    Choice("yes", N_("Yes"), N_("When one of several hosts declines or deletes it, the booking is cancelled.")),
    Choice("no", N_("No"), N_("The booking stays, and the product is told who has left it.")),
)


@dataclass(frozen=True)
class Chosen:
    """What is ticked in the form."""

    activation: str
    admin_managed: str
    allow_user_disconnect: str
    cohost_decline_cancels: str
    personal_connections: str
    takeover: str
    cancellation_sync: str
    checked_calendars: str
    busy_statuses: tuple[str, ...]
    locked: tuple[str, ...]


def chosen(policy: Policy) -> Chosen:
    rules = {
        "checked_calendars": policy.checked_calendars.locked,
        "write_calendar": policy.write_calendar.locked,
        "busy_statuses": policy.busy_statuses.locked,
        "cancellation_sync": policy.cancellation_sync.locked,
    }
    return Chosen(
        str(policy.activation),
        yes_no(policy.admin_managed),
        yes_no(policy.allow_user_disconnect),
        yes_no(policy.cohost_decline_cancels),
        str(policy.personal_connections),
        str(policy.takeover),
        yes_no(policy.cancellation_sync.default),
        str(policy.checked_calendars.default),
        tuple(str(status) for status in policy.busy_statuses.default),
        tuple(name for name, is_locked in rules.items() if is_locked),
    )


def yes_no(value: bool) -> str:
    return "yes" if value else "no"


@dataclass(frozen=True)
class PolicyView:
    policy: Policy
    offers_accounts: bool  # this deployment lets people connect accounts of their own


def render_policy(frame: Frame, view: PolicyView) -> str:
    return render(
        frame,
        "policy.html",
        chosen=chosen(view.policy),
        seen=mark_of(view.policy),
        offers_accounts=view.offers_accounts,
        accounts=ACCOUNTS,
        takeovers=TAKEOVERS,
        activations=ACTIVATIONS,
        admitting=ADMITTING,
        leaving=LEAVING,
        checked=CHECKED,
        statuses=STATUSES,
        sync=SYNC,
        cohosts=COHOSTS,
        at="/portal/policy",
    )
