"""What everybody works with who reads a mailbox and writes down what was read."""

from dataclasses import dataclass

from shared_code.flows.link_troubles import LinkTroubles
from shared_code.mailbox_ports import Mailboxes
from shared_code.ports import Calendars, Chance, Clock, Organizations, ProductUsers, Queues, Upkeep


@dataclass(frozen=True)
class MailboxWork:
    organizations: Organizations
    users: ProductUsers
    mailboxes: Mailboxes
    calendars: Calendars
    upkeep: Upkeep
    queues: Queues
    chance: Chance
    clock: Clock
    window_days: int

    @property
    def _troubles(self) -> LinkTroubles:
        return LinkTroubles(self.organizations, self.users, self.queues)
