"""Microsoft's sign-in of people, in memory: codes that stand for an account, and refusals by script."""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from shared_code.core import sign_in as pkce
from shared_code.core.ids import TenantId, UserId
from shared_code.core.secret import Secret
from shared_code.errors import Forged, SignInRefused
from shared_code.personal_ports import PersonalProof
from tests.fakes.script import Script


@dataclass(frozen=True)
class _Code:
    proof: PersonalProof
    nonce: str
    code_challenge: str


@dataclass
class FakePersonalAuthority:
    """Behind the ``PersonalAuthority`` port. ``sign_in`` plays the browser's part at Microsoft and gives the code."""

    base_url: str = "https://authority.example"
    script: Script = field(default_factory=Script)
    _codes: dict[str, _Code] = field(default_factory=dict)

    def sign_in(self, tenant: str, user_id: str, account: str, nonce: str, challenge: str) -> str:
        """A fresh code for this account, and a refresh token of its own."""
        code = f"personal-code-{len(self._codes) + 1}"
        token = Secret(f"refresh-token-{len(self._codes) + 1}-of-{account}")
        proof = PersonalProof(TenantId(tenant), UserId(user_id), account, token)
        self._codes[code] = _Code(proof, nonce, challenge)
        return code

    def sign_in_url(self, state: str, nonce: str, code_challenge: str, login_hint: str | None) -> str:
        self.script.enter("sign_in_url", state)
        query = {"state": state, "nonce": nonce, "code_challenge": code_challenge, "prompt": "select_account"}
        hint = {"login_hint": login_hint} if login_hint else {}
        return f"{self.base_url}/common/oauth2/v2.0/authorize?{urlencode(query | hint)}"

    async def redeem(self, code: str, code_verifier: str, nonce: str) -> PersonalProof:
        self.script.enter("redeem", code)
        redeemed = self._codes.pop(code, None)
        if redeemed is None or redeemed.code_challenge != pkce.code_challenge(code_verifier):
            raise SignInRefused("invalid_grant", None, 54005)
        if redeemed.nonce != nonce:
            raise Forged("nonce")
        return redeemed.proof

    def consent_url(self, tenant: TenantId | None) -> str:
        return f"{self.base_url}/{tenant or 'organizations'}/v2.0/adminconsent?client_id=personal"
