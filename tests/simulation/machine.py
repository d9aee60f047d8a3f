"""The state machine: people edit, things go wrong, time passes; and the answers are held to the truth at each step."""

import sys
from datetime import timedelta
from random import Random

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from shared_code.core.ids import TenantId
from shared_code.core.subscription import LIFETIME, RENEWED_BEFORE
from tests.simulation import deliveries
from tests.simulation.comings import CONSENT, DIRECTORY, MISHAPS, Comings
from tests.simulation.diary import Diary
from tests.simulation.edits import ACTS, Hand
from tests.simulation.faults import ANSWERS, FOR_SUBSCRIPTIONS, MAILBOX_KINDS, CountedFaults, LostAnswers
from tests.simulation.forgery import forge
from tests.simulation.oracle import Oracle
from tests.simulation.places import BONDS, DOMAINS, MATCHED, SEATS, Person
from tests.simulation.product import Product
from tests.simulation.simulation import Simulation
from tests.simulation.tally import Tally
from tests.simulation.world_acts import Administrators, Mishaps

QUIET = timedelta(minutes=10)  # after the last edit, where everything was told
LONG_QUIET = timedelta(hours=6, minutes=30)  # where not
TO_RENEWAL = LIFETIME - RENEWED_BEFORE
A_SWEEP = timedelta(minutes=20)
WAITS = (0.05, 0.2, 0.5, 1, 3, 8, 20, 45, 70, 180)

TALLY = Tally()
PEOPLE = {person.name: person for person in MATCHED}
names = st.sampled_from(sorted(PEOPLE))
dice = st.integers(0, 2**16)


class Calm(RuleBasedStateMachine):
    """Everything is told, sooner or later: ten minutes after the last edit or fault the truth is known."""

    quiet = QUIET

    def __init__(self) -> None:
        super().__init__()
        self.simulation: Simulation | None = None
        self.diary = Diary()

    @initialize(seed=dice)
    def begin(self, seed: int) -> None:
        self.simulation = Simulation(seed)
        self.product = Product(self.simulation)
        self.faults = CountedFaults(TALLY)
        self.simulation.world.faults = self.faults
        self.lost_answers = LostAnswers(TALLY)
        self.simulation.wire.is_answer_lost = self.lost_answers.meets
        self.mishaps = Mishaps(self.simulation.world)
        self.administrators = Administrators(self.simulation.world)
        self.product.begin()
        self.simulation.pass_time(timedelta(minutes=2))
        self.comings = Comings(self.product)
        self.oracle = Oracle(self.simulation, self.product, self.administrators, self.comings)
        TALLY.note("run")
        self.diary.open(self.simulation)

    @rule(act=st.sampled_from(sorted(ACTS)), name=names, roll=dice)
    def edit(self, act: str, name: str, roll: int) -> None:
        self.diary.write(f"edit {act} {name} {roll}")
        if ACTS[act](self._hand(PEOPLE[name], roll)):
            TALLY.note(f"edit: {act}")
        self.oracle.truth.note()

    @rule(name=names, roll=dice)
    def edit_a_lot(self, name: str, roll: int) -> None:
        """Within a second, as a phone does that comes back from a flight."""
        self.diary.write(f"edit_a_lot {name} {roll}")
        hand = self._hand(PEOPLE[name], roll)
        for act in hand.chance.choices(sorted(ACTS), k=5):
            if ACTS[act](hand):
                TALLY.note(f"edit: {act}")
            self.oracle.truth.note()
        TALLY.note("rule: edit a lot")

    @rule(seconds=st.sampled_from(WAITS))
    def wait(self, seconds: float) -> None:
        self.diary.write(f"wait {seconds}")
        self._run.pass_time(timedelta(seconds=seconds))
        TALLY.note("rule: wait")

    @rule(seconds=st.sampled_from(WAITS))
    def wait_on(self, seconds: float) -> None:
        self.diary.write(f"wait_on {seconds}")
        self._run.pass_time(timedelta(seconds=seconds))
        TALLY.note("rule: wait")

    @rule(script=st.sampled_from(sorted(deliveries.KEEPING)))
    def deliver(self, script: str) -> None:
        self.diary.write(f"deliver {script}")
        self._follow(script)

    @rule(name=st.sampled_from(sorted(ANSWERS)), kind=st.sampled_from(MAILBOX_KINDS), times=st.integers(1, 3))
    def fail(self, name: str, kind: str, times: int) -> None:
        self.diary.write(f"fail {name} {kind} {times}")
        self.faults.plan(name, "subscriptions" if name in FOR_SUBSCRIPTIONS else kind, times)

    @rule(times=st.integers(1, 2))
    def lose_answers(self, times: int) -> None:
        self.diary.write(f"lose_answers {times}")
        self.lost_answers.left += times

    @rule(steps=st.integers(0, 40))
    def crash(self, steps: int) -> None:
        """One of the processes dies when it has come so many steps further."""
        self.diary.write(f"crash {steps}")
        self._run.host.any_instance().dies_after = steps

    @rule()
    def stop_all(self) -> None:
        self.diary.write("stop_all ")
        self._run.host.stop_all()

    @rule(seconds=st.sampled_from((0.0, 4.0, 11.0)))
    def answer_slowly(self, seconds: float) -> None:
        """Notifications that are not taken in time come again."""
        self.diary.write(f"answer_slowly {seconds}")
        self._run.endpoint.answers_after = seconds

    @invariant()
    def holds(self) -> None:
        if self.simulation is not None:
            with self.diary.shown_with_a_finding():
                self.oracle.check_step()

    def teardown(self) -> None:
        if self.simulation is None:
            return
        try:
            if sys.exception() is None:
                with self.diary.shown_with_a_finding():
                    self._settle()
        finally:
            self.diary.close()
            self.simulation.close()

    def _settle(self) -> None:
        self.heal()
        self._run.pass_time(self.quiet)
        self.oracle.check_end()
        self.check_subscriptions()
        deliveries.count(self._run.world.mailroom, TALLY)
        TALLY.note("fault: crash", self._run.host.deaths)

    def check_subscriptions(self) -> None:
        self.oracle.check_subscriptions()

    def heal(self) -> None:
        """From now on nothing goes wrong any more."""
        self._follow("at once")
        self.faults.clear()
        self.lost_answers.left = 0
        self._run.endpoint.answers_after = 0.0
        for instance in self._run.host.instances:
            instance.dies_after = None

    @property
    def _run(self) -> Simulation:
        assert self.simulation is not None
        return self.simulation

    def _follow(self, script: str) -> None:
        chosen = deliveries.SCRIPTS[script]
        self._run.world.mailroom.follow(chosen)
        self.oracle.lag = max(self.oracle.lag, deliveries.lag_of(chosen))
        TALLY.note(f"delivery: {script}")

    def _hand(self, person: Person, roll: int) -> Hand:
        directory = self._run.world.tenants[person.tenant].directory
        found = directory.find_deleted_too(person.user_id)
        assert found is not None
        return Hand(found.open_mailbox(), Random(roll), self._run.now)  # noqa: S311 - the same each time


class Lossy(Calm):
    """Notifications get lost, and subscriptions with them: what nobody told is found within six hours and a half."""

    quiet = LONG_QUIET

    def check_subscriptions(self) -> None:
        """One that is gone, of which nobody told, is missed when it is to be renewed."""
        self._run.jump(TO_RENEWAL)
        self._run.pass_time(timedelta(minutes=20))
        self.oracle.check_end()
        self.oracle.check_subscriptions()

    @rule(script=st.sampled_from(sorted(deliveries.LOSING)))
    def lose(self, script: str) -> None:
        self.diary.write(f"lose {script}")
        self._follow(script)

    @rule(name=names, mishap=st.sampled_from(sorted(MISHAPS)))
    def befall(self, name: str, mishap: str) -> None:
        """Something happens to the subscription of this mailbox."""
        self.diary.write(f"befall {name} {mishap}")
        if (subscription := self.mishaps.of(PEOPLE[name])) is not None:
            MISHAPS[mishap](self.mishaps, subscription)
            TALLY.note(f"mishap: {mishap}")

    @rule(name=names, roll=dice)
    def forge(self, name: str, roll: int) -> None:
        """Somebody else posts to our addresses."""
        self.diary.write(f"forge {name} {roll}")
        self._run.run(forge(self._run.own_addresses, PEOPLE[name], roll))
        TALLY.note("fault: forged notification")

    @rule(hours=st.sampled_from((1, 7, 30, 24 * 4, 24 * 8, 24 * 22)))
    def jump(self, hours: int) -> None:
        """Nobody was there for so long; some of the jumps pass a change of the clocks, or a slide of the window."""
        self.diary.write(f"jump {hours}")
        self._run.jump(timedelta(hours=hours))
        TALLY.note("rule: jump")


class Stormy(Lossy):
    """People come and go, and so do consents and connections."""

    @rule(name=names, act=st.sampled_from(sorted(DIRECTORY)))
    def change_directory(self, name: str, act: str) -> None:
        self.diary.write(f"change_directory {name} {act}")
        if DIRECTORY[act](self.administrators, PEOPLE[name]):
            TALLY.note(f"directory: {act}")

    @rule(place=st.integers(0, len(SEATS) - 1), act=st.sampled_from(("remove", "send", "opt out", "opt in")))
    def change_user(self, place: int, act: str) -> None:
        """The product, or the user, thinks differently."""
        self.diary.write(f"change_user {SEATS[place]} {act}")
        self.comings.change(SEATS[place], act)
        TALLY.note(f"user: {act}")

    @rule(place=st.integers(0, len(BONDS) - 1), act=st.sampled_from(("disconnect", "reconnect")))
    def change_bond(self, place: int, act: str) -> None:
        self.diary.write(f"change_bond {BONDS[place].connection} {act}")
        if self.comings.change_bond(BONDS[place], act):
            TALLY.note(f"connection: {act}")

    @rule(tenant=st.sampled_from(sorted(DOMAINS)), act=st.sampled_from(sorted(CONSENT)))
    def change_consent(self, tenant: str, act: str) -> None:
        self.diary.write(f"change_consent {tenant} {act}")
        CONSENT[act](self.administrators, TenantId(tenant))
        TALLY.note(f"consent: {act}")

    def heal(self) -> None:
        """Consent is back; the product says once more who its users are, and an admin confirms what was held."""
        super().heal()
        for tenant in DOMAINS:
            self.administrators.disable_app(tenant, disabled=False)
            self.administrators.give_roles(tenant)
        self._run.pass_time(A_SWEEP)
        self.comings.send_wanted()
        self.product.confirm_held()
        self._run.pass_time(A_SWEEP)
