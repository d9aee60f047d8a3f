"""A person looks at cancellations that were held, and decides."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.cancellation_ports import Holds
from shared_code.core.held_cancellation import Hold, HoldDecision
from shared_code.core.ids import OrganizationId, ProductUserId
from shared_code.core.organization import AuditEntry
from shared_code.errors import Problem, Rejected
from shared_code.flows.acting import Acting
from shared_code.logs import say
from shared_code.messages import HINT_DELAY, CheckBookings
from shared_code.ports import Page, Queues, Stored


@dataclass(frozen=True)
class HeldCancellations:
    acting: Acting
    holds: Holds
    queues: Queues

    async def page(self, organization: OrganizationId, after: str | None, limit: int) -> Page[Hold]:
        """Newest first, behind the hold ``after``; from the beginning if that one is gone."""
        await self.acting.organization(organization)
        holds = [stored.value for stored in await self.holds.list(organization)]
        start = next((place + 1 for place, hold in enumerate(holds) if hold.hold == after), 0)
        items = tuple(holds[start : start + limit])
        return Page(items, items[-1].hold if start + limit < len(holds) else None)

    async def count_waiting(self, organization: OrganizationId) -> int:
        """Groups that nobody has decided about."""
        return sum(stored.value.decision is None for stored in await self.holds.list(organization))

    async def get(self, organization: OrganizationId, hold: str) -> Stored[Hold]:
        await self.acting.organization(organization)
        stored = await self.holds.find(organization, hold)
        if stored is None:
            raise Rejected(Problem.HOLD_NOT_FOUND, f"Nothing is held as {hold} in {organization}.")
        return stored

    async def decide(
        self,
        organization: OrganizationId,
        hold: str,
        decision: HoldDecision,
        by: ProductUserId | None,
        now: datetime,
    ) -> Hold:
        """Once: the same decision again has it carried out again, should an order have been lost.

        Rejected if ``by`` is neither owner nor admin, or if it was decided otherwise."""
        stored = await self.get(organization, hold)
        person = await self.acting.require_administrator(organization, by)
        known = stored.value
        if known.decision not in (None, decision):
            raise Rejected(Problem.ILLEGAL_STATE, f"{hold} was decided already: {known.decision}.")
        for link in {each.link(organization): None for each in known.bookings}:
            await self.queues.send(CheckBookings.of(link, now).about(hold), HINT_DELAY)
        if known.decision is decision:
            return known
        decided = replace(known, decision=decision, decided_at=now, decided_by=person)
        entry = AuditEntry(now, f"cancellations.{decision}", person, connection=known.connection, detail=hold)
        await self.holds.save(stored, decided, entry)
        say("held_cancellations_decided", organization=organization, hold=hold, decision=decision)
        return decided
