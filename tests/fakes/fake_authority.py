"""An identity provider in memory: codes that stand for a proof, and roles granted by tenant."""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from shared_code.core.ids import TenantId
from shared_code.errors import Disconnected, Forged
from shared_code.ports import Grant, Proof
from tests.fakes.script import Script

CALENDARS = "Calendars.ReadWrite"
USERS = "User.Read.All"


@dataclass(frozen=True)
class _Code:
    proof: Proof
    nonce: str
    code_challenge_of: str | None


@dataclass
class FakeAuthority:
    """Behind the ``Authority`` port. ``sign_in`` plays the browser's part at the authority and gives the code."""

    base_url: str = "https://authority.example"
    script: Script = field(default_factory=Script)
    granted: dict[TenantId, frozenset[str]] = field(default_factory=dict)
    service_principals: dict[TenantId, str] = field(default_factory=dict)
    _codes: dict[str, _Code] = field(default_factory=dict)

    def grant(self, tenant: TenantId, *roles: str) -> None:
        """Without roles: all that Orgcal asks for."""
        self.granted[tenant] = frozenset(roles or (USERS, CALENDARS))

    def withdraw(self, tenant: TenantId) -> None:
        self.granted.pop(tenant, None)

    def sign_in(self, proof: Proof, nonce: str, code_verifier: str | None = None) -> str:
        """A fresh code for this person; with ``code_verifier`` only that one redeems it."""
        code = f"code-{len(self._codes) + 1}"
        self._codes[code] = _Code(proof, nonce, code_verifier)
        return code

    def admin_consent_url(self, state: str) -> str:
        self.script.enter("admin_consent_url", state)
        return f"{self.base_url}/organizations/v2.0/adminconsent?{urlencode({'state': state})}"

    def sign_in_url(self, tenant: TenantId, state: str, nonce: str, code_challenge: str) -> str:
        self.script.enter("sign_in_url", tenant, state)
        query = urlencode({"state": state, "nonce": nonce, "code_challenge": code_challenge})
        return f"{self.base_url}/{tenant}/oauth2/v2.0/authorize?{query}"

    async def redeem(self, tenant: TenantId, code: str, code_verifier: str, nonce: str) -> Proof:
        self.script.enter("redeem", tenant, code)
        redeemed = self._codes.pop(code, None)
        if redeemed is None or redeemed.code_challenge_of not in (None, code_verifier):
            raise Forged("code")
        if redeemed.nonce != nonce:
            raise Forged("nonce")
        if redeemed.proof.tenant != tenant:
            raise Forged("tenant")
        return redeemed.proof

    async def read_grant(self, tenant: TenantId) -> Grant:
        self.script.enter("read_grant", tenant)
        if tenant not in self.granted:
            raise Disconnected(f"{tenant} has no service principal of this app", "consent_missing")
        return Grant(self.granted[tenant], self.service_principals.get(tenant, f"principal-{tenant}"))

    def known_grant(self, tenant: TenantId) -> Grant | None:
        """As if every token were a fresh one."""
        roles = self.granted.get(tenant)
        return None if roles is None else Grant(roles, self.service_principals.get(tenant, f"principal-{tenant}"))
