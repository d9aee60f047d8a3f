"""The activation link is opened, and leads to Microsoft's consent page."""

from dataclasses import dataclass
from datetime import datetime

from shared_code.core.activation_link import link_fault, opened
from shared_code.core.connection import Connection
from shared_code.core.consent_outcomes import Invitation, Redirection
from shared_code.core.ids import ConnectionId, OrganizationId
from shared_code.core.organization import Organization
from shared_code.core.sign_in import LIFETIME, SignIn, hash_cookie
from shared_code.core.upkeep import Due
from shared_code.errors import BadLink, Conflict, Forged, LinkClosed
from shared_code.flows.browsers import CONSENT_PURPOSE
from shared_code.flows.connecting import LINK_PURPOSE
from shared_code.logs import say
from shared_code.ports import Authority, Chance, Organizations, Seals, SignIns, Stored, Upkeep


@dataclass(frozen=True)
class Inviting:
    """Both calls raise ``BadLink`` or ``LinkClosed``."""

    organizations: Organizations
    sign_ins: SignIns
    upkeep: Upkeep
    authority: Authority
    seals: Seals
    chance: Chance

    async def open_link(self, token: str, now: datetime) -> Invitation:
        """Opening is remembered and changes nothing else: mail scanners open links."""
        organization, stored = await self._linked(token, now)
        try:
            await self.organizations.save_connection(stored, opened(stored.value, now))
        except Conflict:
            say("link_opened_unrecorded", connection=stored.value.connection)
        return Invitation(organization, stored.value)

    async def begin(self, token: str, now: datetime) -> Redirection:
        """To Microsoft's consent page, with a state that only this browser can bring back, once."""
        _, stored = await self._linked(token, now)
        identity, secret = self.chance.new_id(), self.chance.new_secret()
        cookie = f"{identity}.{secret}"
        await self.upkeep.set(Due(now + LIFETIME, "sign_in", identity))
        await self.sign_ins.create(_sign_in(stored.value, identity, cookie, now))
        state = self.seals.seal(CONSENT_PURPOSE, {"s": identity})
        return Redirection(self.authority.admin_consent_url(state), cookie)

    async def _linked(self, token: str, now: datetime) -> tuple[Organization, Stored[Connection]]:
        try:
            content = self.seals.open(LINK_PURPOSE, token)
        except Forged as error:
            raise BadLink from error
        records = await self.organizations.find(OrganizationId(str(content["o"])))
        stored = records.connection(ConnectionId(str(content["c"]))) if records else None
        if records is None or stored is None or records.organization.value.leaving:
            raise BadLink
        if content.get("t") != stored.value.link.issued_at.isoformat() and content["g"] == stored.value.link.generation:
            raise BadLink  # of a connection that had this name before
        if fault := link_fault(stored.value, int(content["g"]), now):
            raise LinkClosed(fault)
        return records.organization.value, stored


def _sign_in(connection: Connection, identity: str, cookie: str, now: datetime) -> SignIn:
    return SignIn(
        identity,
        connection.organization,
        connection.connection,
        connection.link.generation,
        hash_cookie(cookie),
        "consenting",
        now,
    )
