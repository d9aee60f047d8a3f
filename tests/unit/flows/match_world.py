"""One organisation, two tenants and the match flows over storage in memory."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared_code.adapters.tables.organizations import TableOrganizations
from shared_code.adapters.tables.product_users import TableProductUsers
from shared_code.core.connection import Connection, ConnectionState
from shared_code.core.directory import DirectoryUser
from shared_code.core.ids import ConnectionId, ProductUserId, TenantId
from shared_code.core.organization import AuditEntry, Organization
from shared_code.core.policy import Activation, Policy
from shared_code.core.product_user import ProductUser, UserState
from shared_code.core.sweep import Sweep
from shared_code.flows.directory_changes import DirectoryChanges
from shared_code.flows.feeding import Feeding
from shared_code.flows.look_up import LookUp
from shared_code.flows.user_match import UserMatch
from shared_code.messages import AnyMessage, ConnectMailbox, LookUpUsers, ReleaseMailbox, SweepChanges, SweepUsers
from shared_code.ports import Stored, UserChange
from tests.fakes.chance import CountingChance
from tests.fakes.clock import FixedClock
from tests.fakes.fake_authority import FakeAuthority
from tests.fakes.fake_directory import FakeDirectory
from tests.fakes.memory_queues import MemoryQueues
from tests.fakes.memory_rows import MemoryRows
from tests.unit.core.match_values import (
    CONNECTION,
    EARLIER,
    NOW,
    ORGANIZATION,
    TENANT,
    connection,
    person,
    product_user,
)

FULL_SWEEP = SweepUsers(organization=ORGANIZATION, connection=CONNECTION)
CHANGES = SweepChanges(organization=ORGANIZATION, connection=CONNECTION)
NAMES = [f"user{number:02}" for number in range(12)]


@dataclass
class MatchWorld:
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    rows: MemoryRows = field(default_factory=MemoryRows)
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    microsoft: FakeAuthority = field(default_factory=FakeAuthority)

    def __post_init__(self) -> None:
        self.queues = MemoryQueues(self.clock)
        self.organizations = TableOrganizations(self.rows)
        self.users = TableProductUsers(self.rows)
        self.match = UserMatch(
            self.organizations, self.users, self.directory, self.queues, CountingChance(), self.clock
        )
        self.changes = DirectoryChanges(self.organizations, self.users, self.directory, self.queues, self.microsoft)
        self.look_up = LookUp(self.organizations, self.users, self.directory, self.queues)
        self.feeding = Feeding(self.organizations, self.users, self.queues)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    async def begin(
        self, *users: ProductUser, state: ConnectionState = ConnectionState.ACTIVE, review: bool = False
    ) -> None:
        policy = Policy(Activation.REVIEW if review else Activation.AUTOMATIC)
        await self.organizations.create(Organization(ORGANIZATION, "Acme", EARLIER, policy))
        await self.add_connection(connection(state=state))
        await self.add(*users)

    async def add_connection(self, added: Connection) -> None:
        await self.organizations.add_connection(added, AuditEntry(EARLIER, "connection.requested", "boss"))

    async def add(self, *users: ProductUser) -> None:
        assert await self.users.save([UserChange(None, user) for user in users]) == ()

    async def change(self, name: str, **changes: object) -> None:
        stored = await self.users.find(ORGANIZATION, ProductUserId(name))
        assert stored is not None
        changed = replace(stored.value, **changes)  # type: ignore[arg-type]  # replace checks the names
        assert await self.users.save([UserChange(stored, changed)]) == ()

    async def change_connection(self, name: ConnectionId = CONNECTION, **changes: object) -> None:
        stored = await self._connection(name)
        await self.organizations.save_connection(stored, replace(stored.value, **changes))  # type: ignore[arg-type]  # replace checks the names

    async def user(self, name: str) -> ProductUser:
        stored = await self.users.find(ORGANIZATION, ProductUserId(name))
        assert stored is not None
        return stored.value

    async def states(self) -> dict[str, UserState]:
        page = await self.users.page(ORGANIZATION, None)
        return {str(stored.value.user): stored.value.state for stored in page.items}

    async def connection(self, name: ConnectionId = CONNECTION) -> Connection:
        return (await self._connection(name)).value

    async def sweep(self, name: ConnectionId = CONNECTION) -> Sweep:
        found = await self.organizations.find_sweep(ORGANIZATION, name)
        assert found is not None
        return found.value

    async def audit(self) -> list[str]:
        return [entry.action for entry in (await self.organizations.list_audit(ORGANIZATION, None, 100)).items]

    def put(self, *people: DirectoryUser, tenant: TenantId = TENANT) -> None:
        self.directory.put(tenant, *people)

    async def run_full_sweep(self, message: SweepUsers = FULL_SWEEP) -> None:
        """The whole chain of messages, the clock standing unless one is put off."""
        await self.match.run(message, self.now)
        await self.run_sweep_messages()

    async def collect(self) -> SweepUsers:
        """A full match up to where everybody is to be judged; the message that would do so."""
        await self.match.run(FULL_SWEEP, self.now)
        await self.run_next_sweep_message()
        decide = self.queues.take()
        assert isinstance(decide, SweepUsers)
        assert (await self.sweep()).phase == "deciding"
        return decide

    async def run_next_sweep_message(self) -> None:
        message = self.queues.take()
        assert isinstance(message, SweepUsers)
        await self.match.run(message, self.now)

    async def run_sweep_messages(self) -> None:
        while (message := self.queues.take()) is not None:
            if isinstance(message, SweepUsers):
                await self.match.run(message, self.now)

    async def connect_everybody_matched(self) -> None:
        """What the mailboxes' first reads would do."""
        for name in [name for name, state in (await self.states()).items() if state is UserState.PENDING]:
            await self.change(name, state=UserState.CONNECTED, reason=None, connected_at=self.now)

    async def read_changes(self) -> None:
        await self.changes.run(CHANGES, self.now)

    async def look_up_users(self, *names: str) -> None:
        users = tuple(ProductUserId(name) for name in names)
        await self.look_up.run(LookUpUsers(organization=ORGANIZATION, users=users), self.now)

    def connects(self) -> list[str]:
        return sorted(m.user for m in self.queues.messages if isinstance(m, ConnectMailbox))

    def releases(self) -> list[str]:
        return sorted(m.user for m in self.queues.messages if isinstance(m, ReleaseMailbox))

    def sent(self, kind: type[AnyMessage]) -> list[AnyMessage]:
        return [message for message in self.queues.messages if isinstance(message, kind)]

    def pass_time(self, **by: float) -> None:
        self.clock.advance(timedelta(**by))

    async def _connection(self, name: ConnectionId) -> Stored[Connection]:
        records = await self.organizations.find(ORGANIZATION)
        assert records is not None
        stored = records.connection(name)
        assert stored is not None
        return stored


def crowd(names: list[str]) -> list[DirectoryUser]:
    return [person(n, f"{name}@contoso.com", f"{name}@contoso.com") for n, name in enumerate(names, start=1)]


async def matched_world(names: list[str] = NAMES, *extra: str) -> MatchWorld:
    """Everybody of ``names`` connected by a first sweep, and ``extra`` users whom nobody matches."""
    world = MatchWorld()
    world.put(*crowd(names))
    await world.begin(*(product_user(name) for name in (*names, *extra)))
    await world.run_full_sweep()
    await world.connect_everybody_matched()
    return world
