"""People of the product come in by a one-time link, and stay while their role holds and they are there."""

from dataclasses import dataclass, replace
from datetime import datetime
from hmac import compare_digest

from shared_code.core.ids import OrganizationId
from shared_code.core.portal_session import (
    LINK_LIFETIME,
    LONGEST,
    AskedSession,
    PortalFault,
    PortalSession,
    Visit,
    closed,
    entry_fault,
    is_closed,
    is_over,
    is_to_be_seen,
    may_act_as,
    opened,
)
from shared_code.core.product_user import ProductUser
from shared_code.core.return_addresses import is_allowed
from shared_code.core.sign_in import hash_cookie
from shared_code.core.upkeep import Due
from shared_code.errors import Conflict, Forged, PortalClosed, Problem, Rejected
from shared_code.flows.acting import Acting
from shared_code.flows.personal_hints import account_rules
from shared_code.logs import say
from shared_code.portal_ports import PortalSessions
from shared_code.ports import Chance, Seals, Stored, Upkeep

TRIES = 5
_FORM = "portal form"  # what its seal is for


@dataclass(frozen=True)
class IssuedLink:
    link: str
    expires_at: datetime


@dataclass(frozen=True)
class Portal:
    """All but ``issue`` raise ``PortalClosed`` for whoever is not let in."""

    acting: Acting
    sessions: PortalSessions
    upkeep: Upkeep
    chance: Chance
    seals: Seals
    base_url: str
    return_origins: tuple[str, ...]

    async def issue(self, organization: OrganizationId, asked: AskedSession, now: datetime) -> IssuedLink:
        """A link for this user, which opens once. Its secret is in the answer and nowhere else."""
        user = await self._find_user(organization, asked)
        role = asked.role or user.role
        if not may_act_as(user, role):
            raise Rejected(Problem.ROLE_REQUIRED, f"User {asked.user} is {user.role}, which is less than {role}.")
        if asked.return_to is not None and not is_allowed(asked.return_to, self.return_origins):
            about = "return_to must begin with an origin that this deployment allows (ORGCAL_RETURN_ORIGINS)."
            raise Rejected(Problem.RETURN_ADDRESS_REFUSED, about)
        identity = f"portal-{self.chance.new_id()}"
        token = f"{identity}.{self.chance.new_secret()}"
        await self.upkeep.set(Due(now + LINK_LIFETIME + LONGEST, "sign_in", identity))
        await self.sessions.create(
            PortalSession(
                identity,
                organization,
                asked.user,
                role,
                hash_cookie(token),
                now,
                asked.locale,
                asked.return_to,
                user_since=user.created_at,
                start=asked.start,
                login_hint=asked.login_hint,
            )
        )
        say("portal_link_issued", organization=organization, user=asked.user, role=role, session=identity)
        return IssuedLink(f"{self.base_url}/portal/open?token={token}", now + LINK_LIFETIME)

    async def look(self, token: str | None, now: datetime) -> Visit:
        """Whom the link would let in. Looking does not use it up: chats and mail scanners open links."""
        return await self._welcome((await self._linked(token, now)).value)

    async def open(self, token: str | None, cookie: str | None, now: datetime) -> str:
        """The cookie of the session that begins; the same once more for the browser that holds it already."""
        if cookie is not None and await self.is_opened_by(token, cookie):
            return cookie
        stored = await self._linked(token, now)
        await self._welcome(stored.value)
        fresh = f"{stored.value.session}.{self.chance.new_secret()}"
        try:
            await self.sessions.save(stored, opened(stored.value, hash_cookie(fresh), now))
        except Conflict as error:
            raise PortalClosed(PortalFault.LINK_USED, stored.value.way_back) from error
        say("portal_opened", session=stored.value.session, user=stored.value.user)
        return fresh

    async def is_opened_by(self, token: str | None, cookie: str | None) -> bool:
        """Whether it was this very browser: a second click, or the way back in its history."""
        stored = await self._find(token)
        return stored is not None and _fits(token, stored.value.link_hash) and _fits(cookie, stored.value.cookie_hash)

    async def visit(self, cookie: str | None, now: datetime) -> Visit:
        """Asked at every request: organisation, user and role are those of this moment."""
        stored = await self._find(cookie)
        if stored is None or not _fits(cookie, stored.value.cookie_hash):
            raise PortalClosed(PortalFault.SESSION_OVER)
        if is_over(stored.value, now):
            raise PortalClosed(PortalFault.SESSION_OVER, stored.value.way_back)
        try:
            visit = await self._welcome(stored.value)
        except PortalClosed:
            await self._close(stored.value.session)
            raise
        if is_to_be_seen(stored.value, now):
            await self._note(stored, now)
        return visit

    async def leave(self, cookie: str | None, now: datetime) -> Visit:
        visit = await self.visit(cookie, now)
        await self.sessions.forget(visit.session.session)
        say("portal_left", session=visit.session.session, user=visit.user.user)
        return visit

    def form_token(self, visit: Visit) -> str:
        """Stands in each form of the session, so that nobody else's page can send one."""
        return self.seals.seal(_FORM, {"session": visit.session.session})

    def check_form(self, visit: Visit, token: str) -> None:
        try:
            content = self.seals.open(_FORM, token)
        except Forged as error:
            raise PortalClosed(PortalFault.FOREIGN_FORM) from error
        if content.get("session") != visit.session.session:
            raise PortalClosed(PortalFault.FOREIGN_FORM)

    async def _find_user(self, organization: OrganizationId, asked: AskedSession) -> ProductUser:
        await self.acting.organization(organization)
        stored = await self.acting.users.find(organization, asked.user)
        if stored is None:
            raise Rejected(Problem.USER_NOT_FOUND, f"There is no user {asked.user} in {organization}.")
        return stored.value

    async def _linked(self, token: str | None, now: datetime) -> Stored[PortalSession]:
        stored = await self._find(token)
        if stored is None or not _fits(token, stored.value.link_hash):
            raise PortalClosed(PortalFault.LINK_UNKNOWN)
        if fault := entry_fault(stored.value, now):
            raise PortalClosed(fault, stored.value.way_back)
        return stored

    async def _find(self, secret: str | None) -> Stored[PortalSession] | None:
        return await self.sessions.find(secret.partition(".")[0]) if secret else None

    async def _welcome(self, session: PortalSession) -> Visit:
        """Also organisation or user may have gone, and another one have their name. Ask for the secret first."""
        records = await self.acting.organizations.find(session.organization)
        found = await self.acting.users.find(session.organization, session.user)
        if records is None or found is None or not may_act_as(found.value, session.role):
            raise PortalClosed(PortalFault.SESSION_OVER, session.way_back)
        organization = records.organization.value
        is_another = found.value.created_at != session.user_since
        if organization.leaving or organization.created_at > session.created_at or is_another:
            raise PortalClosed(PortalFault.SESSION_OVER, session.way_back)
        return Visit(session, organization, found.value, account_rules(records))

    async def _close(self, session: str) -> None:
        """For good, whatever role they are given later. The row stays, since whoever asks again, as a page that looks
        again by itself does, is to read the same; it is forgotten sooner than left open."""
        for _ in range(TRIES):
            stored = await self.sessions.find(session)
            if stored is None or is_closed(stored.value):
                return
            try:
                await self.sessions.save(stored, closed(stored.value))
            except Conflict:
                say("portal_seen_meanwhile", session=session)
            else:
                return
        await self.sessions.forget(session)

    async def _note(self, stored: Stored[PortalSession], now: datetime) -> None:
        try:
            await self.sessions.save(stored, replace(stored.value, seen_at=now))
        except Conflict:
            say("portal_seen_meanwhile", session=stored.value.session)  # another page of the same browser


def _fits(secret: str | None, expected: str | None) -> bool:
    return secret is not None and expected is not None and compare_digest(hash_cookie(secret), expected)
