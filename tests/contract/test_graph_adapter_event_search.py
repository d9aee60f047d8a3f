"""The ``EventSearch`` port over the running stand-in: where an event is found whatever people do with it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared_code.core.cancellation import FoundEvent
from shared_code.core.ids import CalendarId, MailboxKey
from shared_code.core.intervals import Interval
from shared_code.core.meeting import Invited, Meeting
from shared_code.core.packing import ical_hash
from shared_code.errors import Gone, NoMailbox, Refused, Throttled, TryLater
from tests.contract.adapters import Adapters, adapters, link_to
from tests.contract.own_adapters import own_adapters

__all__ = ["adapters", "own_adapters"]

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LUNCH = Interval(NOON, NOON + timedelta(minutes=30))
MARK = "mark1" * 8
MEETING = Meeting(
    LUNCH,
    "Europe/Paris",
    "About the contract",
    "",
    is_html=False,
    location=None,
    attendees=(Invited("pat@outside.example", "Pat", is_optional=False),),
    is_online=False,
    reminder_minutes=None,
    asks_for_answers=True,
    takes_proposals=False,
)


@dataclass
class Booked:
    adapters: Adapters
    mailbox: MailboxKey
    calendar: CalendarId
    other: CalendarId
    event: str
    ical: str

    async def act(self, method: str, path: str, body: Any = None) -> Any:
        """As a person does in Outlook."""
        people = f"/tenants/{self.mailbox.tenant}/people/{self.mailbox.user_id}"
        return await self.adapters.contoso.control(method, f"{people}{path}", body)

    async def marked(self, calendar: CalendarId) -> tuple[FoundEvent, ...]:
        return await self.adapters.search.find_marked(link_to(self.mailbox), MARK, calendar)


@pytest.fixture(params=["adapters", "own_adapters"])
def connected(request: pytest.FixtureRequest) -> Adapters:
    found: Adapters = request.getfixturevalue(request.param)
    return found


@pytest.fixture
async def booked(connected: Adapters) -> Booked:
    mailbox = await connected.add_person()
    path = f"/tenants/{mailbox.tenant}/people/{mailbox.user_id}/calendars"
    await connected.contoso.control("POST", path, {"name": "Other"})
    (default, other) = sorted(
        await connected.calendars.list_calendars(link_to(mailbox)), key=lambda each: not each.is_default
    )
    made = await connected.events.create(link_to(mailbox), default.calendar, MEETING, MARK)
    return Booked(connected, mailbox, default.calendar, other.calendar, made.event, made.ical_uid)


async def test_an_event_is_found_by_its_id_and_by_its_mark(booked: Booked) -> None:
    expected = FoundEvent(booked.event, LUNCH, ical_hash(booked.ical).hex())

    assert await booked.adapters.search.read(link_to(booked.mailbox), booked.event) == expected
    assert await booked.marked(booked.calendar) == (expected,)
    assert await booked.marked(booked.other) == ()
    assert await booked.adapters.search.find_marked(link_to(booked.mailbox), "another", booked.calendar) == ()


async def test_a_deleted_event_answers_by_its_id_and_is_in_no_calendar(booked: Booked) -> None:
    await booked.act("DELETE", f"/events/{booked.event}")

    assert await booked.adapters.search.read(link_to(booked.mailbox), booked.event) is not None
    assert (await booked.marked(booked.calendar), await booked.marked(booked.other)) == ((), ())


async def test_an_event_deleted_for_good_is_nowhere(booked: Booked) -> None:
    await booked.act("DELETE", f"/events/{booked.event}?permanent=true")

    assert await booked.adapters.search.read(link_to(booked.mailbox), booked.event) is None
    assert await booked.marked(booked.calendar) == ()


async def test_a_moved_event_keeps_its_id_in_the_other_calendar(booked: Booked) -> None:
    await booked.act("POST", f"/events/{booked.event}/move", {"destination": booked.other})

    (found,) = await booked.marked(booked.other)
    assert found.event == booked.event
    assert await booked.marked(booked.calendar) == ()


async def test_cut_and_paste_is_found_by_its_mark_at_its_new_time(booked: Booked) -> None:
    start, end = ({"dateTime": f"2026-11-24T{hour}:00:00", "timeZone": "UTC"} for hour in (15, 16))
    paste = {"destination": booked.calendar, "cut": True, "start": start, "end": end}
    await booked.act("POST", f"/events/{booked.event}/copy", paste)

    (found,) = await booked.marked(booked.calendar)

    assert found.event != booked.event
    assert found.time == Interval(NOON + timedelta(hours=3), NOON + timedelta(hours=4))
    assert found.ical_hash != ical_hash(booked.ical).hex()


async def test_a_copy_and_the_event_itself_bear_the_mark(booked: Booked) -> None:
    await booked.act("POST", f"/events/{booked.event}/copy", {"destination": booked.calendar})

    assert len(await booked.marked(booked.calendar)) == 2


async def test_a_series_made_of_the_event_is_found_by_its_master(booked: Booked) -> None:
    recurrence = {
        "pattern": {"type": "daily", "interval": 1},
        "range": {"type": "numbered", "startDate": "2026-11-24", "numberOfOccurrences": 3},
    }
    await booked.act("PATCH", f"/events/{booked.event}", {"recurrence": recurrence})

    (found,) = await booked.marked(booked.calendar)

    assert (found.event, found.time) == (booked.event, LUNCH)


async def test_whole_days_are_those_of_utc(booked: Booked) -> None:
    start, end = ({"dateTime": f"2026-11-{day}T00:00:00", "timeZone": "UTC"} for day in (24, 25))
    await booked.act("PATCH", f"/events/{booked.event}", {"isAllDay": True, "start": start, "end": end})

    (found,) = await booked.marked(booked.calendar)

    assert found.time == Interval(NOON - timedelta(hours=12), NOON + timedelta(hours=12))


async def test_a_calendar_that_is_gone_says_so(booked: Booked) -> None:
    await booked.act("DELETE", f"/calendars/{booked.other}")

    with pytest.raises(Gone):
        await booked.marked(booked.other)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 429, "retry_after": 7}, Throttled),
        ({"status": 503}, TryLater),
        ({"status": 403, "code": "ErrorAccessDenied"}, Refused),
        ({"status": 404, "code": "MailboxNotEnabledForRESTAPI"}, NoMailbox),
    ],
)
async def test_what_is_refused_is_never_taken_for_an_absence(
    booked: Booked, answer: dict[str, Any], error: type[Exception]
) -> None:
    await booked.adapters.fault({"kind": "event"}, answer)
    await booked.adapters.fault({"kind": "events"}, answer)

    with pytest.raises(error):
        await booked.adapters.search.read(link_to(booked.mailbox), booked.event)
    with pytest.raises(error):
        await booked.marked(booked.calendar)
