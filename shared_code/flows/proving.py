"""Microsoft's answer about consent is a claim; the sign-in that follows proves it.

Nothing but the browser's own sign-in row changes here: a callback may be forged by anybody who holds a link, to bind
somebody else's tenant, so tenant, person and role come from a verified ID token and from nowhere else.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.connection import Connection
from shared_code.core.consent import (
    Refusal,
    consent_refusal,
    parse_code,
    parse_tenant,
    role_refusal,
    sign_in_refusal,
    token_refusal,
)
from shared_code.core.consent_outcomes import Redirection, Refused, Waiting
from shared_code.core.sign_in import SignIn, code_challenge
from shared_code.errors import BadState, Disconnected, Forged, TryLater
from shared_code.flows.browsers import CONSENT_PURPOSE, SIGN_IN_PURPOSE, Browsers
from shared_code.logs import say, warn
from shared_code.ports import Authority, Chance, Proof, Seals, SignIns, Stored


@dataclass(frozen=True)
class Proving:
    """All calls raise ``BadState`` or ``LinkClosed``."""

    browsers: Browsers
    sign_ins: SignIns
    authority: Authority
    seals: Seals
    chance: Chance

    async def called_back(
        self, state: str | None, cookie: str | None, query: dict[str, str], now: datetime
    ) -> Redirection | Refused:
        """``error`` wins over ``admin_consent=True``: Microsoft sends both when somebody declines."""
        stored = await self.browsers.returning(CONSENT_PURPOSE, state, cookie, "consenting", now)
        connection = await self.browsers.open_connection(stored.value, now)
        if "error" in query:
            code = parse_code(query.get("error_description"))
            refusal = consent_refusal(query["error"], query.get("error_subcode"), code)
            return await self._refuse(stored, connection, refusal, code)
        tenant = parse_tenant(query.get("tenant"))
        if tenant is None or query.get("admin_consent", "").lower() != "true":
            return await self._refuse(stored, connection, Refusal.NO_TENANT)
        return Redirection(await self._ask_to_sign_in(stored, replace(stored.value, step="signing_in", tenant=tenant)))

    async def signed_in(
        self, state: str | None, cookie: str | None, query: dict[str, str], now: datetime
    ) -> Waiting | Refused:
        """Exchange the code for an ID token, and believe that."""
        stored = await self.browsers.returning(SIGN_IN_PURPOSE, state, cookie, "signing_in", now)
        connection = await self.browsers.open_connection(stored.value, now)
        if "error" in query:
            code = parse_code(query.get("error_description"))
            return await self._try_again(stored, connection, sign_in_refusal(query["error"], code), code)
        try:
            proof = await self._proof(stored.value, query.get("code", ""))
        except Disconnected as error:
            return await self._try_again(stored, connection, token_refusal(error.reason))
        except TryLater:
            return await self._try_again(stored, connection, Refusal.MICROSOFT_UNAVAILABLE)
        except Forged as error:
            warn("sign_in_not_proven", reason=error.reason, reference=stored.value.sign_in)
            return await self._refuse(stored, connection, Refusal.NOT_PROVEN)
        return await self._judge(stored, connection, proof)

    async def progress(self, cookie: str | None, now: datetime) -> Waiting | Refused:
        """How things stand for this browser, as often as it asks; ``nothing_begun`` if it has begun nothing of late."""
        try:
            sign_in = (await self.browsers.by_cookie(cookie, now)).value
        except BadState as error:
            raise BadState("nothing_begun") from error
        if sign_in.refused is None:
            return await self.browsers.waiting(sign_in)
        return self._refused(sign_in, sign_in.refused, await self.browsers.open_connection(sign_in, now))

    async def _ask_to_sign_in(self, stored: Stored[SignIn], sign_in: SignIn) -> str:
        """The address of a sign-in to the claimed tenant, with a nonce and a verifier of its own."""
        asked = replace(sign_in, nonce=self.chance.new_secret(), code_verifier=self.chance.new_secret())
        await self.sign_ins.save(stored, asked)
        return self._sign_in_url(asked)

    def _sign_in_url(self, sign_in: SignIn) -> str:
        if sign_in.tenant is None or sign_in.nonce is None or sign_in.code_verifier is None:
            raise BadState("no_tenant")
        state = self.seals.seal(SIGN_IN_PURPOSE, {"s": sign_in.sign_in, "n": sign_in.attempt})
        return self.authority.sign_in_url(sign_in.tenant, state, sign_in.nonce, code_challenge(sign_in.code_verifier))

    async def _proof(self, sign_in: SignIn, code: str) -> Proof:
        if sign_in.tenant is None or sign_in.nonce is None or sign_in.code_verifier is None or not code:
            raise Forged("code_missing")
        proof = await self.authority.redeem(sign_in.tenant, code, sign_in.code_verifier, sign_in.nonce)
        if proof.tenant != sign_in.tenant:
            raise Forged("tenant")
        return proof

    async def _judge(self, stored: Stored[SignIn], connection: Connection, proof: Proof) -> Waiting | Refused:
        if connection.tenant not in {None, proof.tenant}:
            return await self._refuse(stored, connection, Refusal.OTHER_TENANT)
        if refusal := role_refusal(proof.directory_roles, proof.app_roles):
            if refusal is Refusal.ROLE_NOT_SHOWN:
                warn("role_not_shown", check="groupMembershipClaims", tenant=proof.tenant)
            return await self._refuse(stored, connection, refusal)
        sign_in = replace(
            stored.value,
            step="confirming",
            user_id=proof.user_id,
            account=proof.account,
            nonce=None,
            code_verifier=None,
            refused=None,
            code=None,
        )
        await self.sign_ins.save(stored, sign_in)
        return await self.browsers.waiting(sign_in)

    async def _refuse(
        self, stored: Stored[SignIn], connection: Connection, refusal: Refusal, code: int | None = None
    ) -> Refused:
        ended = replace(stored.value, step="done", refused=refusal, code=code)
        await self.sign_ins.save(stored, ended)
        say("consent_refused", refusal=refusal, code=code, connection=connection.connection, reference=ended.sign_in)
        return self._refused(ended, refusal, connection)

    async def _try_again(
        self, stored: Stored[SignIn], connection: Connection, refusal: Refusal, code: int | None = None
    ) -> Refused:
        """A new attempt with a new nonce; the answer to the old one is worth nothing any more."""
        attempt = replace(stored.value, attempt=stored.value.attempt + 1, refused=refusal, code=code)
        retry_url = await self._ask_to_sign_in(stored, attempt)
        say("sign_in_refused", refusal=refusal, code=code, connection=connection.connection, reference=attempt.sign_in)
        return Refused(refusal, connection, attempt.sign_in, retry_url, code)

    def _refused(self, sign_in: SignIn, refusal: Refusal, connection: Connection) -> Refused:
        retry_url = self._sign_in_url(sign_in) if sign_in.step == "signing_in" else None
        return Refused(refusal, connection, sign_in.sign_in, retry_url, sign_in.code)
