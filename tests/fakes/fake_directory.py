"""A tenant's directory in memory, with pages, a delta feed and links that can be made to expire."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from shared_code.core.directory import DirectoryUser, RemovedUser
from shared_code.core.ids import TenantId, UserId
from shared_code.directory_ports import ChangesPage, UsersPage
from shared_code.errors import StartAgain
from tests.fakes.script import Script


@dataclass
class _Tenant:
    users: dict[UserId, DirectoryUser] = field(default_factory=dict)
    feed: list[DirectoryUser | RemovedUser] = field(default_factory=list)


@dataclass
class FakeDirectory:
    """Behind the ``Directory`` port. Links look like ``{round}:{kind}:{position}``; ``expire_links`` ends a round."""

    page_size: int = 999
    script: Script = field(default_factory=Script)
    _tenants: dict[TenantId, _Tenant] = field(default_factory=dict)
    _round: int = 1

    def put(self, tenant: TenantId, *users: DirectoryUser) -> None:
        """Add or replace people; the delta feed tells of it."""
        content = self._tenant(tenant)
        for user in users:
            content.users[user.user_id] = user
            content.feed.append(user)

    def remove(self, tenant: TenantId, user_id: UserId, *, permanently: bool = False) -> None:
        content = self._tenant(tenant)
        content.users.pop(user_id, None)
        content.feed.append(RemovedUser(user_id, permanently))

    def expire_links(self) -> None:
        """Every link handed out so far raises ``StartAgain`` from now on."""
        self._round += 1

    async def read_users(self, tenant: TenantId, link: str | None) -> UsersPage:
        self.script.enter("read_users", tenant, link)
        start = self._position(link, "users") if link else 0
        users = tuple(self._tenant(tenant).users.values())
        end = start + self.page_size
        return UsersPage(users[start:end], self._link("users", end) if end < len(users) else None)

    async def read_changes(self, tenant: TenantId, link: str | None) -> ChangesPage:
        self.script.enter("read_changes", tenant, link)
        start = self._position(link, "changes") if link else 0
        feed = self._tenant(tenant).feed
        end = min(start + self.page_size, len(feed))
        page = list({change.user_id: change for change in feed[start:end]}.values())  # the last word wins, as in Graph
        last = end == len(feed)
        return ChangesPage(
            changed=tuple(change for change in page if isinstance(change, DirectoryUser)),
            removed=tuple(change for change in page if isinstance(change, RemovedUser)),
            next_link=None if last else self._link("changes", end),
            delta_link=self._link("changes", end) if last else None,
        )

    async def start_changes(self, tenant: TenantId) -> str:
        self.script.enter("start_changes", tenant)
        return self._link("changes", len(self._tenant(tenant).feed))

    async def find_user(self, tenant: TenantId, user_id: UserId) -> DirectoryUser | None:
        self.script.enter("find_user", tenant, user_id)
        return self._tenant(tenant).users.get(user_id)

    async def find_users(self, tenant: TenantId, addresses: Sequence[str]) -> tuple[DirectoryUser, ...]:
        self.script.enter("find_users", tenant, *addresses)
        wanted = {address.casefold() for address in addresses}
        return tuple(user for user in self._tenant(tenant).users.values() if wanted & _addresses(user))

    def _tenant(self, tenant: TenantId) -> _Tenant:
        return self._tenants.setdefault(tenant, _Tenant())

    def _link(self, kind: str, position: int) -> str:
        return f"{self._round}:{kind}:{position}"

    def _position(self, link: str, kind: str) -> int:
        of_round, of_kind, position = link.split(":")
        if int(of_round) != self._round or of_kind != kind:
            raise StartAgain(f"the link {link} has expired")
        return int(position)


def _addresses(user: DirectoryUser) -> set[str]:
    plain = [user.mail or "", user.user_principal_name or ""]
    proxies = [address.partition(":")[2] for address in user.proxy_addresses]
    return {address.casefold() for address in (*plain, *proxies) if address}
