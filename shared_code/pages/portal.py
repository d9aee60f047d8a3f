"""What a person of the product sees on the way into the signed-in pages and out of them."""

from dataclasses import dataclass

from shared_code.core.portal_session import PortalFault
from shared_code.core.product_user import Role
from shared_code.pages.rendering import render
from shared_code.pages.texts import PORTAL, PORTAL_FAULTS, ROLES


@dataclass(frozen=True)
class DoorView:
    product: str
    organization: str
    user: str
    role: Role
    token: str


def render_door(view: DoorView) -> str:
    """Behind the link; only its button signs in."""
    text = PORTAL["door"]
    return render(
        "portal_door.html", product=view.product, title=text.title, text=text, view=view, role=ROLES[view.role]
    )


@dataclass(frozen=True)
class HomeView:
    product: str
    organization: str
    user: str
    role: Role
    return_to: str | None


def render_home(view: HomeView) -> str:
    text = PORTAL["home"]
    return render(
        "portal_home.html", product=view.product, title=text.title, text=text, view=view, role=ROLES[view.role]
    )


def render_left(product: str, return_to: str | None) -> str:
    text = PORTAL["left"]
    return render("portal_left.html", product=product, title=text.title, text=text, return_to=return_to)


def render_closed(product: str, fault: PortalFault) -> str:
    text = PORTAL_FAULTS[fault]
    return render("message.html", product=product, title=text.title, text=text)
