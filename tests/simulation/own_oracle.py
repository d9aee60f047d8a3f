"""What is held to be so where people have accounts of their own, beside what an organisation manages."""

from collections.abc import Iterator

from shared_code.core.personal_account import PersonalState
from shared_code.core.product_event import EventType
from tests.simulation.oracle import Finding, Oracle
from tests.simulation.own import OwnAccounts
from tests.simulation.places import ANNA, OWNS, PERSONAL_CLIENT, SEATS, ZOE, Person, Seat

_SERVED = {
    EventType.USER_CONNECTED: True,
    EventType.USER_ATTENTION_NEEDED: False,
    EventType.USER_DISCONNECTED: False,
}


class OwnOracle(Oracle):
    """An answer is whole if it is for each of a user's connections."""

    people = (*Oracle.people, ZOE)
    seats = (*SEATS, *(own for own in OWNS if own not in SEATS))
    own: OwnAccounts  # set before the first question

    def check_end(self) -> None:
        super().check_end()
        self._check_readers()
        if lies := list(self._about_accounts()):
            raise Finding(lies[0])

    def check_subscriptions(self) -> None:
        """Beside those for the organisations: one for each account that is served. Of one that is not, none is kept up;
        where Microsoft could not be asked to end it as the last user left, it ends by itself within a week."""
        super().check_subscriptions()
        for person in (ANNA, ZOE):
            self._check_personal(person)

    def _check_personal(self, person: Person) -> None:
        world, now = self._simulation.world, self._simulation.now
        found = world.subscriptions.of_mailbox(person.tenant, person.user_id)
        live = [each for each in found if each.expires_at > now and each.app == PERSONAL_CLIENT]
        wanted = any(self.own.is_served(own) for own in OWNS if own.person == person)
        if len(live) > 1 or (wanted and not live):
            raise Finding(f"{person.name} has {len(live)} subscriptions of their own, and should have {int(wanted)}")

    def _check_readers(self) -> None:
        """Whoever is read as themself has been connected by somebody."""
        asked = {each.user for each in self._simulation.world.requests.after(0) if each.app == PERSONAL_CLIENT}
        if strangers := asked - {None, ANNA.user_id, ZOE.user_id}:
            raise Finding(f"{strangers} were asked for with tokens of people")

    def _is_expected(self, seat: Seat) -> bool:
        """Two of the same mailbox say the same."""
        is_managed = seat in SEATS and super()._is_expected(seat)
        return is_managed or (seat in OWNS and self.own.is_counted(seat, is_managed=is_managed))

    def _about_accounts(self) -> Iterator[str]:
        """What the product believes of each account that somebody has."""
        told = sorted(self._simulation.ear.heard.values(), key=lambda event: event.at)
        served = {
            one.data["connection"]: _SERVED[one.type]
            for one in told
            if one.type in _SERVED and one.data.get("registration") == "personal"
        }
        for own in OWNS:
            account = self.own.account(own)
            if account is None:
                continue
            is_served = account.state is PersonalState.CONNECTED
            if served.get(account.connection, False) is not is_served:
                yield f"{own} is told of as served={not is_served}, which is not so: {account}"
