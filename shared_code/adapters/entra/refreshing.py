"""A refresh token becomes an access token and a newer refresh token, by MSAL."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import msal
import msgspec
import requests
from msal.exceptions import MsalError

from shared_code.adapters.entra.credentials import Credentials, NoCache
from shared_code.adapters.entra.msal_http import MsalHttp
from shared_code.adapters.entra.personal_refusals import refresh_error
from shared_code.adapters.entra.refusals import read_refusal
from shared_code.adapters.entra.token_request import Token
from shared_code.core.ids import MailboxKey, TenantId
from shared_code.core.secret import Secret
from shared_code.errors import TryLater
from shared_code.ports import Clock

SCOPES = ["User.Read", "Calendars.ReadWrite"]  # Graph's; MSAL adds ``offline_access openid profile``


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

    authority: str
    client_id: str
    credentials: Credentials
    clock: Clock

    async def refresh(self, mailbox: MailboxKey, refresh_token: Secret) -> Refreshed:
        credential = await self.credentials.for_msal()
        asked_at = self.clock.now()
        try:
            answer = await asyncio.to_thread(self._ask, mailbox.tenant, credential, refresh_token)
        except (requests.RequestException, MsalError, ValueError) as error:
            # MSAL raises its own error for 5xx, ValueError when the authority's metadata or the answer cannot be read.
            raise TryLater(f"{mailbox}: Entra cannot be reached ({type(error).__name__})") from error
        if "error" in answer.body:
            refusal = read_refusal(msgspec.json.encode(answer.body))
            raise refresh_error(mailbox, answer.status, refusal, answer.retry_after, self.clock.now())
        return _read(mailbox, answer.body, asked_at)

    def _ask(self, tenant: TenantId, credential: dict[str, Any], refresh_token: Secret) -> "_Answer":
        """MSAL is synchronous. An app object of its own each time; its cache keeps nothing, and so logs nothing."""
        with MsalHttp() as http:
            app = msal.ConfidentialClientApplication(
                self.client_id,
                client_credential=credential,
                authority=f"{self.authority}/{tenant}",
                instance_discovery=False,
                http_client=http,
                token_cache=NoCache(),
            )
            body = app.acquire_token_by_refresh_token(refresh_token.reveal(), SCOPES)
            return _Answer(body, http.status, http.retry_after)


@dataclass(frozen=True)
class _Answer:
    body: dict[str, Any]
    status: int
    retry_after: str | None


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
