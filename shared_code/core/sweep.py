"""Where a user match of a whole tenant stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared_code.core.ids import ConnectionId, OrganizationId


@dataclass(frozen=True)
class Loss:
    """How many users a sweep took the calendars from, and when: the guard counts a rolling day."""

    at: datetime
    count: int


@dataclass(frozen=True)
class Sweep:
    """The cursor of a connection's sweeps: one row, replaced as pages are read."""

    organization: OrganizationId
    connection: ConnectionId
    sweep: str  # the id of the full sweep under way or last finished; a newer one supersedes
    phase: Literal["collecting", "deciding", "idle"]
    started_at: datetime
    next_link: str | None = None
    pages: int = 0
    batches: int = 0  # how many batches of candidates are saved beside this row
    directory_users: int = 0
    proven_domains: tuple[str, ...] = ()  # those of the organisation's own users' domains that the tenant has proven
    decided_up_to: str | None = None  # the last product user whose outcome is written
    delta_link: str | None = None
    finished_at: datetime | None = None  # of the last full sweep
    last_delta_at: datetime | None = None
    asked_domains: tuple[str, ...] = ()  # the users' domains for which the tenant was asked to prove itself
    collected_domains: tuple[str, ...] = ()  # proven so far by the sweep under way
    attempts: int = 0  # in a row that the other side put off
    # Under way: the next message is due by then, else the chain is lost. Idle: the directory wants to be left alone.
    quiet_until: datetime | None = None
    asked_again_at: datetime | None = None  # when mailboxes out of reach were last asked for again
    losses: tuple[Loss, ...] = ()  # of the last day
