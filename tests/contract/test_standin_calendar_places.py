"""What the stand-in claims about reading calendars, asked of the stand-in and, where one is named, of a real tenant.

Beside the variables of places.py a real tenant needs `ORGCAL_TEST_MAILBOX`: the userPrincipalName or object id of a
person whose calendars the app may read. Nothing is written.
"""

import os
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from azure.identity.aio import CertificateCredential

from tests.contract.calendars import meeting, weekly
from tests.contract.clients import SCOPE, credential, transport
from tests.contract.places import Place
from tests.contract.shapes import faults
from tests.contract.standin import Contoso

__all__ = ["credential", "transport"]  # fixtures

QUARTER = {"startDateTime": "2026-03-01T00:00:00Z", "endDateTime": "2026-06-01T00:00:00Z"}
SELECT = "id,type,start,end,showAs,isAllDay,isCancelled,responseStatus,seriesMasterId,iCalUId,originalStartTimeZone"
IMMUTABLE = 'IdType="ImmutableId"'


@pytest.fixture
async def mailbox(place: Place, request: pytest.FixtureRequest) -> str:
    """The person's path; in the stand-in it is filled first."""
    if place.ca_file is None:
        if "ORGCAL_TEST_MAILBOX" not in os.environ:
            pytest.fail("a real tenant needs ORGCAL_TEST_MAILBOX: the mailbox to read", pytrace=False)
        return f"/users/{quote(os.environ['ORGCAL_TEST_MAILBOX'])}"
    contoso: Contoso = request.getfixturevalue("contoso")
    user = "user000@contoso.example"
    for event in (
        weekly("2026-03-02T09:00:00", "2026-03-02T10:00:00", 12, body={"content": "<p>x</p>"}),
        meeting("2026-03-24T00:00:00", "2026-03-25T00:00:00", isAllDay=True, showAs="oof"),
    ):
        await contoso.control("POST", f"/tenants/{contoso.id}/people/{user}/calendars/default/events", event)
    return f"/users/{user}"


@pytest.fixture
async def client(
    place: Place, credential: CertificateCredential, transport: httpx.AsyncHTTPTransport
) -> AsyncIterator[httpx.AsyncClient]:
    token = await credential.get_token(SCOPE)
    headers = {"Authorization": f"Bearer {token.token}"}
    async with httpx.AsyncClient(transport=transport, base_url=place.graph_url, headers=headers) as found:
        yield found


async def test_calendars_have_their_shape_and_one_is_the_default(client: httpx.AsyncClient, mailbox: str) -> None:
    page = (await client.get(f"{mailbox}/calendars", params={"$top": "100"})).json()
    default = (await client.get(f"{mailbox}/calendar")).json()

    assert list(faults("calendars-page.json", page)) == []
    assert list(faults("calendar.json", default)) == []
    assert [each["id"] for each in page["value"] if each["isDefaultCalendar"]] == [default["id"]]


@pytest.mark.parametrize("prefer", [IMMUTABLE, 'outlook.timezone="Tokyo Standard Time"', "odata.maxpagesize=3"])
async def test_a_view_has_its_shape_page_by_page(client: httpx.AsyncClient, mailbox: str, prefer: str) -> None:
    answer = await client.get(f"{mailbox}/calendarView", params=QUARTER, headers={"Prefer": prefer})
    page = answer.json()
    assert list(faults("calendar-view-page.json", page)) == []
    assert "seriesMaster" not in {each["type"] for each in page["value"]}

    if link := page.get("@odata.nextLink"):
        following = (await client.get(link, headers={"Prefer": prefer})).json()
        assert list(faults("calendar-view-page.json", following)) == []
        assert not {each["id"] for each in page["value"]} & {each["id"] for each in following["value"]}


async def test_without_a_preference_a_page_has_at_most_ten(client: httpx.AsyncClient, mailbox: str) -> None:
    page = (await client.get(f"{mailbox}/calendarView", params=QUARTER)).json()

    assert len(page["value"]) <= 10
    assert {each["start"]["timeZone"] for each in page["value"]} <= {"UTC"}


async def test_what_is_selected_is_all_that_comes(client: httpx.AsyncClient, mailbox: str) -> None:
    query = QUARTER | {"$select": SELECT, "$top": "999"}

    page = (await client.get(f"{mailbox}/calendarView", params=query, headers={"Prefer": IMMUTABLE})).json()

    allowed = {"@odata.etag", *SELECT.split(",")}
    assert all(each.keys() <= allowed for each in page["value"])


async def test_an_event_is_found_by_the_immutable_id_of_a_view(client: httpx.AsyncClient, mailbox: str) -> None:
    headers = {"Prefer": IMMUTABLE}
    page = (await client.get(f"{mailbox}/calendarView", params=QUARTER | {"$top": "1"}, headers=headers)).json()

    for shown in page["value"]:
        event = (await client.get(f"{mailbox}/events/{quote(shown['id'])}", headers=headers)).json()
        assert list(faults("event.json", event)) == []
        assert event["id"] == shown["id"]


@pytest.mark.parametrize(
    ("query", "prefer", "code"),
    [
        ({"startDateTime": "2020-01-01", "endDateTime": "2026-01-01"}, None, "ErrorInvalidRequest"),
        ({}, None, "ErrorInvalidParameter"),
        (QUARTER | {"$select": "colour"}, None, "RequestBroker--ParseUri"),
        (QUARTER, 'outlook.timezone="Middle Earth Standard Time"', "TimeZoneNotSupportedException"),
    ],
)
async def test_a_view_is_refused_with_its_code(
    client: httpx.AsyncClient, mailbox: str, query: dict[str, str], prefer: str | None, code: str
) -> None:
    headers = {"Prefer": prefer} if prefer else {}

    answer = await client.get(f"{mailbox}/calendarView", params=query, headers=headers)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


async def test_a_malformed_id_is_refused(client: httpx.AsyncClient, mailbox: str) -> None:
    answer = await client.get(f"{mailbox}/events/AAMkAGI2TGuLAAA=")

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "ErrorInvalidIdMalformed")


def question(address: str, end: str = "2026-03-24T09:00:00", count: int = 1, interval: int = 30) -> dict[str, Any]:
    return {
        "schedules": [address] * count,
        "startTime": {"dateTime": "2026-03-24T08:00:00", "timeZone": "UTC"},
        "endTime": {"dateTime": end, "timeZone": "UTC"},
        "availabilityViewInterval": interval,
    }


async def test_a_schedule_has_its_shape_and_tells_the_zone(client: httpx.AsyncClient, mailbox: str) -> None:
    owner = (await client.get(f"{mailbox}/calendar")).json()["owner"]["address"]

    answer = (await client.post(f"{mailbox}/calendar/getSchedule", json=question(owner))).json()

    assert list(faults("schedule-collection.json", answer)) == []
    assert answer["value"][0]["workingHours"]["timeZone"]["name"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"count": 101}, "ErrorMailboxDataArrayTooBig"),
        ({"end": "2026-05-26T09:00:00"}, "ErrorTimeIntervalTooBig"),
        ({"end": "2026-03-24T08:00:00"}, "ErrorInvalidTimeInterval"),
        ({"interval": 4}, "ErrorInvalidMergedFreeBusyInterval"),
    ],
)
async def test_a_schedule_is_refused_with_its_code(
    client: httpx.AsyncClient, mailbox: str, more: dict[str, Any], code: str
) -> None:
    answer = await client.post(f"{mailbox}/calendar/getSchedule", json=question("a@contoso.example", **more))

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
