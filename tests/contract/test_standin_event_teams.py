"""Online meetings of Teams: made where the calendar allows it, and bound to the block in the body."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contract.calendars import BOB, meeting
from tests.contract.meetings import NINE, Office, open_office
from tests.contract.shapes import faults
from tests.contract.standin import InProcess

TEAMS = {"isOnlineMeeting": True, "onlineMeetingProvider": "teamsForBusiness"}


@pytest.fixture
async def office(microsoft: InProcess) -> AsyncIterator[Office]:
    async with open_office(microsoft) as found:
        yield found


async def test_a_meeting_of_teams_has_its_link_in_the_event_the_body_and_the_copies(office: Office) -> None:
    event = await office.create(BOB, body={"contentType": "html", "content": "<p>Hello</p>"}, **TEAMS)

    url = event["onlineMeeting"]["joinUrl"]
    assert (event["isOnlineMeeting"], event["onlineMeetingProvider"]) == (True, "teamsForBusiness")
    assert list(faults("event.json", event)) == []
    assert (await office.copy())["onlineMeeting"] == {"joinUrl": url}
    assert "<p>Hello</p>" in event["body"]["content"]
    assert url in event["body"]["content"]


async def test_two_meetings_have_two_links(office: Office) -> None:
    first, second = await office.create(**TEAMS), await office.create(**TEAMS)

    assert first["onlineMeeting"] != second["onlineMeeting"]


@pytest.mark.parametrize("wish", [{"isOnlineMeeting": True}, {**TEAMS, "onlineMeetingProvider": "skypeForBusiness"}])
async def test_a_calendar_that_allows_no_meetings_makes_none_and_says_nothing(
    office: Office, wish: dict[str, Any]
) -> None:
    await office.reader.control("PATCH", "/calendars/default", {"allowedOnlineMeetingProviders": []})

    event = await office.create(**wish)

    (calendar,) = await office.reader.value("/calendars")
    assert (calendar["allowedOnlineMeetingProviders"], calendar["defaultOnlineMeetingProvider"]) == ([], "unknown")
    assert (event["isOnlineMeeting"], event["onlineMeetingProvider"], event["onlineMeeting"]) == (
        False,
        "unknown",
        None,
    )


async def test_a_body_that_keeps_the_block_keeps_the_meeting(office: Office) -> None:
    event = await office.create(BOB, **TEAMS)
    content = event["body"]["content"].replace("<body>", "<body><p>New</p>")

    changed = await office.change(event, body={"contentType": "html", "content": content})

    assert changed["onlineMeeting"] == event["onlineMeeting"]
    assert changed["body"]["content"] == content


async def test_a_body_without_the_block_loses_the_meeting(office: Office) -> None:
    event = await office.create(BOB, **TEAMS)

    changed = await office.change(event, body={"contentType": "html", "content": "<p>New</p>"})

    assert (changed["isOnlineMeeting"], changed["onlineMeeting"]) == (False, None)
    assert (await office.copy())["isOnlineMeeting"] is False


async def test_another_provider_than_the_calendars_makes_no_meeting(office: Office) -> None:
    event = await office.create(isOnlineMeeting=True, onlineMeetingProvider="skypeForBusiness")

    assert (event["isOnlineMeeting"], event["onlineMeeting"]) == (False, None)


async def test_a_link_that_is_in_no_body_stays_while_the_body_is_not_written(office: Office) -> None:
    link = {"joinUrl": "https://teams.example/1"}
    added = await office.reader.add(meeting(*NINE, onlineMeeting=link))

    changed = await office.change(added, subject="x")

    assert changed["onlineMeeting"] == link


@pytest.mark.parametrize("wish", [{"isOnlineMeeting": False}, {"onlineMeetingProvider": "skypeForBusiness"}, TEAMS])
async def test_a_meeting_once_online_stays_so(office: Office, wish: dict[str, Any]) -> None:
    event = await office.create(**TEAMS)

    changed = await office.change(event, subject="x", **wish)

    assert changed["onlineMeeting"] == event["onlineMeeting"]


async def test_a_meeting_may_go_online_later(office: Office) -> None:
    event = await office.create(BOB, body={"contentType": "html", "content": "<p>Hello</p>"})

    changed = await office.change(event, **TEAMS)

    assert changed["onlineMeeting"]["joinUrl"] in changed["body"]["content"]
    assert await office.mails() == [("invitation", BOB), ("update", BOB)]
