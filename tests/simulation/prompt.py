"""The calmest of the machines: all is well, and so it must be quick."""

from datetime import datetime, timedelta

from hypothesis.stateful import rule

from tests.simulation.machine import TALLY, Calm
from tests.simulation.microsoft import LATE
from tests.simulation.places import MATCHED

SHORT_QUIET = timedelta(seconds=45)  # after the last edit


class Prompt(Calm):
    """Nothing goes wrong but that an answer is long under way: whatever changes is known within three quarters of a
    minute, before anything is read a second time to be on the safe side."""

    quiet = SHORT_QUIET
    late_until: datetime | None = None

    @rule()
    def fail(self) -> None:
        """One at a time: two of one mailbox, link by link, would take all of the time that there is."""
        if self.late_until is not None and self._run.now < self.late_until:
            return
        self.late_until = self._run.now + 2 * timedelta(seconds=LATE)
        self.diary.write("answer late")
        self._run.wire.late_answers = 1
        TALLY.note("fault: late answer")

    @rule()
    def edit_meanwhile(self) -> None:
        """While an answer is under way that speaks of a moment before."""
        person = self._any(MATCHED)
        self.fail()
        self._edit(person, 1)
        self._run.pass_time(timedelta(seconds=self._any((2, 4, 8))))
        self._edit(person, 3)
        self._run.pass_time(self.quiet)
        with self.diary.shown_with_a_finding():
            self.oracle.check_end()
        TALLY.note("rule: edit meanwhile")

    def deliver(self) -> None:
        """As soon as possible, always."""

    def lose_answers(self) -> None:
        """None is lost."""

    def crash(self) -> None:
        """Nobody dies."""

    def stop_all(self) -> None:
        """Nobody dies."""

    def stall(self) -> None:
        """Nobody stands still."""

    def stall_while_reading(self) -> None:
        """Nor then."""

    def answer_slowly(self) -> None:
        """We are quick."""

    def _time_until_told(self) -> timedelta:
        """Nothing is held back."""
        return timedelta()
