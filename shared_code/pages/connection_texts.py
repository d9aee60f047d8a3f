"""How a connection stands, in an admin's words, and what to do when it does not serve."""

from dataclasses import dataclass
from typing import Final, Literal

from shared_code.core.connection import ConnectionState
from shared_code.core.overview import Progress
from shared_code.core.trouble import Trouble
from shared_code.pages.languages import N_

Tone = Literal["good", "waiting", "notice", "quiet"]


@dataclass(frozen=True)
class StateText:
    label: str
    happened: str
    tone: Tone


@dataclass(frozen=True)
class TroubleText:
    happened: str
    todo: str


REVOKED: Final = StateText(
    N_("Link revoked"),
    N_("The activation link was revoked, so nobody can connect with it. Issue a new one to go on."),
    "notice",
)

STATE_TEXTS: Final[dict[ConnectionState, StateText]] = {
    ConnectionState.PENDING: StateText(
        N_("Waiting for approval"),
        N_(
            "No Microsoft administrator has approved the connection yet. Send them the activation link, or open it "
            "yourself if you are one."
        ),
        "waiting",
    ),
    ConnectionState.EXPIRED: StateText(
        N_("Link expired"),
        N_("No Microsoft administrator has approved the connection in time. Issue a new link to go on."),
        "notice",
    ),
    ConnectionState.VERIFYING: StateText(
        N_("Being set up"),
        N_("The Microsoft administrator has approved. Nothing is left to do: it goes on without you."),
        "waiting",
    ),
    ConnectionState.REVIEW: StateText(
        N_("Waiting for your review"),
        N_("Nobody is connected yet. Look through the people who would be, then confirm."),
        "notice",
    ),
    ConnectionState.ACTIVE: StateText(
        N_("Connected"),
        N_("Calendars are kept up to date, and whoever joins your organization is connected without anybody’s help."),
        "good",
    ),
    ConnectionState.ATTENTION: StateText(
        N_("Needs attention"), N_("Calendars are not kept up to date until this is solved."), "notice"
    ),
    ConnectionState.DISCONNECTING: StateText(
        N_("Disconnecting"), N_("Calendars are let go, and what was read of them is being forgotten."), "waiting"
    ),
    ConnectionState.DISCONNECTED: StateText(
        N_("No longer connected"),
        N_("No calendar is connected here any more. What people chose is kept in case that you connect again."),
        "quiet",
    ),
}

PHASES: Final[dict[str, str]] = {
    "granting": N_("Waiting until Microsoft shows us the permissions. That takes a minute as a rule, at times hours."),
    "collecting": N_("Going through the Microsoft directory"),
    "deciding": N_("Matching your people with their mailboxes"),
    "reading": N_("Reading calendars for the first time"),
}

_WITHDRAWN: Final = TroubleText(
    N_("Microsoft no longer knows our permissions: they were withdrawn, or the application was deleted there."),
    N_("If that was not meant, send a new activation link to a Microsoft administrator, who approves once more."),
)
_REFUSED: Final = TroubleText(
    N_("Microsoft refuses our own credentials. This is not your fault, and you cannot solve it."),
    N_("Please tell the support of the product."),
)

TROUBLES: Final[dict[str, TroubleText]] = {
    Trouble.CONSENT_MISSING: _WITHDRAWN,
    Trouble.ROLES_MISSING: _WITHDRAWN,
    Trouble.PERMISSION_MISSING: _WITHDRAWN,
    Trouble.APP_DISABLED: TroubleText(
        N_("The application is disabled in the Microsoft organization."),
        N_(
            "A Microsoft administrator can enable it: Microsoft Entra admin center → Enterprise applications → "
            "Properties → Enabled for users to sign in. We notice within the hour."
        ),
    ),
    Trouble.CREDENTIAL_REFUSED: _REFUSED,
    Trouble.TOKEN_REFUSED: _REFUSED,
    Trouble.TENANT_NOT_FOUND: TroubleText(
        N_("The Microsoft organization does not exist any more."),
        N_("Disconnect it, and connect the one that you use now."),
    ),
    Trouble.CONDITIONAL_ACCESS: TroubleText(
        N_("A Conditional Access rule of the Microsoft organization keeps us out."),
        N_("A Microsoft administrator can exclude the application from that rule. We notice within the hour."),
    ),
    Trouble.CALENDARS_NOT_GRANTED: TroubleText(
        N_("Microsoft shows the permission to read the directory, but not the one for calendars."),
        N_(
            "If mailboxes are limited by Exchange, this ends by itself with the first mailbox that opens. Otherwise a "
            "Microsoft administrator approves once more, with a new activation link."
        ),
    ),
    Trouble.ALL_MAILBOXES_REFUSED: TroubleText(
        N_("The Microsoft organization keeps every mailbox closed to us."),
        N_("A Microsoft administrator can open them in Exchange. We notice within the hour."),
    ),
    Trouble.CONSENT_IS_ANOTHER: TroubleText(
        N_("The application was deleted at Microsoft and approved again by somebody else."),
        N_("To be sure that it is meant for you, send a new activation link to a Microsoft administrator."),
    ),
    Trouble.GRANT_NOT_SEEN: TroubleText(
        N_("Microsoft has not shown us the permissions within a day of the approval."),
        N_("Send a new activation link to a Microsoft administrator, who approves once more."),
    ),
    Trouble.MICROSOFT_UNAVAILABLE: TroubleText(
        N_("Microsoft does not answer."), N_("Nothing is left for you to do: we go on trying.")
    ),
}
# Why a connection that is being set up stands still, where more than time is needed.
STALLED: Final[dict[str, TroubleText]] = {
    Trouble.CALENDARS_NOT_GRANTED: TroubleText(
        N_("Microsoft lets us read the directory, but has opened no mailbox of your people to us yet."),
        N_(
            "If mailboxes are limited by Exchange, the Microsoft administrator can include those of your people. "
            "We go on asking for a day."
        ),
    ),
    Trouble.APP_DISABLED: TROUBLES[Trouble.APP_DISABLED],
    Trouble.CONDITIONAL_ACCESS: TROUBLES[Trouble.CONDITIONAL_ACCESS],
}
ANY_TROUBLE: Final = TroubleText(
    N_("Microsoft does not let us in."),
    N_("A new approval may solve it: send a new activation link to a Microsoft administrator."),
)


def phase_of(progress: Progress) -> str:
    return PHASES[progress.phase]
