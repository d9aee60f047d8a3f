"""The stand-in for Microsoft as the contract tests meet it: as a process over TLS, and as an app inside the test.

The process proves that real clients get along with it. Each is handed the local authority's certificate, since aiohttp
reads the environment only when it is first imported. Everything about time and settings uses a world of its own inside
the test, whose clock can be moved without disturbing anybody.
"""

import json
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.x509.oid import NameOID

from local.microsoft365.certificates import client_context
from local.microsoft365.server import create_app
from local.microsoft365.world import World

ROLES = ["User.Read.All", "Calendars.ReadWrite"]
CALLBACK = "https://app.example/consent/callback"
SIGNED_IN = "https://app.example/consent/signed-in"
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
APPLICATION_ADMINISTRATOR = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
START = datetime(2026, 11, 21, 9, tzinfo=UTC)
ADDRESS = "https://127.0.0.1:7443"


class HandClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self._now = START

    def now(self) -> datetime:
        return self._now

    def offset(self) -> float:
        return (self._now - START).total_seconds()

    def advance(self, by: timedelta) -> datetime:
        self._now += by
        return self._now

    def advance_seconds(self, seconds: float) -> datetime:
        return self.advance(timedelta(seconds=seconds))

    def move_to(self, instant: datetime) -> datetime:
        self._now = instant
        return self._now


@dataclass(frozen=True)
class Certificate:
    key: RSAPrivateKey
    certificate: x509.Certificate

    @property
    def public_pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def private_pem(self) -> str:
        plain = serialization.NoEncryption()
        form = serialization.PrivateFormat.PKCS8
        return self.key.private_bytes(serialization.Encoding.PEM, form, plain).decode()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)


def make_certificate(*, days: int = 3650, starts: datetime = datetime(2025, 1, 1, tzinfo=UTC)) -> Certificate:
    key = generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "contract test")])
    ends = starts + timedelta(days=days)
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), starts, ends)
    return Certificate(key, built.sign(key, hashes.SHA256()))


@pytest.fixture(scope="session")
def certificate() -> Certificate:
    return make_certificate()


def person(name: str, **properties: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "userPrincipalName": f"{name}@contoso.example",
        "displayName": name.title(),
        **properties,
    }


@dataclass
class Contoso:
    """A tenant and an app of their own for one test, put there through the control interface."""

    client: httpx.AsyncClient
    certificate: Certificate
    base_url: str
    id: str = field(default_factory=lambda: str(uuid4()))
    client_id: str = field(default_factory=lambda: str(uuid4()))

    @property
    def token_url(self) -> str:
        return f"{self.base_url}/{self.id}/oauth2/v2.0/token"

    async def settle(self, people: list[dict[str, Any]], **tenant: Any) -> None:
        await self.register()
        domains = {"domain": f"{self.id}.example", "verified_domains": ["contoso.example"]}
        await self.control("PUT", f"/tenants/{self.id}", {**domains, "people": people, **tenant})

    async def register(self, **app: Any) -> None:
        registration = {
            "name": "Orgcal for organisations",
            "redirect_uris": [CALLBACK, SIGNED_IN],
            "required_roles": ROLES,
            "delegated_scopes": ["openid", "profile"],
            "certificates": [self.certificate.public_pem],
            "group_membership_claims": "DirectoryRole",
        }
        await self.control("PUT", f"/apps/{self.client_id}", {**registration, **app})

    async def grant(self, *roles: str) -> None:
        await self.control("PUT", f"/tenants/{self.id}/consents/{self.client_id}", {"roles": roles or ROLES})

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.client.request(method, f"{self.base_url}/control{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


@dataclass
class InProcess:
    """A world inside the test."""

    world: World
    clock: HandClock
    client: httpx.AsyncClient
    contoso: Contoso


@asynccontextmanager
async def in_process(certificate: Certificate) -> AsyncIterator[InProcess]:
    clock = HandClock()
    world = World(clock, ADDRESS)
    transport = httpx.ASGITransport(create_app(world))
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        yield InProcess(world, clock, client, Contoso(client, certificate, ADDRESS))


@pytest.fixture
async def microsoft(certificate: Certificate) -> AsyncIterator[InProcess]:
    async with in_process(certificate) as inside:
        yield inside


@dataclass(frozen=True)
class Running:
    """The stand-in as a process."""

    url: str
    ca_file: Path

    @property
    def context(self) -> ssl.SSLContext:
        return client_context(self.ca_file)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    directory = tmp_path_factory.mktemp("microsoft365")
    command = [sys.executable, "-m", "local.microsoft365", "--directory", str(directory)]
    process = subprocess.Popen([*command, "--clock-file", str(directory / "clock")], stdout=subprocess.DEVNULL)
    try:
        yield Running(announced_url(directory / "microsoft365.json", process), directory / "ca.pem")
    finally:
        process.terminate()
        process.wait(10)


def announced_url(announcement: Path, process: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + 30
    while not announcement.exists():
        assert process.poll() is None, "the stand-in did not start"
        assert time.monotonic() < deadline, "the stand-in takes more than 30 seconds to start"
        time.sleep(0.05)
    told: dict[str, str] = json.loads(announcement.read_text())
    return told["url"]


@pytest.fixture
async def contoso(running: Running, certificate: Certificate) -> AsyncIterator[Contoso]:
    """A tenant in the process, with consent, for the tests of real clients."""
    async with httpx.AsyncClient(verify=running.context, timeout=60) as client:
        tenant = Contoso(client, certificate, running.url)
        await tenant.settle(
            [person(f"user{number:03}", mail=f"user{number:03}@contoso.example") for number in range(120)]
        )
        await tenant.grant()
        yield tenant
