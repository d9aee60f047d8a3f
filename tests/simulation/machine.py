"""The state machine: people edit, things go wrong, time passes; and the answers are held to the truth at each step."""

import sys
from collections.abc import Callable, Sequence
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from local.microsoft365.endpoint_health import PENALTY
from shared_code.core.subscription import LIFETIME, RENEWED_BEFORE
from tests.simulation import deliveries
from tests.simulation.comings import MISHAPS, Comings
from tests.simulation.diary import Diary
from tests.simulation.edits import ACTS, Hand, choose, furnish, perform
from tests.simulation.faults import ANSWERS, FAILING_KINDS, CountedFaults, LostAnswers
from tests.simulation.forgery import forge
from tests.simulation.instances import STALL
from tests.simulation.oracle import READING, Oracle
from tests.simulation.places import DAN, DORA, MATCHED, Person
from tests.simulation.product import Product
from tests.simulation.simulation import Simulation
from tests.simulation.stage import Stage, in_memory
from tests.simulation.strangers import leave_behind
from tests.simulation.tally import Tally
from tests.simulation.world_acts import Administrators, Mishaps

QUIET = timedelta(minutes=10)  # after the last edit, where everything was told
LONG_QUIET = timedelta(hours=6, minutes=30)  # where not
TO_RENEWAL = LIFETIME - RENEWED_BEFORE
A_MINUTE = timedelta(minutes=1)
ECHO = timedelta(minutes=2)  # after a read that a notification ordered, with all that may be in its way
NIGHT = timedelta(hours=4)
A_SWEEP, A_DAY = timedelta(minutes=20), timedelta(days=1)
WAITS = (0.05, 0.2, 0.5, 1, 3, 8, 20, 45, 70, 180)

# Those that leave less behind for the next one to meet come more often.
OFTEN_MISHAPS = (
    *MISHAPS,
    *MISHAPS,
    "removed",
    "expired",
    "expired",
    "missed",
    "missed",
    "missed",
    "expired",
    "vanished",
    "reauthorization required",
    "token lapsed",
    "token lapsed",
)
OFTEN_DELIVERIES = (*sorted(deliveries.KEEPING), "delayed")

TALLY = Tally()


class Calm(RuleBasedStateMachine):
    """Everything is told, sooner or later: ten minutes after the last edit or fault the truth is known."""

    quiet = QUIET
    stage: Callable[[], Stage] = staticmethod(in_memory)
    oracle_class: type[Oracle] = Oracle
    people: tuple[Person, ...] = MATCHED  # whose calendars change

    def __init__(self) -> None:
        super().__init__()
        self.simulation: Simulation | None = None
        self.diary = Diary()

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.simulation = Simulation(seed, self.stage())
        self.product = Product(self.simulation)
        self.faults = CountedFaults(TALLY)
        self.simulation.world.faults = self.faults
        self.lost_answers = LostAnswers(TALLY)
        self.simulation.wire.is_answer_lost = self.lost_answers.meets
        self.mishaps = Mishaps(self.simulation.world)
        self.administrators = Administrators(self.simulation.world)
        self.populate()
        for person in self.people:
            furnish(self._hand(person))
        if self._any((True, False)):
            leave_behind(self._run.world, self._any(MATCHED), self._run.settings.signing_keys, self._run.chance)
            TALLY.note("subscription: left behind")
        if self._any((True, False)):
            self.faults.garble(1)  # of the first mailbox that is looked into
        self.product.begin()
        self.simulation.pass_time(timedelta(minutes=2))
        self.comings = Comings(self.product)
        self.oracle = self.oracle_class(self.simulation, self.product, self.administrators, self.comings)
        TALLY.note("run")
        self.diary.open(self.simulation)
        self.prepare()

    def populate(self) -> None:
        """Who else is at Microsoft in this kind of run."""

    def prepare(self) -> None:
        """What this kind of run begins with."""

    @rule()
    def edit(self) -> None:
        self._edit(self._any(self.people), 2)

    @rule()
    def edit_a_lot(self) -> None:
        """Within a moment, as a phone does that comes back from a flight."""
        self._edit(self._any(self.people), 7)
        TALLY.note("rule: edit a lot")

    @rule()
    def wait(self) -> None:
        seconds = self._any(WAITS)
        self.diary.write(f"wait {seconds}")
        self._run.pass_time(timedelta(seconds=seconds))
        TALLY.note("rule: wait")

    @rule()
    def wait_on(self) -> None:
        self.wait()

    @rule()
    def deliver(self) -> None:
        self._follow(self._any(OFTEN_DELIVERIES))

    @rule()
    def fail(self) -> None:
        """Some of the next requests, each in its own way."""
        for name in self._run.chance.sample(sorted(ANSWERS), len(ANSWERS)):
            kind = self._any(FAILING_KINDS)
            self.diary.write(f"fail {name} {kind}")
            self.faults.plan(name, kind)

    @rule()
    def lose_answers(self) -> None:
        self.diary.write("lose_answers")
        self.lost_answers.left += 1

    @rule()
    def crash(self) -> None:
        """One of the processes dies when it has come so many steps further."""
        steps = self._run.chance.randint(0, 40)
        self.diary.write(f"crash {steps}")
        self._run.host.any_instance().dies_after = steps

    @rule()
    def stop_all(self) -> None:
        """Every process dies, as in a deployment."""
        steps = self._run.chance.randint(0, 20)
        self.diary.write(f"stop_all {steps}")
        for instance in self._run.host.instances:
            instance.dies_after = steps
        TALLY.note("rule: stop all")

    @rule()
    def stall(self) -> None:
        """One of the processes stands still for longer than a lease lasts, and goes on where it was."""
        steps = self._run.chance.randint(0, 40)
        self.diary.write(f"stall {steps}")
        self._run.host.any_instance().stalls_after = steps
        self.oracle.reading = READING + STALL
        TALLY.note("rule: stall")

    @rule()
    def stall_while_reading(self) -> None:
        """What it has read is old when it goes on, and somebody else has read what came after."""
        person = self._any(MATCHED)
        self.diary.write(f"stall_while_reading {person}")
        for instance in self._run.host.instances:
            instance.stalls_when_read = True
        self.oracle.reading = READING + STALL
        self._invite(person)
        self._run.pass_time(timedelta(seconds=3))
        for instance in self._run.host.instances:
            instance.stalls_when_read = False
        self._invite(person)
        TALLY.note("rule: stall while reading")

    @rule()
    def answer_slowly(self) -> None:
        """Notifications that are not taken in time come again."""
        seconds = self._any((0.0, 0.0, 4.0, 11.0))
        self.diary.write(f"answer_slowly {seconds}")
        self._run.endpoint.answers_after = seconds
        TALLY.note("fault: slow endpoint", int(seconds > 0))

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
        self._run.host.redrive()
        if self._any((True, False)):
            self.stall_while_reading()
        self._run.pass_long(max(self.quiet, self._time_until_told()))
        self.oracle.check_end()
        self.check_subscriptions()
        deliveries.count(self._run.world.mailroom, TALLY)
        TALLY.note("fault: crash", self._run.host.deaths)

    def _time_until_told(self) -> timedelta:
        """What Graph holds back from an endpoint that was slow comes ten minutes late; an echo may follow it."""
        ends = self._run.now + PENALTY + A_MINUTE  # later than that nothing comes but what was tried before
        held = [due for due in self._run.world.mailroom.outbox.due_times if due <= ends]
        return max(held, default=self._run.now) - self._run.now + ECHO

    def check_subscriptions(self) -> None:
        self.oracle.check_subscriptions()

    def heal(self) -> None:
        """From now on nothing goes wrong any more."""
        self._follow("at once")
        self.faults.clear()
        self.lost_answers.left = 0
        self._run.endpoint.answers_after = 0.0
        self._run.wire.late_answers = 0
        for instance in self._run.host.instances:
            instance.dies_after = instance.stalls_after = None

    @property
    def _run(self) -> Simulation:
        assert self.simulation is not None
        return self.simulation

    def _any[T](self, options: Sequence[T]) -> T:
        """Not hypothesis' choice, which likes some of them much better than others."""
        return self._run.chance.choice(options)

    def _follow(self, script: str) -> None:
        self.diary.write(f"deliver {script}")
        chosen = deliveries.SCRIPTS[script]
        self._run.world.mailroom.follow(chosen)
        self.oracle.lag = max(self.oracle.lag, deliveries.lag_of(chosen))
        TALLY.note(f"delivery: {script}")

    def _hand(self, person: Person) -> Hand:
        found = self._run.world.tenants[person.tenant].directory.find_deleted_too(person.user_id)
        assert found is not None
        return Hand(found.open_mailbox(), self._run.chance, self._run.now)

    def _invite(self, person: Person) -> None:
        """One change that a read finds, so that nothing is read once more to be on the safe side."""
        perform("create", self._hand(person))
        self.oracle.truth.note()

    def _edit(self, person: Person, times: int) -> None:
        hand = self._hand(person)
        for act in choose(self._run.chance, times):
            if perform(act, hand):
                self.diary.write(f"edit {act} {person}")
                TALLY.note(f"edit: {act}")
            self.oracle.truth.note()


class AllLost(Calm):
    """Nobody tells anything, ever: the six hours' turn alone reaches the same end. And Graph's pages are short, some
    shorter than others."""

    quiet = LONG_QUIET

    def prepare(self) -> None:
        """A calendar that is changed between two of its pages is read as it never was, as in Graph."""
        self._run.world.settings = replace(
            self._run.world.settings, longest_calendar_page=3, uneven_calendar_pages=True
        )
        self.oracle.is_read_in_parts = True

    def heal(self) -> None:
        """But for one fault more, which the six hours' turn meets."""
        super().heal()
        self.faults.plan("500", "calendar_view")

    def check_subscriptions(self) -> None:
        """They are renewed while they live: nobody is without one when the first of them would have ended."""
        first_end = min((each.expires_at for each in self._run.world.subscriptions), default=self._run.now)
        self._run.jump(max(NIGHT, first_end - NIGHT - self._run.now))
        self._run.pass_time(timedelta(minutes=20))
        super().check_subscriptions()
        self._run.jump(NIGHT)
        super().check_subscriptions()

    def _follow(self, script: str) -> None:  # noqa: ARG002 - whatever it is to be, it is none
        super()._follow(deliveries.NONE)


class Lossy(Calm):
    """Notifications get lost, and subscriptions with them: what nobody told is found within six hours and a half."""

    quiet = LONG_QUIET
    keeps_users = True  # whoever is looked for anew may be found at another's old address

    def check_subscriptions(self) -> None:
        """One that is gone, of which nobody told, is missed when it is to be renewed."""
        self._run.jump(TO_RENEWAL)
        self._run.pass_time(timedelta(minutes=20))
        self.oracle.check_end()
        self.oracle.check_subscriptions()

    @precondition(lambda self: self.keeps_users)
    @rule()
    def talk_nonsense(self) -> None:
        """An answer that looks like one. Where people are connected anew it would have their orders given up."""
        self.diary.write("talk_nonsense")
        self.faults.garble(2)

    @rule()
    def lose(self) -> None:
        self._follow(
            self._any(
                (*sorted(deliveries.LOSING), "all lost", "half lost", "half lost, lifecycle too", deliveries.NEXT_TWO)
            )
        )

    @rule()
    def lose_more(self) -> None:
        self.lose()

    @rule()
    def befall(self) -> None:
        """Something happens to the subscription of a mailbox."""
        for person in MATCHED:
            mishap = self._any(OFTEN_MISHAPS)
            self.diary.write(f"befall {person} {mishap}")
            if (subscription := self.mishaps.of(person)) is not None:
                MISHAPS[mishap](self.mishaps, subscription)
                TALLY.note(f"mishap: {mishap}")

    @rule()
    def befall_again(self) -> None:
        self.befall()

    def prepare(self) -> None:
        if self.keeps_users and self._any((True, False)):
            self.hand_over_address()

    @precondition(lambda self: self.keeps_users)
    @rule()
    def hand_over_address(self) -> None:
        """Dora gets another address, and Dan hers: whoever is matched stays who they are."""
        self.administrators.hand_over(DORA, DAN)
        TALLY.note("directory: address handed over")

    @rule()
    def forge(self) -> None:
        """Somebody else posts to our addresses."""
        self.diary.write("forge")
        self._run.run(forge(self._run.own_addresses, self._any(MATCHED), self._run.chance))
        TALLY.note("fault: forged notification")

    @rule()
    def jump(self) -> None:
        """Nobody was there for so long; some of the jumps pass a change of the clocks, or a slide of the window."""
        hours = self._any((1, 7, 30, 24 * 4, 24 * 8, 24 * 22))
        self.diary.write(f"jump {hours}")
        self._run.jump(timedelta(hours=hours))
        TALLY.note("rule: jump")


TOLD = ("delivered", "dropped", "repeated", "retried", "lifecycle")
EXPECTED = (
    *(f"edit: {name}" for name in ACTS),
    *(f"fault: {name}" for name in ANSWERS),
    *(f"delivery: {name}" for name in deliveries.SCRIPTS),
    *(f"mishap: {name}" for name in MISHAPS),
    *(f"directory: {name}" for name in ("disable", "enable", "delete", "restore", "rename", "address handed over")),
    *(f"consent: {name}" for name in ("app disabled", "app enabled", "roles taken", "roles given")),
    *(f"user: {name}" for name in ("remove", "send", "opt out", "opt in")),
    *(f"connection: {name}" for name in ("disconnect", "reconnect")),
    *(f"notification: {name}" for name in TOLD),
    *(f"fault: {name}" for name in ("crash", "lost answer", "nonsense", "forged notification", "slow endpoint")),
    *(f"rule: {name}" for name in ("edit a lot", "wait", "jump", "stop all")),
)
