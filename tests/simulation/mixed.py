"""The state machine of people's own accounts, beside what their organisations manage, or instead of it."""

from datetime import timedelta

from hypothesis.stateful import rule

from shared_code.core.ids import OrganizationId
from shared_code.core.policy import PersonalConnections, SentPolicy, Takeover
from tests.simulation.machine import A_SWEEP, TALLY, Lossy
from tests.simulation.own import ALLOWED, POLICIES, OwnAccounts
from tests.simulation.own_oracle import OwnOracle
from tests.simulation.personal import open_personal_accounts
from tests.simulation.places import ACME, ANNA, BONDS, GLOBEX, MATCHED, OWNS, ZOE, Seat

SHARED = next(bond for bond in BONDS if bond.organization == GLOBEX)
OWNERS = (ANNA, ZOE)
MENDED = timedelta(minutes=20)
NOTICED = timedelta(hours=7)  # whatever was revoked meanwhile


class Mixed(Lossy):
    """People connect accounts of their own, the very mailboxes that are managed among them; they lose them, connect
    them again and take them away, while organisations part, come again, and change their minds."""

    oracle: OwnOracle
    oracle_class = OwnOracle
    people = (*MATCHED, ZOE)

    def populate(self) -> None:
        open_personal_accounts(self._run.world, ZOE)

    def prepare(self) -> None:
        self.own = OwnAccounts(self._run, self.product)
        self.oracle.own = self.own
        self.own.begin()
        for own in OWNS[1:]:
            self._come(own)
        self._run.pass_time(MENDED)

    @rule()
    def come_or_go(self) -> None:
        for own in self._run.chance.sample(OWNS, k=2):
            if self.own.account(own) is None:
                self._come(own)
            elif self.own.disconnect(own):
                self.diary.write(f"disconnect own {own}")
                TALLY.note("own: disconnect")

    @rule()
    def lose_accounts(self) -> None:
        """An administrator, or its owner, ends all that was signed in. It is noticed with the next token."""
        for person in OWNERS:
            self.diary.write(f"revoke {person}")
            if any(self.own.is_served(own) for own in OWNS if own.person == person):
                TALLY.note("own: revoke")
            self.own.revoke(person)

    @rule()
    def connect_again(self) -> None:
        self.diary.write("connect again")
        TALLY.note("own: reconnect", self.own.mend())

    @rule()
    def decide(self) -> None:
        for organization in (ACME, GLOBEX):
            self._decide(organization, self._any((ALLOWED, *POLICIES)))

    @rule()
    def decide_again(self) -> None:
        self.decide()

    @rule()
    def part_or_join(self) -> None:
        """The organisation connects its tenant later, or again."""
        for _ in range(2):
            act = self.comings.change_bond(SHARED)
            self.diary.write(f"connection: {act}")
            TALLY.note(f"own: organization {act}s", int(act is not None))
            self._run.pass_time(timedelta(seconds=self._any((5, 60, 300))))

    def heal(self) -> None:
        """Everybody gets back what they had, and the organisations decide once more."""
        super().heal()
        for act in (self.come_or_go, self.come_or_go, self.decide):
            act()
        for organization in (ACME, GLOBEX):
            self.own.decide(organization, ALLOWED)
        self._run.pass_time(MENDED)
        self.lose_accounts()
        self._run.pass_long(NOTICED)
        self.connect_again()
        self.part_or_join()
        for organization in (ACME, GLOBEX):
            self._decide(organization, self._any(POLICIES))
        self.product.confirm_all()
        self._run.pass_time(A_SWEEP)

    def _decide(self, organization: OrganizationId, policy: SentPolicy) -> None:
        self.diary.write(f"decide {organization} {policy.personal_connections} {policy.takeover}")
        self.own.decide(organization, policy)
        TALLY.note(f"own: {policy.personal_connections}")
        TALLY.note(f"own: takeover {policy.takeover}")

    def _come(self, own: Seat) -> None:
        self.diary.write(f"connect own {own}")
        TALLY.note("own: connect", int(self.own.connect(own)))


EXPECTED = (
    *(f"own: {name}" for name in ("connect", "disconnect", "revoke", "reconnect")),
    *(f"own: {connections}" for connections in PersonalConnections),
    *(f"own: takeover {takeover}" for takeover in Takeover),
    *(f"own: organization {act}s" for act in ("disconnect", "reconnect")),
)
