"""One organisation with an active connection, its users and their mailboxes, on storage in memory."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import NAMESPACE_DNS, uuid5

from shared_code.adapters.client_states import SignedClientStates
from shared_code.adapters.tables.booking_rows import TableBookingRows
from shared_code.adapters.tables.mailboxes import TableMailboxes
from shared_code.adapters.tables.organizations import TableOrganizations
from shared_code.adapters.tables.product_users import TableProductUsers
from shared_code.adapters.tables.sign_ins import TableSignIns
from shared_code.adapters.tables.upkeep import TableUpkeep
from shared_code.core.availability import AvailabilityRequest, UserAnswer
from shared_code.core.calendar import CalendarState, Event, ShowAs
from shared_code.core.connection import ActivationLink, Connection, ConnectionState
from shared_code.core.ids import (
    ConnectionId,
    LinkKey,
    MailboxKey,
    OrganizationId,
    ProductUserId,
    TenantId,
    UserId,
)
from shared_code.core.intervals import Interval
from shared_code.core.limits import LIVE_PATIENCE
from shared_code.core.organization import AuditEntry, Organization
from shared_code.core.product_user import Address, Match, MatchRule, ProductUser, UserState
from shared_code.core.reasons import Reason
from shared_code.core.secret import Secret
from shared_code.core.subscription import LIFETIME, Subscription
from shared_code.core.sync_rules import Cause
from shared_code.flows.availability import Availability
from shared_code.flows.first_read import FirstRead
from shared_code.flows.live_read import LiveRead
from shared_code.flows.mailbox_connect import MailboxConnect
from shared_code.flows.mailbox_release import MailboxRelease
from shared_code.flows.mailbox_sync import MailboxSync
from shared_code.flows.subscribing import Subscribing
from shared_code.mailbox_ports import StoredMailbox
from shared_code.messages import AnyMessage, ConnectMailbox, ReleaseMailbox, SyncMailbox, sync_order
from shared_code.ports import UserChange
from tests.fakes.chance import CountingChance
from tests.fakes.clock import START, FixedClock
from tests.fakes.fake_calendars import FakeCalendars, default_calendar
from tests.fakes.fake_subscriptions import FakeSubscriptions
from tests.fakes.fake_token_vault import FakeTokenVault
from tests.fakes.memory_queues import MemoryQueues
from tests.fakes.memory_rows import MemoryRows

ACME = OrganizationId("acme")
OTHER = OrganizationId("other")
TENANT = TenantId("11111111-1111-1111-1111-111111111111")
ANNA = ProductUserId("anna")
WINDOW_DAYS = 90
OLD_KEY, KEY = Secret("old-" * 10), Secret("new-" * 10)


def connection_of(organization: OrganizationId) -> ConnectionId:
    return ConnectionId(f"connection-{organization}")


def mailbox_of(user: ProductUserId) -> MailboxKey:
    return MailboxKey("organizations", TENANT, UserId(str(uuid5(NAMESPACE_DNS, user))))


def link_key(user: ProductUserId = ANNA, organization: OrganizationId = ACME) -> LinkKey:
    return LinkKey(mailbox_of(user), organization, user)


def meeting(starts_in: timedelta, length: timedelta = timedelta(hours=1), *, name: str = "") -> Event:
    start = START + starts_in
    return Event(name or f"meeting at {start}", None, Interval(start, start + length), ShowAs.BUSY)


@dataclass
class CalendarWorld:
    clock: FixedClock = field(default_factory=FixedClock)
    rows: MemoryRows = field(default_factory=MemoryRows)
    calendars: FakeCalendars = field(default_factory=FakeCalendars)
    chance: CountingChance = field(default_factory=CountingChance)
    patience: timedelta = LIVE_PATIENCE
    graph: FakeSubscriptions = field(default_factory=FakeSubscriptions)
    vault: FakeTokenVault = field(default_factory=FakeTokenVault)
    states: SignedClientStates = field(default_factory=lambda: SignedClientStates([OLD_KEY, KEY]))

    def __post_init__(self) -> None:
        self.queues = MemoryQueues(self.clock)
        self.organizations = TableOrganizations(self.rows)
        self.users = TableProductUsers(self.rows)
        self.mailboxes = TableMailboxes(self.rows)
        self.sign_ins = TableSignIns(self.rows)
        self.upkeep = TableUpkeep(self.rows)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    # --- what is there ---

    async def add_organization(
        self, organization: OrganizationId = ACME, state: ConnectionState = ConnectionState.ACTIVE
    ) -> None:
        await self.organizations.create(Organization(organization, "Acme", self.now))
        link = ActivationLink(1, self.now, self.now + timedelta(days=7), ProductUserId("boss"))
        connection = Connection(
            connection_of(organization), organization, state, self.now, link, tenant=TENANT, activated_at=self.now
        )
        await self.organizations.add_connection(connection, AuditEntry(self.now, "added", "boss"))

    async def change_connection(self, organization: OrganizationId = ACME, **changes: object) -> None:
        records = await self.organizations.find(organization)
        stored = records.connection(connection_of(organization)) if records else None
        assert stored is not None
        await self.organizations.save_connection(stored, replace(stored.value, **changes))  # type: ignore[arg-type]

    async def connection(self, organization: OrganizationId = ACME) -> Connection:
        records = await self.organizations.find(organization)
        stored = records.connection(connection_of(organization)) if records else None
        assert stored is not None
        return stored.value

    async def add_user(
        self,
        user: ProductUserId = ANNA,
        organization: OrganizationId = ACME,
        *,
        state: UserState = UserState.PENDING,
        time_zone: str | None = "Europe/Paris",
    ) -> None:
        address = f"{user}@{organization}.example"
        match = Match(connection_of(organization), TENANT, mailbox_of(user).user_id, MatchRule.MAIL, address, self.now)
        row = ProductUser(
            organization,
            user,
            (Address(address, verified=True),),
            state,
            self.now,
            time_zone=time_zone,
            match=match,
            reason=Reason.AWAITING_FIRST_READ,
        )
        assert await self.users.save([UserChange(None, row)]) == ()

    async def change_user(
        self, user: ProductUserId = ANNA, organization: OrganizationId = ACME, **changes: object
    ) -> None:
        stored = await self.users.find(organization, user)
        assert stored is not None
        changed = replace(stored.value, **changes)  # type: ignore[arg-type]
        assert await self.users.save([UserChange(stored, changed)]) == ()

    async def user(self, user: ProductUserId = ANNA, organization: OrganizationId = ACME) -> ProductUser:
        stored = await self.users.find(organization, user)
        assert stored is not None
        return stored.value

    def add_mailbox(self, user: ProductUserId = ANNA, *events: Event, zone: str | None = None) -> None:
        self.calendars.add_mailbox(mailbox_of(user), zone=zone)
        self.put(user, *events)

    def put(self, user: ProductUserId, *events: Event) -> None:
        self.calendars.put(mailbox_of(user), default_calendar(mailbox_of(user)), *events)

    async def mailbox(self, user: ProductUserId = ANNA) -> StoredMailbox:
        found = await self.mailboxes.find(mailbox_of(user))
        assert found is not None
        return found

    async def calendar_state(self, user: ProductUserId = ANNA, organization: OrganizationId = ACME) -> CalendarState:
        found = await self.mailboxes.find_link(link_key(user, organization))
        assert found is not None
        (calendar,) = found.link.calendars
        return calendar.state

    async def packed(self, user: ProductUserId = ANNA, organization: OrganizationId = ACME) -> bytes:
        found = await self.mailboxes.find_link(link_key(user, organization))
        assert found is not None
        return found.packed.get(default_calendar(mailbox_of(user)), b"")

    async def add_connected(
        self, user: ProductUserId = ANNA, *events: Event, zone: str | None = "Europe/Paris"
    ) -> None:
        """A user whose mailbox was just read for the first time, and is subscribed to."""
        await self.add_user(user, time_zone=zone)
        self.add_mailbox(user, *events)
        await self.connect(user)
        self.forget_traces()

    async def note_subscription(self, user: ProductUserId = ANNA, **changes: object) -> Subscription:
        """As if Graph had just given one."""
        noted = Subscription("noted", self.now + LIFETIME, 1, "signer", self.now, self.now)
        noted = replace(noted, **changes)  # type: ignore[arg-type]
        lease = (await self.mailbox(user)).lease
        await self.mailboxes.save_lease(lease, replace(lease.value, subscription=noted))
        return noted

    def forget_traces(self) -> None:
        self.rows.operations.clear()
        self.calendars.script.calls.clear()
        self.graph.script.calls.clear()
        self.queues.sent.clear()

    # --- what happens ---

    async def connect(self, user: ProductUserId = ANNA, organization: OrganizationId = ACME) -> None:
        mailbox = mailbox_of(user)
        message = ConnectMailbox(organization=organization, user=user, tenant=mailbox.tenant, user_id=mailbox.user_id)
        await self.connect_flow().run(message, self.now)

    def connect_flow(self) -> MailboxConnect:
        return MailboxConnect(
            self.organizations,
            self.users,
            self.mailboxes,
            self.upkeep,
            FirstRead(self.calendars, WINDOW_DAYS),
            self.subscribing,
            self.queues,
            self.chance,
            self.clock,
        )

    async def release(self, user: ProductUserId = ANNA, organization: OrganizationId = ACME) -> None:
        mailbox = mailbox_of(user)
        message = ReleaseMailbox(organization=organization, user=user, tenant=mailbox.tenant, user_id=mailbox.user_id)
        await self.release_flow().run(message, self.now)

    def release_flow(self) -> MailboxRelease:
        return MailboxRelease(
            self.organizations,
            self.users,
            self.mailboxes,
            TableBookingRows(self.rows),
            self.upkeep,
            self.subscribing,
            self.vault,
            self.queues,
        )

    async def sync(
        self, user: ProductUserId = ANNA, *, queued_at: datetime | None = None, cause: Cause = "swept"
    ) -> None:
        await self.sync_flow().run(sync_message(user, queued_at or self.now, cause), self.now)

    @property
    def subscribing(self) -> Subscribing:
        return Subscribing(
            self.organizations,
            self.users,
            self.mailboxes,
            self.graph,
            self.states,
            self.upkeep,
            self.queues,
            self.chance,
        )

    def sync_flow(self) -> MailboxSync:
        return MailboxSync(
            self.organizations,
            self.users,
            self.mailboxes,
            self.calendars,
            self.upkeep,
            self.queues,
            self.chance,
            self.clock,
            WINDOW_DAYS,
        )

    def availability(self) -> Availability:
        return Availability(
            self.organizations,
            self.users,
            self.mailboxes,
            TableBookingRows(self.rows),
            self.queues,
            LiveRead(self.calendars, self.patience),
            WINDOW_DAYS,
        )

    def sent(self) -> list[tuple[AnyMessage, timedelta]]:
        return [(sent.message, sent.delay) for sent in self.queues.sent]


def sync_message(user: ProductUserId, queued_at: datetime, cause: Cause = "swept") -> SyncMailbox:
    return sync_order(mailbox_of(user), queued_at, cause)


def question(world: CalendarWorld, *users: ProductUserId, **changes: object) -> AvailabilityRequest:
    request = AvailabilityRequest(ACME, users or (ANNA,), world.now, world.now + timedelta(days=60))
    return replace(request, **changes)  # type: ignore[arg-type]


async def ask(world: CalendarWorld, *users: ProductUserId, **changes: object) -> tuple[UserAnswer, ...]:
    return await world.availability().run(question(world, *users, **changes), world.now)
