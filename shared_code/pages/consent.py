"""What the Microsoft administrator sees between the activation link and the finished connection."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.activation_link import LinkFault
from shared_code.core.connection import Connection, ConnectionState
from shared_code.core.consent import Refusal
from shared_code.core.trouble import Trouble
from shared_code.pages.connection_texts import TROUBLES
from shared_code.pages.frames import Frame
from shared_code.pages.limiting import limiting_commands
from shared_code.pages.rendering import render
from shared_code.pages.texts import LINK_FAULTS, MESSAGES, REFUSALS, STATES, Text

# Where the permissions are accepted, so that the commands work.
LIMITABLE = frozenset({ConnectionState.VERIFYING, ConnectionState.REVIEW, ConnectionState.ACTIVE})
# What ends without a new link; whoever reads these pages cannot issue one.
WITHOUT_LINK = frozenset(
    {
        Trouble.APP_DISABLED,
        Trouble.CONDITIONAL_ACCESS,
        Trouble.ALL_MAILBOXES_REFUSED,
        Trouble.CREDENTIAL_REFUSED,
        Trouble.TOKEN_REFUSED,
        Trouble.MICROSOFT_UNAVAILABLE,
    }
)


@dataclass(frozen=True)
class InvitationView:
    organization: str
    asked_by: str  # the product's id of the admin who asked
    expires_at: datetime
    client_id: str
    token: str


def render_invitation(frame: Frame, view: InvitationView) -> str:
    """The page behind the link: who asks, what is granted, what is not touched, how to limit it."""
    limiting = limiting_commands(frame.brand.name, view.client_id)
    return render(frame, "invitation.html", view=view, limiting=limiting)


@dataclass(frozen=True)
class ConfirmationView:
    organization: str
    asked_by: str
    account: str
    tenant: str
    users: int
    form_token: str


def render_confirmation(frame: Frame, view: ConfirmationView) -> str:
    return render(frame, "confirmation.html", view=view)


def render_link_closed(frame: Frame, fault: LinkFault, reference: str) -> str:
    return render(frame, "message.html", text=LINK_FAULTS[fault], reference=reference)


def render_message(frame: Frame, name: str, reference: str) -> str:
    """One of the general messages, which concern no connection."""
    template = "used_state.html" if name == "used_state" else "message.html"
    return render(frame, template, text=MESSAGES[name], reference=reference)


@dataclass(frozen=True)
class RefusalView:
    refusal: Refusal
    reference: str
    link: str | None  # to begin again
    retry_url: str | None  # to sign in again
    code: str | None  # Microsoft's AADSTS number, for whoever is asked for help


def render_refusal(frame: Frame, view: RefusalView) -> str:
    return render(frame, "refusal.html", text=REFUSALS[view.refusal], view=view, reference=None)


@dataclass(frozen=True)
class ProgressView:
    organization: str
    connection: Connection
    client_id: str


def render_progress(frame: Frame, view: ProgressView) -> str:
    """How the connection stands; while that may still change, the page asks again by itself."""
    connection, state = view.connection, view.connection.state
    values = {
        "text": _troubled(connection) if state is ConnectionState.ATTENTION else STATES[state],
        "view": view,
        "reloads": state is ConnectionState.VERIFYING,
        "is_matching": connection.service_principal or connection.reason == Trouble.CALENDARS_NOT_GRANTED,
        "limiting": limiting_commands(frame.brand.name, view.client_id) if state in LIMITABLE else None,
        "reference": None,
    }
    return render(frame, "progress.html", **values)


def _troubled(connection: Connection) -> Text:
    text, trouble = STATES[ConnectionState.ATTENTION], TROUBLES.get(connection.reason or "")
    if trouble is None:
        return text
    todo = trouble.todo if connection.reason in WITHOUT_LINK else text.next
    return replace(text, happened=trouble.happened, next=todo)
