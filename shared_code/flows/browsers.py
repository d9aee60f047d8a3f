"""Which browser is this, and may it take this step? Asked before anything else, whatever else an answer carries."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Protocol

from shared_code.core.activation_link import link_fault
from shared_code.core.connection import Connection
from shared_code.core.consent_outcomes import Waiting
from shared_code.core.sign_in import SignIn, Step, hash_cookie
from shared_code.errors import BadState, Forged, LinkClosed
from shared_code.ports import Organizations, Seals, SignIns, Stored
from shared_code.roster_ports import Roster

CONSENT_PURPOSE = "consent-state"
SIGN_IN_PURPOSE = "sign-in-state"
FORM_PURPOSE = "sign-in-form"


@dataclass(frozen=True)
class Browsers:
    """Finds the sign-in that a state and a cookie belong to; ``BadState`` if they do not, and nothing has changed."""

    organizations: Organizations
    roster: Roster
    sign_ins: SignIns
    seals: Seals

    async def returning(
        self, purpose: str, state: str | None, cookie: str | None, step: Step, now: datetime
    ) -> Stored[SignIn]:
        """The sign-in that asked for this answer, if the answer was not taken before."""
        try:
            content = self.seals.open(purpose, state or "")
        except Forged as error:
            raise BadState("state") from error
        stored = await self.by_cookie(cookie, now)
        if stored.value.sign_in != content["s"]:
            raise BadState("other_browser")
        if stored.value.step != step or content.get("n", stored.value.attempt) != stored.value.attempt:
            raise BadState("used_already")
        return stored

    async def by_cookie(self, cookie: str | None, now: datetime) -> Stored[SignIn]:
        return await find_by_cookie(self.sign_ins.find, cookie, now)

    async def open_connection(self, sign_in: SignIn, now: datetime) -> Connection:
        """The connection, if its link still leads somewhere: it may have been revoked on the way."""
        records = await self.organizations.find(sign_in.organization)
        stored = records.connection(sign_in.connection) if records else None
        if stored is None or sign_in.created_at < stored.value.link.issued_at:
            raise BadState("connection_gone")
        if fault := link_fault(stored.value, sign_in.link_generation, now):
            raise LinkClosed(fault)
        return stored.value

    async def waiting(self, sign_in: SignIn) -> Waiting:
        """How things stand for this browser."""
        records = await self.organizations.find(sign_in.organization)
        stored = records.connection(sign_in.connection) if records else None
        if records is None or stored is None:
            raise BadState("connection_gone")
        count = None
        if sign_in.step == "confirming":
            count = sum((await self.roster.counts(sign_in.organization)).values())
        return Waiting(sign_in, records.organization.value, stored.value, count, self.form_token(sign_in))

    def form_token(self, sign_in: SignIn) -> str:
        """Stands in the form that confirms, so that nobody else's page can send one."""
        return self.seals.seal(FORM_PURPOSE, {"s": sign_in.sign_in})

    def check_form(self, sign_in: SignIn, token: str) -> None:
        try:
            content = self.seals.open(FORM_PURPOSE, token)
        except Forged as error:
            raise BadState("foreign_form") from error
        if content.get("s") != sign_in.sign_in:
            raise BadState("foreign_form")


class _OfABrowser(Protocol):
    @property
    def cookie_hash(self) -> str: ...

    def is_expired(self, now: datetime) -> bool: ...


async def find_by_cookie[S: _OfABrowser](
    find: Callable[[str], Awaitable[Stored[S] | None]], cookie: str | None, now: datetime
) -> Stored[S]:
    """The sign-in of this very browser, whoever signs in to what; ``BadState`` without one that still counts."""
    if not cookie:
        raise BadState("no_cookie")
    stored = await find(cookie.partition(".")[0])
    if stored is None or not compare_digest(stored.value.cookie_hash, hash_cookie(cookie)):
        raise BadState("other_browser")
    if stored.value.is_expired(now):
        raise BadState("expired")
    return stored
