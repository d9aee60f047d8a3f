"""Which tenants are left alone for a moment, so that no request is spent on being refused.

This process's own memory: what every process must know stands on the connection (``not_before``). Graph tells each of
them how near the identity service's limit is, since the limit is counted for the app and the tenant as a whole.
"""

from datetime import datetime, timedelta

from shared_code.adapters.graph.http import Answer, Asked, Question
from shared_code.core.ids import LinkKey, MailboxKey, TenantId
from shared_code.errors import Throttled

# x-ms-throttle-limit-percentage: a fraction of the limit, sent from 0.8 on; from 1.0 on requests are refused. A bucket
# of 3,500, 5,000 or 8,000 units by the tenant's size fills again in 10 seconds.
# https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits (2026-02)
NEAR = 0.8
REST = timedelta(seconds=5)
MOST_REMEMBERED = 1000

_DIRECTORY = frozenset({Asked.DIRECTORY, Asked.DIRECTORY_LINK})

type _Place = tuple[TenantId | MailboxKey, bool]
"""A tenant, and whether only its directory is meant; or one mailbox that somebody has connected themself."""


class Pacing:
    def __init__(self) -> None:
        self._until: dict[_Place, datetime] = {}

    def check(self, question: Question, now: datetime) -> None:
        """Throttled if the tenant, or the directory that is asked, is to be left alone still."""
        whole = self._remaining((_limited(question), False), now)
        if whole is not None:
            raise Throttled(f"{question.about}: the tenant is throttled; it was not asked", whole, whole_tenant=True)
        directory = self._remaining((_limited(question), True), now) if question.asked in _DIRECTORY else None
        if directory is not None:
            raise Throttled(f"{question.about}: the directory's limit is near; it was not asked", directory)

    def learn(self, question: Question, answer: Answer, now: datetime) -> None:
        """What a successful answer says of the limit."""
        if question.asked in _DIRECTORY and _share(answer) >= NEAR:
            self._remember((_limited(question), True), now + REST, now)

    def hold(self, question: Question, refused: Throttled, now: datetime) -> None:
        """Graph refused: the whole tenant waits, or one mailbox, whose record knows."""
        if refused.whole_tenant and refused.retry_after is not None:
            self._remember((_limited(question), False), now + refused.retry_after, now)

    def _remaining(self, place: _Place, now: datetime) -> timedelta | None:
        until = self._until.get(place)
        return until - now if until is not None and now < until else None

    def _remember(self, place: _Place, until: datetime, now: datetime) -> None:
        if len(self._until) >= MOST_REMEMBERED:
            self._until = {place: until for place, until in self._until.items() if now < until}
        self._until[place] = max(until, self._until.get(place, until))


def _limited(question: Question) -> TenantId | MailboxKey:
    """Whose limit it is. Everybody's Outlook.com account is of one tenant: nobody there waits for anybody else."""
    through = question.through
    if isinstance(through, LinkKey) and through.mailbox.is_personal:
        return through.mailbox
    return question.tenant


def _share(answer: Answer) -> float:
    """Nothing, if the header is absent or no number."""
    try:
        return float(answer.headers.get("x-ms-throttle-limit-percentage", "0"))
    except ValueError:
        return 0.0
