"""What people see whom Microsoft, or their Microsoft administrator, did not let connect an account of their own."""

from dataclasses import dataclass

from shared_code.core.administrator_links import AdministratorLinks
from shared_code.core.personal_refusals import PersonalRefusal
from shared_code.pages.admin import LinkMessage
from shared_code.pages.blocked_messages import message_for
from shared_code.pages.blocked_texts import MAY_BE, NO_ADMINISTRATOR, PLACES, REFUSALS
from shared_code.pages.frames import Frame
from shared_code.pages.rendering import render


@dataclass(frozen=True)
class BlockedView:
    refusal: PersonalRefusal
    organization: str  # the product's customer that the person belongs to
    client_id: str  # of the registration for personal connections
    links: AdministratorLinks
    retry: str  # our page that begins the sign-in
    reference: str | None = None  # to look up in the logs
    code: int | None = None  # Microsoft's AADSTS number
    is_consumer: bool = False  # known to be an Outlook.com account, which has no administrator


def render_blocked(frame: Frame, view: BlockedView) -> str:
    return render(
        frame,
        "personal_blocked.html",
        at="/portal/me",
        text=REFUSALS[view.refusal],
        view=view,
        code=_code(view),
        places=PLACES.get(_for_administrators(view), ()),
        message=_message(frame, view, view.links.activation),
        elsewhere=None if view.links.activation is None else _message(frame, view, None),
        next=NO_ADMINISTRATOR if view.is_consumer and view.refusal in PLACES else REFUSALS[view.refusal].next,
        doubt=REFUSALS[MAY_BE[view.refusal]].next if view.refusal in MAY_BE else None,
    )


def _message(frame: Frame, view: BlockedView, activation: str | None) -> LinkMessage | None:
    refusal = _for_administrators(view)
    if view.is_consumer or refusal not in PLACES:
        return None
    code = _code(view) if refusal is view.refusal else None  # a no's tells no administrator anything
    return message_for(frame, refusal, view.client_id, view.organization, activation, view.links.consent, code)


def _for_administrators(view: BlockedView) -> PersonalRefusal:
    """What one of them would have to mend, if it was not the person's own no after all."""
    return MAY_BE.get(view.refusal, view.refusal)


def _code(view: BlockedView) -> str | None:
    return f"AADSTS{view.code}" if view.code else None


@dataclass(frozen=True)
class ConsentedView:
    is_given: bool  # as the address says, which anybody could have written


def render_consented(frame: Frame, view: ConsentedView) -> str:
    """After the tenant-wide consent. It says what is so in any case, since nothing proves how the visitor came."""
    return render(frame, "personal_consented.html", view=view)
