"""How a connection stands, as an admin is to see it: who has what of it, and how far a first match has come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared_code.core.connection import Connection, ConnectionState
from shared_code.core.ids import ConnectionId
from shared_code.core.leaving import OVER
from shared_code.core.match_outcomes import LIVING
from shared_code.core.organization import Organization
from shared_code.core.product_user import UserState
from shared_code.core.reasons import Reason
from shared_code.core.roster_entry import Standing
from shared_code.core.sweep import Sweep
from shared_code.core.told import ATTENTION

FIRST_READS_FOR = timedelta(days=1)  # after the activation; whoever waits later waits on their own
UNMATCHED = frozenset({UserState.NO_MATCH, UserState.DISABLED})


@dataclass(frozen=True)
class Progress:
    """What is under way, and how far; ``of`` is None where nobody can know how much there is."""

    phase: Literal["granting", "collecting", "deciding", "reading"]
    done: int = 0  # collecting: directory users; else people of the product
    of: int | None = None


@dataclass(frozen=True)
class Card:
    """People count for the connection on whose word their state stands."""

    connection: Connection
    link: str | None  # the address of the activation link, while it works
    domain: str | None  # one that the tenant has proven
    connected: int
    waiting: int
    attention: int  # somebody has to do something for them
    unmatched: int
    unproven: int  # of those who need attention: their domain waits to be confirmed
    last_sweep: datetime | None  # the last time that the whole directory, or what changed in it, was gone through
    progress: Progress | None

    @property
    def affected(self) -> int:
        """Who has a calendar by it; whoever waits has none to lose."""
        return self.connected


@dataclass(frozen=True)
class OverviewOf:
    organization: Organization
    cards: tuple[Card, ...]  # those that live, those that wait for an administrator, those that are over
    people: int

    def card(self, connection: ConnectionId) -> Card | None:
        return next((card for card in self.cards if card.connection.connection == connection), None)


def card_of(
    connection: Connection, link: str | None, sweep: Sweep | None, counts: Mapping[Standing, int], now: datetime
) -> Card:
    by_state = _by_state(connection.connection, counts)
    return Card(
        connection,
        link,
        domain=sweep.proven_domains[0] if sweep is not None and sweep.proven_domains else None,
        connected=by_state.get(UserState.CONNECTED, 0),
        waiting=by_state.get(UserState.PENDING, 0),
        attention=sum(by_state.get(state, 0) for state in ATTENTION),
        unmatched=sum(by_state.get(state, 0) for state in UNMATCHED),
        unproven=by_state.get(UserState.DOMAIN_UNPROVEN, 0),
        last_sweep=_last_sweep(sweep),
        progress=_progress(connection, sweep, counts, now),
    )


def in_order(cards: tuple[Card, ...]) -> tuple[Card, ...]:
    return tuple(sorted(cards, key=lambda card: (_rank(card.connection), card.connection.created_at)))


def has_sweep(connection: Connection) -> bool:
    """Whether there may be a cursor to look at."""
    return connection.tenant is not None and connection.state in LIVING


def _rank(connection: Connection) -> int:
    if connection.state in LIVING:
        return 0
    return 2 if connection.state in OVER else 1


def _by_state(connection: ConnectionId, counts: Mapping[Standing, int]) -> Mapping[UserState, int]:
    found: dict[UserState, int] = {}
    for (speaker, state, _), count in counts.items():
        if speaker == connection:
            found[state] = found.get(state, 0) + count
    return found


def _last_sweep(sweep: Sweep | None) -> datetime | None:
    known = [] if sweep is None else [at for at in (sweep.finished_at, sweep.last_delta_at) if at is not None]
    return max(known, default=None)


def _progress(
    connection: Connection, sweep: Sweep | None, counts: Mapping[Standing, int], now: datetime
) -> Progress | None:
    """None in quiet times, and where nothing goes on before a person has done something."""
    if connection.state not in LIVING or connection.state is ConnectionState.ATTENTION:
        return None
    is_granted = connection.calendars_granted or connection.scoped_by_exchange
    if connection.state is ConnectionState.VERIFYING and not is_granted:
        return Progress("granting")
    if sweep is not None and sweep.phase == "collecting":
        return Progress("collecting", sweep.directory_users)
    if sweep is not None and sweep.phase == "deciding":
        return Progress("deciding", _judged(connection.connection, counts), sum(counts.values()))
    if connection.state is ConnectionState.VERIFYING:
        return Progress("collecting")
    return _reading(connection, counts, now)


def _judged(connection: ConnectionId, counts: Mapping[Standing, int]) -> int:
    return sum(count for (speaker, _, _), count in counts.items() if speaker == connection)


def _reading(connection: Connection, counts: Mapping[Standing, int], now: datetime) -> Progress | None:
    """Somebody new in a quiet week is no first read of the connection's."""
    activated_at = connection.activated_at
    is_first = activated_at is not None and now - activated_at < FIRST_READS_FOR
    waiting = counts.get((connection.connection, UserState.PENDING, Reason.AWAITING_FIRST_READ), 0)
    if connection.state is not ConnectionState.ACTIVE or not is_first or not waiting:
        return None
    done = _by_state(connection.connection, counts).get(UserState.CONNECTED, 0)
    return Progress("reading", done, done + waiting)
