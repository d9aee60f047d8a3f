"""Whether a link may be read, by what stands behind it: its organisation's connection, or its user's own account."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared_code.core.connection import Connection
from shared_code.core.leaving import OVER
from shared_code.core.mailbox import Link
from shared_code.core.personal_account import PersonalAccount, PersonalState
from shared_code.core.sync_rules import may_read


@dataclass(frozen=True)
class Access:
    is_open: bool  # it may be read now, as far as we know
    is_over: bool = False  # the link is to be released
    needs_owner: bool = False  # nobody else can open it again
    not_before: datetime | None = None  # nothing of its whole tenant is to be asked until then

    def wait(self, now: datetime) -> timedelta:
        return max((self.not_before or now) - now, timedelta(0))


OVER_AND_DONE = Access(is_open=False, is_over=True)


def through_connection(connection: Connection | None, link: Link) -> Access:
    """``connection`` is None if it, or its whole organisation, is gone or leaving."""
    if connection is None or connection.state in OVER:
        return OVER_AND_DONE
    is_open = not link.is_refused and may_read(connection, link.key.mailbox)
    return Access(is_open, not_before=connection.not_before)


def through_account(account: PersonalAccount | None, link: Link) -> Access:
    """``account`` is None if its owner has disconnected it. Of one that was connected anew under another id, the first
    read is still to come, and makes the link its own."""
    if account is None or not account.is_held:
        return OVER_AND_DONE
    is_current = account.connection == link.connection and not link.is_refused
    return Access(account.is_served and is_current, needs_owner=account.state is PersonalState.NEEDS_RECONNECT)
