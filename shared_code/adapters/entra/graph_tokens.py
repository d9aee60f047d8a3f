"""With which token Graph is asked: the app's own of a tenant, or that of the person whose link it is."""

from dataclasses import dataclass
from typing import Protocol, TypeIs

from shared_code.adapters.entra.tokens import TokenCache
from shared_code.core.ids import LinkKey, Through, tenant_of
from shared_code.errors import TryLater


class LinkTokens(Protocol):
    """Access tokens of accounts that people have connected themselves, each by its own link."""

    async def get(self, link: LinkKey) -> str:
        """Disconnected if Microsoft refuses the account's newest refresh token, or there is none."""
        ...

    async def replace(self, link: LinkKey, refused: str) -> str: ...

    async def replace_old(self, link: LinkKey, denied: str) -> str | None: ...


@dataclass(frozen=True)
class GraphTokens:
    """``delegated`` is None in a deployment without personal connections. Accounts that are left from before are then
    not asked for anything, and keep their state."""

    app_only: TokenCache
    delegated: LinkTokens | None

    async def get(self, through: Through) -> str:
        if _is_own(through):
            return await self._delegated(through).get(through)
        return await self.app_only.get(tenant_of(through))

    async def replace(self, through: Through, refused: str) -> str:
        if _is_own(through):
            return await self._delegated(through).replace(through, refused)
        return await self.app_only.replace(tenant_of(through), refused)

    async def replace_old(self, through: Through, denied: str) -> str | None:
        if _is_own(through):
            return await self._delegated(through).replace_old(through, denied)
        return await self.app_only.replace_old(tenant_of(through), denied)

    def _delegated(self, link: LinkKey) -> LinkTokens:
        if self.delegated is None:
            raise TryLater(f"{link.mailbox}: this deployment has no personal connections")
        return self.delegated


def _is_own(through: Through) -> TypeIs[LinkKey]:
    return isinstance(through, LinkKey) and through.mailbox.is_personal
