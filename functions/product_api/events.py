"""What has happened to an organisation, for a product that asks instead of being told, or that missed something."""

from functions import wire_events
from functions.calls import Call
from functions.operations import Answer, Operation, operation
from functions.product_api.blueprint import ORGANIZATION, blueprint
from functions.queries import LIMIT, Query
from shared_code.core.product_event import CURSOR_PATTERN, Endpoint, EventId, RecordedEvent, is_cursor
from shared_code.errors import Problem, Rejected

EVENTS = ORGANIZATION + "/events"
ENDPOINT = "/v1/event-endpoint"
CURSOR = {"type": "string", "pattern": rf"^{CURSOR_PATTERN}(?!\n)$"}


@operation(
    blueprint,
    Operation(
        "list_events",
        "GET",
        EVENTS,
        "What has happened, oldest first, up to half a minute ago",
        answers={200: wire_events.EventsGiven},
        query=(
            Query("after", "The `next` of an earlier answer; without it, the list begins thirty days ago.", CURSOR),
            LIMIT,
        ),
        problems=(Problem.INVALID_ID, Problem.INVALID_REQUEST, Problem.ORGANIZATION_NOT_FOUND),
    ),
)
async def list_events(call: Call) -> Answer:
    after, limit = _after(call), call.limit()
    found = await call.app.product_events.page(call.organization, after, limit, call.now)
    following = found[-1].cursor if found else after
    events = [_given(one) for one in found]
    return Answer(wire_events.EventsGiven(events=events, next=following, more=len(found) == limit))


@operation(
    blueprint,
    Operation(
        "replay_event",
        "POST",
        EVENTS + "/{event}/replay",
        "Send one event once more",
        answers={202: wire_events.EventGiven},
        problems=(
            Problem.INVALID_ID,
            Problem.ORGANIZATION_NOT_FOUND,
            Problem.EVENT_NOT_FOUND,
            Problem.NO_EVENT_ENDPOINT,
        ),
    ),
)
async def replay_event(call: Call) -> Answer:
    replayed = await call.app.product_events.replay(call.organization, EventId(call.id("event")), call.now)
    return Answer(_given(replayed), 202)


@operation(
    blueprint,
    Operation(
        "replay_events",
        "POST",
        EVENTS + "/replay",
        "Send all events since an instant once more",
        request=wire_events.ReplayBody,
        answers={202: wire_events.ReplayGiven},
        problems=(Problem.INVALID_ID, Problem.NAIVE_TIME, Problem.ORGANIZATION_NOT_FOUND, Problem.NO_EVENT_ENDPOINT),
    ),
)
async def replay_events(call: Call) -> Answer:
    body = call.decode(wire_events.ReplayBody)
    await call.app.product_events.replay_since(call.organization, body.since, call.now)
    return Answer(wire_events.ReplayGiven(since=body.since, until=call.now), 202)


@operation(
    blueprint,
    Operation(
        "get_event_endpoint",
        "GET",
        ENDPOINT,
        "Whether events are sent to the product's endpoint",
        answers={200: wire_events.EndpointGiven},
        operator=True,
        problems=(Problem.NO_EVENT_ENDPOINT,),
    ),
)
async def get_event_endpoint(call: Call) -> Answer:
    return Answer(_endpoint_given(await call.app.product_events.endpoint()))


@operation(
    blueprint,
    Operation(
        "enable_event_endpoint",
        "POST",
        ENDPOINT + "/enable",
        "Send events again to an endpoint that answered 410",
        answers={200: wire_events.EndpointGiven},
        operator=True,
        problems=(Problem.NO_EVENT_ENDPOINT,),
    ),
)
async def enable_event_endpoint(call: Call) -> Answer:
    return Answer(_endpoint_given(await call.app.product_events.enable_endpoint()))


def _after(call: Call) -> str | None:
    after = call.text("after")
    if after is not None and not is_cursor(after):
        raise Rejected(Problem.INVALID_REQUEST, "after is the next of an earlier answer.")
    return after


def _given(recorded: RecordedEvent) -> wire_events.EventGiven:
    event = recorded.event
    return wire_events.EventGiven(
        event=event.event, type=event.type, timestamp=event.at, organization=event.organization, data=dict(event.data)
    )


def _endpoint_given(endpoint: Endpoint) -> wire_events.EndpointGiven:
    return wire_events.EndpointGiven(
        state="enabled" if endpoint.disabled_at is None else "disabled", disabled_at=endpoint.disabled_at
    )
