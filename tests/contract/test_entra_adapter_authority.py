"""The ``Authority`` port: one suite for the fake and for the real adapter against the running stand-in."""

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from shared_code.core.ids import TenantId, UserId
from shared_code.errors import Disconnected, Forged, TryLater
from shared_code.ports import Authority, Proof
from tests.contract.adapters import Adapters, adapters
from tests.contract.standin import GLOBAL_ADMINISTRATOR, ROLES, person
from tests.fakes.fake_authority import FakeAuthority

__all__ = ["adapters"]

NONCE = "n-0S6_WzA2Mj"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ADMIN = UserId(str(uuid4()))


class Entra(Protocol):
    """An authority at which a test can grant, withdraw and sign in."""

    @property
    def tenant(self) -> TenantId: ...

    @property
    def authority(self) -> Authority: ...

    async def grant(self, *roles: str) -> None: ...

    async def withdraw(self) -> None: ...

    async def sign_in(self) -> str:
        """A code of the global administrator ``ADMIN``."""
        ...

    async def break_down(self) -> None: ...


@dataclass(frozen=True)
class FakeEntra:
    tenant: TenantId
    authority: FakeAuthority = field(default_factory=FakeAuthority)

    async def grant(self, *roles: str) -> None:
        self.authority.grant(self.tenant, *roles)

    async def withdraw(self) -> None:
        self.authority.withdraw(self.tenant)

    async def sign_in(self) -> str:
        wids = frozenset({GLOBAL_ADMINISTRATOR, "b79fbf4d-3ef9-4689-8143-76b194e85509"})
        proof = Proof(self.tenant, ADMIN, "admin@contoso.example", wids, frozenset({"Connect"}))
        return self.authority.sign_in(proof, NONCE, VERIFIER)

    async def break_down(self) -> None:
        for operation in ("redeem", "read_grant"):
            self.authority.script.fail(operation, TryLater("by script"))


@dataclass(frozen=True)
class RealEntra:
    adapters: Adapters

    @property
    def tenant(self) -> TenantId:
        return self.adapters.tenant

    @property
    def authority(self) -> Authority:
        return self.adapters.authority

    async def grant(self, *roles: str) -> None:
        await self.adapters.contoso.grant(*roles)

    async def withdraw(self) -> None:
        path = f"/tenants/{self.tenant}/consents/{self.adapters.contoso.client_id}"
        await self.adapters.contoso.control("DELETE", path)

    async def sign_in(self) -> str:
        rights = {"directory_roles": [GLOBAL_ADMINISTRATOR], "app_roles": ["Connect"]}
        name = f"admin-{self.tenant}"  # the stand-in is shared, and an account is looked for in every tenant
        somebody = {**person(name, **rights), "id": ADMIN}
        await self.adapters.contoso.control("PUT", f"/tenants/{self.tenant}/people/{ADMIN}", somebody)
        return await self.adapters.sign_in(somebody["userPrincipalName"], NONCE, CHALLENGE)

    async def break_down(self) -> None:
        await self.adapters.fault({"kind": "token"}, {"status": 503})


@pytest.fixture(params=["fake", "real"])
def entra(request: pytest.FixtureRequest) -> Entra:
    return (
        FakeEntra(TenantId(str(uuid4()))) if request.param == "fake" else RealEntra(request.getfixturevalue("adapters"))
    )


async def test_what_is_granted_is_read_and_read_again_when_it_changes(entra: Entra) -> None:
    await entra.grant()
    everything = (await entra.authority.read_grant(entra.tenant)).roles
    await entra.grant("User.Read.All")

    assert everything == frozenset(ROLES)
    assert (await entra.authority.read_grant(entra.tenant)).roles == {"User.Read.All"}


async def test_what_was_read_last_is_known_without_asking(entra: Entra) -> None:
    await entra.grant("User.Read.All")

    read = await entra.authority.read_grant(entra.tenant)

    assert entra.authority.known_grant(entra.tenant) == read


async def test_of_a_tenant_that_was_never_asked_nothing_is_known(entra: Entra) -> None:
    assert entra.authority.known_grant(TenantId(str(uuid4()))) is None


async def test_a_withdrawn_consent_disconnects(entra: Entra) -> None:
    await entra.grant()
    await entra.withdraw()

    with pytest.raises(Disconnected) as caught:
        await entra.authority.read_grant(entra.tenant)

    assert caught.value.reason == "consent_missing"


async def test_both_addresses_carry_the_state(entra: Entra) -> None:
    consent = urlsplit(entra.authority.admin_consent_url("a state&more"))
    sign_in = urlsplit(entra.authority.sign_in_url(entra.tenant, "a state&more", NONCE, CHALLENGE))

    assert parse_qs(consent.query)["state"] == ["a state&more"]
    assert parse_qs(sign_in.query)["state"] == ["a state&more"]
    assert sign_in.path.startswith(f"/{entra.tenant}/")


async def test_a_code_becomes_a_proof(entra: Entra) -> None:
    code = await entra.sign_in()

    proof = await entra.authority.redeem(entra.tenant, code, VERIFIER, NONCE)

    assert (proof.tenant, proof.user_id, proof.app_roles) == (entra.tenant, ADMIN, frozenset({"Connect"}))
    assert proof.directory_roles is not None
    assert GLOBAL_ADMINISTRATOR in proof.directory_roles


async def test_a_code_works_once(entra: Entra) -> None:
    code = await entra.sign_in()
    await entra.authority.redeem(entra.tenant, code, VERIFIER, NONCE)

    with pytest.raises(Forged) as caught:
        await entra.authority.redeem(entra.tenant, code, VERIFIER, NONCE)

    assert caught.value.reason == "code"


@pytest.mark.parametrize("made_up", ["", "x", "0.AAAA"])
async def test_a_made_up_code_is_forged(entra: Entra, made_up: str) -> None:
    with pytest.raises(Forged) as caught:
        await entra.authority.redeem(entra.tenant, made_up, VERIFIER, NONCE)

    assert caught.value.reason == "code"


async def test_another_verifier_does_not_redeem_a_code(entra: Entra) -> None:
    code = await entra.sign_in()

    with pytest.raises(Forged) as caught:
        await entra.authority.redeem(entra.tenant, code, VERIFIER[::-1], NONCE)

    assert caught.value.reason == "code"


async def test_another_nonce_is_forged(entra: Entra) -> None:
    code = await entra.sign_in()

    with pytest.raises(Forged) as caught:
        await entra.authority.redeem(entra.tenant, code, VERIFIER, "another")

    assert caught.value.reason == "nonce"


async def test_a_passing_fault_is_tried_later(entra: Entra) -> None:
    await entra.grant()
    code = await entra.sign_in()
    await entra.break_down()

    with pytest.raises(TryLater):
        await entra.authority.redeem(entra.tenant, code, VERIFIER, NONCE)
    with pytest.raises(TryLater):
        await entra.authority.read_grant(entra.tenant)
