"""What the product believes after all that it was told, beside what is so."""

from collections.abc import Iterator
from datetime import timedelta

from shared_code.adapters.tables.outbox import TableOutbox
from shared_code.adapters.tables.product_events import TableProductEvents
from shared_code.core.connection import ConnectionState
from shared_code.core.leaving import OVER
from shared_code.core.outbox_place import OutboxPlace
from shared_code.core.product_event import EventType, ProductEvent, cursor_at
from shared_code.core.product_user import UserState
from tests.simulation.places import ACME, BONDS, GLOBEX, MATCHED, SEATS
from tests.simulation.product import Product
from tests.simulation.simulation import Simulation

MOST = 1000
PASSED_ON_WITHIN = timedelta(seconds=30)  # of its time: what changes often is told of once in a while

_SERVED = {EventType.USER_CONNECTED: True, EventType.USER_DISCONNECTED: False}
_STANDS = {
    EventType.CONNECTION_ACTIVATED: ConnectionState.ACTIVE,
    EventType.CONNECTION_ATTENTION_NEEDED: ConnectionState.ATTENTION,
    EventType.CONNECTION_DISCONNECTED: ConnectionState.DISCONNECTED,
}
_UNDECIDED = frozenset({ConnectionState.VERIFYING, ConnectionState.REVIEW})


class Hearing:
    def __init__(self, simulation: Simulation, product: Product) -> None:
        self._simulation = simulation
        self._product = product
        self._outbox = TableOutbox(simulation.rows)
        self._events = TableProductEvents(simulation.rows)

    def faults(self) -> Iterator[str]:
        """In words, what was not told, or told and not so; once all is quiet."""
        yield from self._left_lying()
        heard = sorted(self._simulation.ear.heard.values(), key=lambda event: event.at)
        yield from self._about_users(heard)
        yield from self._about_connections(heard)

    def _left_lying(self) -> Iterator[str]:
        places = [OutboxPlace.of_mailbox(person.mailbox) for person in MATCHED]
        for organization in (ACME, GLOBEX):
            places += [OutboxPlace.of_organization(organization), OutboxPlace.of_people(organization)]
            listed = self._events.page(organization, cursor_at(self._simulation.begun_at), self._simulation.now, MOST)
            for one in self._simulation.run(listed):
                if one.event.event not in self._simulation.ear.heard:
                    yield f"{one.event} is listed, and the product has not heard of it"
        for place in places:
            waiting = self._simulation.run(self._outbox.waiting(place)).items
            if left := [event for event in waiting if event.at + PASSED_ON_WITHIN < self._simulation.now]:
                yield f"nobody has passed on {left}"

    def _about_users(self, heard: list[ProductEvent]) -> Iterator[str]:
        of_users = [one for one in heard if one.type in _SERVED and one.data["registration"] == "organizations"]
        served = {(one.organization, one.data["user"]): _SERVED[one.type] for one in of_users}
        for seat in SEATS:
            user = self._simulation.run(self._product.user(seat))
            is_connected = user is not None and user.state is UserState.CONNECTED
            if served.get((seat.organization, seat.user), False) is not is_connected:
                yield f"{seat} is told of as served={not is_connected}, which is not so: {user}"

    def _about_connections(self, heard: list[ProductEvent]) -> Iterator[str]:
        believed = {
            (one.organization, one.data["connection"]): _STANDS[one.type] for one in heard if one.type in _STANDS
        }
        for bond in BONDS:
            connection = self._simulation.run(self._product.connection(bond))
            if connection is None or connection.state in _UNDECIDED:
                continue
            stands = ConnectionState.DISCONNECTED if connection.state in OVER else connection.state
            belief = believed.get((bond.organization, bond.connection), ConnectionState.DISCONNECTED)
            if belief is not stands:
                yield f"{bond} is {stands}, and the product believes it {belief}"
