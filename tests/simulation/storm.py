"""The stormiest of the machines: nobody stays where they were."""

from datetime import timedelta

from hypothesis.stateful import rule

from tests.simulation.comings import CONSENT, DIRECTORY
from tests.simulation.machine import A_DAY, A_SWEEP, TALLY, Lossy
from tests.simulation.places import ANNA, BEN, BONDS, DOMAINS, MATCHED, SEATS, Person
from tests.simulation.strangers import Newcomers

SHARING = tuple(bond for bond in BONDS if bond.tenant == ANNA.tenant)


class Stormy(Lossy):
    """People come and go, and so do consents and connections."""

    keeps_users = False

    def prepare(self) -> None:
        self.newcomers = Newcomers(self._run.world, self.oracle.watch.forbidden)
        if self._any((True, False, False)):
            self.part_in_a_hurry()

    @rule()
    def change_directory(self) -> None:
        for person in self._run.chance.sample(MATCHED, k=2):
            if self.newcomers.has_replaced(person):
                continue
            act = self._any(tuple(DIRECTORY.values()))(self.administrators, person)
            self.diary.write(f"directory: {act} {person}")
            TALLY.note(f"directory: {act}")

    @rule()
    def replace_person(self) -> None:
        """Somebody leaves, and somebody else gets their address."""
        person = self._any((ANNA, BEN))
        if self.newcomers.has_replaced(person):
            return
        self.diary.write(f"replace {person}")
        was_known = self._is_known(person)
        if not self.administrators.is_deleted(person):
            self.administrators.delete(person)
        if self._any((True, False)):
            self._run.pass_time(A_SWEEP)  # else nobody has looked between the two
        self.newcomers.replace(person, is_known=was_known or self._is_known(person))
        self._run.pass_time(A_SWEEP)
        TALLY.note("directory: replace")

    def _is_known(self, person: Person) -> bool:
        return all(self.product.stands_pinned(seat) for seat in SEATS if seat.person == person)

    @rule()
    def change_user(self) -> None:
        """The product, or the user, thinks differently."""
        for seat in self._run.chance.sample(SEATS, k=2):
            self.newcomers.admit(seat.person)
            act = self.comings.change(seat, is_product=self._any((True, False)))
            self.diary.write(f"user: {act} {seat}")
            TALLY.note(f"user: {act}")

    @rule()
    def change_bond(self) -> None:
        bond = self._any(BONDS)
        for person in MATCHED:
            self.newcomers.admit(person)
        act = self.comings.change_bond(bond)
        self.diary.write(f"connection: {act} {bond.connection}")
        TALLY.note(f"connection: {act}", int(act is not None))

    @rule()
    def part_in_a_hurry(self) -> None:
        """Somebody's calendar changes just as one of their two organisations leaves, which must not learn of it."""
        self._follow("at once")
        act = self.comings.change_bond(self._any(SHARING))
        for person in MATCHED:
            self.newcomers.admit(person)
        if act == "disconnect":
            self.oracle.check_step()
            self._invite(ANNA)
            self._run.pass_time(timedelta(seconds=self._any((2, 3, 4))))
        TALLY.note("rule: part in a hurry")

    @rule()
    def change_consent(self) -> None:
        for tenant in DOMAINS:
            act = self._any(tuple(CONSENT.values()))(self.administrators, tenant)
            self.diary.write(f"consent: {act} {tenant}")
            TALLY.note(f"consent: {act}")

    def heal(self) -> None:
        """Consent is back; the product says once more who its users are, and an admin confirms what was held."""
        super().heal()
        for act in self._run.chance.choices((self.change_directory, self.change_user, self.change_bond), k=9):
            act()
        for tenant in DOMAINS:
            if not self.administrators.is_app_enabled(tenant):
                TALLY.note(f"consent: {CONSENT['app'](self.administrators, tenant)}")
            if not self.administrators.has_roles(tenant):
                TALLY.note(f"consent: {CONSENT['roles'](self.administrators, tenant)}")
        self._run.pass_time(timedelta(minutes=1))
        for _ in BONDS:
            self.change_bond()
        self._run.jump(A_DAY)  # a mailbox that was refused is asked for again the next day
        self._run.pass_time(A_SWEEP)
        self.newcomers.leave()
        self.comings.send_wanted()
        self.product.confirm_all()
        self._run.pass_time(A_SWEEP)
