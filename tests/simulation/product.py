"""The product and its customers: they connect, bring their users, and ask who is busy when."""

from datetime import datetime, timedelta

from shared_code.adapters.tables.organizations import TableOrganizations
from shared_code.adapters.tables.product_users import TableProductUsers
from shared_code.adapters.tables.upkeep import TableUpkeep
from shared_code.core.activation_link import verified
from shared_code.core.connection import ActivationLink, Connection, ConnectionState
from shared_code.core.ids import OrganizationId, ProductUserId, UserId
from shared_code.core.organization import AuditEntry, acted_by_administrator
from shared_code.core.policy import SentPolicy
from shared_code.core.product_user import Address, ProductUser
from shared_code.core.reasons import Reason
from shared_code.core.roster import SentUser
from shared_code.core.upkeep import Due
from shared_code.messages import CheckGrant
from shared_code.ports import OrganizationRecords
from tests.simulation.places import ACME, BONDS, BOSS, GLOBEX, GUS, SEATS, Bond, Seat
from tests.simulation.simulation import Simulation

ADMINISTRATOR = UserId("77777777-7777-4777-8777-777777777777")
TELLING = SentPolicy(busy_updates=True)
LINK_LIFETIME = timedelta(days=7)


class Product:
    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._organizations = TableOrganizations(simulation.rows)  # read past the app, without its distance
        self._users = TableProductUsers(simulation.rows)
        self._upkeep = TableUpkeep(simulation.rows)

    def begin(self) -> None:
        """Both customers come with their users, and their administrators consent."""
        for organization in (ACME, GLOBEX):
            self._open(organization)
        self.put(ACME, ProductUserId("gus"), SentUser(_addresses(GUS.address), "user", None, has_calendar=True))
        for seat in SEATS:
            self.send(seat)
        for bond in BONDS:
            self._simulation.run(self._consent(bond))

    def _open(self, organization: OrganizationId) -> None:
        self._simulation.call(
            "organization",
            lambda app: app.organizations.put(organization, organization, TELLING, None, self._now),
        )
        self.put(organization, BOSS, SentUser((), "owner", None, has_calendar=False))

    def send(self, seat: Seat) -> None:
        """The product says who this user is."""
        sent = SentUser(_addresses(seat.person.address), "user", seat.time_zone, has_calendar=False)
        self.put(seat.organization, seat.user, sent)

    def remove(self, seat: Seat) -> None:
        self._simulation.call("remove", lambda app: app.product_users.remove(seat.organization, seat.user, self._now))

    def opt_out(self, seat: Seat) -> None:
        """The user does not want it."""
        self._simulation.call(
            "opt out", lambda app: app.opting_out.disconnect(seat.organization, seat.user, seat.user, self._now)
        )

    def opt_in(self, seat: Seat) -> None:
        self._simulation.call(
            "opt in", lambda app: app.opting_out.reconnect(seat.organization, seat.user, seat.user, self._now)
        )

    def disconnect(self, bond: Bond) -> None:
        self._simulation.call(
            "disconnect",
            lambda app: app.disconnecting.begin(bond.organization, bond.connection, BOSS, self._now, purge=False),
        )

    def reconnect(self, bond: Bond) -> bool:
        """An administrator opens a new link and consents: what the pages do, in one step. Not while it still ends."""
        stored = self._simulation.run(self.connection(bond))
        if stored is not None and stored.state is not ConnectionState.DISCONNECTED:
            return False
        self._simulation.run(self._consent(bond))
        return True

    def confirm_all(self) -> None:
        """An admin has seen who would lose their calendar, or get one, and says yes."""
        for bond in BONDS:
            connection = self._simulation.run(self.connection(bond))
            if connection is not None and connection.held is not None:
                self._confirm(bond)
            if connection is not None and connection.state is ConnectionState.REVIEW:
                self._activate(bond)

    def _activate(self, bond: Bond) -> None:
        self._simulation.call(
            "activate",
            lambda app: app.connections.confirm_activation(bond.organization, bond.connection, BOSS, self._now),
        )

    def _confirm(self, bond: Bond) -> None:
        self._simulation.call(
            "confirm",
            lambda app: app.connections.confirm_sweep(bond.organization, bond.connection, BOSS, self._now),
        )

    def stands_pinned(self, seat: Seat) -> bool:
        """Whether nobody else can become this user, unless somebody says so."""
        user = self._simulation.run(self.user(seat))
        if user is None or user.reason == Reason.OBJECT_GONE:
            return True
        return user.match is not None and user.match.user_id == seat.person.user_id

    async def user(self, seat: Seat) -> ProductUser | None:
        return await self.find_user(seat.organization, seat.user)

    async def find_user(self, organization: OrganizationId, user: ProductUserId) -> ProductUser | None:
        stored = await self._users.find(organization, user)
        return None if stored is None else stored.value

    async def records(self, organization: OrganizationId) -> OrganizationRecords:
        records = await self._organizations.find(organization)
        assert records is not None
        return records

    async def connection(self, bond: Bond) -> Connection | None:
        records = await self._organizations.find(bond.organization)
        stored = None if records is None else records.connection(bond.connection)
        return None if stored is None else stored.value

    @property
    def _now(self) -> datetime:
        return self._simulation.now

    def put(self, organization: OrganizationId, user: ProductUserId, sent: SentUser) -> None:
        self._simulation.call("users", lambda app: app.product_users.put(organization, user, sent, self._now))

    async def _consent(self, bond: Bond) -> None:
        """What ``Confirming`` writes once an administrator was proven."""
        now = self._now
        entry = AuditEntry(now, "consent.confirmed", acted_by_administrator(ADMINISTRATOR), bond.connection)
        records = await self._organizations.find(bond.organization)
        stored = None if records is None else records.connection(bond.connection)
        if stored is None:
            link = ActivationLink(1, now, now + LINK_LIFETIME, BOSS)
            fresh = Connection(bond.connection, bond.organization, ConnectionState.PENDING, now, link)
            stored = await self._organizations.add_connection(fresh, entry)
        changed = verified(stored.value, bond.tenant, ADMINISTRATOR, self._simulation.ids.new_id(), now)
        subject = f"{bond.organization}!{bond.connection}"
        await self._upkeep.set(Due(now, "sweep", subject))
        await self._simulation.queues.send(CheckGrant(organization=bond.organization, connection=bond.connection))
        await self._organizations.save_connection(stored, changed, entry)


def _addresses(address: str) -> tuple[Address, ...]:
    return (Address(address, verified=True),)
