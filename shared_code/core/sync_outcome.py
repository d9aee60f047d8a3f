"""What one read of a mailbox leaves behind on its lease."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code.core.mailbox import Lease
from shared_code.core.subscription import tells_of
from shared_code.core.sync_rules import LAG, Cause

TOLD_WITHIN = timedelta(minutes=5)  # of the read that found it; what nobody tells by then, nobody tells


@dataclass(frozen=True)
class Outcome:
    cause: Cause
    started_at: datetime
    is_whole: bool  # every calendar that is to be read was asked for, and answered somehow
    has_news: bool  # something differs from what was stored
    is_one_of_several: bool = False  # notifications of this mailbox: what was found may be another one's
    not_before: datetime | None = None  # Graph throttles the mailbox until then


def lease_after(lease: Lease, outcome: Outcome) -> Lease:
    """The lease given back."""
    free = replace(lease, holder=None, until=None, not_before=outcome.not_before, is_behind=not outcome.is_whole)
    if not outcome.is_whole:
        return free
    return replace(
        free,
        started_at=outcome.started_at,
        echo_at=outcome.started_at + LAG if _owes_echo(lease, outcome) else None,
        suspected_at=_suspected_at(lease, outcome),
    )


def _owes_echo(lease: Lease, outcome: Outcome) -> bool:
    """A notified read that may not have found what was notified is repeated once. A read that comes between, or after
    one that failed, takes the debt over, because it may have been too early as well."""
    if outcome.cause == "echo":
        return False
    if lease.echo_at is not None or lease.is_behind:
        return True
    return outcome.cause == "notified" and (not outcome.has_news or outcome.is_one_of_several)


def _suspected_at(lease: Lease, outcome: Outcome) -> datetime | None:
    """The safety net has caught something: only if nobody tells of it within minutes was a notification lost."""
    if outcome.cause == "notified":
        return None
    was_told = lease.started_at is not None and tells_of(lease.subscription, lease.started_at, outcome.started_at)
    if outcome.cause == "swept" and outcome.has_news and was_told and not lease.is_behind:
        return outcome.started_at
    return lease.suspected_at
