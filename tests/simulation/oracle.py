"""What every answer is held to: at each step it may be old, never wrong; at the end it is true, and all is tidy."""

import itertools
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise

from local.microsoft365.busy_truth import Interval, merged
from local.microsoft365.subscriptions import Subscription
from shared_code.adapters.client_states import SignedClientStates
from shared_code.adapters.graph.subscriptions import addresses_of
from shared_code.adapters.tables.mailboxes import TableMailboxes
from shared_code.core.availability import AvailabilityRequest, UserAnswer
from shared_code.core.connection import SERVING
from shared_code.core.ids import ConnectionId, LinkKey
from shared_code.core.subscription import AUTHORIZED_APART
from shared_code.errors import Forged
from tests.simulation.comings import Comings
from tests.simulation.hearing import Hearing
from tests.simulation.personal import person_of
from tests.simulation.places import ACME, BONDS, CLIENT, GLOBEX, MATCHED, ORGCAL, SEATS, WINDOW_DAYS, Bond, Person, Seat
from tests.simulation.product import Product
from tests.simulation.simulation import NearApp, Simulation
from tests.simulation.truth import Truth, Version, window_at
from tests.simulation.watch import Watch
from tests.simulation.world_acts import Administrators

PROMISE = timedelta(hours=6, minutes=30)  # how old a whole answer may be
READING = timedelta(minutes=4)  # from a sync's start to its last request, with time-outs
OWN = addresses_of(ORGCAL)


class Finding(AssertionError):
    """The app, or the stand-in, is wrong."""


class Oracle:
    people: tuple[Person, ...] = MATCHED
    seats: tuple[Seat, ...] = SEATS

    def __init__(
        self, simulation: Simulation, product: Product, administrators: Administrators, comings: Comings
    ) -> None:
        self._simulation = simulation
        self._product = product
        self._administrators = administrators
        self._comings = comings
        self.truth = Truth(simulation.world, self.people)
        self.watch = Watch(simulation.clock, partial(person_of, simulation.world))
        self.is_read_in_parts = False  # so that what is told may be of two moments
        self.lag = 0.0  # seconds by which a read of Graph's may be behind
        self.reading = READING
        self._shut: dict[ConnectionId, datetime] = {}  # connections that do not serve, and since when
        simulation.wire.on_request.append(self.watch.asked)
        simulation.wire.on_answer.append(self.watch.answered)
        simulation.distant_rows.on_commit.append(self.watch.committed)
        self._near = NearApp(simulation)
        self._hearing = Hearing(simulation, product)
        self._mailboxes = TableMailboxes(simulation.rows)
        self._states = SignedClientStates(simulation.settings.signing_keys)

    def check_step(self) -> None:
        """Nothing forbidden was done, and whoever is told that an answer is whole is not misled."""
        self._check_watch()
        self._check_credentials()
        window = window_at(self._simulation.now, WINDOW_DAYS)
        for seat, answer in self._answers(window):
            if answer.complete and not self.is_read_in_parts and self._is_themselves(seat):
                self._check_fresh(seat, answer, window)

    def check_end(self) -> None:
        """Everybody is told the truth, and nothing is left lying about."""
        self.check_step()
        window = window_at(self._simulation.now, WINDOW_DAYS)
        for seat, answer in self._answers(window):
            self._check_answer(seat, answer, window)
        self._check_leases()
        if lies := list(self._hearing.faults()):
            raise Finding(lies[0])
        if unexplained := [each for each in self._simulation.host.poison if not each.deaths]:
            raise Finding(f"given up, although nobody died: {unexplained}")

    def check_subscriptions(self) -> None:
        """There is one for each mailbox that is connected, and no other."""
        world, now = self._simulation.world, self._simulation.now
        for person in MATCHED:
            found = world.subscriptions.of_mailbox(person.tenant, person.user_id)
            live = [each for each in found if each.expires_at > now and each.app == CLIENT]
            wanted = any(self._is_expected(seat) for seat in SEATS if seat.person == person)
            if len(live) != int(wanted):
                raise Finding(f"{person.name} has {len(live)} subscriptions, and should have {int(wanted)}")
            for each in live:
                self._check_own(person, each)
        for subscription in world.subscriptions:
            _check_acts(subscription)

    def _check_own(self, person: Person, subscription: Subscription) -> None:
        """It speaks to us, in words that we believe."""
        if (subscription.notification_url, subscription.lifecycle_url) != OWN:
            raise Finding(f"{person.name}'s subscription tells {subscription.notification_url}")
        try:
            state = self._states.read(subscription.client_state or "")
        except Forged as error:
            raise Finding(f"{person.name}'s subscription says what we do not believe") from error
        if state.mailbox != person.mailbox:
            raise Finding(f"{person.name}'s subscription is said to be about {state.mailbox}")

    def _check_credentials(self) -> None:
        """A link is read through its own connection, and not while that one serves nobody."""
        for bond in BONDS:
            connection = self._simulation.run(self._product.connection(bond))
            if connection is None or connection.state in SERVING:
                self._shut.pop(bond.connection, None)
                continue
            now, recovered_at = self._simulation.now, connection.recovered_at
            since = self._shut.setdefault(bond.connection, now)
            if recovered_at is not None and recovered_at > since:
                self._shut[bond.connection] = now
            else:
                self._check_unread(bond, since)

    def _check_unread(self, bond: Bond, since: datetime) -> None:
        for seat in SEATS:
            if (seat.organization, seat.person.tenant) != (bond.organization, bond.tenant):
                continue
            link = self._simulation.run(
                self._mailboxes.find_link(LinkKey(seat.person.mailbox, seat.organization, seat.user))
            )
            for calendar in link.link.calendars if link is not None else ():
                if calendar.read_at is not None and calendar.read_at > since:
                    raise Finding(f"{seat} was read at {calendar.read_at}, and {bond.connection} is shut since {since}")

    def _check_watch(self) -> None:
        if self.watch.faults:
            raise Finding(self.watch.faults[0])
        if surprises := self._simulation.host.surprises:
            raise Finding(f"a function failed with what is none of the app's errors: {surprises[0]!r}") from surprises[
                0
            ]

    def _answers(self, window: Interval) -> list[tuple[Seat, UserAnswer]]:
        return self._simulation.run(self._ask(window))

    async def _ask(self, window: Interval) -> list[tuple[Seat, UserAnswer]]:
        found: list[tuple[Seat, UserAnswer]] = []
        for organization in (ACME, GLOBEX):
            seats = [seat for seat in self.seats if seat.organization == organization]
            request = AvailabilityRequest(organization, tuple(seat.user for seat in seats), *window)
            answers = await self._near.availability.run(request, self._simulation.now)
            found += zip(seats, answers, strict=True)
        return found

    def _is_themselves(self, seat: Seat) -> bool:
        """Not somebody with their address, for whom the product may have asked; the watch tells if nobody has."""
        user = self._simulation.run(self._product.user(seat))
        return user is None or user.match is None or user.match.user_id == seat.person.user_id

    def _check_fresh(self, seat: Seat, answer: UserAnswer, window: Interval) -> None:
        """Through each connection it is what was so at some moment of its read; there is one, but for whoever has an
        account of their own as well."""
        read = [self._versions(seat, calendar.read_at) for calendar in answer.calendars]
        told = _told(answer)
        possible = (merged(itertools.chain(*times)) for times in itertools.product(*self._times(seat, read, window)))
        if told not in possible and self._is_zone_known(seat):
            truth = self.truth.now(seat, window)
            raise Finding(f"{seat} is told what never was, as of {answer.calendars}: {_compared(told, truth)}")

    def _versions(self, seat: Seat, read_at: datetime | None) -> list[Version]:
        now = self._simulation.now
        if read_at is None or now - read_at > PROMISE:
            raise Finding(f"{seat} is told a whole answer that was read {read_at}")
        start, end = read_at - timedelta(seconds=self.lag + 1), min(read_at + self.reading, now)
        return self.truth.versions(seat.person, start, end)

    def _times(self, seat: Seat, read: list[list[Version]], window: Interval) -> list[list[list[Interval]]]:
        return [[self.truth.busy(seat, version, window) for version in versions] for versions in read]

    def _check_answer(self, seat: Seat, answer: UserAnswer, window: Interval) -> None:
        if not self._is_expected(seat):
            if answer.complete:
                raise Finding(f"{seat} is answered for, whom nobody may read: {answer}")
            return
        if not answer.complete:
            state = self._simulation.run(self._product.user(seat))
            raise Finding(f"{seat} should be known by now: {answer.reason} {answer.detail}; {state}")
        told, truth = _told(answer), self.truth.now(seat, window)
        if told != truth and self._is_zone_known(seat):
            raise Finding(
                f"{seat} is told what is not so, read at {answer.calendars[0].read_at}: {_compared(told, truth)}"
            )

    def _is_zone_known(self, seat: Seat) -> bool:
        """Graph is asked for the zone once, at connecting. If it refuses that one request, whole days are blocked as
        widely as if they could be anywhere: too much, and never too little."""
        stored = None if seat.time_zone else self._simulation.run(self._mailboxes.find(seat.person.mailbox))
        links = stored.links if stored is not None else ()
        return all(link.value.mailbox_zone is not None for link in links)

    def _is_expected(self, seat: Seat) -> bool:
        return self._comings.is_wanted(seat) and self._administrators.is_served(seat.person)

    def _check_leases(self) -> None:
        for person in MATCHED:
            stored = self._simulation.run(self._mailboxes.find(person.mailbox))
            if stored is None:
                continue
            lease = stored.lease.value
            if lease.is_held(self._simulation.now) and self._simulation.host.is_idle:
                raise Finding(f"nobody works, and {person.name}'s lease is held until {lease.until}")


def _check_acts(subscription: Subscription) -> None:
    """Renewing authorizes, too, and the two must not meet (graph/change-notifications-lifecycle-events)."""
    acts = [(at, act) for at, act in subscription.acts if act in {"renewed", "reauthorized"}]
    for (before, one), (after, other) in pairwise(acts):
        if one != other and after - before < AUTHORIZED_APART:
            raise Finding(f"{one} at {before} and {other} at {after}")


def _told(answer: UserAnswer) -> list[Interval]:
    return [(each.start, each.end) for each in answer.busy]


def _compared(told: list[Interval], truth: list[Interval]) -> str:
    """What only one of them has."""
    missing = [each for each in truth if each not in told]
    invented = [each for each in told if each not in truth]
    return f"missing {_shown(missing)}, invented {_shown(invented)}"


def _shown(intervals: list[Interval]) -> str:
    return ", ".join(f"{start:%m-%d %H:%M}–{end:%m-%d %H:%M}" for start, end in intervals) or "nothing"
