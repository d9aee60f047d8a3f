"""Slices that are rewritten together with the users in them: read once, and from then on known by what was written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared_code.adapters.tables.handing_over import Write, rows_of
from shared_code.adapters.tables.names import USERS
from shared_code.adapters.tables.partition import read_many
from shared_code.adapters.tables.roster_building import whole
from shared_code.adapters.tables.roster_rows import Entries, entries_in, slice_row
from shared_code.adapters.tables.rows import Insert, Replace, Row, Rows
from shared_code.adapters.tables.transactions import size_of
from shared_code.core.ids import OrganizationId

FEW = 8  # slices that are read one by one; for more, one query reads all of them


@dataclass(frozen=True)
class _Slice:
    entries: Entries
    version: str
    size: int  # bytes on the wire


class Slices:
    """Of one organisation, for one save."""

    def __init__(self, rows: Rows, organization: OrganizationId) -> None:
        self._rows = rows
        self._organization = organization
        self._known: dict[str, _Slice] = {}

    async def load(self, writes: Sequence[Write]) -> bool:
        """Read those that are not known yet; if one was never written, all that are missing are, now.

        False where there is nobody: who is to be changed is gone, and nothing may be written of them."""
        wanted = slices_of(writes) - self._known.keys()
        if 0 < len(wanted) <= FEW:
            self._note((await self._find(wanted)).values())
        if not self._known.keys() >= wanted:
            is_first = any(write.is_new for write in writes)
            self._note(await whole(self._rows, self._organization, is_first=is_first))
        return self._known.keys() >= wanted

    async def commit(self, writes: Sequence[Write]) -> None:
        """All rows of these users and their slices, which are known. Conflict leaves open whose it is."""
        entries = {key: dict(self._known[key].entries) for key in slices_of(writes)}
        for write in writes:
            if write.slice is not None and write.entry is None:
                entries[write.slice].pop(write.user, None)
            elif write.slice is not None and write.entry is not None:
                entries[write.slice][write.user] = write.entry
        rewritten = [Replace(key, slice_row(each.values()), self._known[key].version) for key, each in entries.items()]
        versions = await self._rows.commit(USERS, self._organization, [*rewritten, *rows_of(writes)])
        for change, version in zip(rewritten, versions, strict=False):
            self._known[change.key] = _Slice(entries[change.key], version, size_of(change))

    async def have_moved_on(self, writes: Sequence[Write]) -> bool:
        """Whether somebody else has rewritten one of their slices; they are known as they are now."""
        keys = slices_of(writes)
        before = {key: self._known.pop(key).version for key in keys}
        self._note((await self._find(keys)).values())
        return any(key not in self._known or self._known[key].version != before[key] for key in keys)

    def size_of(self, key: str) -> int:
        """Bytes on the wire; 0 of one that is not known."""
        return self._known[key].size if key in self._known else 0

    async def _find(self, keys: Iterable[str]) -> dict[str, Row]:
        return await read_many(keys, lambda key: self._rows.find(USERS, self._organization, key))

    def _note(self, rows: Iterable[Row]) -> None:
        for row in rows:
            entries = entries_in(row)
            if entries is not None:
                self._known[row.key] = _Slice(entries, row.version, size_of(Insert(row.key, row.properties)))


def slices_of(writes: Iterable[Write]) -> set[str]:
    return {write.slice for write in writes if write.slice is not None}
