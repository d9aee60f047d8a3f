"""What a person of the product sees on the way into the signed-in pages, out of them, and when turned away."""

from dataclasses import dataclass

from shared_code.core.portal_session import PortalFault
from shared_code.core.product_user import Role
from shared_code.pages.frames import Frame
from shared_code.pages.rendering import render
from shared_code.pages.texts import ANY_PROBLEM, PORTAL, PORTAL_FAULTS, PROBLEMS, ROLES


@dataclass(frozen=True)
class DoorView:
    organization: str
    user: str
    role: Role
    token: str


def render_door(frame: Frame, view: DoorView) -> str:
    """Behind the link; only its button signs in."""
    return render(frame, "portal_door.html", text=PORTAL["door"], view=view, role=ROLES[view.role], reference=None)


def render_home(frame: Frame, role: Role) -> str:
    return render(frame, "portal_home.html", text=PORTAL["home"], role=ROLES[role], at="/portal")


def render_left(frame: Frame, return_to: str | None) -> str:
    return render(frame, "portal_left.html", text=PORTAL["left"], return_to=return_to, reference=None)


def render_closed(frame: Frame, fault: PortalFault, reference: str) -> str:
    return render(frame, "message.html", text=PORTAL_FAULTS[fault], reference=reference)


def render_refused(frame: Frame, problem: str, reference: str) -> str:
    """``problem``: the stable word that the product API has for it."""
    return render(frame, "message.html", text=PROBLEMS.get(problem, ANY_PROBLEM), reference=reference)
