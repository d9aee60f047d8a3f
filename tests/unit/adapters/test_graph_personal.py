"""A mailbox that somebody has connected themself is asked for as ``/me``, with their own token."""

from datetime import timedelta

import httpx
import pytest

from shared_code.adapters.graph.calendars import GraphCalendars
from shared_code.adapters.graph.event_search import GraphEventSearch
from shared_code.adapters.graph.events import GraphEvents
from shared_code.adapters.graph.http import Asked, Question
from shared_code.adapters.graph.pacing import Pacing
from shared_code.adapters.graph.subscriptions import GraphSubscriptions
from shared_code.core.ids import CalendarId, LinkKey, MailboxKey, OrganizationId, ProductUserId, UserId
from shared_code.core.personal_account import CONSUMERS
from shared_code.errors import Throttled
from tests.unit.adapters.graph_transport import GRAPH, NOW, ScriptedGraph
from tests.unit.adapters.test_graph_subscriptions import wire

ZOE = MailboxKey("personal", CONSUMERS, UserId("00000000-0000-0000-1122-334455667788"))
MAX = MailboxKey("personal", CONSUMERS, UserId("00000000-0000-0000-8877-665544332211"))
CALENDAR = CalendarId("AAMkAGI2TGuLAAA=")


def link_to(mailbox: MailboxKey) -> LinkKey:
    return LinkKey(mailbox, OrganizationId("acme"), ProductUserId("zoe"))


def paths(requests: list[httpx.Request]) -> list[str]:
    return [request.url.path for request in requests]


async def test_whatever_is_asked_of_a_personal_mailbox_is_asked_as_me() -> None:
    graph = ScriptedGraph()
    link = link_to(ZOE)
    for _ in range(2):
        graph.answer({"value": []})
    graph.answer({"allowedOnlineMeetingProviders": []})

    await GraphCalendars(graph.client()).list_calendars(link)
    await GraphEventSearch(graph.client()).find_marked(link, "m4rk", CALENDAR)
    await GraphEvents(graph.client()).allows_teams(link, CALENDAR)

    place = "/v1.0/me/calendars"
    assert paths(graph.requests) == [place, f"{place}/{CALENDAR}/events", f"{place}/{CALENDAR}"]


async def test_a_link_to_the_next_page_is_followed_as_it_was_given() -> None:
    graph = ScriptedGraph()
    odd = f"{GRAPH}/v1.0/users/me-token-to-replace/calendars?$skiptoken=a%2Fb"
    graph.answer({"value": [], "@odata.nextLink": odd})
    graph.answer({"value": []})

    await GraphCalendars(graph.client()).list_calendars(link_to(ZOE))

    assert str(graph.requests[-1].url) == odd


async def test_a_person_subscribes_to_their_own_events_and_knows_them_as_theirs() -> None:
    graph = ScriptedGraph()
    graph.answer(wire(resource="me/events"), 201)

    made = await GraphSubscriptions(graph.client(), "https://app.example").create(link_to(ZOE), "said", NOW)

    assert b'"resource":"me/events"' in graph.requests[0].content
    assert made.user_id == ZOE.user_id


@pytest.mark.parametrize("asked", [Asked.CALENDAR, Asked.SUBSCRIBING])
def test_one_persons_limit_holds_nobody_else_of_the_consumers_tenant_up(asked: Asked) -> None:
    pacing = Pacing()
    busy = Throttled("busy", timedelta(minutes=1), whole_tenant=True)

    pacing.hold(Question(link_to(ZOE), asked, "zoe"), busy, NOW)

    pacing.check(Question(link_to(MAX), asked, "max"), NOW)
    with pytest.raises(Throttled):
        pacing.check(Question(link_to(ZOE), asked, "zoe"), NOW)
