"""Refresh tokens in memory, each for its own link."""

from dataclasses import dataclass, field

from shared_code.core.ids import LinkKey
from shared_code.core.secret import Secret
from shared_code.errors import Conflict
from shared_code.personal_ports import SealedToken
from shared_code.ports import Stored


@dataclass
class FakeTokenVault:
    """Behind the ``TokenVault`` port; nothing is encrypted here."""

    kept: dict[LinkKey, SealedToken] = field(default_factory=dict)
    versions: dict[LinkKey, int] = field(default_factory=dict)

    async def seal(self, link: LinkKey, refresh_token: Secret) -> SealedToken:  # noqa: ARG002 - the port's
        return SealedToken("key", refresh_token.reveal())

    async def keep(self, link: LinkKey, sealed: SealedToken) -> None:
        if link not in self.kept or sealed.is_newer(self.kept[link]):
            self.kept[link] = sealed
        self.versions[link] = self.versions.get(link, 0) + 1

    async def find(self, link: LinkKey) -> Stored[SealedToken] | None:
        return Stored(self.kept[link], str(self.versions[link])) if link in self.kept else None

    async def forget(self, link: LinkKey) -> None:
        self.kept.pop(link, None)

    async def forget_this(self, link: LinkKey, stored: Stored[SealedToken]) -> None:
        if link in self.kept and str(self.versions[link]) != stored.version:
            raise Conflict("another token was kept meanwhile")
        await self.forget(link)
