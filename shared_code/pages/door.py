"""What a person of the product sees on the way into the signed-in pages, out of them, and when turned away."""

from dataclasses import dataclass

from shared_code.core.portal_session import PortalFault
from shared_code.core.product_user import Role
from shared_code.pages.frames import Frame
from shared_code.pages.languages import N_
from shared_code.pages.portal_texts import ANY_PROBLEM, PORTAL, PORTAL_FAULTS, PROBLEMS, ROLES, WAYS
from shared_code.pages.rendering import render
from shared_code.pages.texts import Text

_START = ("/portal", N_("Go to the start"))


@dataclass(frozen=True)
class DoorView:
    organization: str
    person: str  # as they know themselves
    role: Role
    token: str


def render_door(frame: Frame, view: DoorView) -> str:
    """Behind the link; only its button signs in."""
    return render(frame, "portal_door.html", text=PORTAL["door"], view=view, role=ROLES[view.role], reference=None)


def render_left(frame: Frame, return_to: str | None) -> str:
    return render(frame, "portal_left.html", text=PORTAL["left"], return_to=return_to, reference=None)


def render_closed(frame: Frame, fault: PortalFault, reference: str) -> str:
    return _refusal(frame, PORTAL_FAULTS[fault], reference, _START)


def render_refused(frame: Frame, problem: str, reference: str) -> str:
    """``problem``: the stable word that the product API has for it."""
    is_admin = frame.signed_in is not None and frame.signed_in.is_admin
    way = WAYS.get(problem, _START) if is_admin else _START
    return _refusal(frame, PROBLEMS.get(problem, ANY_PROBLEM), reference, way)


def _refusal(frame: Frame, text: Text, reference: str, way: tuple[str, str]) -> str:
    """Whoever is signed in stays among their pages."""
    return render(frame, "portal_refusal.html", text=text, reference=reference, at=None, way=way)
