"""Refresh tokens in memory, each for its own link."""

from dataclasses import dataclass, field

from shared_code.core.ids import LinkKey
from shared_code.core.secret import Secret
from shared_code.personal_ports import SealedToken


@dataclass
class FakeTokenVault:
    """Behind the ``TokenVault`` port; nothing is encrypted here."""

    kept: dict[LinkKey, SealedToken] = field(default_factory=dict)

    async def seal(self, link: LinkKey, refresh_token: Secret) -> SealedToken:  # noqa: ARG002 - the port's
        return SealedToken("key", refresh_token.reveal())

    async def keep(self, link: LinkKey, sealed: SealedToken) -> None:
        self.kept[link] = sealed

    async def forget(self, link: LinkKey) -> None:
        self.kept.pop(link, None)
