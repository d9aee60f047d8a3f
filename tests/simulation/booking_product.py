"""The product's side of bookings: what it asks for, once or until it is answered, and what it is told."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared_code.adapters.tables.product_users import TableProductUsers
from shared_code.bootstrap import App
from shared_code.core.booking_request import BookingRequest
from shared_code.core.ids import BookingId, OrganizationId
from shared_code.core.intervals import Interval
from shared_code.core.meeting import Invited, Meeting
from shared_code.core.user_settings import UserSettings
from shared_code.errors import OrgcalError, Rejected
from shared_code.ports import UserChange
from tests.simulation.places import MATCHED, Seat
from tests.simulation.simulation import Simulation

HALF_AN_HOUR = timedelta(minutes=30)
MOST_TRIES = 40  # of a patient product, a second apart


class BookingProduct:
    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._users = TableProductUsers(simulation.rows)
        self.switched: list[tuple[datetime, Seat, bool]] = []

    def book(self, seat: Seat, name: BookingId, start: datetime, *, is_patient: bool) -> str:
        """What came of it: booked, refused, or unknown, where an impatient product does not come back."""
        guests = tuple(Invited(each.address, None) for each in MATCHED if each != seat.person)
        meeting = Meeting(
            Interval(start, start + HALF_AN_HOUR),
            "Europe/Paris",
            "A meeting",
            "",
            is_html=False,
            location=None,
            attendees=guests,
            is_online=False,
            reminder_minutes=None,
            asks_for_answers=True,
            takes_proposals=False,
        )
        request = BookingRequest(seat.organization, name, seat.user, (), meeting, if_free=False)
        return self._ask("booked", lambda app: app.bookings.put(request, self._simulation.now), is_patient=is_patient)

    def unbook(self, organization: OrganizationId, name: BookingId, *, is_patient: bool) -> str:
        def end(app: App) -> Coroutine[Any, Any, None]:
            return app.booking_ending.run(organization, name, "no longer needed", self._simulation.now)

        return self._ask("cancelled", end, is_patient=is_patient)

    def switch(self, seat: Seat, *, is_on: bool) -> None:
        """As the person's own choice."""
        self._simulation.run(self._switch(seat, is_on=is_on))
        self.switched.append((self._simulation.now, seat, is_on))

    def was_on(self, seat: Seat, start: datetime, end: datetime) -> bool:
        """At some moment of this time."""
        return True in self._states(seat, start, end)

    def was_off(self, seat: Seat, start: datetime, end: datetime) -> bool:
        return False in self._states(seat, start, end)

    def _states(self, seat: Seat, start: datetime, end: datetime) -> set[bool]:
        """What held at ``start``, and whatever it became until ``end``."""
        known = [(at, is_on) for at, who, is_on in self.switched if who == seat]
        before = [is_on for at, is_on in known if at <= start]
        return {before[-1] if before else True, *(is_on for at, is_on in known if start < at <= end)}

    async def _switch(self, seat: Seat, *, is_on: bool) -> None:
        while True:
            stored = await self._users.find(seat.organization, seat.user)
            assert stored is not None
            changed = replace(stored.value, settings=UserSettings(cancellation_sync=is_on))
            if not await self._users.save([UserChange(stored, changed)]):
                return

    def _ask(self, done: str, work: Callable[[App], Coroutine[Any, Any, object]], *, is_patient: bool) -> str:
        for _ in range(MOST_TRIES if is_patient else 1):
            instance = self._simulation.host.any_instance()
            task = instance.start(done, work(instance.app))
            self._simulation.run(_ended(task))
            error = None if task.cancelled() or instance.is_dead else task.exception()
            if isinstance(error, Rejected):
                return "refused"
            if not instance.is_dead and error is None:
                return done
            if error is not None and not isinstance(error, OrgcalError):
                raise error
            self._simulation.pass_time(timedelta(seconds=1))
        return "given up"


async def _ended(task: asyncio.Task[Any]) -> None:
    await asyncio.wait([task])
