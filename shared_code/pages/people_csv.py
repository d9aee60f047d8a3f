"""The list of people as a file for spreadsheets (https://www.rfc-editor.org/rfc/rfc4180), in the reader's language."""

import csv
import io
from collections.abc import Iterable
from typing import Final

from shared_code.core.roster_entry import RosterEntry
from shared_code.pages.frames import Frame
from shared_code.pages.languages import N_, catalogue, language_of
from shared_code.pages.states import STATES, reason_text

HEADINGS: Final = (
    N_("User"),
    N_("Address"),
    N_("Status"),
    N_("Reason"),
    N_("What to do"),
    N_("Microsoft account"),
    N_("Since"),
)
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"  # without it Excel takes UTF-8 for the code page of its own country
# A cell that begins so is a formula to a spreadsheet. https://owasp.org/www-community/attacks/CSV_Injection (2026-10)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def render_users_csv(frame: Frame, entries: Iterable[RosterEntry]) -> bytes:
    words, product = catalogue(language_of(frame.locale)), frame.brand.name

    def written(text: str) -> str:
        return words.gettext(text) % {"product": product}

    def row(entry: RosterEntry) -> list[str]:
        reason = reason_text(entry.state, entry.reason)
        return [
            entry.user,
            entry.address or "",
            written(STATES[entry.state].label),
            written(reason.why) if reason else "",
            written(reason.next) if reason else "",
            entry.account or "",
            entry.since.isoformat(timespec="seconds"),
        ]

    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([written(heading) for heading in HEADINGS])
    writer.writerows([_guarded(cell) for cell in row(entry)] for entry in entries)
    return BYTE_ORDER_MARK + text.getvalue().encode()


def _guarded(cell: str) -> str:
    """An apostrophe makes it a text, whatever it begins with."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
