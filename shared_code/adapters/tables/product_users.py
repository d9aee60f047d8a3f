"""The partition of an organisation's people, each with index rows that are written in the same transaction.

user!{user}                        the product user
address!{hash}                     who holds this verified address; one user only
pin!{tenant}!{object id}!{user}    who is matched to this directory user
roster!{00..3f}                    see roster_rows.py
token!{user}!{tenant}!{object id}  see token_rows.py; not of that transaction
outbox!{event}                     see outbox.py
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby

from shared_code.adapters.tables.grouping import groups
from shared_code.adapters.tables.handing_over import Bundle, Write, bundles
from shared_code.adapters.tables.names import USERS
from shared_code.adapters.tables.outbox import outbox_rows
from shared_code.adapters.tables.partition import read_all, read_many, remove_all
from shared_code.adapters.tables.records import read_record, write_record
from shared_code.adapters.tables.roster_rows import slice_key
from shared_code.adapters.tables.roster_slices import Slices
from shared_code.adapters.tables.rows import EVERYTHING, Change, Insert, Remove, Replace, Row, Rows, below
from shared_code.adapters.tables.user_rows import address_key, index_keys, index_row, user_key, user_of
from shared_code.core.ids import OrganizationId, ProductUserId, TenantId, UserId
from shared_code.core.product_user import ProductUser
from shared_code.core.roster_entry import entry_of
from shared_code.errors import Conflict, TryLater, Unexpected
from shared_code.ports import Page, Stored, UserChange

TRIES = 40  # at slices that others rewrite, too; each time one of them gets through
BUSY = timedelta(seconds=5)


class TableProductUsers:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def find(self, organization: OrganizationId, user: ProductUserId) -> Stored[ProductUser] | None:
        row = await self._rows.find(USERS, organization, user_key(user))
        return None if row is None else _stored(row)

    async def find_many(
        self, organization: OrganizationId, users: Sequence[ProductUserId]
    ) -> dict[ProductUserId, Stored[ProductUser]]:
        return await read_many(users, lambda user: self.find(organization, user))

    async def page(
        self, organization: OrganizationId, after: str | None, limit: int = 1000
    ) -> Page[Stored[ProductUser]]:
        start = None if after is None else f"user!{after}"
        page = await self._rows.page(USERS, organization, below("user"), after=start, limit=limit)
        following = None if page.next is None else page.next.removeprefix("user!")
        return Page(tuple(_stored(row) for row in page.rows), following)

    async def find_by_addresses(
        self, organization: OrganizationId, addresses: Sequence[str]
    ) -> dict[str, ProductUserId]:
        async def find_holder(address: str) -> ProductUserId | None:
            row = await self._rows.find(USERS, organization, address_key(address))
            return None if row is None else user_of(row)

        return await read_many(addresses, find_holder)

    async def find_by_pins(
        self, organization: OrganizationId, tenant: TenantId, user_ids: Sequence[UserId]
    ) -> dict[UserId, tuple[ProductUserId, ...]]:
        async def find_pinned(user_id: UserId) -> tuple[ProductUserId, ...] | None:
            rows = await read_all(self._rows, USERS, organization, below(f"pin!{tenant}!{user_id}"))
            return tuple(user_of(row) for row in rows) or None

        return await read_many(user_ids, find_pinned)

    async def save(self, changes: Sequence[UserChange]) -> tuple[ProductUserId, ...]:
        """In the order of the slices, so that each is rewritten in as few transactions as hold its users."""
        conflicts: list[ProductUserId] = []
        for organization, writes in _by_organization(changes):
            slices = Slices(self._rows, organization)
            bundled = bundles(writes)
            if len(bundled) > 1:
                await slices.load(writes)
            for group in groups(bundled, slices):
                conflicts += await self._save_together(group, slices)
        return tuple(conflicts)

    async def forget(self, organization: OrganizationId) -> None:
        await remove_all(self._rows, USERS, organization, EVERYTHING)

    async def _save_together(self, group: Sequence[Bundle], slices: Slices) -> list[ProductUserId]:
        """If the group meets a conflict, in smaller parts, so that only those whose conflict it is go without."""
        writes = [write for bundle in group for write in bundle]
        if await self._commit(writes, slices):
            return []
        if len(writes) == 1:
            return [writes[0].user]
        parts = group if len(group) > 1 else [(write,) for write in writes]
        return [user for part in parts for user in await self._save_together([part], slices)]

    async def _commit(self, writes: Sequence[Write], slices: Slices) -> bool:
        """False if the conflict is the users' own. One about a slice is nobody's: it is read and rewritten again."""
        for _ in range(TRIES):
            if not await slices.load(writes):
                return False
            try:
                await slices.commit(writes)
            except Conflict:
                if not await slices.have_moved_on(writes):
                    return False
            else:
                return True
        raise TryLater(f"others kept writing the roster of {writes[0].organization} for {TRIES} tries", BUSY)


def _by_organization(changes: Sequence[UserChange]) -> Iterator[tuple[OrganizationId, list[Write]]]:
    writes = sorted(map(_write_of, changes), key=lambda write: write.organization)
    for organization, group in groupby(writes, key=lambda write: write.organization):
        yield organization, list(group)


def _write_of(change: UserChange) -> Write:
    before = None if change.stored is None else change.stored.value
    user = change.changed or before
    if user is None:
        raise Unexpected("a change of a product user has neither what was there nor what comes")
    old, new = index_keys(before), index_keys(change.changed)
    removed = [Remove(key) for key in sorted(old - new)]
    added = [Insert(key, index_row(user.user)) for key in sorted(new - old)]
    rows = (_user_change(change, user), *removed, *added, *outbox_rows(change.events))
    entry = None if change.changed is None else entry_of(change.changed)
    is_other = before is None or entry != entry_of(before)
    return Write(user.organization, user.user, rows, slice_key(user.user) if is_other else None, entry)


def _user_change(change: UserChange, user: ProductUser) -> Change:
    key = user_key(user.user)
    if change.stored is None:
        return Insert(key, write_record(user))
    if change.changed is None:
        return Remove(key, change.stored.version)
    return Replace(key, write_record(user), change.stored.version)


def _stored(row: Row) -> Stored[ProductUser]:
    return Stored(read_record(ProductUser, row), row.version)
