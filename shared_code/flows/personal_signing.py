"""Somebody goes from their own page to Microsoft, and comes back with proof of an account.

Nothing but their own sign-in row changes here: which account it is, they confirm first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.consent import parse_code
from shared_code.core.consent_outcomes import Redirection
from shared_code.core.ids import ConnectionId
from shared_code.core.personal_connecting import bar_to_beginning, bar_to_connecting
from shared_code.core.personal_refusals import PersonalRefusal, personal_refusal
from shared_code.core.personal_sign_in import LIFETIME, PersonalOutcome, PersonalSignIn, Step, ended, refused
from shared_code.core.portal_session import Visit
from shared_code.core.sign_in import code_challenge, hash_cookie
from shared_code.core.upkeep import Due
from shared_code.errors import BadState, Conflict, Forged, SignInRefused, TryLater
from shared_code.flows.browsers import find_by_cookie
from shared_code.logs import say, warn
from shared_code.personal_ports import PersonalAuthority, PersonalProof, PersonalSignIns, TokenVault
from shared_code.ports import Chance, Seals, Stored, Upkeep

STATE_PURPOSE = "personal-state"


@dataclass(frozen=True)
class PersonalSigning:
    """All but ``bar`` and ``begin`` raise ``BadState`` for an answer or a page that is not this browser's."""

    sign_ins: PersonalSignIns
    authority: PersonalAuthority
    vault: TokenVault
    upkeep: Upkeep
    seals: Seals
    chance: Chance

    def bar(self, visit: Visit, again: ConnectionId | None = None) -> PersonalOutcome | None:
        """What keeps this person from beginning; None if nothing does."""
        return bar_to_beginning(visit.rules, visit.user, again)

    async def begin(self, visit: Visit, again: ConnectionId | None, now: datetime) -> Redirection:
        """To Microsoft, with a state that only this browser can bring back, once. Ask ``bar`` first."""
        identity = f"personal-{self.chance.new_id()}"
        cookie = f"{identity}.{self.chance.new_secret()}"
        nonce, verifier = self.chance.new_secret(), self.chance.new_secret()
        await self.upkeep.set(Due(now + LIFETIME, "sign_in", identity))
        sign_in = PersonalSignIn(
            identity,
            visit.session.organization,
            visit.session.user,
            visit.user.created_at,
            hash_cookie(cookie),
            "signing_in",
            now,
            nonce,
            verifier,
            again,
        )
        await self.sign_ins.create(sign_in)
        state = self.seals.seal(STATE_PURPOSE, {"s": identity})
        url = self.authority.sign_in_url(state, nonce, code_challenge(verifier), _hint(visit, again))
        say("personal_sign_in_begun", organization=sign_in.organization, user=sign_in.user, reference=identity)
        return Redirection(url, cookie)

    async def returning(self, state: str | None, cookie: str | None, now: datetime) -> Stored[PersonalSignIn]:
        """The sign-in that asked for this answer, if none was taken before. Asked before anything else is looked at."""
        try:
            content = self.seals.open(STATE_PURPOSE, state or "")
        except Forged as error:
            raise BadState("state") from error
        stored = await find_by_cookie(self.sign_ins.find, cookie, now)
        if stored.value.sign_in != content["s"]:
            raise BadState("other_browser")
        return _at(stored, "signing_in")

    async def returned(
        self, stored: Stored[PersonalSignIn], visit: Visit, query: Mapping[str, str], now: datetime
    ) -> None:
        """What came of it stands in the sign-in. ``query``: the answer's, which is worth nothing without its state."""
        _check_person(stored.value, visit)
        sign_in = await self._judged(stored.value, visit, query, now)
        try:
            await self.sign_ins.save(stored, sign_in)
        except Conflict as error:
            raise BadState("used_already") from error
        if sign_in.refusal is PersonalRefusal.MISCONFIGURED:
            warn("personal_registration_refused", code=sign_in.code, reference=sign_in.sign_in)
        said = {"outcome": sign_in.outcome, "refusal": sign_in.refusal, "code": sign_in.code}
        say("personal_sign_in_returned", step=sign_in.step, **said, reference=sign_in.sign_in)

    async def look(self, cookie: str | None, visit: Visit, now: datetime) -> Stored[PersonalSignIn]:
        """How things stand for this browser and this person, as often as they ask."""
        stored = await find_by_cookie(self.sign_ins.find, cookie, now)
        _check_person(stored.value, visit)
        return stored

    async def is_unanswered(self, cookie: str | None, visit: Visit, now: datetime) -> bool:
        """Whether this browser and person went to Microsoft and were not sent back for so long that they may be stuck.

        Costs nothing where there is no cookie, which lives as long as the sign-in does."""
        try:
            return cookie is not None and (await self.look(cookie, visit, now)).value.is_unanswered(now)
        except BadState:
            return False

    async def _judged(
        self, sign_in: PersonalSignIn, visit: Visit, query: Mapping[str, str], now: datetime
    ) -> PersonalSignIn:
        if "error" in query:
            code = parse_code(query.get("error_description"))
            return refused(sign_in, personal_refusal(query["error"], query.get("error_subcode"), code), code)
        try:
            return await self._proven(sign_in, visit, await self._redeem(sign_in, query.get("code", "")), now)
        except SignInRefused as error:
            return refused(sign_in, personal_refusal(error.error, error.subcode, error.code), error.code)
        except TryLater as error:
            warn("personal_sign_in_unanswered", error=type(error).__name__, reference=sign_in.sign_in)
            return ended(sign_in, PersonalOutcome.UNAVAILABLE)
        except Forged as error:
            warn("sign_in_not_proven", reason=error.reason, reference=sign_in.sign_in)
            return ended(sign_in, PersonalOutcome.NOT_PROVEN)

    async def _redeem(self, sign_in: PersonalSignIn, code: str) -> PersonalProof:
        if sign_in.nonce is None or sign_in.code_verifier is None or not code:
            raise Forged("code_missing")
        return await self.authority.redeem(code, sign_in.code_verifier, sign_in.nonce)

    async def _proven(
        self, sign_in: PersonalSignIn, visit: Visit, proof: PersonalProof, now: datetime
    ) -> PersonalSignIn:
        """The token is sealed for this organisation, user and account before it is put down anywhere."""
        named = replace(sign_in, tenant=proof.tenant, user_id=proof.user_id)
        if (link := named.link) is None:
            raise Forged("account")
        if bar := bar_to_connecting(visit.rules, visit.user, link.mailbox):
            return ended(sign_in, bar)
        sealed = await self.vault.seal(link, proof.refresh_token)
        known = visit.user.find_personal(link.mailbox)
        return replace(
            named,
            step="confirming",
            nonce=None,
            code_verifier=None,
            account=proof.account,
            token_key=sealed.key_id,
            token=sealed.ciphertext,
            connection=ConnectionId(self.chance.new_id()) if known is None else known.connection,
            proven_at=now,
        )


def _hint(visit: Visit, again: ConnectionId | None) -> str | None:
    """Whose password Microsoft asks for first: of the account to be reconnected, else whom the product named."""
    account = None if again is None else visit.user.find_account(again)
    return visit.session.login_hint if account is None else account.account


def _at(stored: Stored[PersonalSignIn], step: Step) -> Stored[PersonalSignIn]:
    if stored.value.step != step:
        raise BadState("used_already")
    return stored


def _check_person(sign_in: PersonalSignIn, visit: Visit) -> None:
    if not sign_in.is_of(visit):
        raise BadState("other_person")
