"""Keys that Azure Key Vault has wrapped, unwrapped by it: what unwraps them never leaves the vault."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, HttpResponseError
from azure.identity.aio import ManagedIdentityCredential
from azure.keyvault.keys.crypto import KeyWrapAlgorithm
from azure.keyvault.keys.crypto.aio import CryptographyClient

from shared_code.core.token_key import KEY_BYTES, TokenKey
from shared_code.errors import OrgcalError, TryLater, Unexpected
from shared_code.settings import Settings

OPTIONS: Mapping[str, Any] = {
    "retry_total": 0,  # a function does not sleep: whoever asked comes again
    "connection_timeout": 5,  # seconds
    "read_timeout": 20,
}


def key_vault_unwrapping(settings: Settings) -> "KeyVaultUnwrapping":
    """As the identity that the app reaches its storage with."""
    identity = settings.storage.identity or None
    return KeyVaultUnwrapping(settings.token_key_vault_key, lambda: ManagedIdentityCredential(client_id=identity))


@dataclass(frozen=True)
class KeyVaultUnwrapping:
    key: str  # its identifier, without a version
    credential: Callable[[], AsyncTokenCredential]
    options: Mapping[str, Any] = field(default_factory=dict)  # of the client, such as connection_verify

    async def unwrap(self, key: TokenKey) -> bytes:
        """Everything is closed again afterwards, since a process asks once for each key."""
        try:
            material = await self._ask(f"{self.key}/{key.wrapped_by}", key.material)
        except (AzureError, ValueError) as error:  # the latter: somebody who is not the vault asks for our token
            raise _meaning_of(error, key) from error
        if len(material) != KEY_BYTES:
            raise Unexpected(f"token key {key.key_id}: Key Vault unwrapped {len(material)} bytes, not {KEY_BYTES}")
        return material

    async def _ask(self, version: str, wrapped: bytes) -> bytes:
        options = {**OPTIONS, **self.options}
        async with self.credential() as credential, CryptographyClient(version, credential, **options) as client:
            return (await client.unwrap_key(KeyWrapAlgorithm.rsa_oaep_256, wrapped)).key


def _meaning_of(error: Exception, key: TokenKey) -> OrgcalError:
    """400 is the service's answer to bytes that this version has not wrapped; a role, a rule of the network or a key
    that somebody has disabled can come back.

    https://learn.microsoft.com/azure/key-vault/general/rest-error-codes (2026-11)"""
    status = error.status_code if isinstance(error, HttpResponseError) else None
    said = f"token key {key.key_id}: Key Vault does not unwrap it ({type(error).__name__}, {status})"
    return Unexpected(said) if status == HTTPStatus.BAD_REQUEST else TryLater(said)
