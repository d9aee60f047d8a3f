"""One request for an app-only token, by azure-identity."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

from shared_code.adapters.entra.credentials import Credentials
from shared_code.adapters.entra.refusals import read_refusal, token_error
from shared_code.core.ids import TenantId
from shared_code.errors import OrgcalError, TryLater
from shared_code.ports import Clock


@dataclass(frozen=True)
class Token:
    value: str
    expires_at: datetime  # by the Clock port
    signed_in_at: datetime | None = None  # the sign-in that it came of, as the SealedToken; the app's own come of none

    def __repr__(self) -> str:
        return f"Token(…, expires_at={self.expires_at})"


class TokenRequests[Key = TenantId](Protocol):
    async def request(self, key: Key, /) -> Token:
        """A token fresh from Entra; Disconnected, Throttled or TryLater."""
        ...


@dataclass(frozen=True)
class EntraTokenRequests:
    graph: str
    credentials: Credentials
    clock: Clock

    async def request(self, tenant: TenantId) -> Token:
        asked_at, machine_time = self.clock.now(), int(time.time())
        try:
            given = await self.credentials.get_token(tenant, f"{self.graph}/.default")
        except AzureError as error:
            raise self._translate(tenant, error) from error
        # azure-identity counts `expires_on` by the machine's clock; what it tells is the lifetime.
        return Token(given.token, asked_at + timedelta(seconds=given.expires_on - machine_time))

    def _translate(self, tenant: TenantId, error: AzureError) -> OrgcalError:
        response: Any = error.response if isinstance(error, HttpResponseError) else None
        if response is None:
            return TryLater(f"tenant {tenant}: Entra cannot be reached ({type(error).__name__})")
        refusal = read_refusal(response.body())
        if not refusal.error and not isinstance(error, ClientAuthenticationError):
            return TryLater(f"tenant {tenant}: Entra's answer {response.status_code} cannot be read")
        return token_error(tenant, response.status_code, refusal, response.headers.get("Retry-After"), self.clock.now())
