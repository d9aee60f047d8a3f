"""Product events are taken from beside the state that caused them, recorded, and sent on their way."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

import msgspec

from shared_code.core.ids import OrganizationId
from shared_code.core.outbox_place import OutboxPlace
from shared_code.core.product_event import ProductEvent, is_listed
from shared_code.errors import Conflict
from shared_code.event_ports import Outbox, ProductEvents, Webhooks
from shared_code.logs import say
from shared_code.messages import AnyMessage, DeliverEvent, DeliverUnlisted, RelayEvents
from shared_code.ports import Clock, Organizations, Queues

MOST_OVERTAKEN = 5  # for less than a minute
A_MOMENT = timedelta(seconds=5)

type Record = Callable[[OrganizationId, Sequence[ProductEvent], datetime], Awaitable[None]]


@dataclass(frozen=True)
class Relaying:
    """Each step may be done twice: an event is recorded once, and delivered once more rather than never."""

    outbox: Outbox
    events: ProductEvents
    organizations: Organizations
    webhooks: Webhooks
    queues: Queues
    clock: Clock

    async def run(self, message: RelayEvents, now: datetime) -> None:
        """A hundred changes at once order this a hundred times: one passes on what all have written."""
        try:
            await self._relay(message.place, now, self.events.record_new)
        except Conflict:
            await self._come_again(message, now)

    async def _come_again(self, message: RelayEvents, now: datetime) -> None:
        """Somebody else is passing the same events on. If they are found again and again, nobody has finished."""
        overtaken = message.overtaken + 1
        if overtaken < MOST_OVERTAKEN:
            await self.queues.send(msgspec.structs.replace(message, overtaken=overtaken), overtaken * A_MOMENT)
            return
        await self._relay(message.place, now, self.events.record)

    async def _relay(self, place: OutboxPlace, now: datetime, record: Record) -> int:
        """Until nothing waits there that is due; how many there were."""
        relayed, is_last = 0, False
        while not is_last:
            waiting = await self.outbox.waiting(place)
            due = [event for event in waiting.items if event.at <= now]
            await self._record((event for event in due if is_listed(event.type)), record)
            await self._send(due)
            await self.outbox.clear(place, [event.event for event in due])
            relayed += len(due)
            is_last = waiting.next is None or not due
        later = [event.at for event in waiting.items if event.at > now]
        if later:
            await self.queues.send(RelayEvents(table=place.table, partition=place.partition), min(later) - now)
        if relayed:
            say("events_relayed", table=place.table, events=relayed)
        return relayed

    async def _record(self, events: Iterable[ProductEvent], record: Record) -> None:
        """Nothing is left of an organisation that was forgotten meanwhile, or is being forgotten: its events may have
        been deleted just before these came."""
        by_organization = groupby(sorted(events, key=_organization_of), _organization_of)
        for organization, group in by_organization:
            await record(organization, tuple(group), self.clock.now())
            records = await self.organizations.find(organization)
            if records is None or records.organization.value.leaving:
                await self.events.forget(organization)

    async def _send(self, events: Sequence[ProductEvent]) -> None:
        if self.webhooks.address is not None:
            await self.queues.send_many([_delivery_of(event) for event in events])


def _organization_of(event: ProductEvent) -> OrganizationId:
    return event.organization


def _delivery_of(event: ProductEvent) -> AnyMessage:
    if is_listed(event.type):
        return DeliverEvent(organization=event.organization, event=event.event)
    return DeliverUnlisted(event=event)
