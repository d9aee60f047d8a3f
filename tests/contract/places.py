"""Where the tests of real clients run: on the stand-in, and on a real tenant where the environment names one.

`ORGCAL_TEST_TENANT` (its id), `ORGCAL_TEST_CLIENT_ID` and `ORGCAL_TEST_CERTIFICATE` (a PEM file: key, certificate;
of an app that the tenant has granted `User.Read.All`) switch it on. Nothing is written.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.contract.standin import Contoso, Running

_STAND_IN, _REAL = "stand-in", "real tenant"
_VARIABLES = ("ORGCAL_TEST_TENANT", "ORGCAL_TEST_CLIENT_ID", "ORGCAL_TEST_CERTIFICATE")


@dataclass(frozen=True)
class Place:
    """``ca_file`` is None where the machine's own authorities are right; ``graph_url`` ends with the version."""

    authority: str
    graph_url: str
    tenant: str
    client_id: str
    pem: str
    ca_file: Path | None

    @property
    def graph_host(self) -> str:
        return httpx.URL(self.graph_url).host

    @property
    def verify(self) -> str | bool:
        return str(self.ca_file) if self.ca_file else True

    @property
    def private_key(self) -> str:
        return self.pem[: self.pem.index("-----BEGIN CERTIFICATE-----")]

    @property
    def certificate(self) -> str:
        return self.pem[self.pem.index("-----BEGIN CERTIFICATE-----") :]


def _places() -> list[object]:
    real = pytest.param(_REAL, marks=pytest.mark.real_tenant)
    return [_STAND_IN, real] if all(name in os.environ for name in _VARIABLES) else [_STAND_IN]


@pytest.fixture(params=_places())
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == _REAL:
        tenant, client_id, certificate = (os.environ[name] for name in _VARIABLES)
        pem = Path(certificate).read_text()
        return Place(
            "https://login.microsoftonline.com", "https://graph.microsoft.com/v1.0", tenant, client_id, pem, None
        )
    running: Running = request.getfixturevalue("running")
    contoso: Contoso = request.getfixturevalue("contoso")
    return stand_in(running, contoso)


def stand_in(running: Running, contoso: Contoso) -> Place:
    pem = contoso.certificate.private_pem + contoso.certificate.public_pem
    return Place(contoso.base_url, f"{contoso.base_url}/v1.0", contoso.id, contoso.client_id, pem, running.ca_file)
