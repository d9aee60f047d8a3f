"""What every way to match has in hand."""

from dataclasses import dataclass

from shared_code.directory_ports import Directory
from shared_code.flows.applying import Applying
from shared_code.flows.connection_marks import MarkConnection
from shared_code.flows.feeding import Feeding
from shared_code.ports import Organizations, ProductUsers, Queues


@dataclass(frozen=True)
class MatchFlow:
    organizations: Organizations
    users: ProductUsers
    directory: Directory
    queues: Queues

    @property
    def _applying(self) -> Applying:
        return Applying(self.organizations, self.users, self.queues)

    @property
    def _feeding(self) -> Feeding:
        return Feeding(self.organizations, self.users, self.queues)

    @property
    def _marks(self) -> MarkConnection:
        return MarkConnection(self.organizations, self.queues)
