"""What one has from a sign-in, a code or a refresh token, becomes tokens: by MSAL, off the event loop."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msal
import msgspec
import requests
from msal.exceptions import MsalError

from shared_code.adapters.entra.credentials import Credentials, NoCache
from shared_code.adapters.entra.msal_http import MsalHttp
from shared_code.adapters.entra.refusals import TokenRefusal, read_refusal
from shared_code.errors import Forged, TryLater

type Acquire = Callable[[msal.ConfidentialClientApplication], dict[str, Any]]


@dataclass(frozen=True)
class Exchanged:
    """What Entra answered, be it a refusal."""

    body: dict[str, Any]
    status: int
    retry_after: str | None

    @property
    def is_refused(self) -> bool:
        return "error" in self.body

    @property
    def refusal(self) -> TokenRefusal:
        return read_refusal(msgspec.json.encode(self.body))

    def text(self, name: str) -> str:
        """Forged if the answer has no such token."""
        if not isinstance(token := self.body.get(name), str):
            raise Forged(f"no_{name}")
        return token


@dataclass(frozen=True)
class MsalExchange:
    """One app registration."""

    authority: str
    client_id: str
    credentials: Credentials

    async def ask(self, segment: str, acquire: Acquire, without: Sequence[str] = ()) -> Exchanged:
        """``segment``: a tenant, or ``common``. ``without``: scopes that MSAL adds by itself and nobody wants.

        TryLater if Entra cannot be reached."""
        credential = await self.credentials.for_msal()
        try:
            return await asyncio.to_thread(self._ask, segment, credential, acquire, list(without))
        except (requests.RequestException, MsalError, ValueError) as error:
            # MSAL raises its own error for 5xx, ValueError when the authority's metadata or the answer cannot be read.
            raise TryLater(f"{segment}: Entra cannot be reached ({type(error).__name__})") from error

    def _ask(self, segment: str, credential: dict[str, Any], acquire: Acquire, without: list[str]) -> Exchanged:
        """An app object of its own each time. Its cache keeps nothing, and so logs nothing."""
        with MsalHttp() as http:
            app = msal.ConfidentialClientApplication(
                self.client_id,
                client_credential=credential,
                authority=f"{self.authority}/{segment}",
                instance_discovery=False,
                http_client=http,
                token_cache=NoCache(),
                exclude_scopes=without,
            )
            return Exchanged(acquire(app), http.status, http.retry_after)
