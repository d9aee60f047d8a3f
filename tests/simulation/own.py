"""Users who connect accounts of their own, lose them and disconnect them, and who is to be served in the end."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from local.microsoft365.world import World
from shared_code.bootstrap import App
from shared_code.core.ids import OrganizationId
from shared_code.core.personal_account import PersonalAccount, PersonalState
from shared_code.core.policy import PersonalConnections, SentPolicy, Takeover
from shared_code.core.portal_session import PortalSession, Visit
from shared_code.core.product_user import Address, ProductUser
from shared_code.core.roster import SentUser
from shared_code.core.sign_in import hash_cookie
from shared_code.errors import Rejected
from shared_code.flows.personal_hints import account_rules
from tests.simulation.places import ACME, BOSS, GLOBEX, OWNS, SEATS, Person, Seat
from tests.simulation.product import Product
from tests.simulation.simulation import Simulation

POLICIES = tuple(
    SentPolicy(personal_connections=connections, takeover=takeover)
    for connections in PersonalConnections
    for takeover in Takeover
)
ALLOWED = SentPolicy(personal_connections=PersonalConnections.ALLOWED, takeover=Takeover.BOTH)
LOST = PersonalState.NEEDS_RECONNECT
MOMENT = timedelta(seconds=1)  # no two sign-ins of an account are as old as each other


class OwnAccounts:
    """Keeps in mind what was asked for, beside asking for it."""

    def __init__(self, simulation: Simulation, product: Product) -> None:
        self._simulation = simulation
        self._product = product
        self._connected: set[Seat] = set()
        self.policies: dict[OrganizationId, SentPolicy] = {}

    def begin(self) -> None:
        for organization in (ACME, GLOBEX):
            self.decide(organization, ALLOWED)
        for own in OWNS:
            self._product.put(own.organization, own.user, _sent(own))

    def is_counted(self, own: Seat, *, is_managed: bool) -> bool:
        """Whether the account is the user's, and the policy lets it count. ``is_managed``: they have another one."""
        policy = self.policies[own.organization]
        if own not in self._connected or policy.personal_connections is PersonalConnections.OFF:
            return False
        is_alone = policy.personal_connections is PersonalConnections.WITHOUT_ADMIN_MANAGED
        return not (is_managed and (is_alone or policy.takeover is Takeover.REPLACE))

    def connect(self, own: Seat) -> bool:
        """The whole way through the pages, to the confirmation; whether it led there."""
        visit = self._visit(own)
        if visit is None or not self._simulation.call("connect own", lambda app: self._connect(app, own, visit)):
            return False
        self._connected.add(own)
        return True

    def disconnect(self, own: Seat) -> bool:
        account = self.account(own)
        if account is None:
            return False
        connection = account.connection
        self._simulation.call(
            "disconnect own",
            lambda app: app.personal_leaving.disconnect(
                own.organization, own.user, connection, own.user, self._simulation.now
            ),
        )
        self._connected.discard(own)
        return True

    def revoke(self, person: Person) -> None:
        """All their sign-ins are over."""
        self._world.tenants[person.tenant].sign_ins_valid_from[person.user_id] = self._simulation.now
        self._simulation.pass_time(MOMENT)

    def decide(self, organization: OrganizationId, policy: SentPolicy) -> None:
        self._simulation.call(
            "policy",
            lambda app: app.organizations.put(organization, organization, policy, BOSS, self._simulation.now),
        )
        self.policies[organization] = policy

    def account(self, own: Seat) -> PersonalAccount | None:
        user = self._user(own)
        return None if user is None else user.find_personal(own.person.own_mailbox)

    def is_served(self, own: Seat) -> bool:
        account = self.account(own)
        return account is not None and account.state is PersonalState.CONNECTED

    def mend(self) -> int:
        """Whoever lost an account connects it again; how many did."""
        lost = [own for own in OWNS if (account := self.account(own)) and account.state is LOST]
        return sum(self.connect(own) for own in lost)

    async def _connect(self, app: App, own: Seat, visit: Visit) -> bool:
        now = self._simulation.now
        begun = await app.personal_signing.begin(visit, None, now)
        (state,) = parse_qs(urlsplit(begun.url).query)["state"]
        stored = await app.personal_signing.returning(state, begun.cookie, now)
        await app.personal_signing.returned(stored, visit, {"code": f"{own.person.tenant}/{own.person.user_id}"}, now)
        try:
            await app.personal_confirming.confirm(begun.cookie, stored.value.sign_in, visit, now)
        except Rejected:
            return False  # the user has gone meanwhile
        return (await app.personal_signing.look(begun.cookie, visit, now)).value.outcome == "connected"

    def _visit(self, own: Seat) -> Visit | None:
        """Their session in the portal; None if there is no such user."""
        user = self._user(own)
        if user is None:
            return None
        records = self._simulation.run(self._product.records(own.organization))
        session = PortalSession(
            "portal-1",
            own.organization,
            own.user,
            "user",
            hash_cookie("cookie"),
            self._simulation.now,
            user_since=user.created_at,
        )
        return Visit(session, records.organization.value, user, account_rules(records))

    def _user(self, own: Seat) -> ProductUser | None:
        return self._simulation.run(self._product.find_user(own.organization, own.user))

    @property
    def _world(self) -> World:
        return self._simulation.world


def _sent(own: Seat) -> SentUser:
    """With a zone: of an account of one's own Microsoft is not asked where its days begin."""
    if own in SEATS:
        return SentUser((Address(own.person.address, verified=True),), "user", "Europe/Paris", has_calendar=False)
    return SentUser((), "user", own.time_zone, has_calendar=False)
