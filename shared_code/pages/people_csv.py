"""The list of people as a file for spreadsheets (https://www.rfc-editor.org/rfc/rfc4180), in the reader's language."""

import csv
import io
import re
from collections.abc import Iterable
from typing import Final

from shared_code.core.roster_entry import RosterEntry
from shared_code.pages.frames import Frame
from shared_code.pages.languages import N_, catalogue, language_of
from shared_code.pages.states import STATES, reason_text
from shared_code.pages.their_accounts import counted

HEADINGS: Final = (
    N_("User"),
    N_("Address"),
    N_("Status"),
    N_("Reason"),
    N_("What to do"),
    N_("Microsoft account"),
    N_("Since"),
    N_("Outlook accounts of their own"),
)
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"  # without it Excel takes UTF-8 for the code page of its own country
_SEPARATORS: Final = {"en": ",", "fr": ";"}  # as spreadsheets of that language expect it
# What is a formula to a spreadsheet at the beginning of a cell, also of one that is none here but where another
# separator holds. https://owasp.org/www-community/attacks/CSV_Injection (2026-10)
_FORMULA: Final = re.compile(r"""((?:^|[;,\t\r\n])["']*)(?=[=+\-@\t\r])""")


def render_users_csv(frame: Frame, entries: Iterable[RosterEntry]) -> bytes:
    words, product = catalogue(language_of(frame.locale)), frame.brand.name
    several = words.ngettext

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
            ", ".join(several(*texts, count) % {"number": count} for texts, count in counted(entry.accounts)),
        ]

    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=_SEPARATORS[language_of(frame.locale)])
    writer.writerow([written(heading) for heading in HEADINGS])
    writer.writerows([_guarded(cell) for cell in row(entry)] for entry in entries)
    return BYTE_ORDER_MARK + text.getvalue().encode()


def _guarded(cell: str) -> str:
    """An apostrophe makes it a text, whatever it begins with."""
    return _FORMULA.sub(r"\1'", cell)
