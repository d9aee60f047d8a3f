"""A refresh token becomes an access token and a newer refresh token, by MSAL."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import msal
import msgspec

from shared_code.adapters.entra.msal_exchange import MsalExchange
from shared_code.adapters.entra.personal_refusals import refresh_error
from shared_code.adapters.entra.token_request import Token
from shared_code.core.ids import MailboxKey
from shared_code.core.secret import Secret
from shared_code.errors import TryLater
from shared_code.ports import Clock

GRAPH_SCOPES = ("User.Read", "Calendars.ReadWrite")  # MSAL adds ``offline_access openid profile``


@dataclass(frozen=True)
class Refreshed:
    token: Token
    refresh_token: Secret | None  # "a new one comes with every answer"; if not, the old one goes on


class Refreshing(Protocol):
    async def refresh(self, mailbox: MailboxKey, refresh_token: Secret) -> Refreshed:
        """Disconnected with a PersonalReason if Entra refuses this token; Throttled or TryLater."""
        ...


@dataclass(frozen=True)
class EntraRefreshing:
    """https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#refresh-the-access-token

    In the account's own tenant: Outlook.com's accounts have one as well, and are refused at ``common`` at times."""

    exchange: MsalExchange
    clock: Clock

    async def refresh(self, mailbox: MailboxKey, refresh_token: Secret) -> Refreshed:
        def acquire(app: msal.ConfidentialClientApplication) -> dict[str, Any]:
            answer: dict[str, Any] = app.acquire_token_by_refresh_token(refresh_token.reveal(), list(GRAPH_SCOPES))
            return answer

        asked_at = self.clock.now()
        answer = await self.exchange.ask(mailbox.tenant, acquire)
        if answer.is_refused:
            raise refresh_error(mailbox, answer.status, answer.refusal, answer.retry_after, self.clock.now())
        return _read(mailbox, answer.body, asked_at)


class _Given(msgspec.Struct):
    """https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#successful-response-3"""

    access_token: str
    expires_in: int
    refresh_token: str | None = None


def _read(mailbox: MailboxKey, body: dict[str, Any], asked_at: datetime) -> Refreshed:
    try:
        given = msgspec.convert(body, _Given)
    except msgspec.ValidationError as error:
        raise TryLater(f"{mailbox}: Entra's answer holds no token") from error
    token = Token(given.access_token, asked_at + timedelta(seconds=given.expires_in))
    return Refreshed(token, None if given.refresh_token is None else Secret(given.refresh_token))
