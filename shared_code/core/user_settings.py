"""What people chose for themselves; None wherever they chose nothing and follow their organisation."""

from dataclasses import dataclass
from datetime import datetime

from shared_code.core.calendar import ShowAs
from shared_code.core.ids import CalendarId, MailboxKey


@dataclass(frozen=True)
class CalendarWish:
    """Which calendars of one mailbox are checked and which is written to. It means nothing in any other mailbox.

    ``left_out`` are those that were there to be checked and were not, so that one that comes later is told apart. A
    choice that was taken back leaves its instant, so that the next one is another.
    """

    mailbox: MailboxKey
    chosen_at: datetime
    checked: tuple[CalendarId, ...] | None = None
    left_out: tuple[CalendarId, ...] = ()
    written: CalendarId | None = None


@dataclass(frozen=True)
class UserSettings:
    """Kept on the user, so that they outlive every link: a disconnection, a lost consent, a lock of the policy."""

    busy_statuses: tuple[ShowAs, ...] | None = None  # beside busy and unknown
    cancellation_sync: bool | None = None
    calendars: CalendarWish | None = None
    personal_calendars: tuple[CalendarWish, ...] = ()  # at most one a mailbox; kept while an account is reconnected
    written_mailbox: MailboxKey | None = None  # None: the admin-managed one, else that of the oldest account
