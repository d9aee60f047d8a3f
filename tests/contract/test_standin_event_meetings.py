"""A meeting in several mailboxes: copies, updates, cancellations, answers, and the mails that Microsoft sends."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contract.calendars import ANN, BOB, CARL, error_code
from tests.contract.meetings import TEN, Office, answers, at, invited, marked, open_office
from tests.contract.shapes import faults
from tests.contract.standin import InProcess, person

GUEST = "guest@elsewhere.example"


@pytest.fixture
async def office(microsoft: InProcess) -> AsyncIterator[Office]:
    async with open_office(microsoft) as found:
        yield found


async def test_whoever_is_invited_has_a_copy_with_ids_of_its_own(office: Office) -> None:
    event = await office.create(BOB, singleValueExtendedProperties=marked("1"))

    copy = await office.copy()

    assert (copy["iCalUId"], copy["id"] == event["id"]) == (event["iCalUId"], False)
    assert (copy["isOrganizer"], copy["organizer"]["emailAddress"]["address"]) == (False, ANN)
    assert (copy["responseStatus"]["response"], copy["showAs"]) == ("notResponded", "tentative")
    assert error_code(await office.reader.get(f"/events/{copy['id']}")) == (400, "ErrorInvalidIdMalformed")
    listed = (await office.reader.control("GET", "/events", of=BOB)).json()["events"]
    assert [each["singleValueExtendedProperties"] for each in listed] == [[]]


async def test_everybody_invited_is_mailed_once_and_the_organizer_never(office: Office) -> None:
    await office.create(BOB, GUEST, ANN, transactionId="t-1")
    await office.create(BOB, GUEST, ANN, transactionId="t-1")

    log = (await office.microsoft.contoso.control("GET", "/mails"))["mails"]

    assert [(each["kind"], each["recipient"], each["delivered"]) for each in log] == [
        ("invitation", BOB, True),
        ("invitation", GUEST, False),
    ]


async def fabrikam(office: Office, domain: str, **properties: Any) -> str:
    """Another tenant, and the path of the one mailbox in it."""
    dora = {**person("dora"), "userPrincipalName": "dora@fabrikam.example", **properties}
    tenant = "99999999-9999-4999-8999-999999999999"
    entry = {"domain": "fabrikam.example", "verified_domains": [domain], "people": [dora]}
    await office.microsoft.contoso.control("PUT", f"/tenants/{tenant}", entry)
    return f"/tenants/{tenant}/people/dora@fabrikam.example/events"


async def test_somebody_of_another_tenant_is_invited_too(office: Office) -> None:
    there = await fabrikam(office, "other.example")
    event = await office.create("dora@fabrikam.example")

    listed = (await office.microsoft.contoso.control("GET", there))["events"]

    assert [each["iCalUId"] for each in listed] == [event["iCalUId"]]


@pytest.mark.parametrize("domain", ["contoso.example", "other.example"])
async def test_mail_goes_to_the_senders_own_tenant_first_and_never_where_the_domain_is_not(
    office: Office, domain: str
) -> None:
    there = await fabrikam(office, domain, mail=BOB)
    tenants, own = office.microsoft.world.tenants, office.microsoft.contoso.id
    tenants[own] = tenants.pop(own)  # the last one, so that the order does not decide

    await office.create(BOB)

    assert (await office.microsoft.contoso.control("GET", there))["events"] == []
    assert len(await office.view(BOB)) == 1


async def test_mail_to_an_address_copied_into_another_tenant_is_outside(office: Office) -> None:
    there = await fabrikam(office, "other.example", mail=GUEST)

    await office.create(GUEST)

    assert (await office.microsoft.contoso.control("GET", there))["events"] == []
    log = await office.microsoft.contoso.control("GET", "/mails")
    assert [each["delivered"] for each in log["mails"]] == [False]


async def test_who_has_no_mailbox_is_only_mailed(office: Office) -> None:
    await office.create(CARL)

    assert await office.mails() == [("invitation", CARL)]


async def test_another_time_reaches_the_copies_and_asks_everybody_again(office: Office) -> None:
    event = await office.create(BOB)
    await office.act(await office.copy(), "accept", {}, of=BOB)
    before = await office.get(event)

    moved = await office.change(event, **at(TEN))

    copy = await office.copy()
    assert (answers(before), answers(moved)) == (["accepted"], ["none"])
    assert (copy["start"], copy["responseStatus"]["response"]) == (moved["start"], "notResponded")
    assert await office.mails() == [("invitation", BOB), ("accepted", ANN), ("update", BOB)]


async def test_another_subject_reaches_the_copies_and_keeps_their_answers(office: Office) -> None:
    event = await office.create(BOB)
    await office.act(await office.copy(), "accept", {"sendResponse": True}, of=BOB)

    changed = await office.change(event, subject="Other")

    copy = await office.copy()
    assert (copy["subject"], copy["responseStatus"]["response"], copy["showAs"]) == ("Other", "accepted", "busy")
    assert answers(changed) == ["accepted"]


@pytest.mark.parametrize(
    "members", [{"showAs": "oof"}, {"isReminderOn": False}, {"singleValueExtendedProperties": marked("2")}]
)
async def test_what_concerns_only_the_organizer_is_mailed_to_nobody(office: Office, members: dict[str, Any]) -> None:
    event = await office.create(BOB)
    copy = await office.copy()

    await office.change(event, **members)

    assert await office.mails() == [("invitation", BOB)]
    assert await office.copy() == copy


async def test_a_change_of_the_attendees_is_mailed_to_those_it_concerns(office: Office) -> None:
    event = await office.create(BOB)

    await office.change(event, attendees=invited(BOB, GUEST))
    await office.change(event, attendees=invited(GUEST))

    assert await office.mails() == [("invitation", BOB), ("invitation", GUEST), ("cancellation", BOB)]
    assert (await office.copy())["isCancelled"] is True


async def test_a_cancelled_meeting_stays_with_the_attendee_until_it_is_taken_away(office: Office) -> None:
    event = await office.create(BOB, subject="Lunch")

    await office.act(event, "cancel", {"comment": "No table"})

    copy = await office.copy()
    assert (copy["isCancelled"], copy["subject"]) == (True, "Canceled: Lunch")
    await office.do("DELETE", copy, of=BOB)
    log = (await office.microsoft.contoso.control("GET", "/mails"))["mails"]
    assert [(each["kind"], each["recipient"], each["comment"]) for each in log[1:]] == [
        ("cancellation", BOB, "No table")
    ]
    assert await office.view(BOB) == []


async def test_a_meeting_is_called_off_only_once(office: Office) -> None:
    event = await office.create(BOB)

    answered = [await office.act(event, "cancel", {}), await office.act(event, "cancel", {})]
    deleted = await office.reader.send("DELETE", f"/events/{event['id']}")

    assert [each.status_code for each in (*answered, deleted)] == [202, 202, 204]
    assert await office.mails() == [("invitation", BOB), ("cancellation", BOB)]


async def test_a_meeting_that_was_deleted_silently_is_still_called_off_by_its_app(office: Office) -> None:
    event = await office.create(BOB)
    await office.do("DELETE", event, "?send=false")

    await office.act(event, "cancel", {})

    assert await office.mails() == [("invitation", BOB), ("cancellation", BOB)]
    assert (await office.copy())["isCancelled"] is True


async def test_deleting_a_meeting_calls_it_off(office: Office) -> None:
    event = await office.create(BOB)

    await office.reader.send("DELETE", f"/events/{event['id']}")

    assert await office.mails() == [("invitation", BOB), ("cancellation", BOB)]
    assert (await office.get(event))["isCancelled"] is True


@pytest.mark.parametrize(
    ("act", "response", "show_as"),
    [("accept", "accepted", "busy"), ("tentativelyAccept", "tentativelyAccepted", "tentative")],
)
async def test_an_answer_is_in_the_copy_and_in_the_organizers_event(
    office: Office, act: str, response: str, show_as: str
) -> None:
    event = await office.create(BOB)

    answer = await office.act(await office.copy(), act, {"comment": "Well"}, of=BOB)

    copy, original = await office.copy(), await office.get(event)
    assert (answer.status_code, answer.content) == (202, b"")
    assert (copy["responseStatus"]["response"], copy["showAs"]) == (response, show_as)
    assert (answers(original), original["responseStatus"]["response"]) == ([response], "organizer")
    assert list(faults("event.json", original)) == []
    assert await office.mails() == [("invitation", BOB), (response, ANN)]


async def test_who_declines_has_the_event_no_longer(office: Office) -> None:
    event = await office.create(BOB)
    copy = await office.copy()

    await office.act(copy, "decline", {}, of=BOB)

    assert (await office.view(BOB), answers(await office.get(event))) == ([], ["declined"])
    assert (await office.get(copy, of=BOB))["responseStatus"]["response"] == "declined"


async def test_an_answer_that_is_not_sent_stays_in_the_copy(office: Office) -> None:
    event = await office.create(BOB)

    await office.act(await office.copy(), "accept", {"sendResponse": False}, of=BOB)

    assert (answers(await office.get(event)), await office.mails()) == (["none"], [("invitation", BOB)])


async def test_another_time_may_be_proposed(office: Office) -> None:
    event = await office.create(BOB)

    await office.act(await office.copy(), "tentativelyAccept", {"proposedNewTime": at(TEN)}, of=BOB)

    (attendee,) = (await office.get(event))["attendees"]
    assert attendee["proposedNewTime"]["start"]["dateTime"] == "2026-03-24T10:00:00.0000000"
    assert list(faults("event.json", await office.get(event))) == []


@pytest.mark.parametrize(
    ("members", "reply"),
    [
        ({"allowNewTimeProposals": False}, {"proposedNewTime": at(TEN)}),
        ({}, {"proposedNewTime": at(TEN), "sendResponse": False}),
        ({"responseRequested": False}, {}),
    ],
)
async def test_an_answer_that_the_meeting_does_not_want_is_refused(
    office: Office, members: dict[str, Any], reply: dict[str, Any]
) -> None:
    event = await office.create(BOB, **members)

    answer = await office.act(await office.copy(), "decline", reply, of=BOB)

    assert error_code(answer) == (400, "ErrorInvalidRequest")
    assert (answers(await office.get(event)), len(await office.view(BOB))) == (["none"], 1)


async def test_nobody_answers_their_own_meeting_and_only_its_organizer_cancels(office: Office) -> None:
    event = await office.create(BOB)

    declined = await office.act(event, "decline", {})
    cancelled = await office.act(await office.copy(), "cancel", {}, of=BOB)

    assert error_code(declined) == error_code(cancelled) == (400, "ErrorInvalidRequest")
    assert cancelled.json()["error"]["message"].endswith("You need to be an organizer to cancel a meeting.")
    assert (len(await office.view()), len(await office.view(BOB))) == (1, 1)


async def test_who_has_declined_is_invited_again_to_another_time(office: Office) -> None:
    event = await office.create(BOB)
    await office.act(await office.copy(), "decline", {}, of=BOB)

    await office.change(event, **at(TEN))

    assert (await office.copy())["responseStatus"]["response"] == "notResponded"


async def test_an_occurrence_is_called_off_alone(office: Office) -> None:
    pattern = {"type": "daily", "interval": 1}
    limits = {"type": "numbered", "startDate": "2026-03-24", "numberOfOccurrences": 3}
    await office.create(BOB, recurrence={"pattern": pattern, "range": limits})
    first, second, _ = await office.view()

    await office.act(second, "cancel", {})

    assert first["type"] == "occurrence"
    assert (len(await office.view()), len(await office.view(BOB))) == (2, 2)
    assert await office.mails() == [("invitation", BOB), ("cancellation", BOB)]


async def test_whoever_declines_may_keep_the_event_in_the_calendar(office: Office) -> None:
    await office.microsoft.contoso.control("PATCH", "/settings", {"declined_events_stay": True})
    event = await office.create(BOB)

    await office.act(await office.copy(), "decline", {}, of=BOB)

    copy = await office.copy()
    assert (copy["responseStatus"]["response"], copy["showAs"]) == ("declined", "free")
    assert answers(await office.get(event)) == ["declined"]


@pytest.mark.parametrize(
    ("day", "status"), [("2026-03-24", 400), ("2026-03-25", 200), ("2026-03-26", 400), ("2026-03-29", 400)]
)
async def test_an_occurrence_stays_between_the_days_of_its_neighbours(office: Office, day: str, status: int) -> None:
    pattern = {"type": "daily", "interval": 1}
    limits = {"type": "numbered", "startDate": "2026-03-24", "numberOfOccurrences": 3}
    await office.create(recurrence={"pattern": pattern, "range": limits})
    _, second, _ = await office.view()

    times = at((f"{day}T15:00:00", f"{day}T16:00:00"))
    answer = await office.reader.send("PATCH", f"/events/{second['id']}", times)

    assert answer.status_code == status
    assert status == 200 or error_code(answer)[1] == "ErrorOccurrenceCrossingBoundary"


async def test_what_the_attendee_chose_stays_when_the_meeting_changes(office: Office) -> None:
    event = await office.create(BOB)
    own = {"categories": ["Red"], "reminderMinutesBeforeStart": 5}
    await office.reader.send("PATCH", f"/events/{(await office.copy())['id']}", own, of=BOB)

    await office.change(event, subject="Other", **at(TEN))

    copy = await office.copy()
    assert (copy["subject"], copy["categories"], copy["reminderMinutesBeforeStart"]) == ("Other", ["Red"], 5)


async def test_an_attendee_who_is_invited_anew_is_asked_anew(office: Office) -> None:
    event = await office.create(BOB, subject="Lunch")
    await office.change(event, attendees=[])

    await office.change(event, attendees=invited(BOB))

    copy = await office.copy()
    assert (copy["subject"], copy["isCancelled"]) == ("Lunch", False)
    assert copy["responseStatus"]["response"] == "notResponded"
    assert await office.mails() == [("invitation", BOB), ("cancellation", BOB), ("invitation", BOB)]


async def test_a_cancelled_meeting_is_not_answered(office: Office) -> None:
    event = await office.create(BOB)
    await office.act(event, "cancel", {})

    answer = await office.act(await office.copy(), "accept", {}, of=BOB)

    assert error_code(answer) == (400, "ErrorInvalidRequest")


async def test_an_answer_that_nobody_wants_may_be_given_unsent(office: Office) -> None:
    await office.create(BOB, responseRequested=False)

    answer = await office.act(await office.copy(), "accept", {"sendResponse": False}, of=BOB)

    assert (answer.status_code, (await office.copy())["responseStatus"]["response"]) == (202, "accepted")


async def test_an_app_does_not_write_the_attendees_answers(office: Office) -> None:
    attendee = {**invited(BOB)[0], "status": {"response": "accepted"}}

    event = await office.create(GUEST)
    changed = await office.change(event, attendees=[attendee])

    assert answers(changed) == ["none"]


async def test_a_change_among_the_deleted_items_is_told_to_nobody(office: Office) -> None:
    event = await office.create(BOB)
    await office.act(event, "cancel", {})
    before = await office.copy()

    changed = await office.change(event, subject="Too late")

    assert (changed["subject"], await office.copy()) == ("Too late", before)
    assert await office.mails() == [("invitation", BOB), ("cancellation", BOB)]
