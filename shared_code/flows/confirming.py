"""The proven administrator has read which organisation this is, and goes on."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.activation_link import link_fault, verified
from shared_code.core.connection import Connection, ConnectionState
from shared_code.core.ids import TenantId, UserId
from shared_code.core.organization import AuditEntry, acted_by_administrator
from shared_code.core.sign_in import SignIn
from shared_code.core.upkeep import Due
from shared_code.errors import BadState, LinkClosed
from shared_code.flows.browsers import Browsers
from shared_code.logs import say
from shared_code.messages import HINT_DELAY, CheckGrant
from shared_code.ports import OrganizationRecords, Organizations, Queues, SignIns, Stored, Upkeep


@dataclass(frozen=True)
class Confirming:
    browsers: Browsers
    organizations: Organizations
    sign_ins: SignIns
    upkeep: Upkeep
    queues: Queues

    async def confirm(self, cookie: str | None, form: str, now: datetime) -> None:
        """The connection becomes ``verifying``, once; ``BadState`` or ``LinkClosed`` if there is nothing to confirm.

        ``form``: the token that stood in the form, as of ``Browsers.form_token``.
        """
        stored = await self.browsers.by_cookie(cookie, now)
        self.browsers.check_form(stored.value, form)
        sign_in = stored.value
        if sign_in.tenant is None or sign_in.user_id is None:
            raise BadState("not_confirming")
        if sign_in.step == "done":
            return  # confirmed before: a double click
        connection = await self._complete(sign_in, sign_in.tenant, sign_in.user_id, now)
        await self.sign_ins.save(stored, replace(sign_in, step="done", account=None, connection=connection.connection))
        say("consent_confirmed", connection=connection.connection, tenant=sign_in.tenant, by=sign_in.user_id)

    async def _complete(self, sign_in: SignIn, tenant: TenantId, by: UserId, now: datetime) -> Connection:
        """One conditional write; its safety net and its first order are laid before it."""
        records = await self.organizations.find(sign_in.organization)
        if records is None:
            raise BadState("connection_gone")
        if completed := _completed(records, sign_in):
            return completed
        linked = records.connection(sign_in.connection)
        if linked is None or sign_in.created_at < linked.value.link.issued_at:
            raise BadState("connection_gone")  # or another one, which has its name
        if fault := link_fault(linked.value, sign_in.link_generation, now):
            raise LinkClosed(fault)
        earlier = _earlier(records, linked.value, tenant)
        changed = verified((earlier or linked).value, tenant, by, sign_in.sign_in, now)
        await self._announce(changed, now)
        entry = AuditEntry(now, "consent.confirmed", acted_by_administrator(by), changed.connection)
        if earlier is None:
            return (await self.organizations.save_connection(linked, changed, entry)).value
        return (await self.organizations.replace_connection(earlier, changed, linked, entry)).value

    async def _announce(self, connection: Connection, now: datetime) -> None:
        subject = f"{connection.organization}!{connection.connection}"
        await self.upkeep.set(Due(now + HINT_DELAY, "sweep", subject))
        order = CheckGrant(organization=connection.organization, connection=connection.connection)
        await self.queues.send(order, HINT_DELAY)


def _completed(records: OrganizationRecords, sign_in: SignIn) -> Connection | None:
    """What this very sign-in completed, when only the answer to that was lost."""
    done = (stored.value for stored in records.connections if stored.value.sign_in == sign_in.sign_in)
    return next(done, None)


def _earlier(records: OrganizationRecords, linked: Connection, tenant: TenantId) -> Stored[Connection] | None:
    """The organisation's own connection to the same tenant: that one is renewed, with its settings."""
    return next(
        (
            other
            for other in records.connections
            if other.value.tenant == tenant
            and other.value.connection != linked.connection
            and other.value.state is not ConnectionState.DISCONNECTING
        ),
        None,
    )
