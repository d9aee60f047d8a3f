"""A mailbox's record: its lease, and the links of product users to it."""

from dataclasses import dataclass
from datetime import datetime

from shared_code.core.calendar import LinkedCalendar
from shared_code.core.ids import ConnectionId, LinkKey, MailboxKey
from shared_code.core.subscription import Subscription


@dataclass(frozen=True)
class Lease:
    """Single flight: who reads the mailbox now, and when the last successful sync began and ended."""

    mailbox: MailboxKey
    holder: str | None = None  # an invocation
    until: datetime | None = None
    started_at: datetime | None = None  # of the last successful sync
    created_at: datetime | None = None
    not_before: datetime | None = None  # Graph throttles this mailbox until then
    subscription: Subscription | None = None
    is_behind: bool = False  # the last try did not read all of it, so its turn comes every quarter of an hour
    echo_at: datetime | None = None  # read once more then: Graph may have lagged behind its own notification
    suspected_at: datetime | None = None  # a read found then what nobody had told, and nobody has told since

    @property
    def teller(self) -> Subscription | None:
        """The subscription that tells of changes, unless one was told in vain."""
        return None if self.is_behind else self.subscription

    def is_held(self, now: datetime) -> bool:
        return self.holder is not None and self.until is not None and now < self.until


@dataclass(frozen=True)
class Link:
    """One product user's calendars in one mailbox, read with one connection's credential."""

    key: LinkKey
    connection: ConnectionId
    connected_at: datetime
    mailbox_zone: str | None = None  # IANA, from the mailbox's working hours; None if unknown or custom
    calendars: tuple[LinkedCalendar, ...] = ()
    is_refused: bool = False  # Graph keeps the mailbox from this connection; only connecting it anew asks again
    chosen_at: datetime | None = None  # of the choice that its calendars were last listed for
