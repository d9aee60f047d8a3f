"""What people see on the way to an account of their own, and on the way out of it."""

from dataclasses import dataclass

from shared_code.core.personal_account import CONSUMERS
from shared_code.core.personal_sign_in import PersonalOutcome, PersonalSignIn
from shared_code.pages.frames import Frame
from shared_code.pages.languages import N_
from shared_code.pages.my_accounts import HELP
from shared_code.pages.personal_texts import AGAIN, MESSAGES, OUTCOMES
from shared_code.pages.rendering import render

ME = "/portal/me"
_WAY = (ME, N_("To my calendar"))


@dataclass(frozen=True)
class ConnectView:
    """``account``: the one to be connected again, with the name it has in the address."""

    account: str | None = None
    again: str | None = None
    return_to: str | None = None  # for whoever was sent here by the product and does not want to
    is_consumer: bool = False  # known to be an Outlook.com account, which no organisation blocks


def render_connect(frame: Frame, view: ConnectView) -> str:
    """Names whose calendar it is going to be; only its button leads to Microsoft."""
    return render(frame, "personal_connect.html", at=ME, view=view, help=None if view.is_consumer else HELP)


def render_confirm(frame: Frame, sign_in: PersonalSignIn) -> str:
    """Both names, side by side: whoever was lured into signing in sees to whom the calendar would go. What was
    confirmed and cut off can be confirmed once more, and not be cancelled."""
    is_consumer = sign_in.tenant == CONSUMERS
    is_confirmed = sign_in.step == "connecting"
    named = {"is_consumer": is_consumer, "is_confirmed": is_confirmed}
    return render(frame, "personal_confirm.html", at=ME, sign_in=sign_in, **named)


@dataclass(frozen=True)
class OutcomeView:
    outcome: PersonalOutcome
    reference: str | None  # to look up in the logs
    return_to: str | None = None  # with what came of it, for whoever was sent here by the product
    connection: str | None = None  # of an account that is connected, and can be disconnected again


def render_outcome(frame: Frame, view: OutcomeView) -> str:
    is_over = view.outcome in {PersonalOutcome.CONNECTED, PersonalOutcome.ALREADY_MANAGED}
    return render(
        frame,
        "personal_outcome.html",
        at=ME,
        text=OUTCOMES[view.outcome],
        view=view,
        may_try_again=view.outcome in AGAIN,
        reference=None if is_over or view.outcome is PersonalOutcome.CANCELLED else view.reference,
    )


def render_message(frame: Frame, name: str, reference: str) -> str:
    """An answer or a form that cannot be taken; whoever is signed in stays among their pages."""
    return render(frame, "portal_refusal.html", text=MESSAGES[name], reference=reference, at=None, way=_WAY)


def render_disconnect(frame: Frame, account: str, connection: str) -> str:
    return render(frame, "personal_disconnect.html", at=ME, account=account, connection=connection)
