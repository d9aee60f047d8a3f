"""What an admin looks at before they confirm: a first match, a held sweep, domains, cancellations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared_code.core.connection import Connection, HeldSweep
from shared_code.core.held_cancellation import Hold, HoldDecision, HoldOf, HoldReason
from shared_code.core.review import ReviewOf, WaitingDomain
from shared_code.core.roster_entry import RosterEntry
from shared_code.pages.frames import Frame
from shared_code.pages.languages import N_
from shared_code.pages.rendering import render
from shared_code.pages.states import RULES, reason_text

HOLD_REASONS: dict[HoldReason, str] = {
    HoldReason.MAILBOX: N_("Too many bookings vanished from one mailbox at once."),
    HoldReason.CONNECTION: N_("Too many bookings vanished from your people’s mailboxes within an hour."),
    HoldReason.CALENDAR: N_("The whole calendar that they were in is gone."),
}
DECISIONS: dict[HoldDecision, str] = {
    HoldDecision.CANCEL: N_("Cancelled"),
    HoldDecision.KEEP: N_("Kept"),
}


def render_review(frame: Frame, review: ReviewOf) -> str:
    people = [(one, RULES[one.rule] if one.rule else None, reason_text(one.state, one.reason)) for one in review.people]
    path = f"/portal/outlook/{review.connection.connection}"
    return render(frame, "outlook_review.html", review=review, path=path, people=people, at="/portal/outlook")


@dataclass(frozen=True)
class HeldSweepView:
    connection: Connection
    domain: str | None  # one that the tenant has proven
    held: HeldSweep
    people: Sequence[RosterEntry]  # the first of those who would lose their calendar
    is_confirmed: bool  # and about to be carried out


def render_held_sweep(frame: Frame, view: HeldSweepView) -> str:
    return render(frame, "outlook_held.html", view=view, at="/portal/outlook")


@dataclass(frozen=True)
class DomainsView:
    connection: Connection
    domain: str | None  # one that the tenant has proven
    waiting: Sequence[WaitingDomain]  # those that most people wait for first
    most: int = 50  # shown at once: a page is light


def render_domains(frame: Frame, view: DomainsView) -> str:
    return render(frame, "outlook_domains.html", view=view, at="/portal/outlook")


@dataclass(frozen=True)
class HoldsView:
    holds: Sequence[Hold]  # newest first
    next: str | None  # the place from which older ones are listed


def render_holds(frame: Frame, view: HoldsView) -> str:
    texts = {"reasons": HOLD_REASONS, "decisions": DECISIONS}
    return render(frame, "held.html", view=view, at="/portal/outlook", **texts)


@dataclass(frozen=True)
class HoldView:
    shown: HoldOf
    now: datetime


def render_hold(frame: Frame, view: HoldView) -> str:
    """Times and the product's names of bookings; of no meeting what it is about."""
    texts = {"reasons": HOLD_REASONS, "decisions": DECISIONS}
    return render(frame, "hold.html", view=view, hold=view.shown.hold, at="/portal/outlook", **texts)
