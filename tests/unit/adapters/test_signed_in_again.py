"""Graph refuses what an earlier sign-in had granted; its owner signs in anew at once, and every process is let in."""

from dataclasses import dataclass, field

import httpx
import pytest

from shared_code.adapters.entra.graph_tokens import GraphTokens
from shared_code.adapters.entra.token_request import Token
from shared_code.adapters.entra.tokens import TRUSTED_FOR, TokenCache
from shared_code.adapters.graph.calendars import GraphCalendars
from shared_code.adapters.graph.client import GraphClient
from shared_code.core.ids import TenantId
from shared_code.errors import Refused, TryLater
from tests.fakes.clock import FixedClock
from tests.fakes.memory_rows import MemoryRows
from tests.unit.adapters.graph_transport import GRAPH
from tests.unit.adapters.test_delegated_tokens import ANN, Entra, Worker


class NobodysRequests:
    """No token of the app's own is asked for here."""

    async def request(self, tenant: TenantId, /) -> Token:
        raise AssertionError(tenant)


@dataclass
class Graph:
    """Refuses every token that Entra gave until now."""

    entra: Entra
    refused: set[str] = field(default_factory=set)
    status: int = 403
    asked: list[str] = field(default_factory=list)

    def shut(self, status: int) -> None:
        self.refused, self.status = {f"access {number}" for number in range(100)}, status

    def let_in_who_signs_in_now(self) -> None:
        self.refused = {f"access {number}" for number in range(len(self.entra.used) + 1)}

    def handle(self, request: httpx.Request) -> httpx.Response:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        self.asked.append(token)
        if token in self.refused:
            return httpx.Response(self.status, json={"error": {"code": "ErrorAccessDenied", "message": ""}})
        return httpx.Response(200, json={"value": []})

    def read_by(self, worker: Worker) -> GraphCalendars:
        tokens = GraphTokens(TokenCache(NobodysRequests(), self.entra.clock), worker.tokens)
        return GraphCalendars(GraphClient(GRAPH, tokens, self.entra.clock, httpx.MockTransport(self.handle)))


@pytest.mark.parametrize(("status", "error"), [(403, Refused), (401, TryLater)])
@pytest.mark.parametrize("reads_next", [0, 1], ids=["the_one_that_was_refused", "another_process"])
async def test_whoever_signs_in_again_at_once_is_not_refused_with_a_token_of_before(
    status: int, error: type[Exception], reads_next: int
) -> None:
    entra = Entra(FixedClock())
    workers = [Worker(rows := MemoryRows(), entra), Worker(rows, entra)]
    await workers[0].keep("refresh 0")
    graph = Graph(entra)
    processes = [graph.read_by(worker) for worker in workers]
    for process in processes:
        await process.list_calendars(ANN)
    entra.clock.advance(TRUSTED_FOR)
    graph.shut(status)
    for process in processes:
        with pytest.raises(error):  # and a young token is kept, which is refused as well
            await process.list_calendars(ANN)

    graph.let_in_who_signs_in_now()
    await workers[0].keep("refresh of the new sign-in")
    listed = await processes[reads_next].list_calendars(ANN)
    again = await processes[reads_next].list_calendars(ANN)

    assert (list(listed), list(again)) == ([], [])
    assert entra.used[-1] == "refresh of the new sign-in"
    assert graph.asked[-2:] == [f"access {len(entra.used)}"] * 2
