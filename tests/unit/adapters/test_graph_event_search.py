"""The adapter that looks for events, against statuses that the stand-in would never send."""

import pytest

from shared_code.adapters.graph.event_search import GraphEventSearch
from shared_code.core.ids import CalendarId
from shared_code.errors import Unexpected
from tests.unit.adapters.graph_transport import LINK, ScriptedGraph


@pytest.mark.parametrize("status", [400, 409, 501])
async def test_a_search_that_graph_does_not_take_is_no_answer_and_nobodys_request(status: int) -> None:
    graph = ScriptedGraph()
    graph.refuse(status, "ErrorInvalidRequest")
    graph.refuse(status, "ErrorInvalidRequest")
    search = GraphEventSearch(graph.client())

    with pytest.raises(Unexpected):
        await search.find_marked(LINK, "m4rk", CalendarId("AAMkAGI2TGuLAAA="))
    with pytest.raises(Unexpected):
        await search.read(LINK, "AAMkE1")
