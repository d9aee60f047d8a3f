"""The adapter that writes events, against bytes and statuses of every kind."""

from typing import Any

import pytest

from shared_code.adapters.graph.events import GraphEvents
from shared_code.adapters.graph.events_wire import MARK_PROPERTY
from shared_code.core.ids import CalendarId
from shared_code.errors import Gone, OrgcalError, Rejected, TryLater
from tests.unit.adapters.graph_transport import LINK, ScriptedGraph

CALENDAR = CalendarId("AAMkAGI2TGuLAAA=")
MARK = "m4rk"
SECRET = "Sesame talk with guest@outside.example"


def event(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": name,
        "iCalUId": f"uid of {name}",
        "start": {"dateTime": "2026-11-23T12:00:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-11-23T13:00:00.0000000", "timeZone": "UTC"},
        "singleValueExtendedProperties": [{"id": MARK_PROPERTY, "value": MARK}],
        **changes,
    }


def error(code: str) -> dict[str, Any]:
    """Graph's message may repeat whatever was sent."""
    return {"error": {"code": code, "message": f"{SECRET} cannot be processed."}}


@pytest.fixture
def graph() -> ScriptedGraph:
    return ScriptedGraph()


@pytest.fixture
def events(graph: ScriptedGraph) -> GraphEvents:
    return GraphEvents(graph.client())


async def test_what_cannot_be_cancelled_as_a_meeting_is_deleted(graph: ScriptedGraph, events: GraphEvents) -> None:
    graph.answer(error("ErrorInvalidRequest"), status=400)
    graph.answer(None, status=204)

    await events.cancel(LINK, "AAMkE1", "no longer needed")

    assert [(asked.method, asked.url.path.rsplit("/", 1)[1]) for asked in graph.requests] == [
        ("POST", "cancel"),
        ("DELETE", "AAMkE1"),
    ]


@pytest.mark.parametrize(("status", "kind"), [(404, Gone), (503, TryLater)])
async def test_a_cancellation_that_failed_otherwise_deletes_nothing(
    graph: ScriptedGraph, events: GraphEvents, status: int, kind: type[OrgcalError]
) -> None:
    graph.answer(error("ErrorItemNotFound"), status=status)

    with pytest.raises(kind):
        await events.cancel(LINK, "AAMkE1", "no longer needed")

    assert len(graph.requests) == 1


async def test_of_several_events_with_the_mark_ones_own_is_found_and_else_one_that_stands(
    graph: ScriptedGraph, events: GraphEvents
) -> None:
    page = {"value": [event("off", isCancelled=True), event("copy"), event("own"), event("x", transactionId="other")]}
    graph.answer(page)
    graph.answer(page)

    own = await events.find_marked(LINK, CALENDAR, MARK, "own")
    other = await events.find_marked(LINK, CALENDAR, MARK, "what was cut")

    assert own is not None
    assert other is not None
    assert (own.event, other.event) == ("own", "copy")


async def test_what_graph_says_of_a_refused_meeting_is_told_without_its_words(
    graph: ScriptedGraph, events: GraphEvents
) -> None:
    graph.answer(error("ErrorInvalidRecipients"), status=400)
    graph.answer(error("ErrorInvalidRecipients"), status=400)

    with pytest.raises(Rejected) as refused:
        await events.cancel(LINK, "AAMkE1", SECRET)

    assert "Sesame" not in repr(refused.value)
