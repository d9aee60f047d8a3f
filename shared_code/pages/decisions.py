"""What cancellation sync made of a booking, and on what evidence, in words for people."""

from dataclasses import dataclass
from typing import Final, Literal

from shared_code.core.decision import Clue, Outcome
from shared_code.pages.languages import N_


@dataclass(frozen=True)
class OutcomeText:
    label: str
    tone: Literal["good", "waiting", "notice", "quiet"]
    meaning: str


OUTCOMES: Final[dict[Outcome, OutcomeText]] = {
    Outcome.STANDS: OutcomeText(
        N_("Booking kept"), "good", N_("The event was found in the calendar after all, so nothing was changed.")
    ),
    Outcome.MOVED: OutcomeText(
        N_("Moved"), "good", N_("The event has another time or another calendar, and the booking follows it.")
    ),
    Outcome.ADOPTED: OutcomeText(
        N_("Booking kept"), "good", N_("The event was cut and pasted; the booking goes on with the new one.")
    ),
    Outcome.CANCELLED: OutcomeText(
        N_("Booking cancelled"),
        "notice",
        N_("The event is in none of the calendars any more, so the booking was cancelled."),
    ),
    Outcome.IGNORED: OutcomeText(
        N_("Ignored"), "quiet", N_("The event is gone, but cancellation sync is off: the booking stands.")
    ),
    Outcome.HELD: OutcomeText(
        N_("Waits for you"), "waiting", N_("Too much was gone at once, so a person decides whether it is cancelled.")
    ),
    Outcome.KEPT: OutcomeText(N_("Booking kept"), "good", N_("A person decided that the booking stays.")),
    Outcome.CLEANED_UP: OutcomeText(
        N_("Cleaned up"), "quiet", N_("The booking was never finished, so what was left of it was taken away.")
    ),
}

CLUES: Final[dict[Clue, str]] = {
    Clue.VANISHED: N_("The calendar was read as a whole, and the event was not in it."),
    Clue.CANCELLED: N_("The event was marked as cancelled."),
    Clue.DECLINED: N_("The calendar’s own user had declined the event."),
    Clue.MOVED: N_("The event was at another time or in another calendar."),
    Clue.UNREAD: N_("No read of the calendar had contained its time for a day."),
}
