"""What the Microsoft administrator sees between the activation link and the finished connection."""

from dataclasses import dataclass
from datetime import datetime

from shared_code.core.activation_link import LinkFault
from shared_code.core.connection import Connection, ConnectionState
from shared_code.core.consent import Refusal
from shared_code.pages.rendering import render
from shared_code.pages.texts import LINK_FAULTS, REFUSALS, STATES


@dataclass(frozen=True)
class InvitationView:
    product: str
    organization: str
    asked_by: str  # the product's id of the admin who asked
    expires_at: datetime
    client_id: str
    token: str


def render_invitation(view: InvitationView) -> str:
    """The page behind the link: who asks, what is granted, what is not touched, how to limit it."""
    return render("invitation.html", title=f"Connect Outlook to {view.product}", view=view)


@dataclass(frozen=True)
class ConfirmationView:
    product: str
    organization: str
    asked_by: str
    account: str
    tenant: str
    users: int


def render_confirmation(view: ConfirmationView) -> str:
    return render("confirmation.html", title=f"Connect to {view.organization}?", view=view)


def render_link_closed(product: str, fault: LinkFault) -> str:
    return render("message.html", title=LINK_FAULTS[fault].title, text=LINK_FAULTS[fault], product=product)


def render_message(product: str, name: str, reference: str | None = None) -> str:
    """One of the general messages of ``texts.REFUSALS`` that concern no connection."""
    return render("message.html", title=REFUSALS[name].title, text=REFUSALS[name], product=product, reference=reference)


@dataclass(frozen=True)
class RefusalView:
    product: str
    refusal: Refusal
    reference: str
    link: str | None  # to begin again
    retry_url: str | None  # to sign in again
    code: str | None  # Microsoft's AADSTS number, for whoever is asked for help


def render_refusal(view: RefusalView) -> str:
    text = REFUSALS[view.refusal]
    return render("refusal.html", title=text.title, text=text, view=view)


@dataclass(frozen=True)
class ProgressView:
    product: str
    organization: str
    connection: Connection


def render_progress(view: ProgressView) -> str:
    """How the connection stands; while that may still change, the page asks again by itself."""
    state = view.connection.state
    text = STATES[state]
    reloads = state is ConnectionState.VERIFYING
    return render("progress.html", title=text.title, text=text, view=view, reloads=reloads)
