"""What has happened to an organisation: listed for thirty days, and sent once more when somebody asks for it."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from shared_code.core.ids import OrganizationId
from shared_code.core.product_event import KEPT_FOR, LISTED_AFTER, Endpoint, EventId, RecordedEvent, cursor_at
from shared_code.errors import Problem, Rejected
from shared_code.event_ports import ProductEvents, Webhooks
from shared_code.flows.acting import Acting
from shared_code.logs import say
from shared_code.messages import DeliverEvent, ReplayEvents
from shared_code.ports import Queues

GROUP = 200  # events that one message of a replay orders
MOST_DROPPED = 500  # at a time; there may be others waiting


@dataclass(frozen=True)
class KeepEvents:
    events: ProductEvents
    acting: Acting
    webhooks: Webhooks
    queues: Queues

    async def page(
        self, organization: OrganizationId, after: str | None, limit: int, now: datetime
    ) -> tuple[RecordedEvent, ...]:
        """The oldest first; the list ends half a minute before now, so that nothing comes into it behind a reader."""
        await self.acting.organization(organization)
        start = max(after or "", cursor_at(now - KEPT_FOR))
        return await self.events.page(organization, start, now - LISTED_AFTER, limit)

    async def replay(self, organization: OrganizationId, event: EventId, now: datetime) -> RecordedEvent:
        """Send it once more, under the id it had; Rejected if it is not kept, or events are sent nowhere at present."""
        await self.acting.organization(organization)
        await self._require_enabled()
        stored = await self.events.find(organization, event)
        if stored is None:
            raise Rejected(Problem.EVENT_NOT_FOUND, f"There is no event {event} of {organization}, or not any more.")
        await self.queues.send(DeliverEvent(organization=organization, event=event, asked_at=now))
        say("event_replayed", organization=organization, product_event=event)
        return stored.value

    async def replay_since(self, organization: OrganizationId, since: datetime, now: datetime) -> None:
        """Send all once more that were recorded from then until now; Rejected if events are sent nowhere at present."""
        await self.acting.organization(organization)
        await self._require_enabled()
        start = cursor_at(min(max(since, now - KEPT_FOR), now))
        await self.queues.send(ReplayEvents(organization=organization, after=start, asked_at=now))
        say("events_replayed", organization=organization, since=since)

    async def go_on(self, message: ReplayEvents) -> None:
        """Order the next group, and send the successor; a group that is ordered twice is delivered twice at most."""
        group = await self.events.page(message.organization, message.after, message.asked_at, GROUP)
        orders = [
            DeliverEvent(organization=message.organization, event=one.event.event, asked_at=message.asked_at)
            for one in group
        ]
        await self.queues.send_many(orders)
        if len(group) == GROUP:
            await self.queues.send(msgspec.structs.replace(message, after=group[-1].cursor))

    async def endpoint(self) -> Endpoint:
        address = await self._require_endpoint()
        known = await self.events.find_endpoint()
        return known if known is not None and known.address == address else Endpoint(address)

    async def enable_endpoint(self) -> Endpoint:
        """Send again to an endpoint that wanted to hear no more; what happened meanwhile is for a replay."""
        enabled = Endpoint(await self._require_endpoint())
        await self.events.save_endpoint(enabled)
        say("events_endpoint_enabled", address=enabled.address)
        return enabled

    async def tidy(self, organization: OrganizationId, now: datetime) -> bool:
        """Whether nothing older than thirty days is left."""
        return await self.events.drop_old(organization, now - KEPT_FOR, MOST_DROPPED) < MOST_DROPPED

    async def _require_enabled(self) -> None:
        """Whoever asks for a replay that nobody would send is told so."""
        if (await self.endpoint()).disabled_at is not None:
            about = "The endpoint answered 410, so nothing is sent to it until an operator enables it."
            raise Rejected(Problem.NO_EVENT_ENDPOINT, about)

    async def _require_endpoint(self) -> str:
        if self.webhooks.address is None:
            raise Rejected(Problem.NO_EVENT_ENDPOINT, "ORGCAL_EVENTS_URL is not set, so events are listed only.")
        return self.webhooks.address
