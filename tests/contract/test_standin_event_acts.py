"""What people do to their events in Outlook: each act is seen in the mailbox, in its copies, and is told of."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contract.calendars import ANN, BOB, error_code, meeting
from tests.contract.meetings import GUID, MARK, NINE, TEN, Office, answers, at, invited, marked, open_office
from tests.contract.standin import InProcess


@pytest.fixture
async def office(microsoft: InProcess) -> AsyncIterator[Office]:
    async with open_office(microsoft) as found:
        await found.subscribe(ANN, BOB)
        yield found


async def listed(office: Office, of: str = ANN) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = (await office.reader.control("GET", "/events", of=of)).json()["events"]
    return events


async def test_a_booking_is_told_of_in_every_mailbox_it_is_in(office: Office) -> None:
    event = await office.create(BOB)
    created = await office.told()

    await office.change(event, **at(TEN))
    changed = await office.told()
    await office.act(event, "cancel", {})

    assert created == [(ANN, "created"), (BOB, "created")]
    assert changed == [(ANN, "updated"), (BOB, "updated")]
    assert await office.told() == [(ANN, "deleted"), (BOB, "updated")]


async def test_a_repeated_transaction_and_a_refused_change_are_told_to_nobody(office: Office) -> None:
    event = await office.create(transactionId="t-1")
    await office.told()

    await office.create(transactionId="t-1")
    await office.reader.send("PATCH", f"/events/{event['id']}", {"subject": "x"}, **{"If-Match": 'W/"old"'})

    assert await office.told() == []


@pytest.mark.parametrize("response", ["accepted", "tentativelyAccepted"])
async def test_an_attendee_who_answers_changes_the_organizers_event(office: Office, response: str) -> None:
    event = await office.create(BOB)
    copy = await office.copy()
    await office.told()

    await office.do("POST", copy, "/respond", {"response": response, "comment": "Fine"}, of=BOB)

    assert await office.told() == [(BOB, "updated"), (ANN, "updated")]
    assert answers(await office.get(event)) == [response]


async def test_an_attendee_who_declines_loses_the_copy(office: Office) -> None:
    event = await office.create(BOB)
    copy = await office.copy()
    await office.told()

    await office.do("POST", copy, "/respond", {"response": "declined", "propose": at(TEN)}, of=BOB)

    assert await office.told() == [(BOB, "deleted"), (ANN, "updated")]
    assert (await office.get(event))["attendees"][0]["proposedNewTime"]["start"]["timeZone"] == "UTC"


async def test_the_host_deletes_and_restores(office: Office) -> None:
    event = await office.create(singleValueExtendedProperties=marked("1"))
    await office.told()

    await office.do("DELETE", event)
    deleted, gone = await office.told(), await office.view()
    restored = await office.do("POST", event, "/restore")

    assert (deleted, gone, await office.told()) == ([(ANN, "deleted")], [], [(ANN, "created")])
    assert (restored["immutableId"], len(await office.view())) == (event["id"], 1)


async def test_an_event_is_restored_to_the_calendar_that_it_was_in(office: Office) -> None:
    project = (await office.reader.control("POST", "/calendars", {"name": "Project"})).json()["id"]
    event = await office.create()
    await office.do("POST", event, "/move", {"destination": project})
    await office.do("DELETE", event)

    await office.do("POST", event, "/restore")

    assert [each["calendarId"] for each in await listed(office)] == [project]


async def test_the_host_deletes_for_good(office: Office) -> None:
    event = await office.create(BOB)
    await office.told()

    await office.do("DELETE", event, "?permanent=true")

    assert await office.told() == [(ANN, "deleted"), (BOB, "updated")]
    assert error_code(await office.reader.get(f"/events/{event['id']}")) == (404, "ErrorItemNotFound")
    assert await listed(office) == []


async def test_the_host_cancels_in_outlook(office: Office) -> None:
    event = await office.create(BOB)

    await office.do("POST", event, "/cancel", {"comment": "Ill"})

    log = (await office.microsoft.contoso.control("GET", "/mails"))["mails"]
    assert [(each["kind"], each["comment"]) for each in log] == [("invitation", ""), ("cancellation", "Ill")]
    assert (await office.copy())["isCancelled"] is True


async def test_the_host_cuts_and_pastes_to_another_time(office: Office) -> None:
    event = await office.create(transactionId="t-1", singleValueExtendedProperties=marked("1"))
    await office.told()

    pasted = await office.do("POST", event, "/copy", {"destination": "default", "cut": True, **at(TEN)})

    assert await office.told() == [(ANN, "created"), (ANN, "deleted")]
    (seen,) = await office.view()
    assert (seen["id"], seen["start"]["dateTime"]) == (pasted["immutableId"], "2026-03-24T10:00:00.0000000")
    assert (seen["id"] == event["id"], seen["iCalUId"] == event["iCalUId"], seen["transactionId"]) == (
        False,
        False,
        None,
    )
    marks = {each["immutableId"]: each["singleValueExtendedProperties"] for each in await listed(office)}
    assert marks[seen["id"]] == [{"id": MARK.replace(GUID, GUID.lower()), "value": "1"}]


async def test_the_host_moves_an_event_to_another_calendar(office: Office) -> None:
    project = (await office.reader.control("POST", "/calendars", {"name": "Project"})).json()["id"]
    event = await office.create()
    await office.told()

    await office.do("POST", event, "/move", {"destination": project})

    assert await office.told() == [(ANN, "updated")]
    assert (await office.view(), (await office.get(event))["id"]) == ([], event["id"])


async def test_the_host_moves_a_meeting_in_time(office: Office) -> None:
    event = await office.create(BOB)
    await office.told()

    await office.do("PATCH", event, body=at(TEN))

    assert await office.told() == [(ANN, "updated"), (BOB, "updated")]
    assert await office.mails() == [("invitation", BOB), ("update", BOB)]


async def test_an_oracle_sees_events_with_their_marks_and_where_they_are(office: Office) -> None:
    kept = await office.create(transactionId="t-1", singleValueExtendedProperties=marked("1"))
    dead = await office.create(singleValueExtendedProperties=marked("2"))
    await office.do("DELETE", dead)

    seen = {each["immutableId"]: each for each in await listed(office)}

    assert (seen[kept["id"]]["calendarId"] is None, seen[dead["id"]]["calendarId"] is None) == (False, True)
    assert [each["singleValueExtendedProperties"][0]["value"] for each in seen.values()] == ["1", "2"]
    assert seen[kept["id"]]["transactionId"] == "t-1"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/respond", {"response": "accepted"}),
        ("/respond", {"response": "perhaps"}),
        ("/restore", None),
        ("/copy", {"destination": "default", "start": {"dateTime": "never"}}),
    ],
)
async def test_what_nobody_can_do_is_422_and_changes_nothing(office: Office, path: str, body: Any) -> None:
    event = await office.create(BOB)
    await office.told()

    answer = await office.reader.control("POST", f"/events/{event['id']}{path}", body)

    assert answer.status_code == 422
    assert (await office.told(), len(await office.view())) == ([], 1)


async def test_the_mails_can_be_forgotten(office: Office) -> None:
    await office.create(BOB)
    await office.microsoft.contoso.control("DELETE", "/mails")

    await office.create(BOB)

    log = await office.microsoft.contoso.control("GET", "/mails?after=1")
    assert ([each["n"] for each in log["mails"]], log["last"]) == ([2], 2)


async def test_nothing_is_sent_if_the_host_does_not_want_it(office: Office) -> None:
    body = meeting(*NINE, attendees=invited(BOB))
    added = (await office.reader.control("POST", "/calendars/default/events?send=false", body)).json()

    await office.do("PATCH", added, "?send=false", at(TEN))
    await office.do("DELETE", added, "?send=false")

    assert (await office.mails(), await office.view(BOB)) == ([], [])


async def test_an_attendees_answer_can_be_set_in_the_organizers_event(office: Office) -> None:
    """From outside, say, where nobody answers by themselves."""
    event = await office.create("guest@elsewhere.example")
    attendee = {**invited("guest@elsewhere.example")[0], "status": {"response": "declined"}}

    changed = await office.do("PATCH", event, body={"attendees": [attendee]})

    assert answers(changed) == ["declined"]
    assert await office.mails() == [("invitation", "guest@elsewhere.example")]
