"""The ``Calendars`` port: one suite for the fake and for the real adapter against the running stand-in."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

import pytest

from shared_code.calendar_ports import CalendarNames
from shared_code.core.calendar import AllDay, Event, ShowAs
from shared_code.core.ids import CalendarId, MailboxKey, TenantId, UserId
from shared_code.core.intervals import Interval
from shared_code.errors import Gone, NoMailbox, Refused, Throttled, TryLater
from shared_code.ports import Calendars
from tests.contract.adapters import Adapters, adapters, link_to
from tests.contract.own_adapters import own_adapters
from tests.fakes.fake_calendars import FakeCalendars, default_calendar

__all__ = ["adapters", "own_adapters"]

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
WEEK = Interval(MONDAY, MONDAY + timedelta(days=7))
LUNCH = Interval(MONDAY + timedelta(hours=12), MONDAY + timedelta(hours=13))
LATER = Interval(WEEK.end + timedelta(days=1), WEEK.end + timedelta(days=1, hours=1))
ZONE = "W. Europe Standard Time"


class Microsoft(Protocol):
    """Mailboxes that a test can fill."""

    @property
    def calendars(self) -> Calendars: ...

    @property
    def names(self) -> CalendarNames: ...

    async def add_mailbox(self) -> tuple[MailboxKey, CalendarId]: ...

    async def add_nobody(self) -> MailboxKey: ...

    async def add_meeting(self, mailbox: MailboxKey, calendar: CalendarId, time: Interval) -> None: ...

    async def add_day(self, mailbox: MailboxKey, calendar: CalendarId, first: date, end: date) -> None: ...

    async def add_removed_calendar(self, mailbox: MailboxKey) -> CalendarId: ...

    async def close(self, mailbox: MailboxKey) -> None: ...


@dataclass(frozen=True)
class FakeMicrosoft:
    calendars: FakeCalendars = field(default_factory=FakeCalendars)

    @property
    def names(self) -> CalendarNames:
        return self.calendars

    async def add_mailbox(self) -> tuple[MailboxKey, CalendarId]:
        mailbox = await self.add_nobody()
        self.calendars.add_mailbox(mailbox, zone=ZONE)
        return mailbox, default_calendar(mailbox)

    async def add_nobody(self) -> MailboxKey:
        return MailboxKey("organizations", TenantId("tenant"), UserId("user"))

    async def add_meeting(self, mailbox: MailboxKey, calendar: CalendarId, time: Interval) -> None:
        self.calendars.put(mailbox, calendar, Event(f"event {time.start}", "uid", time, ShowAs.BUSY))

    async def add_day(self, mailbox: MailboxKey, calendar: CalendarId, first: date, end: date) -> None:
        self.calendars.put(mailbox, calendar, Event(f"day {first}", "uid", AllDay(first, end, ZONE), ShowAs.BUSY))

    async def add_removed_calendar(self, mailbox: MailboxKey) -> CalendarId:
        return CalendarId(f"removed from {mailbox}")

    async def close(self, mailbox: MailboxKey) -> None:
        for operation in ("list_calendars", "list_named", "read_window", "find_time_zone"):
            self.calendars.script.fail(operation, Refused("by script"), about=str(mailbox))


@dataclass(frozen=True)
class RealMicrosoft:
    adapters: Adapters

    @property
    def calendars(self) -> Calendars:
        return self.adapters.calendars

    @property
    def names(self) -> CalendarNames:
        return self.adapters.calendars

    async def add_mailbox(self) -> tuple[MailboxKey, CalendarId]:
        mailbox = await self.adapters.add_person(mailbox_time_zone=ZONE)
        return mailbox, (await self.calendars.list_calendars(link_to(mailbox)))[0].calendar

    async def add_nobody(self) -> MailboxKey:
        return await self.adapters.add_person(licensed=False)

    async def add_meeting(self, mailbox: MailboxKey, calendar: CalendarId, time: Interval) -> None:
        await self.add(mailbox, calendar, start=_utc(time.start), end=_utc(time.end))

    async def add_day(self, mailbox: MailboxKey, calendar: CalendarId, first: date, end: date) -> None:
        times = {"start": _midnight(first), "end": _midnight(end)}
        await self.add(mailbox, calendar, **times, isAllDay=True)

    async def add_removed_calendar(self, mailbox: MailboxKey) -> CalendarId:
        path = f"/tenants/{mailbox.tenant}/people/{mailbox.user_id}/calendars"
        added = await self.adapters.contoso.control("POST", path, {"name": "old"})
        await self.adapters.contoso.control("DELETE", f"{path}/{added['id']}")
        return CalendarId(added["id"])

    async def close(self, mailbox: MailboxKey) -> None:
        await self.adapters.close(mailbox)

    async def add(self, mailbox: MailboxKey, calendar: CalendarId, **event: Any) -> dict[str, Any]:
        path = f"/tenants/{mailbox.tenant}/people/{mailbox.user_id}/calendars/{calendar}/events"
        added: dict[str, Any] = await self.adapters.contoso.control("POST", path, {"subject": "secret", **event})
        return added


def _utc(instant: datetime) -> dict[str, str]:
    return {"dateTime": f"{instant:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}


def _midnight(day: date) -> dict[str, str]:
    return {"dateTime": f"{day}T00:00:00", "timeZone": ZONE}


@pytest.fixture(params=["fake", "adapters", "own_adapters"])
def microsoft(request: pytest.FixtureRequest) -> Microsoft:
    return FakeMicrosoft() if request.param == "fake" else RealMicrosoft(request.getfixturevalue(request.param))


@pytest.fixture
def real(adapters: Adapters) -> RealMicrosoft:
    return RealMicrosoft(adapters)


async def test_a_mailbox_has_a_default_calendar_of_its_own(microsoft: Microsoft) -> None:
    mailbox, calendar = await microsoft.add_mailbox()

    listed = await microsoft.calendars.list_calendars(link_to(mailbox))

    assert [(each.calendar, each.is_default, each.can_edit) for each in listed] == [(calendar, True, True)]


async def test_whoever_wants_to_choose_sees_the_same_calendars_with_name_and_colour(microsoft: Microsoft) -> None:
    mailbox, calendar = await microsoft.add_mailbox()

    (named,) = await microsoft.names.list_named(link_to(mailbox))

    assert [named.calendar] == list(await microsoft.calendars.list_calendars(link_to(mailbox)))
    assert named.calendar.calendar == calendar
    assert named.name
    assert named.color


async def test_what_lies_in_the_window_is_read_and_nothing_else(microsoft: Microsoft) -> None:
    mailbox, calendar = await microsoft.add_mailbox()
    await microsoft.add_meeting(mailbox, calendar, LUNCH)
    await microsoft.add_meeting(mailbox, calendar, LATER)

    events = await microsoft.calendars.read_window(link_to(mailbox), calendar, WEEK)

    assert [(event.time, event.show_as, event.is_cancelled, event.is_declined) for event in events] == [
        (LUNCH, ShowAs.BUSY, False, False)
    ]


async def test_all_day_events_are_days(microsoft: Microsoft) -> None:
    mailbox, calendar = await microsoft.add_mailbox()
    await microsoft.add_day(mailbox, calendar, date(2026, 11, 25), date(2026, 11, 27))

    events = await microsoft.calendars.read_window(link_to(mailbox), calendar, WEEK)

    assert [event.time for event in events] == [AllDay(date(2026, 11, 25), date(2026, 11, 27), ZONE)]


async def test_a_removed_calendar_is_gone(microsoft: Microsoft) -> None:
    mailbox, _ = await microsoft.add_mailbox()
    gone = await microsoft.add_removed_calendar(mailbox)

    with pytest.raises(Gone):
        await microsoft.calendars.read_window(link_to(mailbox), gone, WEEK)


async def test_a_person_without_a_mailbox_has_no_calendars(microsoft: Microsoft) -> None:
    mailbox = await microsoft.add_nobody()

    with pytest.raises(NoMailbox):
        await microsoft.calendars.list_calendars(link_to(mailbox))
    with pytest.raises(NoMailbox):
        await microsoft.names.list_named(link_to(mailbox))


async def test_a_mailbox_that_policy_closes_is_refused_in_every_operation(microsoft: Microsoft) -> None:
    mailbox, calendar = await microsoft.add_mailbox()
    await microsoft.close(mailbox)

    with pytest.raises(Refused):
        await microsoft.calendars.list_calendars(link_to(mailbox))
    with pytest.raises(Refused):
        await microsoft.names.list_named(link_to(mailbox))
    with pytest.raises(Refused):
        await microsoft.calendars.read_window(link_to(mailbox), calendar, WEEK)
    with pytest.raises(Refused):
        await microsoft.calendars.find_time_zone(link_to(mailbox), "adele@contoso.example", MONDAY)


async def test_the_mailbox_says_its_zone(microsoft: Microsoft) -> None:
    mailbox, _ = await microsoft.add_mailbox()

    assert await microsoft.calendars.find_time_zone(link_to(mailbox), "adele@contoso.example", MONDAY) == ZONE


async def test_a_custom_zone_is_none(real: RealMicrosoft) -> None:
    mailbox, _ = await real.add_mailbox()
    path = f"/tenants/{mailbox.tenant}/people/{mailbox.user_id}"
    await real.adapters.contoso.control("PATCH", path, {"mailbox_time_zone": "Customized Time Zone"})

    assert await real.calendars.find_time_zone(link_to(mailbox), "adele@contoso.example", MONDAY) is None


async def test_every_page_of_a_long_list_of_calendars_is_read(real: RealMicrosoft) -> None:
    mailbox, _ = await real.add_mailbox()
    path = f"/tenants/{mailbox.tenant}/people/{mailbox.user_id}/calendars"
    for number in range(12):
        await real.adapters.contoso.control("POST", path, {"name": f"calendar {number}"})
    owner = {"name": "Pat", "address": "pat@contoso.example"}
    shared = {"name": "Pat's", "source": "shared", "owner": owner}
    await real.adapters.contoso.control("POST", path, shared)

    listed = await real.calendars.list_calendars(link_to(mailbox))

    assert len({each.calendar for each in listed}) == 14
    assert [each.is_default for each in listed].count(True) == 1
    assert "pat@contoso.example" in {each.owner_address for each in listed}


async def test_names_and_colours_are_those_that_the_owner_gave(real: RealMicrosoft) -> None:
    mailbox, default = await real.add_mailbox()
    path = f"/tenants/{mailbox.tenant}/people/{mailbox.user_id}/calendars"
    more = {"name": "Größere Pläne 🗓", "color": "lightTeal", "hexColor": "#4db6ac", "canEdit": False}
    added = await real.adapters.contoso.control("POST", path, more)

    named = {each.calendar.calendar: each for each in await real.names.list_named(link_to(mailbox))}

    other = named[CalendarId(added["id"])]
    assert (other.name, other.color, other.hex_color) == ("Größere Pläne 🗓", "lightTeal", "#4db6ac")
    assert (other.calendar.can_edit, other.calendar.is_default) == (False, False)
    assert (named[default].name, named[default].hex_color) == ("Calendar", None)


async def test_a_series_is_read_as_its_occurrences_over_the_end_of_summer_time(real: RealMicrosoft) -> None:
    mailbox, calendar = await real.add_mailbox()
    start, end = datetime(2026, 10, 23, 9), datetime(2026, 10, 23, 10)  # noqa: DTZ001 - local times, their zone beside them
    pattern = {"type": "daily", "interval": 1}
    ends = {"type": "numbered", "startDate": "2026-10-23", "numberOfOccurrences": 4, "recurrenceTimeZone": ZONE}
    times = {
        "start": {"dateTime": start.isoformat(), "timeZone": ZONE},
        "end": {"dateTime": end.isoformat(), "timeZone": ZONE},
    }
    await real.add(mailbox, calendar, **times, recurrence={"pattern": pattern, "range": ends}, showAs="oof")
    window = Interval(datetime(2026, 10, 20, tzinfo=UTC), datetime(2026, 10, 30, tzinfo=UTC))

    events = await real.calendars.read_window(link_to(mailbox), calendar, window)

    hours = sorted(event.time.start.hour for event in events if isinstance(event.time, Interval))
    assert hours == [7, 7, 8, 8]
    assert {event.show_as for event in events} == {ShowAs.OUT_OF_OFFICE}
    assert len({event.event for event in events}) == 4
    assert len({event.series for event in events}) == 1
    assert None not in {event.series for event in events}


async def test_a_full_window_is_read_over_several_pages(real: RealMicrosoft) -> None:
    mailbox, calendar = await real.add_mailbox()
    pattern = {"type": "daily", "interval": 1}
    ends = {"type": "endDate", "startDate": "2026-11-23", "endDate": "2026-12-23", "recurrenceTimeZone": "UTC"}
    series = set()
    for hour in range(24):
        for minute in (0, 30):
            start = MONDAY + timedelta(hours=hour, minutes=minute)
            times = {"start": _utc(start), "end": _utc(start + timedelta(minutes=30))}
            added = await real.add(mailbox, calendar, **times, recurrence={"pattern": pattern, "range": ends})
            series.add(added["immutableId"])
    window = Interval(MONDAY, MONDAY + timedelta(days=31))

    events = await real.calendars.read_window(link_to(mailbox), calendar, window)

    assert len({event.event for event in events}) == 31 * 48
    assert {event.series for event in events} == series, "a page has ids of the other kind"
    assert len(await real.adapters.requests("calendar_view")) == 2


async def test_reading_a_window_asks_for_no_text_and_for_immutable_ids(real: RealMicrosoft) -> None:
    mailbox, calendar = await real.add_mailbox()
    added = await real.add(mailbox, calendar, start=_utc(LUNCH.start), end=_utc(LUNCH.end))

    (event,) = await real.calendars.read_window(link_to(mailbox), calendar, WEEK)

    assert added["immutableId"] != added["id"]
    assert event.event == added["immutableId"]
    (asked,) = await real.adapters.requests("calendar_view")
    for text in ("subject", "body", "location", "attendees", "organizer"):
        assert text not in str(asked["query"])


async def test_too_many_requests_at_once_throttle_the_mailbox_only(real: RealMicrosoft) -> None:
    mailbox, calendar = await real.add_mailbox()
    await real.adapters.fault(
        {"kind": "calendar_view"}, {"status": 429, "code": "ApplicationThrottled", "retry_after": 1}
    )

    with pytest.raises(Throttled) as caught:
        await real.calendars.read_window(link_to(mailbox), calendar, WEEK)

    assert not caught.value.whole_tenant
    assert caught.value.retry_after == timedelta(seconds=1)


@pytest.mark.parametrize("answer", [{"status": 503}, {"status": 500}, {"drop_connection": True}])
async def test_a_passing_fault_is_tried_later_and_not_at_once(real: RealMicrosoft, answer: dict[str, Any]) -> None:
    mailbox, calendar = await real.add_mailbox()
    await real.adapters.fault({"kind": "calendar_view"}, answer)

    with pytest.raises(TryLater):
        await real.calendars.read_window(link_to(mailbox), calendar, WEEK)

    assert len(await real.adapters.requests("calendar_view")) == 1
