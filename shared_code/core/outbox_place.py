"""Where product events wait: the partition of the state that caused them."""

from dataclasses import dataclass
from typing import Literal, get_args

from shared_code.core.ids import MailboxKey, OrganizationId

OutboxTable = Literal["organizations", "users", "mailboxes"]
OUTBOX_TABLES: dict[str, OutboxTable] = {table: table for table in get_args(OutboxTable)}


@dataclass(frozen=True)
class OutboxPlace:
    table: OutboxTable
    partition: str

    @staticmethod
    def of_organization(organization: OrganizationId) -> "OutboxPlace":
        """Events of its connections."""
        return OutboxPlace("organizations", organization)

    @staticmethod
    def of_people(organization: OrganizationId) -> "OutboxPlace":
        return OutboxPlace("users", organization)

    @staticmethod
    def of_mailbox(mailbox: MailboxKey) -> "OutboxPlace":
        """Events of its links and their bookings, whosever they are."""
        return OutboxPlace("mailboxes", str(mailbox))
