"""What the Microsoft administrator sees between the activation link and the finished connection."""

from dataclasses import dataclass
from datetime import datetime

from shared_code.core.activation_link import LinkFault
from shared_code.core.connection import Connection, ConnectionState
from shared_code.core.consent import Refusal
from shared_code.pages.rendering import render
from shared_code.pages.texts import LINK_FAULTS, MESSAGES, REFUSALS, STATES, Text


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
    return render("invitation.html", product=view.product, title=f"Connect Outlook to {view.product}", view=view)


@dataclass(frozen=True)
class ConfirmationView:
    product: str
    organization: str
    asked_by: str
    account: str
    tenant: str
    users: int


def render_confirmation(view: ConfirmationView) -> str:
    return render("confirmation.html", product=view.product, title=f"Connect to {view.organization}?", view=view)


def render_link_closed(product: str, fault: LinkFault) -> str:
    return _render_text("message.html", product, LINK_FAULTS[fault])


def render_message(product: str, name: str) -> str:
    """One of the general messages, which concern no connection."""
    return _render_text("message.html", product, MESSAGES[name])


@dataclass(frozen=True)
class RefusalView:
    product: str
    refusal: Refusal
    reference: str
    link: str | None  # to begin again
    retry_url: str | None  # to sign in again
    code: str | None  # Microsoft's AADSTS number, for whoever is asked for help


def render_refusal(view: RefusalView) -> str:
    return _render_text("refusal.html", view.product, REFUSALS[view.refusal], view=view)


@dataclass(frozen=True)
class ProgressView:
    product: str
    organization: str
    connection: Connection


def render_progress(view: ProgressView) -> str:
    """How the connection stands; while that may still change, the page asks again by itself."""
    state = view.connection.state
    reloads = state is ConnectionState.VERIFYING
    return _render_text("progress.html", view.product, STATES[state], view=view, reloads=reloads)


def _render_text(template: str, product: str, text: Text, **values: object) -> str:
    return render(template, product=product, title=text.title, text=text, **values)
