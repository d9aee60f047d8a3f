"""Whom a page of a directory's changes concerns among the product users, and what it makes of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared_code.core.connection import Connection
from shared_code.core.directory import DirectoryUser
from shared_code.core.ids import ProductUserId, TenantId, UserId
from shared_code.core.match_outcomes import Ground, settle
from shared_code.core.matching import addresses_of, is_wanted, judge_people, pin_of
from shared_code.core.product_user import ProductUser
from shared_code.core.roster import verified_addresses
from shared_code.directory_ports import ChangesPage, Directory
from shared_code.flows.applying import Outcome
from shared_code.ports import ProductUsers, Stored


@dataclass(frozen=True)
class ChangesRound:
    """One look at one tenant's changes."""

    stored: Stored[Connection]
    tenant: TenantId
    ground: Ground

    def pin(self, user: ProductUser) -> UserId | None:
        pin = pin_of(user, self.ground.connection, self.tenant)
        return None if pin is None else pin.user_id

    def outcome(
        self, stored: Stored[ProductUser], people: Sequence[DirectoryUser], trusted: frozenset[str], now: datetime
    ) -> Outcome:
        verdict = judge_people(stored.value, people, self.ground.connection, self.tenant, trusted)
        return Outcome(stored, settle(stored.value, verdict, self.ground, now))


@dataclass(frozen=True)
class ChangedPeople:
    users: ProductUsers
    directory: Directory

    async def judge(
        self, round_of: ChangesRound, page: ChangesPage, trusted: frozenset[str], now: datetime
    ) -> list[Outcome]:
        removed = {person.user_id for person in page.removed}
        changed = await self._read_whole(round_of.tenant, [p for p in page.changed if p.user_id not in removed])
        concerned = await self._concerned(round_of, list(changed.values()), removed)
        unpinned = [stored.value for stored in concerned if round_of.pin(stored.value) is None]
        namesakes = {**changed, **await self._find_namesakes(round_of.tenant, unpinned)}
        outcomes = []
        for stored in concerned:
            pinned_to = round_of.pin(stored.value)
            if pinned_to is None:
                people = list(namesakes.values())
            elif pinned_to in changed or pinned_to in removed:
                people = [changed[pinned_to]] if pinned_to in changed else []
            else:
                continue  # somebody else got one of the addresses: the pin holds
            outcomes.append(round_of.outcome(stored, people, trusted, now))
        return outcomes

    async def _read_whole(self, tenant: TenantId, changed: Sequence[DirectoryUser]) -> dict[UserId, DirectoryUser]:
        """Every directory user has a user principal name and is enabled or not: whoever comes without either comes in
        part, and a part may hide a guest. Whoever is gone by now comes again in this feed, as removed."""
        whole: dict[UserId, DirectoryUser] = {}
        for person in changed:
            is_whole = person.user_principal_name is not None and person.account_enabled is not None
            read = person if is_whole else await self.directory.find_user(tenant, person.user_id)
            if read is not None:
                whole[read.user_id] = read
        return whole

    async def _concerned(
        self, round_of: ChangesRound, changed: Sequence[DirectoryUser], removed: set[UserId]
    ) -> list[Stored[ProductUser]]:
        """Product users pinned to one of these directory users, or holding one of their addresses."""
        organization = round_of.stored.value.organization
        user_ids = [*(person.user_id for person in changed), *sorted(removed)]
        addresses = sorted({address for person in changed for address in addresses_of(person)})
        by_pin = await self.users.find_by_pins(organization, round_of.tenant, user_ids)
        by_address = await self.users.find_by_addresses(organization, addresses)
        ids: set[ProductUserId] = {user for users in by_pin.values() for user in users} | set(by_address.values())
        found = await self.users.find_many(organization, sorted(ids))
        return [found[user] for user in sorted(found) if is_wanted(found[user].value)]

    async def _find_namesakes(self, tenant: TenantId, users: Sequence[ProductUser]) -> dict[UserId, DirectoryUser]:
        """Everybody with their addresses, since whoever did not change may be the better match, or an equal one."""
        addresses = sorted({address for user in users for address in verified_addresses(user)})
        found = await self.directory.find_users(tenant, addresses) if addresses else ()
        return {person.user_id: person for person in found}
