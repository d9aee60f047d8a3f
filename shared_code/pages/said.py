"""What is said once, on the next page, about what somebody has just done."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from shared_code.pages.languages import N_, NN_

_SAID = re.compile(r"([a-z_]{1,40})(?:\.([0-9]{1,7}))?")


@dataclass(frozen=True)
class Said:
    """The name of a text in ``SAID``, and how many it is about."""

    name: str
    number: int | None = None


@dataclass(frozen=True)
class SaidText:
    words: str | tuple[str, str]  # for one and for several, with %(num)s, if it is about a number
    tone: Literal["good", "notice"] = "good"

    @property
    def counts(self) -> bool:
        return isinstance(self.words, tuple)


SAID: Final[dict[str, SaidText]] = {
    "saved": SaidText(N_("Saved.")),
    "user_disconnected": SaidText(N_("The user is disconnected.")),
    "user_connecting": SaidText(N_("They are being connected again. It takes a minute or so.")),
    "nothing_changed": SaidText(N_("Nothing was changed.")),
    "link_issued": SaidText(N_("The activation link is ready. Send it to a Microsoft administrator.")),
    "link_revoked": SaidText(N_("The link was revoked.")),
    "match_ordered": SaidText(N_("The match begins in a moment.")),
    "match_confirmed": SaidText(N_("Confirmed. Calendars are being connected.")),
    "sweep_confirmed": SaidText(N_("It is let through. That takes a minute.")),
    "domain_confirmed": SaidText(N_("The domain is confirmed. People are being matched again.")),
    "connection_removed": SaidText(N_("The connection was removed.")),
    "disconnecting_nobody": SaidText(N_("The connection is being ended. Nobody had a calendar from there.")),
    "disconnecting": SaidText(
        NN_(
            "Disconnected. %(num)s person no longer has a calendar from there.",
            "Disconnected. %(num)s people no longer have a calendar from there.",
        )
    ),
    "bookings_cancelled": SaidText(NN_("%(num)s booking is being cancelled.", "%(num)s bookings are being cancelled.")),
    "bookings_kept": SaidText(NN_("%(num)s booking stays.", "%(num)s bookings stay.")),
    "me_follows": SaidText(N_("Your organization’s defaults hold for you again.")),
    "me_disconnected": SaidText(N_("Your calendar is disconnected.")),
    "account_disconnected": SaidText(N_("The account is disconnected.")),
    "account_confirmed_before": SaidText(
        N_("You had already confirmed it when you cancelled, so it is connected. You can disconnect it below."),
        "notice",
    ),
    "me_reconnecting": SaidText(N_("Your calendar is being connected again.")),
}


def said_word(said: Said) -> str:
    """As a cookie carries it."""
    return said.name if said.number is None else f"{said.name}.{said.number}"


def read_said(word: str | None) -> Said | None:
    """None for whatever no page of ours has said."""
    found = _SAID.fullmatch(word or "")
    if found is None or found[1] not in SAID:
        return None
    if SAID[found[1]].counts != (found[2] is not None):
        return None
    return Said(found[1], None if found[2] is None else int(found[2]))
