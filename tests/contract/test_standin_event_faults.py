"""What goes wrong around a write: lost answers, refusals by limits and policies, and reads that lag behind."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.contract.calendars import ANN, BOB, error_code, meeting
from tests.contract.meetings import MARK, NINE, Office, invited, marked, open_office
from tests.contract.shapes import faults
from tests.contract.standin import InProcess

WISH = meeting(*NINE, transactionId="t-1", attendees=invited(BOB), singleValueExtendedProperties=marked("1"))
BY_MARK = {"$filter": f"singleValueExtendedProperties/any(p:p/id eq '{MARK}' and p/value eq '1')"}


@pytest.fixture
async def office(microsoft: InProcess) -> AsyncIterator[Office]:
    async with open_office(microsoft) as found:
        yield found


async def script(office: Office, answer: dict[str, Any], **match: str) -> None:
    fault = {"match": {"kind": "events", "method": "POST", **match}, "answer": answer, "times": 1}
    await office.microsoft.contoso.control("POST", "/faults", fault)


async def test_a_create_may_be_done_though_its_answer_says_504(office: Office) -> None:
    await script(office, {"status": 504, "after_the_act": True})

    lost = await office.reader.post("/events", WISH)
    found = await office.reader.value("/events", BY_MARK)
    again = await office.reader.post("/events", WISH)

    assert (lost.status_code, len(found), again.status_code) == (504, 1, 201)
    assert list(faults("error-envelope.json", lost.json())) == []
    assert again.json()["id"] == found[0]["id"]
    assert await office.mails() == [("invitation", BOB)]


async def test_a_create_may_be_done_though_the_connection_breaks(office: Office) -> None:
    await script(office, {"drop_connection": True, "after_the_act": True})

    with pytest.raises(httpx.ReadError):
        await office.reader.post("/events", WISH)

    assert len(await office.reader.value("/events", BY_MARK)) == 1


async def test_a_create_that_is_refused_is_not_done(office: Office) -> None:
    await script(office, {"status": 503, "retry_after": 1})

    refused = await office.reader.post("/events", WISH)
    office.microsoft.clock.advance_seconds(1)

    assert refused.status_code == 503
    assert await office.reader.value("/events", BY_MARK) == []


async def test_a_cancellation_may_be_done_though_its_answer_is_lost(office: Office) -> None:
    event = await office.create(BOB)
    await script(office, {"status": 504, "after_the_act": True}, kind="event")

    lost, again = await office.act(event, "cancel", {}), await office.act(event, "cancel", {})

    assert (lost.status_code, again.status_code) == (504, 202)
    assert await office.mails() == [("invitation", BOB), ("cancellation", BOB)]


async def test_an_act_whose_answer_nobody_replaces_is_no_fault(office: Office) -> None:
    fault = {"answer": {"after_the_act": True}}
    client = office.microsoft.client

    answer = await client.post("/control/faults", json=fault)

    assert answer.status_code == 422


async def test_a_policy_of_exchange_closes_a_mailbox_to_writes_too(office: Office) -> None:
    contoso = office.microsoft.contoso
    person = office.microsoft.world.tenants[contoso.id].directory.find_by_key(ANN)
    assert person is not None
    policy = {"access_policy": {contoso.client_id: {"only": None, "denied": [person.id]}}}
    await contoso.control("PATCH", f"/tenants/{contoso.id}", policy)

    answer = await office.reader.post("/events", WISH)

    assert error_code(answer) == (403, "ErrorAccessDenied")
    assert (await office.mails(), (await office.reader.control("GET", "/events")).json()["events"]) == ([], [])


async def test_a_search_by_mark_may_lag_behind_the_write(office: Office) -> None:
    await office.subscribe(ANN)
    await office.microsoft.contoso.control("PUT", "/notifications/script", {"stale_seconds": 5})
    await office.reader.post("/events", WISH)

    at_once = await office.reader.value("/events", BY_MARK)
    office.microsoft.clock.advance_seconds(5)

    assert (at_once, len(await office.reader.value("/events", BY_MARK))) == ([], 1)


async def test_writes_are_in_the_request_log_with_the_mailbox_they_are_about(office: Office) -> None:
    event = await office.create()
    await office.change(event, subject="x")
    await office.act(event, "cancel", {})

    log = (await office.microsoft.contoso.control("GET", "/requests"))["requests"]

    seen = [(each["kind"], each["method"], each["status"]) for each in log]
    assert seen == [("events", "POST", 201), ("event", "PATCH", 200), ("event", "POST", 202)]
    assert len({each["user"] for each in log}) == 1
