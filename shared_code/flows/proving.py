"""Microsoft's answer about consent is a claim; the sign-in that follows proves it.

Nothing but the browser's own sign-in row changes here: a callback may be forged by anybody who holds a link, to bind
somebody else's tenant, so tenant, person and role come from a verified ID token and from nowhere else.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.connection import Connection
from shared_code.core.consent import Refusal, consent_refusal, parse_tenant, role_refusal, sign_in_refusal
from shared_code.core.consent_outcomes import Redirection, Refused, Waiting
from shared_code.core.sign_in import SignIn, code_challenge
from shared_code.errors import BadState, Disconnected, Forged, TryLater
from shared_code.flows.browsers import CONSENT_PURPOSE, SIGN_IN_PURPOSE, Browsers
from shared_code.logs import say, warn
from shared_code.ports import Authority, Chance, Proof, Seals, SignIns, Stored


@dataclass(frozen=True)
class Proving:
    """Both calls raise ``BadState`` or ``LinkClosed``."""

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
            return await self._refuse(stored, connection, consent_refusal(query["error"], query.get("error_subcode")))
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
            return await self._try_again(stored, connection, sign_in_refusal(query["error"]))
        try:
            proof = await self._proof(stored.value, query.get("code", ""))
        except Disconnected:
            return await self._try_again(stored, connection, Refusal.NOT_SPREAD)
        except TryLater:
            return await self._try_again(stored, connection, Refusal.MICROSOFT_UNAVAILABLE)
        except Forged as error:
            warn("sign_in_not_proven", reason=error.reason, reference=stored.value.sign_in)
            return await self._refuse(stored, connection, Refusal.NOT_PROVEN)
        return await self._judge(stored, connection, proof)

    async def _ask_to_sign_in(self, stored: Stored[SignIn], sign_in: SignIn) -> str:
        """The address of a sign-in to the claimed tenant, with a nonce and a verifier of its own."""
        nonce, verifier = self.chance.new_secret(), self.chance.new_secret()
        await self.sign_ins.save(stored, replace(sign_in, nonce=nonce, code_verifier=verifier))
        if sign_in.tenant is None:
            raise BadState("no_tenant")
        state = self.seals.seal(SIGN_IN_PURPOSE, {"s": sign_in.sign_in, "n": sign_in.attempt})
        return self.authority.sign_in_url(sign_in.tenant, state, nonce, code_challenge(verifier))

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
        )
        await self.sign_ins.save(stored, sign_in)
        return await self.browsers.waiting(sign_in)

    async def _refuse(self, stored: Stored[SignIn], connection: Connection, refusal: Refusal) -> Refused:
        await self.sign_ins.save(stored, replace(stored.value, step="done"))
        say("consent_refused", refusal=refusal, connection=connection.connection, reference=stored.value.sign_in)
        return Refused(refusal, connection, stored.value.sign_in)

    async def _try_again(self, stored: Stored[SignIn], connection: Connection, refusal: Refusal) -> Refused:
        """A new attempt with a new nonce; the answer to the old one is worth nothing any more."""
        attempt = replace(stored.value, attempt=stored.value.attempt + 1)
        retry_url = await self._ask_to_sign_in(stored, attempt)
        say("sign_in_refused", refusal=refusal, connection=connection.connection, reference=attempt.sign_in)
        return Refused(refusal, connection, attempt.sign_in, retry_url)
