"""Access tokens of accounts that people have connected themselves: each link's own, from its refresh token.

Several processes may refresh one link at the same time. Entra's old refresh token stays good when a new one is handed
out, so each gets its access token; whoever saves first is right, and a token that is refused meanwhile is looked up
again before its owner is asked for anything.
"""

from dataclasses import dataclass, replace

from shared_code.adapters.entra.credentials import personal_credentials
from shared_code.adapters.entra.msal_exchange import MsalExchange
from shared_code.adapters.entra.refreshing import EntraRefreshing, Refreshed, Refreshing
from shared_code.adapters.entra.token_request import Token
from shared_code.adapters.entra.tokens import TokenCache
from shared_code.adapters.token_vault import TableTokenVault
from shared_code.core.ids import LinkKey
from shared_code.core.personal_account import PersonalReason
from shared_code.core.secret import Secret
from shared_code.errors import Conflict, Disconnected, Forged, TryLater
from shared_code.logs import say, warn
from shared_code.personal_ports import SealedToken
from shared_code.ports import Clock, Stored
from shared_code.settings import Settings

MOST_TRIES = 3  # at tokens that others keep replacing


@dataclass(frozen=True)
class RefreshTokenRequests:
    vault: TableTokenVault
    refreshing: Refreshing

    async def request(self, link: LinkKey, /) -> Token:
        """Disconnected with a PersonalReason only if the newest refresh token that is kept was refused, or none is."""
        stored = await self.vault.find(link)
        for _ in range(MOST_TRIES):
            if stored is None:
                raise Disconnected(f"{link.mailbox}: no refresh token is kept", PersonalReason.TOKEN_REFUSED)
            try:
                return await self._refresh(link, stored)
            except Disconnected:
                newer = await self.vault.find(link)
                if newer is None or newer.version == stored.version:
                    raise
                stored = newer
        raise TryLater(f"{link.mailbox}: its refresh token was replaced {MOST_TRIES} times while it was refused")

    async def _refresh(self, link: LinkKey, stored: Stored[SealedToken]) -> Token:
        refresh_token = await self._open(link, stored.value)
        refreshed = await self.refreshing.refresh(link.mailbox, refresh_token)
        await self._save(link, stored, refresh_token, refreshed)
        return replace(refreshed.token, signed_in_at=stored.value.signed_in_at)

    async def has_newer_sign_in(self, link: LinkKey, than: Token) -> bool:
        stored = await self.vault.find(link)
        return stored is not None and stored.value.signed_in_at != than.signed_in_at

    async def _open(self, link: LinkKey, sealed: SealedToken) -> Secret:
        """A token that does not open in its own row is worth nothing: its owner signs in again."""
        try:
            return await self.vault.open(link, sealed)
        except Forged as error:
            warn("refresh_token_forged", tenant=link.mailbox.tenant, user_id=link.mailbox.user_id, key=sealed.key_id)
            raise Disconnected(
                f"{link.mailbox}: its refresh token is not its own", PersonalReason.TOKEN_REFUSED
            ) from error

    async def _save(self, link: LinkKey, stored: Stored[SealedToken], used: Secret, refreshed: Refreshed) -> None:
        """The access token is good whether or not this succeeds, and so is the refresh token that is kept: if another
        was faster, theirs is; if nobody keeps one any more, none is brought back."""
        newest = refreshed.refresh_token or used
        if newest is used and self.vault.is_newest(stored.value):
            return
        try:
            await self.vault.replace(link, stored, await self.vault.seal(link, newest))
        except (Conflict, TryLater) as error:
            say("refresh_token_not_saved", tenant=link.mailbox.tenant, error=type(error).__name__)


class DelegatedTokens(TokenCache[LinkKey]):
    """One process's. What Graph refuses to a token is not the account's last word if its owner has signed in anew since
    that came, in whichever process. So the row is read once more before that word is taken, and never else."""

    def __init__(self, requests: RefreshTokenRequests, clock: Clock) -> None:
        super().__init__(requests, clock)
        self._sign_ins = requests

    async def replace(self, key: LinkKey, refused: str) -> str:
        given = await super().replace(key, refused)
        return given if given != refused else await self._of_newer_sign_in(key, refused) or refused

    async def replace_old(self, key: LinkKey, denied: str) -> str | None:
        return await super().replace_old(key, denied) or await self._of_newer_sign_in(key, denied)

    async def _of_newer_sign_in(self, link: LinkKey, refused: str) -> str | None:
        kept = self._find(link, refused)
        if kept is not None:
            if not await self._sign_ins.has_newer_sign_in(link, kept):
                return None
            say("token_of_earlier_sign_in", tenant=link.mailbox.tenant)
            self._drop(link, refused)
        return await self.get(link)


def delegated_tokens(settings: Settings, vault: TableTokenVault, clock: Clock) -> DelegatedTokens:
    """The process's one cache of them."""
    credentials = personal_credentials(settings)
    exchange = MsalExchange(settings.endpoints.authority, settings.personal_client_id, credentials)
    return DelegatedTokens(RefreshTokenRequests(vault, EntraRefreshing(exchange, clock)), clock)
