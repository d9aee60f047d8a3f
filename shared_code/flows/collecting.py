"""The first step of a full match: the whole directory goes by, and only who answers to a product user is kept."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import batched

from shared_code.core.candidates import MOST_IN_A_BATCH, Sighting, pack
from shared_code.core.connection import Connection
from shared_code.core.ids import TenantId
from shared_code.core.matching import MatchIndex, proven_domain
from shared_code.core.sweep import Sweep
from shared_code.core.sweep_rhythm import CHAIN_LOST_AFTER
from shared_code.directory_ports import Directory, UsersPage
from shared_code.errors import TryLater
from shared_code.flows.product_users import iter_users
from shared_code.ports import Clock, Organizations, ProductUsers, Stored

RUN_FOR = timedelta(minutes=5)  # a message; then its successor goes on
SAVED_EVERY = 10  # pages


@dataclass(frozen=True)
class Collecting:
    organizations: Organizations
    users: ProductUsers
    directory: Directory
    clock: Clock

    async def run(self, connection: Connection, tenant: TenantId, sweep: Stored[Sweep]) -> Stored[Sweep]:
        """Read on until the last page or the end of the message's time; the cursor as it was saved last.

        What was read before the directory asks to wait is saved before the error goes on."""
        until = self.clock.now() + RUN_FOR
        if sweep.value.delta_link is None:
            # Asked for before the first page, so that no change made while pages are read is lost.
            delta_link = await self.directory.start_changes(tenant)
            sweep = await self._save(replace(sweep.value, delta_link=delta_link), sweep)
        collection = _Collection(sweep.value, await self._index(connection, tenant), connection.confirmed_domains)
        while True:
            try:
                page = await self.directory.read_users(tenant, collection.next_link)
            except TryLater:
                if collection.pages:
                    await self._save_collection(sweep, collection)
                raise
            collection.add(page)
            if collection.next_link is None or self.clock.now() >= until:
                return await self._save_collection(sweep, collection)
            if collection.pages == SAVED_EVERY or len(collection.sightings) >= MOST_IN_A_BATCH:
                sweep = await self._save_collection(sweep, collection)
                collection.begin_batch()

    async def _index(self, connection: Connection, tenant: TenantId) -> MatchIndex:
        index = MatchIndex(connection.connection, tenant)
        async for user in iter_users(self.users, connection.organization):
            index.add(user.value)
        return index

    async def _save_collection(self, sweep: Stored[Sweep], collection: "_Collection") -> Stored[Sweep]:
        """The pages' sightings, then the cursor past them: what a crash repeats, the decision counts once."""
        *early, last = list(batched(collection.sightings, MOST_IN_A_BATCH, strict=False)) or [()]
        for sightings in early:
            earlier = replace(sweep.value, batches=sweep.value.batches + 1)
            sweep = await self._save(earlier, sweep, pack(sightings))
        changed = collection.advance(replace(sweep.value, batches=sweep.value.batches + bool(last)))
        return await self._save(changed, sweep, pack(last) if last else None)

    async def _save(self, changed: Sweep, sweep: Stored[Sweep], batch: bytes | None = None) -> Stored[Sweep]:
        quiet_until = self.clock.now() + CHAIN_LOST_AFTER
        return await self.organizations.save_sweep(sweep, replace(changed, quiet_until=quiet_until, attempts=0), batch)


@dataclass
class _Collection:
    """What has been read since the last save."""

    sweep: Sweep
    index: MatchIndex
    confirmed: tuple[str, ...]
    next_link: str | None = field(init=False)
    pages: int = 0
    people: int = 0
    sightings: list[Sighting] = field(default_factory=list)
    proven: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.next_link = self.sweep.next_link
        self.proven = set(self.sweep.collected_domains)

    def begin_batch(self) -> None:
        self.pages = self.people = 0
        self.sightings = []

    def add(self, page: UsersPage) -> None:
        for person in page.users:
            domain = proven_domain(person)
            if domain is not None and domain in self.index.domains:
                self.proven.add(domain)
        trusted = self.proven.union(self.confirmed)
        for person in page.users:
            self.sightings.extend(self.index.sight(person, trusted))
        self.pages += 1
        self.people += len(page.users)
        self.next_link = page.next_link

    def advance(self, sweep: Sweep) -> Sweep:
        return replace(
            sweep,
            phase="collecting" if self.next_link else "deciding",
            next_link=self.next_link,
            pages=sweep.pages + self.pages,
            directory_users=sweep.directory_users + self.people,
            collected_domains=tuple(sorted(self.proven)),
            asked_domains=tuple(sorted(self.index.domains)),
        )
