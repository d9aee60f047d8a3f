"""What people read on the way to an account of their own. Templates translate each text."""

from typing import Final

from shared_code.core.personal_sign_in import PersonalOutcome
from shared_code.pages.languages import N_
from shared_code.pages.texts import Text

_NOTHING_CONNECTED: Final = N_("Nothing was connected, and nothing of that account was kept.")

OUTCOMES: Final[dict[PersonalOutcome, Text]] = {
    PersonalOutcome.CONNECTED: Text(
        N_("Your account is connected"),
        N_("Its calendars are being read for the first time, which takes a minute or so."),
        N_("Then you can choose which of them block your time, and where new meetings go."),
        "good",
    ),
    PersonalOutcome.CANCELLED: Text(
        N_("You did not connect the account"),
        _NOTHING_CONNECTED,
        N_("You can connect it, or another one, at any time."),
        "waiting",
    ),
    PersonalOutcome.UNAVAILABLE: Text(
        N_("Microsoft does not answer right now"),
        N_("You signed in, but Microsoft did not confirm it to us. Nothing was connected."),
        N_("Try again in a minute."),
        "waiting",
    ),
    PersonalOutcome.NOT_PROVEN: Text(
        N_("The sign-in could not be verified"),
        N_("What came back from Microsoft does not prove whose account this is. Nothing was connected."),
        N_("Try again. If it happens once more, send the reference below to the product’s support."),
    ),
    PersonalOutcome.ALREADY_MANAGED: Text(
        N_("This account is connected already"),
        N_("Your organization has connected this very mailbox for you, so there is no need to connect it once more."),
        N_("If you meant another account, try again and choose that one at Microsoft."),
        "good",
    ),
    PersonalOutcome.TOO_MANY: Text(
        N_("You have as many accounts as there can be"),
        N_("Five accounts of your own can be connected at once."),
        N_("Disconnect one of them first."),
    ),
    PersonalOutcome.NOT_ALLOWED: Text(
        N_("Your organization has decided this"),
        N_("At present its rules do not let you connect an account of your own. Nothing was connected."),
        N_("If you need it, ask an owner or admin of your organization."),
    ),
}
# Where beginning once more may come to something else.
AGAIN: Final = frozenset(
    {
        PersonalOutcome.CANCELLED,
        PersonalOutcome.UNAVAILABLE,
        PersonalOutcome.NOT_PROVEN,
        PersonalOutcome.ALREADY_MANAGED,
    }
)

# An answer or a form that cannot be taken.
MESSAGES: Final[dict[str, Text]] = {
    "personal_bad_state": Text(
        N_("This answer was not expected here"),
        N_("It belongs to another browser, or its hour is over, or it was changed on its way. Nothing was connected."),
        N_("Open the page in the product again, and begin anew in this browser."),
    ),
    "personal_signed_out": Text(
        N_("You were signed out meanwhile"),
        N_("Microsoft sent you back, but nobody is signed in here any more, so nothing was connected."),
        N_("Go back to the product, open the page from there again, and connect your account once more."),
    ),
    "personal_other_person": Text(
        N_("Somebody else is signed in here now"),
        N_("The sign-in at Microsoft was begun by another person in this browser. Nothing was connected."),
        N_("Connect your own account from your calendar’s page."),
    ),
    "personal_other_window": Text(
        N_("You have begun once more in another window"),
        N_("Only the newest sign-in can be confirmed, and this page was about an earlier one. Nothing was connected."),
        N_("Go on in the other window, or begin anew."),
    ),
    "personal_nothing_begun": Text(
        N_("There is nothing to confirm"),
        N_("No sign-in was begun in this browser within the last hour, or its hour is over."),
        N_("Begin from your calendar’s page."),
    ),
    "personal_not_offered": Text(
        N_("There is no such page"),
        N_("People cannot connect accounts of their own here."),
        N_("Go back to the start and open it from there."),
    ),
    "personal_account_gone": Text(
        N_("This account is not there any more"),
        N_("It was disconnected meanwhile, in another window or by an admin."),
        N_("Go back to your calendar’s page."),
    ),
}
