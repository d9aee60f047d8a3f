"""The Microsoft administrator's way: link, consent, proof, confirmation.

Nothing but the browser's own sign-in row changes until the confirmation: a callback or a sign-in is a claim by whoever
sends it, and becomes more only through its seal, its cookie and a verified ID token.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from hmac import compare_digest

from shared_code.core.activation_link import link_fault, opened
from shared_code.core.connection import Connection, ConnectionState, check_step
from shared_code.core.consent import Refusal, consent_refusal, parse_tenant, role_refusal, sign_in_refusal
from shared_code.core.consent_outcomes import Invitation, Redirection, Refused, Waiting
from shared_code.core.ids import ConnectionId, OrganizationId, TenantId
from shared_code.core.organization import AuditEntry, Organization, acted_by_administrator
from shared_code.core.sign_in import LIFETIME, SignIn, Step, code_challenge, hash_cookie
from shared_code.core.upkeep import Due
from shared_code.errors import BadLink, BadState, Conflict, Disconnected, Forged, LinkClosed, TryLater
from shared_code.flows.connecting import HINT_DELAY, LINK_PURPOSE
from shared_code.flows.product_users import iter_users
from shared_code.logs import say, warn
from shared_code.messages import CheckGrant
from shared_code.ports import (
    Authority,
    Chance,
    Organizations,
    ProductUsers,
    Proof,
    Queues,
    Seals,
    SignIns,
    Stored,
    Upkeep,
)

CONSENT_PURPOSE = "consent-state"
SIGN_IN_PURPOSE = "sign-in-state"


@dataclass(frozen=True)
class Consenting:
    organizations: Organizations
    users: ProductUsers
    sign_ins: SignIns
    upkeep: Upkeep
    queues: Queues
    authority: Authority
    seals: Seals
    chance: Chance

    # --- the link ---

    async def open_link(self, token: str, now: datetime) -> Invitation:
        """Raise ``BadLink`` or ``LinkClosed``. Opening is remembered and changes nothing else: scanners open links."""
        organization, stored = await self._linked(token, now)
        try:
            await self.organizations.save_connection(stored, opened(stored.value, now))
        except Conflict:
            say("link_opened_unrecorded", connection=stored.value.connection)
        return Invitation(organization, stored.value)

    async def begin(self, token: str, now: datetime) -> Redirection:
        """To Microsoft's consent page, with a state that only this browser can bring back, once."""
        _, stored = await self._linked(token, now)
        connection = stored.value
        identity, secret = self.chance.new_id(), self.chance.new_secret()
        cookie = f"{identity}.{secret}"
        sign_in = SignIn(
            identity,
            connection.organization,
            connection.connection,
            connection.link.generation,
            hash_cookie(cookie),
            "consenting",
            now,
        )
        await self.upkeep.set(Due(now + LIFETIME, "sign_in", identity))
        await self.sign_ins.create(sign_in)
        return Redirection(self.authority.admin_consent_url(self.seals.seal(CONSENT_PURPOSE, {"s": identity})), cookie)

    async def _linked(self, token: str, now: datetime) -> tuple[Organization, Stored[Connection]]:
        try:
            content = self.seals.open(LINK_PURPOSE, token)
        except Forged as error:
            raise BadLink from error
        organization = OrganizationId(str(content["o"]))
        records = await self.organizations.find(organization)
        stored = records.connection(ConnectionId(str(content["c"]))) if records else None
        if records is None or stored is None or records.organization.value.leaving:
            raise BadLink
        if fault := link_fault(stored.value, int(content["g"]), now):
            raise LinkClosed(fault)
        return records.organization.value, stored

    # --- the callback ---

    async def called_back(
        self, state: str | None, cookie: str | None, query: dict[str, str], now: datetime
    ) -> Redirection | Refused:
        """Microsoft's answer about consent: a claim. ``error`` wins over ``admin_consent=True``; both may come."""
        stored = await self._sign_in(CONSENT_PURPOSE, state, cookie, "consenting", now)
        connection = await self._open_connection(stored.value, now)
        if "error" in query:
            return await self._refuse(stored, connection, consent_refusal(query["error"], query.get("error_subcode")))
        tenant = parse_tenant(query.get("tenant"))
        if tenant is None or query.get("admin_consent", "").lower() != "true":
            return await self._refuse(stored, connection, Refusal.NO_TENANT)
        return await self._to_sign_in(stored, tenant)

    async def _to_sign_in(self, stored: Stored[SignIn], tenant: TenantId) -> Redirection:
        nonce, verifier = self.chance.new_secret(), self.chance.new_secret()
        sign_in = replace(stored.value, step="signing_in", tenant=tenant, nonce=nonce, code_verifier=verifier)
        await self.sign_ins.save(stored, sign_in)
        return Redirection(self._sign_in_url(sign_in))

    def _sign_in_url(self, sign_in: SignIn) -> str:
        if sign_in.tenant is None or sign_in.nonce is None or sign_in.code_verifier is None:
            raise BadState("not_signing_in")
        state = self.seals.seal(SIGN_IN_PURPOSE, {"s": sign_in.sign_in, "n": sign_in.attempt})
        return self.authority.sign_in_url(sign_in.tenant, state, sign_in.nonce, code_challenge(sign_in.code_verifier))

    async def _refuse(self, stored: Stored[SignIn], connection: Connection, refusal: Refusal) -> Refused:
        await self.sign_ins.save(stored, replace(stored.value, step="done"))
        say("consent_refused", refusal=refusal, connection=connection.connection, reference=stored.value.sign_in)
        return Refused(refusal, connection, stored.value.sign_in)

    # --- the proof ---

    async def signed_in(
        self, state: str | None, cookie: str | None, query: dict[str, str], now: datetime
    ) -> Waiting | Refused:
        """Exchange the code for an ID token and believe that; tenant, person and role come from nowhere else."""
        stored = await self._sign_in(SIGN_IN_PURPOSE, state, cookie, "signing_in", now)
        connection = await self._open_connection(stored.value, now)
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

    async def _proof(self, sign_in: SignIn, code: str) -> Proof:
        if sign_in.tenant is None or sign_in.nonce is None or sign_in.code_verifier is None or not code:
            raise Forged("code_missing")
        proof = await self.authority.redeem(sign_in.tenant, code, sign_in.code_verifier, sign_in.nonce)
        if proof.tenant != sign_in.tenant:
            raise Forged("tenant")
        return proof

    async def _judge(self, stored: Stored[SignIn], connection: Connection, proof: Proof) -> Waiting | Refused:
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
        return await self._waiting(sign_in)

    async def _try_again(self, stored: Stored[SignIn], connection: Connection, refusal: Refusal) -> Refused:
        """A new attempt with a new nonce; the answer to the old one is worth nothing any more."""
        sign_in = replace(
            stored.value,
            attempt=stored.value.attempt + 1,
            nonce=self.chance.new_secret(),
            code_verifier=self.chance.new_secret(),
        )
        await self.sign_ins.save(stored, sign_in)
        say("sign_in_refused", refusal=refusal, connection=connection.connection, reference=sign_in.sign_in)
        return Refused(refusal, connection, sign_in.sign_in, retry_url=self._sign_in_url(sign_in))

    # --- the confirmation ---

    async def progress(self, cookie: str | None, now: datetime) -> Waiting:
        """How things stand for this browser; raise ``BadState`` if it has begun nothing."""
        stored = await self._by_cookie(cookie, now)
        return await self._waiting(stored.value)

    async def confirm(self, cookie: str | None, now: datetime) -> Waiting:
        """The administrator has read which organisation this is, and goes on."""
        stored = await self._by_cookie(cookie, now)
        sign_in = stored.value
        if sign_in.step != "confirming" or sign_in.tenant is None or sign_in.user_id is None:
            raise BadState("not_confirming")
        connection = await self._complete(sign_in, now)
        await self.sign_ins.save(stored, replace(sign_in, step="done", account=None, connection=connection.connection))
        say("consent_confirmed", connection=connection.connection, tenant=sign_in.tenant, by=sign_in.user_id)
        return await self.progress(cookie, now)

    async def _complete(self, sign_in: SignIn, now: datetime) -> Connection:
        """One conditional write makes the connection ``verifying``; its safety net and first order are laid before."""
        records = await self.organizations.find(sign_in.organization)
        linked = records.connection(sign_in.connection) if records else None
        if records is None or linked is None:
            raise BadState("connection_gone")
        if fault := link_fault(linked.value, sign_in.link_generation, now):
            raise LinkClosed(fault)
        earlier = next(
            (
                other
                for other in records.connections
                if other.value.tenant == sign_in.tenant
                and other.value.connection != sign_in.connection
                and other.value.state is not ConnectionState.DISCONNECTING
            ),
            None,
        )
        target = earlier or linked
        verified = _verified(target.value, sign_in, now)
        await self._announce(verified, now)
        entry = AuditEntry(now, "consent.confirmed", acted_by_administrator(str(sign_in.user_id)), verified.connection)
        if earlier is None:
            return (await self.organizations.save_connection(linked, verified, entry)).value
        return (await self.organizations.replace_connection(earlier, verified, linked, entry)).value

    async def _announce(self, connection: Connection, now: datetime) -> None:
        subject = f"{connection.organization}!{connection.connection}"
        await self.upkeep.set(Due(now + HINT_DELAY, "sweep", subject))
        await self.queues.send(
            CheckGrant(organization=connection.organization, connection=connection.connection), HINT_DELAY
        )

    # --- what all of them share ---

    async def _sign_in(
        self, purpose: str, state: str | None, cookie: str | None, step: Step, now: datetime
    ) -> Stored[SignIn]:
        """State and cookie before anything else: without both, an answer changes nothing."""
        try:
            content = self.seals.open(purpose, state or "")
        except Forged as error:
            raise BadState("state") from error
        stored = await self._by_cookie(cookie, now)
        if stored.value.sign_in != content["s"]:
            raise BadState("other_browser")
        if stored.value.step != step or content.get("n", stored.value.attempt) != stored.value.attempt:
            raise BadState("used_already")
        return stored

    async def _by_cookie(self, cookie: str | None, now: datetime) -> Stored[SignIn]:
        if not cookie:
            raise BadState("no_cookie")
        stored = await self.sign_ins.find(cookie.partition(".")[0])
        if stored is None or not compare_digest(stored.value.cookie_hash, hash_cookie(cookie)):
            raise BadState("other_browser")
        if stored.value.is_expired(now):
            raise BadState("expired")
        return stored

    async def _open_connection(self, sign_in: SignIn, now: datetime) -> Connection:
        """The connection, if its link still leads somewhere: it may have been revoked on the way."""
        records = await self.organizations.find(sign_in.organization)
        stored = records.connection(sign_in.connection) if records else None
        if stored is None:
            raise BadState("connection_gone")
        if fault := link_fault(stored.value, sign_in.link_generation, now):
            raise LinkClosed(fault)
        return stored.value

    async def _waiting(self, sign_in: SignIn) -> Waiting:
        records = await self.organizations.find(sign_in.organization)
        stored = records.connection(sign_in.connection) if records else None
        if records is None or stored is None:
            raise BadState("connection_gone")
        count = None
        if sign_in.step == "confirming":
            count = sum([1 async for _ in iter_users(self.users, sign_in.organization)])
        return Waiting(sign_in, records.organization.value, stored.value, count)


def _verified(connection: Connection, sign_in: SignIn, now: datetime) -> Connection:
    """A connection whose tenant is proven; one that was active before keeps its settings and proves itself anew."""
    if connection.state is not ConnectionState.ACTIVE:
        if connection.state in {ConnectionState.DISCONNECTED, ConnectionState.EXPIRED}:
            check_step(connection.state, ConnectionState.PENDING)
        else:
            check_step(connection.state, ConnectionState.VERIFYING)
        connection = replace(connection, state=ConnectionState.VERIFYING, reason=None, purge=False)
    return replace(
        connection,
        tenant=sign_in.tenant,
        activated_by=sign_in.user_id,
        verifying_since=now,
        grant_attempts=0,
        grant_next_at=now,
        not_before=None,
        link=replace(connection.link, revoked=True),
    )
