"""getSchedule as Graph answers it, with the limits that the service was seen to hold."""

from typing import Any

import pytest

from tests.contract.calendars import ANN, BOB, CARL, Reader, error_code, meeting, reader_of
from tests.contract.standin import InProcess

MORNING = ("2026-03-24T08:00:00", "2026-03-24T12:00:00")


@pytest.fixture
async def ann(microsoft: InProcess) -> Reader:
    return await reader_of(microsoft)


def question(start: str = MORNING[0], end: str = MORNING[1], **more: Any) -> dict[str, Any]:
    zone = {"timeZone": "Romance Standard Time"}
    times = {"startTime": {"dateTime": start, **zone}, "endTime": {"dateTime": end, **zone}}
    return {"schedules": [ANN], **times, **more}


async def ask(ann: Reader, body: Any, prefer: str | None = None) -> Any:
    answer = await ann.post("/calendar/getSchedule", body, prefer)
    assert answer.status_code == 200, answer.text
    return answer.json()["value"]


async def test_each_interval_has_the_digit_of_its_strongest_status(ann: Reader) -> None:
    await ann.add(meeting("2026-03-24T08:00:00", "2026-03-24T08:30:00", showAs="tentative"))
    await ann.add(meeting("2026-03-24T08:00:00", "2026-03-24T09:00:00", showAs="workingElsewhere"))
    await ann.add(meeting("2026-03-24T09:15:00", "2026-03-24T09:20:00"))
    await ann.add(meeting("2026-03-24T09:00:00", "2026-03-24T10:00:00", showAs="free"))
    await ann.add(meeting("2026-03-24T11:00:00", "2026-03-24T13:00:00", showAs="oof"))

    (schedule,) = await ask(ann, question())

    assert schedule["availabilityView"] == "14200033"


async def test_what_is_cancelled_or_declined_is_not_in_the_schedule(ann: Reader) -> None:
    await ann.add(meeting("2026-03-24T08:00:00", "2026-03-24T09:00:00", isCancelled=True))
    await ann.add(meeting("2026-03-24T08:00:00", "2026-03-24T09:00:00", responseStatus={"response": "declined"}))

    (schedule,) = await ask(ann, question())

    assert (schedule["availabilityView"], schedule["scheduleItems"]) == ("00000000", [])


async def test_items_tell_their_subject_unless_they_are_private(ann: Reader) -> None:
    await ann.add(meeting("2026-03-24T08:00:00", "2026-03-24T09:00:00", location={"displayName": "Room 1"}))
    await ann.add(meeting("2026-03-24T10:00:00", "2026-03-24T11:00:00", sensitivity="private"))

    (schedule,) = await ask(ann, question(), 'outlook.timezone="Eastern Standard Time"')

    told, hidden = schedule["scheduleItems"]
    assert (told["subject"], told["location"], told["status"]) == ("Meeting", "Room 1", "busy")
    assert told["start"] == {"dateTime": "2026-03-24T03:00:00.0000000", "timeZone": "Eastern Standard Time"}
    assert hidden["isPrivate"] is True
    assert "subject" not in hidden


async def test_working_hours_name_each_mailboxs_own_zone(ann: Reader) -> None:
    schedules = await ask(ann, question(schedules=[ANN, BOB]))

    names = [schedule["workingHours"]["timeZone"]["name"] for schedule in schedules]
    assert names == ["Romance Standard Time", "Eastern Standard Time"]


async def test_a_mailbox_with_rules_of_its_own_tells_them(ann: Reader) -> None:
    await ann.control("PATCH", "", {"mailbox_time_zone": "Customized Time Zone"}, of=BOB)

    (schedule,) = await ask(ann, question(schedules=[BOB]))

    zone = schedule["workingHours"]["timeZone"]
    assert (zone["@odata.type"], zone["bias"]) == ("#microsoft.graph.customTimeZone", -60)


@pytest.mark.parametrize("address", ["nobody@contoso.example", CARL])
async def test_an_address_without_a_mailbox_spoils_only_its_own_schedule(ann: Reader, address: str) -> None:
    good, bad = await ask(ann, question(schedules=[ANN, address]))

    assert good["availabilityView"] == "00000000"
    assert bad["error"]["responseCode"] == "ErrorMailRecipientNotFound"
    assert "availabilityView" not in bad


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (question(schedules=[ANN] * 101), "ErrorMailboxDataArrayTooBig"),
        (question(end="2026-05-26T08:00:00"), "ErrorTimeIntervalTooBig"),
        (question(end=MORNING[0]), "ErrorInvalidTimeInterval"),
        (question(end="2026-03-23T08:00:00"), "ErrorInvalidTimeInterval"),
        (question(availabilityViewInterval=4), "ErrorInvalidMergedFreeBusyInterval"),
        (question(availabilityViewInterval=1441), "ErrorInvalidMergedFreeBusyInterval"),
        (question(end="2026-03-24T08:15:00"), "ErrorInvalidMergedFreeBusyInterval"),
        (question(start="soon"), "ErrorInvalidParameter"),
        (question(schedules=[]), "ErrorInvalidParameter"),
        ({"schedules": [ANN]}, "BadRequest"),
        (question(schedules=ANN), "BadRequest"),
    ],
)
async def test_a_schedule_beyond_the_limits_is_refused(ann: Reader, body: dict[str, Any], code: str) -> None:
    answer = await ann.post("/calendar/getSchedule", body)

    assert error_code(answer) == (400, code)


async def test_sixty_two_days_and_a_hundred_addresses_are_allowed(ann: Reader) -> None:
    schedules = await ask(
        ann, question(end="2026-05-25T09:00:00", schedules=[ANN] * 100, availabilityViewInterval=1440)
    )

    assert len(schedules) == 100
    assert len(schedules[0]["availabilityView"]) == 62


async def test_more_than_a_thousand_entries_are_an_error_of_that_schedule(ann: Reader) -> None:
    rule = {
        "pattern": {"type": "daily", "interval": 1},
        "range": {"type": "noEnd", "startDate": "2026-03-24"},
    }
    for minute in range(0, 60, 2):
        times = f"2026-03-24T08:{minute:02}:00", f"2026-03-24T08:{minute + 1:02}:00"
        await ann.add(meeting(*times, recurrence=rule))

    (schedule,) = await ask(ann, question(end="2026-05-20T08:00:00"))

    assert schedule["error"]["responseCode"] == "5006"


async def test_a_mailbox_that_is_in_use_can_be_given_another_zone(ann: Reader) -> None:
    await ask(ann, question())

    await ann.control("PATCH", "", {"mailbox_time_zone": "Tokyo Standard Time"})

    (schedule,) = await ask(ann, question())
    assert schedule["workingHours"]["timeZone"] == {"name": "Tokyo Standard Time"}
