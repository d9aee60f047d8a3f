"""How Orgcal proves to Entra that it is Orgcal: by a certificate, or by the identity it runs as. Never by a secret.

Both of Microsoft's libraries are used, each for what it does best: azure-identity for app-only tokens, MSAL for the
authorization code.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError
from azure.identity.aio import CertificateCredential, ClientAssertionCredential, ManagedIdentityCredential
from msal import TokenCache

from shared_code.core.ids import TenantId
from shared_code.core.secret import Secret
from shared_code.errors import TryLater, Unexpected
from shared_code.settings import Settings

CONNECT_SECONDS = 10
READ_SECONDS = 30


class Credentials(Protocol):
    async def get_token(self, tenant: TenantId, scope: str) -> AccessToken:
        """Fresh from Entra, never from a cache; azure-core's errors."""
        ...

    async def for_msal(self) -> dict[str, Any]:
        """MSAL's ``client_credential``."""
        ...

    async def close(self) -> None: ...


def client_credentials(settings: Settings) -> Credentials:
    """The federated identity if there is one; otherwise the certificate."""
    return _credentials(settings, settings.client_id, settings.client_certificate)


def personal_credentials(settings: Settings) -> Credentials:
    """The same for the registration of accounts that people connect themselves."""
    return _credentials(settings, settings.personal_client_id, settings.personal_client_certificate)


def _credentials(settings: Settings, client_id: str, certificate: Secret) -> Credentials:
    authority = settings.endpoints.authority
    if not settings.federated_identity:
        return CertificateCredentials(authority, client_id, certificate)
    identity = ManagedIdentityCredential(client_id=settings.federated_identity)
    return FederatedCredentials(authority, client_id, identity, settings.endpoints.token_exchange_audience)


@dataclass
class CertificateCredentials:
    """One credential for all tenants, since reading the key takes azure-identity some 60 ms."""

    authority: str
    client_id: str
    pem: Secret  # private key and certificate
    transport_options: Mapping[str, Any] = field(default_factory=dict)  # of azure-core, such as connection_verify

    async def get_token(self, tenant: TenantId, scope: str) -> AccessToken:
        return await self._credential.get_token(scope, tenant_id=tenant)

    async def for_msal(self) -> dict[str, Any]:
        return {"private_key": self.pem.reveal(), "public_certificate": self.pem.reveal()}

    async def close(self) -> None:
        await self._credential.close()

    @cached_property
    def _credential(self) -> CertificateCredential:
        options = {**_options(self.authority), **self.transport_options}
        data = self.pem.reveal().encode()
        try:
            return CertificateCredential(_NO_TENANT, self.client_id, certificate_data=data, **options)
        except ValueError as error:
            raise Unexpected(
                "a client certificate in the settings is no PEM with an RSA key and a certificate"
            ) from error


class Identity(Protocol):
    async def get_token(self, *scopes: str) -> AccessToken: ...

    async def close(self) -> None: ...


@dataclass(frozen=True)
class FederatedCredentials:
    """The app registration trusts a user-assigned managed identity; its token, cached by azure-identity, is the
    assertion in every tenant.

    https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity"""

    authority: str
    client_id: str
    identity: Identity
    audience: str  # differs by cloud
    transport_options: Mapping[str, Any] = field(default_factory=dict)

    async def get_token(self, tenant: TenantId, scope: str) -> AccessToken:
        assertion = await self._assertion()
        options = {**_options(self.authority), **self.transport_options}
        async with ClientAssertionCredential(tenant, self.client_id, lambda: assertion, **options) as credential:
            return await credential.get_token(scope)

    async def for_msal(self) -> dict[str, Any]:
        assertion = await self._assertion()
        return {"client_assertion": lambda: assertion}

    async def close(self) -> None:
        await self.identity.close()

    async def _assertion(self) -> str:
        try:
            return (await self.identity.get_token(f"{self.audience}/.default")).token
        except AzureError as error:
            raise TryLater(f"the managed identity gives no token ({type(error).__name__})") from error


class NoCache(TokenCache):  # type: ignore[misc]  # msal has no types
    """azure-identity would keep the tokens of any number of tenants, by the machine's clock, and not ask again before
    they expire. ``tokens.TokenCache`` keeps them instead, so that `roles` can be seen as they are now."""

    def search(self, *_: object, **__: object) -> Iterator[dict[str, Any]]:
        return iter(())

    def add(self, *_: object, **__: object) -> None:
        """Nothing is kept."""


_NO_TENANT = "organizations"  # every request names its tenant


def _options(authority: str) -> dict[str, Any]:
    return {
        "authority": authority,
        "disable_instance_discovery": True,
        "additionally_allowed_tenants": ["*"],
        "cache": NoCache(),
        "retry_total": 0,  # a function does not sleep: whoever asked comes again
        "permit_redirects": False,
        "connection_timeout": CONNECT_SECONDS,
        "read_timeout": READ_SECONDS,
    }
