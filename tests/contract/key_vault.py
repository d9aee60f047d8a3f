"""As much of Azure Key Vault as unwraps keys: HTTPS on the loopback address, after the challenge by which clients learn
whom to ask for a token.

https://learn.microsoft.com/rest/api/keyvault/keys/unwrap-key,
https://learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme
import uvicorn
from azure.core.credentials import AccessToken, AccessTokenInfo
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

NAME = "token-keys"
TOKEN = "a token of the app's identity"
OAEP_256 = OAEP(MGF1(hashes.SHA256()), hashes.SHA256(), None)
_CHALLENGE = 'Bearer authorization="https://login.microsoftonline.com/tenant", resource="https://vault.azure.net"'


@dataclass
class VaultIdentity:
    """The managed identity; notes what it was asked for, and that it was closed."""

    asked: list[str] = field(default_factory=list)
    closed: int = 0

    async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        self.asked += scopes
        return AccessToken(TOKEN, 4_000_000_000)

    async def get_token_info(self, *scopes: str, **_: Any) -> AccessTokenInfo:
        self.asked += scopes
        return AccessTokenInfo(TOKEN, 4_000_000_000)

    async def close(self) -> None:
        self.closed += 1

    async def __aenter__(self) -> "VaultIdentity":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


@dataclass
class KeyVault:
    """Each version is a key of its own; ``status`` other than 200 refuses everything, once the token was shown."""

    ca_file: Path
    url: str = ""
    versions: dict[str, RSAPrivateKey] = field(default_factory=dict)
    status: int = 200
    unwrapped: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"{self.url}/keys/{NAME}"

    def rotate(self, version: str) -> None:
        self.versions[version] = generate_private_key(65537, 2048)

    def public_pem(self, version: str) -> bytes:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.versions[version].public_key().public_bytes(serialization.Encoding.PEM, form)

    def wrap(self, version: str, material: bytes) -> bytes:
        return self.versions[version].public_key().encrypt(material, OAEP_256)

    @property
    def app(self) -> Starlette:
        version = "/keys/{name}/{version}"
        unwrap = Route(f"{version}/unwrapkey", self._unwrap, methods=["POST"])
        return Starlette(routes=[Route(version, self._get), unwrap])

    async def _get(self, request: Request) -> Response:
        refused = self._refused(request)
        if refused is not None:
            return refused
        numbers = self.versions[request.path_params["version"]].public_key().public_numbers()
        jwk = {"kid": str(request.url.replace(query="")), "kty": "RSA", "key_ops": ["wrapKey", "unwrapKey"]}
        return _answer({"key": {**jwk, "n": _text(numbers.n), "e": _text(numbers.e)}, "attributes": {"enabled": True}})

    async def _unwrap(self, request: Request) -> Response:
        refused = self._refused(request)
        if refused is not None:
            return refused
        asked = await request.json()
        assert asked["alg"] == "RSA-OAEP-256"
        version = request.path_params["version"]
        try:
            material = self.versions[version].decrypt(urlsafe_b64decode(asked["value"] + "=="), OAEP_256)
        except ValueError:
            return _error(400, "BadParameter")
        self.unwrapped.append(version)
        return _answer({"kid": f"{self.key}/{version}", "value": urlsafe_b64encode(material).rstrip(b"=").decode()})

    def _refused(self, request: Request) -> Response | None:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _error(401, "Unauthorized", {"WWW-Authenticate": _CHALLENGE})
        if self.status != 200:
            return _error(self.status, "Refused")
        return None if request.path_params["version"] in self.versions else _error(404, "KeyNotFound")


@asynccontextmanager
async def key_vault(directory: Path) -> AsyncIterator[KeyVault]:
    """Every connection serves one request, so that none is left half closed when the server stops."""
    authority, leaf = trustme.CA(organization_name="Contract test"), directory / "vault.pem"
    vault = KeyVault(directory / "vault-ca.pem")
    authority.cert_pem.write_to_path(str(vault.ca_file))
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(leaf))
    config = uvicorn.Config(
        vault.app, host="127.0.0.1", port=0, ssl_certfile=str(leaf), log_level="critical", lifespan="off"
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    vault.url = f"https://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield vault
    finally:
        await server.shutdown()


def _text(number: int) -> str:
    return urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8)).rstrip(b"=").decode()


def _answer(body: dict[str, Any]) -> Response:
    return JSONResponse(body, headers={"Connection": "close"})


def _error(status: int, code: str, headers: dict[str, str] | None = None) -> Response:
    body = {"error": {"code": code, "message": "refused"}}
    return JSONResponse(body, status, headers={"Connection": "close", **(headers or {})})
