"""How calendars are known, and which statuses block time, in words for people."""

from typing import Final

from shared_code.core.calendar import CalendarState, ShowAs
from shared_code.pages.languages import N_, NN_

CALENDARS: Final[dict[CalendarState, tuple[str, str]]] = {
    CalendarState.OK: NN_("%(number)s is up to date", "%(number)s are up to date"),
    CalendarState.STALE: NN_("%(number)s was read too long ago", "%(number)s were read too long ago"),
    CalendarState.PENDING: NN_("%(number)s is about to be read", "%(number)s are about to be read"),
    CalendarState.DENIED: NN_("%(number)s may not be read", "%(number)s may not be read"),
    CalendarState.THROTTLED: NN_("%(number)s waits for Microsoft", "%(number)s wait for Microsoft"),
    CalendarState.GONE: NN_("%(number)s is not there any more", "%(number)s are not there any more"),
    CalendarState.TOO_LARGE: NN_("%(number)s has too many events", "%(number)s have too many events"),
}

# Those that block time or may: nobody is asked about the others.
STATUSES: Final[dict[ShowAs, str]] = {
    ShowAs.TENTATIVE: N_("Tentative"),
    ShowAs.BUSY: N_("Busy"),
    ShowAs.OUT_OF_OFFICE: N_("Out of office"),
    ShowAs.WORKING_ELSEWHERE: N_("Working elsewhere"),
}
