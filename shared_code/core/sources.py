"""Of which connections somebody's free time is asked, and what all of them say together.

Nobody is free because one of their calendars could not be looked at: the answer is complete if each part of it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.availability import Incomplete, UserAnswer
from shared_code.core.connection import Connection, ConnectionState
from shared_code.core.ids import ConnectionId, LinkKey, ProductUserId
from shared_code.core.intervals import merge
from shared_code.core.personal_account import PersonalAccount, PersonalState
from shared_code.core.product_user import Match, ProductUser, UserState
from shared_code.core.sync_rules import HOLDING, may_read


@dataclass(frozen=True)
class Source:
    """One connection of somebody's, and what may be said from what was read through it."""

    link: LinkKey
    connection: ConnectionId
    missing: Incomplete | None  # said if there is no link; None: then nobody misses it
    detail: str | None = None  # behind ``missing`` and ``doubt``
    doubt: Incomplete | None = None  # whatever an older read says, it is not the whole truth
    shut: Incomplete | None = None  # what was read in better days is kept, and not served
    shut_detail: str | None = None
    not_before: datetime | None = None  # Microsoft is not to be asked until then
    recovered_at: datetime | None = None  # what changed before then was told to nobody
    is_asked: bool = True  # whether there may be a link
    heals: bool = False  # a link that is missing was lost, and is made anew

    @property
    def is_personal(self) -> bool:
        return self.link.mailbox.registration == "personal"

    @property
    def is_served(self) -> bool:
        return self.is_asked and self.shut is None and self.doubt is None


# Whoever is in one of these states may have a link; for everybody else there is nothing to look for.
_LINKED = frozenset({UserState.CONNECTED, UserState.NO_MAILBOX, UserState.EXCLUDED_BY_POLICY, UserState.ERROR})
_NOT_SERVING = {
    ConnectionState.ATTENTION: Incomplete.CONNECTION_ATTENTION,
    ConnectionState.VERIFYING: Incomplete.CONNECTION_VERIFYING,
    ConnectionState.REVIEW: Incomplete.CONNECTION_REVIEW,
}
_WORST_FIRST = (  # what only a person can mend before what mends itself
    Incomplete.NOT_CONNECTED,
    Incomplete.NEEDS_RECONNECT,
    Incomplete.CONNECTION_ATTENTION,
    Incomplete.CONNECTION_REVIEW,
    Incomplete.CONNECTION_VERIFYING,
    Incomplete.CALENDAR_DENIED,
    Incomplete.CALENDAR_GONE,
    Incomplete.CALENDAR_TOO_LARGE,
    Incomplete.NOT_READ_YET,
    Incomplete.CALENDAR_THROTTLED,
    Incomplete.NOT_FRESH,
    Incomplete.OUTSIDE_HORIZON,
)


def sources_of(user: ProductUser, connections: Sequence[Connection]) -> tuple[Source, ...]:
    """The admin-managed one first, then those of their own accounts that are not set aside."""
    own = tuple(_personal(user, account) for account in user.personal if account.is_held)
    if user.match is None or user.state not in HOLDING or _is_their_own(user, user.match):
        return own
    connection = next((one for one in connections if one.connection == user.match.connection), None)
    return (_managed(user, user.match, connection, has_others=bool(own)), *own)


def links_aside(user: ProductUser) -> tuple[LinkKey, ...]:
    """Of accounts that nobody reads, because the policy has set them aside."""
    aside = (account.mailbox for account in user.personal if not account.is_held)
    return tuple(LinkKey(mailbox, user.organization, user.user) for mailbox in aside)


def missing(source: Source, user: ProductUserId) -> UserAnswer | None:
    """What a connection says that has no link."""
    if source.missing is None:
        return None
    return UserAnswer(user, complete=False, reason=source.missing, detail=source.detail)


def qualified(source: Source, said: UserAnswer) -> UserAnswer:
    """What is said of the link's calendars, as far as its connection lets anybody rely on it."""
    if source.is_personal and said.reason is Incomplete.NOTHING_CHECKED:
        return said  # where nobody wants to be looked for, nothing can be missed
    if source.shut is not None:
        return replace(said, complete=False, reason=source.shut, detail=source.shut_detail)
    if source.doubt is None:
        return said
    reason = said.reason if said.reason not in {None, Incomplete.NOTHING_CHECKED} else source.doubt
    return replace(said, complete=False, reason=reason, detail=source.detail)


def united(user: ProductUserId, parts: Sequence[UserAnswer]) -> UserAnswer:
    """What several connections say together. Whoever checks no calendar in one of them is known by the others."""
    if len(parts) == 1:
        return parts[0]
    looked_at = [part for part in parts if part.reason is not Incomplete.NOTHING_CHECKED] or parts
    worst = min(looked_at, key=lambda part: _badness(part.reason))
    return UserAnswer(
        user,
        complete=all(part.complete for part in parts),
        reason=worst.reason,
        busy=merge(span for part in parts for span in part.busy),
        calendars=tuple(calendar for part in parts for calendar in part.calendars),
        detail=worst.detail,
    )


def _badness(reason: Incomplete | None) -> int:
    return _WORST_FIRST.index(reason) if reason in _WORST_FIRST else len(_WORST_FIRST)


def _is_their_own(user: ProductUser, match: Match) -> bool:
    """The organisation's mailbox is not open to us, and they have connected that very one themself."""
    return user.state is not UserState.CONNECTED and any(
        (account.tenant, account.user_id) == (match.tenant, match.user_id) and account.is_held
        for account in user.personal
    )


def _managed(user: ProductUser, match: Match, connection: Connection | None, *, has_others: bool) -> Source:
    """A mailbox that was never read, which may wait for a review for weeks, is not missed by whoever has another; one
    that was read, and is shut, is."""
    is_connected = user.state is UserState.CONNECTED
    source = Source(
        LinkKey(match.mailbox, user.organization, user.user),
        match.connection,
        None if has_others and not is_connected else Incomplete.NOT_CONNECTED,
        str(user.state),
        doubt=None if is_connected else Incomplete.NOT_CONNECTED,
    )
    # A connection that was made anew may speak for another tenant than the one where the mailbox is.
    # Beside an account it counts that a mailbox was read, and is only asked for once more after it was shut.
    may_be_linked = user.state in _LINKED or (has_others and user.state is UserState.PENDING)
    if connection is None or connection.tenant != match.tenant or not may_be_linked:
        return replace(source, is_asked=False)
    if connection.state in _NOT_SERVING:
        return replace(source, shut=_NOT_SERVING[connection.state])
    return replace(
        source,
        is_asked=may_read(connection, match.mailbox),
        not_before=connection.not_before,
        recovered_at=connection.recovered_at,
        heals=is_connected,
    )


def _personal(user: ProductUser, account: PersonalAccount) -> Source:
    link = LinkKey(account.mailbox, user.organization, user.user)
    source = Source(link, account.connection, Incomplete.NOT_READ_YET, str(account.state))
    if account.state is PersonalState.NEEDS_RECONNECT:
        lost, why = Incomplete.NEEDS_RECONNECT, None if account.reason is None else str(account.reason)
        return replace(source, missing=lost, detail=why, shut=lost, shut_detail=why)
    is_connected = account.state is PersonalState.CONNECTED
    doubt = None if is_connected else Incomplete.NOT_READ_YET
    return replace(source, doubt=doubt, recovered_at=account.recovered_at, heals=is_connected)
