"""What is said to whom Microsoft did not let through, and what their Microsoft administrator does about it, and where.

The names of Microsoft's pages are Microsoft's own in each language, as its administrators read them
(https://learn.microsoft.com/entra/identity/enterprise-apps/configure-user-consent and its French edition, and
https://learn.microsoft.com/microsoft-365/admin/misc/user-consent; read 2026-11-21).
"""

from dataclasses import dataclass
from typing import Final

from shared_code.core.personal_refusals import PersonalRefusal
from shared_code.pages.languages import N_
from shared_code.pages.texts import Text


@dataclass(frozen=True)
class Place:
    """One of Microsoft's pages for administrators, and what is to be done there."""

    where: str
    todo: str


USER_CONSENT: Final = Place(
    N_(
        "Microsoft Entra admin center → Enterprise applications → Consent and permissions → User consent settings",
    ),
    N_("Let users allow applications themselves, at least those of verified publishers."),
)
USER_CONSENT_365: Final = Place(
    N_("Microsoft 365 admin center → Settings → Org settings → User consent to apps"),
    N_("The same decision in another place: turned off, nobody but an administrator can allow an application."),
)
REQUESTS: Final = Place(
    N_("Microsoft Entra admin center → Enterprise applications → Admin consent requests"),
    N_("If people may ask for approval at Microsoft, the request waits here: open it and approve it."),
)
GRANT: Final = Place(
    N_("Microsoft Entra admin center → Enterprise applications → the application → Permissions"),
    N_("Grant admin consent for the organization."),
)
ASSIGN: Final = Place(
    N_("Microsoft Entra admin center → Enterprise applications → the application → Users and groups"),
    N_("Add the person, or a group that they are a direct member of."),
)
ASSIGNMENT: Final = Place(
    N_("Microsoft Entra admin center → Enterprise applications → the application → Properties"),
    N_("Or set “Assignment required?” to “No”, if everybody may use it."),
)
ENABLE: Final = Place(
    N_("Microsoft Entra admin center → Enterprise applications → the application → Properties"),
    N_("Set “Enabled for users to sign in?” to “Yes”."),
)
SIGN_IN_LOGS: Final = Place(
    N_("Microsoft Entra admin center → Monitoring & health → Sign-in logs"),
    N_("Open the sign-in that failed: it names the rule, and what the rule asks for."),
)
CONDITIONAL_ACCESS: Final = Place(
    N_("Microsoft Entra admin center → Conditional Access → Policies"),
    N_("Change the rule, or leave the application or the person out of it."),
)
RESTRICTIONS: Final = Place(
    N_("Microsoft Entra admin center → External Identities → Cross-tenant access settings"),
    N_("Look at the tenant restrictions, here or in the company’s proxy, and let the account’s organization through."),
)
LICENSES: Final = Place(
    N_("Microsoft 365 admin center → Billing → Licenses"),
    N_("Check that the organization has Exchange Online, and that the person has a license for it."),
)
METHODS: Final = Place(
    N_("Microsoft Entra admin center → Users → the person → Authentication methods"),
    N_("Help them to set up a second step, or let them set it up anew if their phone is lost."),
)
ACCOUNT: Final = Place(
    N_("Microsoft Entra admin center → Users → the person"),
    N_("Enable the account, unblock it, or reset its password; the sign-in logs there say which."),
)
WHEREVER: Final = (USER_CONSENT, USER_CONSENT_365, REQUESTS)  # where people are kept from allowing applications

PLACES: Final[dict[PersonalRefusal, tuple[Place, ...]]] = {
    PersonalRefusal.CONSENT_REQUIRED: WHEREVER,
    PersonalRefusal.CONSENT_FORBIDDEN: WHEREVER,
    PersonalRefusal.ADMIN_APPROVAL: WHEREVER,
    PersonalRefusal.REQUEST_SENT: (REQUESTS, USER_CONSENT, USER_CONSENT_365),
    PersonalRefusal.RISKY_APP: (REQUESTS, GRANT, USER_CONSENT),
    PersonalRefusal.NOT_SUBSCRIBED: (LICENSES, SIGN_IN_LOGS),
    PersonalRefusal.CONSENT_INCOMPLETE: (GRANT, USER_CONSENT),
    PersonalRefusal.NOT_ASSIGNED: (ASSIGN, ASSIGNMENT),
    PersonalRefusal.CONDITIONAL_ACCESS: (SIGN_IN_LOGS, CONDITIONAL_ACCESS),
    PersonalRefusal.TENANT_RESTRICTED: (RESTRICTIONS, SIGN_IN_LOGS),
    PersonalRefusal.APP_NOT_FOUND: (GRANT, USER_CONSENT),
    PersonalRefusal.APP_DISABLED: (ENABLE,),
    PersonalRefusal.MFA_REQUIRED: (METHODS, SIGN_IN_LOGS),
    PersonalRefusal.ACCOUNT_UNUSABLE: (ACCOUNT,),
    PersonalRefusal.NEVER_CAME_BACK: (*WHEREVER, ASSIGN, SIGN_IN_LOGS),
    PersonalRefusal.OTHER: (SIGN_IN_LOGS, *WHEREVER),
}

# Where one administrator's consent for everybody is all that it takes, or may be.
CURED_BY_CONSENT: Final = frozenset(
    {
        PersonalRefusal.CONSENT_REQUIRED,
        PersonalRefusal.CONSENT_FORBIDDEN,
        PersonalRefusal.ADMIN_APPROVAL,
        PersonalRefusal.REQUEST_SENT,
        PersonalRefusal.RISKY_APP,
        PersonalRefusal.CONSENT_INCOMPLETE,
        PersonalRefusal.APP_NOT_FOUND,
        PersonalRefusal.NEVER_CAME_BACK,
        PersonalRefusal.OTHER,
    }
)

# Where it may be wanted besides: such a rule is met before anybody is asked for a consent, and where the organisation
# has the service after all, a consent enters it there. The text of AADSTS650052 ends: "review the configuration of your
# service subscriptions or consent to the application in order to create the required service principal" (seen 2026-11).
CONSENT_AS_WELL: Final = frozenset(
    {PersonalRefusal.NOT_SUBSCRIBED, PersonalRefusal.NOT_ASSIGNED, PersonalRefusal.CONDITIONAL_ACCESS}
)

# With what is a person's own no, Microsoft's link out of "Need admin approval" may lead back as well.
MAY_BE: Final = {PersonalRefusal.DECLINED: PersonalRefusal.ADMIN_APPROVAL}

_SEND_THE_MESSAGE: Final = N_("Send the message below to whoever looks after Microsoft 365 there, and try again later.")

REFUSALS: Final[dict[PersonalRefusal, Text]] = {
    PersonalRefusal.DECLINED: Text(
        N_("You did not accept"),
        N_("Microsoft asked whether we may use your calendar, and came back with a no. Nothing was connected."),
        N_("If that was a mistake, try again and accept."),
    ),
    PersonalRefusal.CONSENT_REQUIRED: Text(
        N_("Nobody has allowed this for your account yet"),
        N_("Microsoft has no consent for this account, and did not ask you for one. Nothing was connected."),
        N_(
            "Try again, and accept if Microsoft asks. If it does not ask, your organization leaves this to its "
            "administrators: send them the message below."
        ),
    ),
    PersonalRefusal.CONSENT_FORBIDDEN: Text(
        N_("Your organization does not let people allow applications"),
        N_(
            "A Microsoft administrator there has decided that people cannot connect applications with their calendars "
            "themselves. Nothing was connected."
        ),
        _SEND_THE_MESSAGE,
    ),
    PersonalRefusal.ADMIN_APPROVAL: Text(
        N_("An administrator has to approve this first"),
        N_(
            "Your account’s organization leaves it to its Microsoft administrators which applications may use "
            "calendars, and this one is not approved yet. Nothing was connected."
        ),
        _SEND_THE_MESSAGE,
    ),
    PersonalRefusal.REQUEST_SENT: Text(
        N_("Your administrators can be asked at Microsoft"),
        N_(
            "Your account’s organization has every application approved by its administrators. If you sent a request "
            "on Microsoft’s page, it waits for them. Nothing was connected yet."
        ),
        N_(
            "Wait until Microsoft tells you by e-mail that the request was approved, then try again. The message below "
            "helps your administrators to find it."
        ),
        "waiting",
    ),
    PersonalRefusal.RISKY_APP: Text(
        N_("Microsoft wants an administrator to look at this application"),
        N_(
            "Microsoft takes applications for a risk that it knows little about, for example because their publisher "
            "is not verified; then only an administrator may allow them. Nothing was connected."
        ),
        _SEND_THE_MESSAGE,
    ),
    PersonalRefusal.NOT_SUBSCRIBED: Text(
        N_("Your organization lacks a Microsoft service"),
        N_(
            "Microsoft says that your account’s organization has not subscribed to what holds calendars, or turned it "
            "off. Nothing was connected."
        ),
        N_(
            "Connect an account that has a calendar in Outlook. If this one should have one, send the message below to "
            "whoever looks after Microsoft 365 there."
        ),
    ),
    PersonalRefusal.CONSENT_INCOMPLETE: Text(
        N_("The consent is not complete"),
        N_(
            "What your account’s organization has allowed so far is not what is needed, as a rule because the "
            "application asks for something new. Nothing was connected."
        ),
        _SEND_THE_MESSAGE,
    ),
    PersonalRefusal.NOT_ASSIGNED: Text(
        N_("You are not among those who may use this"),
        N_(
            "Your account’s organization lets only some people use this application, and you are not assigned to it. "
            "Nothing was connected."
        ),
        N_("Ask to be assigned: send the message below to whoever looks after Microsoft 365 there."),
    ),
    PersonalRefusal.CONDITIONAL_ACCESS: Text(
        N_("A rule of your organization stopped the sign-in"),
        N_(
            "Your password was right, but Conditional Access, a rule about devices, places and ways to sign in, did "
            "not let you through. Nothing was connected."
        ),
        N_(
            "Try again on a device of your organization, or in its network. If that does not help, send the message "
            "below to whoever looks after Microsoft 365 there."
        ),
    ),
    PersonalRefusal.TENANT_RESTRICTED: Text(
        N_("This network does not let you sign in with this account"),
        N_(
            "The network or the device that you use lets only accounts of certain organizations sign in at Microsoft. "
            "Nothing was connected."
        ),
        N_(
            "Try again in another network, at home for example. If that is not possible, send the message below to "
            "whoever looks after Microsoft 365 where you are."
        ),
    ),
    PersonalRefusal.APP_NOT_FOUND: Text(
        N_("Your organization does not know this application"),
        N_("Microsoft does not find the application in your account’s organization. Nothing was connected."),
        N_(
            "Send the message below to whoever looks after Microsoft 365 there: their consent also makes the "
            "application known. If it does not help, send the reference below to the product’s support."
        ),
    ),
    PersonalRefusal.APP_DISABLED: Text(
        N_("Your organization has turned this application off"),
        N_("A Microsoft administrator there has disabled it for everybody. Nothing was connected."),
        N_("If you need it, send the message below to whoever looks after Microsoft 365 there."),
    ),
    PersonalRefusal.MFA_REQUIRED: Text(
        N_("Microsoft wants a second step from you"),
        N_(
            "Your account’s organization asks for a second proof at the sign-in, such as a code from your phone, and "
            "that was not given. Nothing was connected."
        ),
        N_(
            "Try again and complete that step. You set it up at mysignins.microsoft.com/security-info; if you "
            "cannot, send the message below to whoever looks after Microsoft 365 there."
        ),
    ),
    PersonalRefusal.ACCOUNT_UNUSABLE: Text(
        N_("This account cannot sign in at present"),
        N_("Microsoft says that it is disabled or blocked, or that its password has expired. Nothing was connected."),
        N_(
            "Try again with another account. If it should be this one, send the message below to whoever looks after "
            "Microsoft 365 there."
        ),
    ),
    PersonalRefusal.WRONG_ACCOUNT: Text(
        N_("This account does not fit"),
        N_("Microsoft does not let an account of this kind sign in here. Nothing was connected."),
        N_("Try again and choose another account, or sign out of Microsoft first."),
    ),
    PersonalRefusal.TOO_LATE: Text(
        N_("That took too long"),
        N_("Microsoft’s answer is good for a few minutes and for one time. Nothing was connected."),
        N_("Try again. It is quick if you do not close the window."),
    ),
    PersonalRefusal.MISCONFIGURED: Text(
        N_("The application is not set up correctly"),
        N_("Microsoft refused the request itself, not you. Nothing was connected."),
        N_(
            "You cannot mend this. Please send the reference below to the product’s support; the fault is on their "
            "side."
        ),
    ),
    PersonalRefusal.MICROSOFT_UNAVAILABLE: Text(
        N_("Microsoft did not answer"),
        N_("Microsoft’s sign-in service had a passing fault. Nothing was connected."),
        N_("Try again in a few minutes."),
        "waiting",
    ),
    PersonalRefusal.NEVER_CAME_BACK: Text(
        N_("If Microsoft does not let you through"),
        N_(
            "Some organizations do not let people connect applications with their calendars. Microsoft then shows a "
            "page of its own, “Need admin approval” for example, and does not send you back here."
        ),
        _SEND_THE_MESSAGE,
    ),
    PersonalRefusal.OTHER: Text(
        N_("Microsoft refused"),
        N_("Microsoft did not let you sign in, for a reason that we do not know. Nothing was connected."),
        N_(
            "Try again. If it happens once more, it may be a rule of your account’s organization: send the message "
            "below to whoever looks after Microsoft 365 there."
        ),
    ),
}

# For somebody's own account at Outlook.com.
NO_ADMINISTRATOR: Final = N_(
    "This is an Outlook.com account. It belongs to no organization, so no administrator has to allow anything: you "
    "alone do. Try again, and accept when Microsoft asks."
)
