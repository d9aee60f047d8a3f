"""What a full match makes of everybody, before anything is written."""

from collections.abc import Collection, Mapping
from datetime import datetime

from shared_code.core.candidates import Sighting
from shared_code.core.connection import ConnectionState
from shared_code.core.ids import ProductUserId
from shared_code.core.match_outcomes import (
    Ground,
    awaits_first_read,
    has_calendar_to_lose,
    is_asked_again,
    loses,
    settle,
)
from shared_code.core.matching import NotFound, Verdict, judge, pin_of
from shared_code.core.product_user import Match, ProductUser
from shared_code.core.reasons import Reason
from shared_code.flows.applying import Outcome
from shared_code.ports import Stored

type Sightings = Mapping[bytes, Collection[Sighting]]


class MatchPlan:
    """What becomes of everybody, before anything is written."""

    def __init__(
        self,
        ground: Ground,
        next_state: ConnectionState,
        trusted: frozenset[str],
        started_at: datetime,
    ) -> None:
        self.ground = ground
        self.next_state = next_state
        self.trusted = trusted
        self.started_at = started_at
        self.outcomes: list[Outcome] = []  # of those who change
        self.left_alone: list[ProductUserId] = []  # newer than the sweep: their look-up knows better
        self.connected = 0  # through this connection, before, as the guard counts them
        self._unchanged: list[ProductUser] = []

    def add(self, stored: Stored[ProductUser], sightings: Sightings, now: datetime) -> None:
        user = stored.value
        pin = pin_of(user, self.ground.connection, self.ground.tenant)
        is_ours = user.match is not None and user.match.connection == self.ground.connection
        self.connected += is_ours and has_calendar_to_lose(user)
        if pin is None and self._is_newer(user):
            self.left_alone.append(user.user)
            return
        verdict = judge(user, pin, sightings, self.trusted)
        if pin is not None and self._is_missed(pin, verdict):
            self.left_alone.append(user.user)
            return
        changed = settle(user, verdict, self.ground, now)
        if changed is not user:
            self.outcomes.append(Outcome(stored, changed))
        elif is_ours:
            self._unchanged.append(user)

    @property
    def losing(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if loses(outcome.user, outcome.changed)]

    def gone(self) -> list[tuple[int, Outcome]]:
        return [
            (place, outcome)
            for place, outcome in enumerate(self.outcomes)
            if outcome.changed.reason == Reason.OBJECT_GONE and outcome.user.match is not None
        ]

    def correct(self, place: int, changed: ProductUser) -> None:
        outcome = self.outcomes[place]
        self.outcomes[place] = Outcome(outcome.stored, changed)
        if changed is outcome.user:
            self._unchanged.append(changed)

    def asked_again(self, now: datetime, *, everybody: bool) -> list[ProductUser]:
        """Whose orders may have been lost; ``everybody``: this decision was interrupted, so perhaps just now."""
        return [
            user
            for user in self._unchanged
            if is_asked_again(user, self.ground.connection, now) or (everybody and awaits_first_read(user))
        ]

    def _is_newer(self, user: ProductUser) -> bool:
        if user.changed_at <= self.started_at or user.has_calendar:
            return False
        return user.reason == Reason.AWAITING_LOOK_UP or user.judged_by == self.ground.connection

    def _is_missed(self, pin: Match, verdict: Verdict) -> bool:
        """The page on which the directory user stands may have been read before anybody looked for them."""
        is_gone = isinstance(verdict, NotFound) and verdict.reason is Reason.OBJECT_GONE
        return is_gone and pin.matched_at > self.started_at
