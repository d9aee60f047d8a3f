"""The ``Events`` port: one suite for the fake and for the real adapter against the running stand-in."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import pytest

from shared_code.adapters.graph.client import whose
from shared_code.adapters.graph.http import Asked, Question
from shared_code.booking_ports import Events
from shared_code.core.calendar import ShowAs
from shared_code.core.ids import CalendarId, MailboxKey, TenantId, UserId
from shared_code.core.intervals import Interval
from shared_code.core.meeting import Invited, Meeting, with_join_details
from shared_code.errors import Gone, NoMailbox, Refused, Rejected, Throttled, TryLater
from shared_code.ports import Calendars
from tests.contract.adapters import Adapters, adapters, link_to
from tests.contract.own_adapters import own_adapters
from tests.fakes.fake_calendars import FakeCalendars, default_calendar
from tests.fakes.fake_events import FakeEvents

__all__ = ["adapters", "own_adapters"]

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LUNCH = Interval(NOON, NOON + timedelta(minutes=30))
LATER = Interval(NOON + timedelta(days=1), NOON + timedelta(days=1, hours=1))
DAY = Interval(NOON - timedelta(hours=12), NOON + timedelta(hours=12))
MARK = "mark1" * 8
GUEST = Invited("pat@outside.example", "Pat", is_optional=False)
MEETING = Meeting(
    LUNCH,
    "Europe/Paris",
    "About the contract",
    "First line\n<second>",
    is_html=False,
    location="Room 1",
    attendees=(GUEST,),
    is_online=False,
    reminder_minutes=10,
    asks_for_answers=True,
    takes_proposals=False,
)


class Microsoft(Protocol):
    @property
    def events(self) -> Events: ...

    @property
    def calendars(self) -> Calendars: ...

    async def add_mailbox(self) -> tuple[MailboxKey, CalendarId]: ...

    async def add_nobody(self) -> MailboxKey: ...

    async def delete(self, mailbox: MailboxKey, event: str, *, for_good: bool) -> None: ...


@dataclass(frozen=True)
class FakeMicrosoft:
    calendars: FakeCalendars = field(default_factory=FakeCalendars)
    fakes: list[FakeEvents] = field(default_factory=list)

    @property
    def events(self) -> FakeEvents:
        if not self.fakes:
            self.fakes.append(FakeEvents(self.calendars))
        return self.fakes[0]

    async def add_mailbox(self) -> tuple[MailboxKey, CalendarId]:
        mailbox = await self.add_nobody()
        self.calendars.add_mailbox(mailbox)
        return mailbox, default_calendar(mailbox)

    async def add_nobody(self) -> MailboxKey:
        return MailboxKey("organizations", TenantId("tenant"), UserId("user"))

    async def delete(self, mailbox: MailboxKey, event: str, *, for_good: bool) -> None:
        assert self.events.made[event].mailbox == mailbox
        self.events.delete(event, for_good=for_good)


@dataclass(frozen=True)
class RealMicrosoft:
    adapters: Adapters

    @property
    def events(self) -> Events:
        return self.adapters.events

    @property
    def calendars(self) -> Calendars:
        return self.adapters.calendars

    async def add_mailbox(self) -> tuple[MailboxKey, CalendarId]:
        mailbox = await self.adapters.add_person()
        return mailbox, (await self.calendars.list_calendars(link_to(mailbox)))[0].calendar

    async def add_nobody(self) -> MailboxKey:
        return await self.adapters.add_person(licensed=False)

    async def delete(self, mailbox: MailboxKey, event: str, *, for_good: bool) -> None:
        builder = whose(self.adapters.client.builders, link_to(mailbox)).events.by_event_id(event)
        request = (
            builder.permanent_delete.to_post_request_information if for_good else builder.to_delete_request_information
        )()
        await self.adapters.client.tell(_question(mailbox), request)

    async def whole(self, mailbox: MailboxKey, event: str) -> dict[str, Any]:
        """Everything that the stand-in shows of it."""
        builder = self.adapters.client.builders.users.by_user_id(mailbox.user_id).events.by_event_id(event)
        return await self.adapters.client.send(_question(mailbox), builder.to_get_request_information(), dict[str, Any])


def _question(mailbox: MailboxKey) -> Question:
    return Question(link_to(mailbox), Asked.MEETING, "a test")


@pytest.fixture(params=["fake", "adapters", "own_adapters"])
def microsoft(request: pytest.FixtureRequest) -> Microsoft:
    return FakeMicrosoft() if request.param == "fake" else RealMicrosoft(request.getfixturevalue(request.param))


@pytest.fixture
def real(adapters: Adapters) -> RealMicrosoft:
    return RealMicrosoft(adapters)


async def test_a_created_event_is_in_the_calendar_and_bears_its_mark(microsoft: Microsoft) -> None:
    mailbox, calendar = await microsoft.add_mailbox()

    made = await microsoft.events.create(link_to(mailbox), calendar, MEETING, MARK)

    assert (made.time, made.mark, made.is_cancelled, made.is_online, made.join_url) == (LUNCH, MARK, False, False, None)
    assert await microsoft.events.read(link_to(mailbox), made.event) == made
    assert await microsoft.events.find_marked(link_to(mailbox), calendar, MARK) == made
    assert await microsoft.events.find_marked(link_to(mailbox), calendar, MARK, "one that is not there") == made
    assert await microsoft.events.find_marked(link_to(mailbox), calendar, "another") is None
    (seen,) = await microsoft.calendars.read_window(link_to(mailbox), calendar, DAY)
    assert (seen.event, seen.ical_uid, seen.time, seen.show_as) == (made.event, made.ical_uid, LUNCH, ShowAs.BUSY)


async def test_an_event_created_twice_with_one_mark_is_one(microsoft: Microsoft) -> None:
    mailbox, calendar = await microsoft.add_mailbox()

    first = await microsoft.events.create(link_to(mailbox), calendar, MEETING, MARK)
    second = await microsoft.events.create(link_to(mailbox), calendar, MEETING, MARK)

    assert first.event == second.event
    assert len(await microsoft.calendars.read_window(link_to(mailbox), calendar, DAY)) == 1


async def test_a_changed_event_is_at_its_new_time_and_keeps_its_body_unless_given_one(microsoft: Microsoft) -> None:
    mailbox, calendar = await microsoft.add_mailbox()
    made = await microsoft.events.create(link_to(mailbox), calendar, MEETING, MARK)

    before = await microsoft.events.read_body(link_to(mailbox), made.event)
    moved = await microsoft.events.change(link_to(mailbox), made.event, replace(MEETING, time=LATER), None)
    kept = await microsoft.events.read_body(link_to(mailbox), made.event)
    await microsoft.events.change(link_to(mailbox), made.event, replace(MEETING, time=LATER), "<b>new</b>")
    rewritten = await microsoft.events.read_body(link_to(mailbox), made.event)

    assert (moved.event, moved.time, moved.ical_uid) == (made.event, LATER, made.ical_uid)
    assert (kept, "second" in kept) == (before, True)
    assert "<b>new</b>" in rewritten
    assert "second" not in rewritten


async def test_a_cancelled_event_is_in_no_calendar_and_may_be_cancelled_again(microsoft: Microsoft) -> None:
    mailbox, calendar = await microsoft.add_mailbox()
    made = await microsoft.events.create(link_to(mailbox), calendar, MEETING, MARK)

    await microsoft.events.cancel(link_to(mailbox), made.event, "no longer needed")
    await microsoft.events.cancel(link_to(mailbox), made.event, "no longer needed")

    assert await microsoft.calendars.read_window(link_to(mailbox), calendar, DAY) == ()
    assert await microsoft.events.find_marked(link_to(mailbox), calendar, MARK) is None


async def test_what_the_host_has_deleted_for_good_is_gone(microsoft: Microsoft) -> None:
    mailbox, calendar = await microsoft.add_mailbox()
    made = await microsoft.events.create(link_to(mailbox), calendar, MEETING, MARK)
    await microsoft.delete(mailbox, made.event, for_good=True)

    with pytest.raises(Gone):
        await microsoft.events.read(link_to(mailbox), made.event)
    with pytest.raises(Gone):
        await microsoft.events.change(link_to(mailbox), made.event, MEETING, None)
    with pytest.raises(Gone):
        await microsoft.events.cancel(link_to(mailbox), made.event, "")


async def test_an_online_meeting_has_a_link_and_keeps_it_when_its_body_is_rewritten(microsoft: Microsoft) -> None:
    mailbox, calendar = await microsoft.add_mailbox()
    online = replace(MEETING, is_online=True)

    made = await microsoft.events.create(link_to(mailbox), calendar, online, MARK)
    before = await microsoft.events.read_body(link_to(mailbox), made.event)
    body = with_join_details(replace(online, body="Other words"), before, made.join_url)
    changed = await microsoft.events.change(link_to(mailbox), made.event, online, body)

    assert made.is_online
    assert made.join_url is not None
    assert (changed.is_online, changed.join_url) == (True, made.join_url)
    after = await microsoft.events.read_body(link_to(mailbox), made.event)
    assert "Other words" in after
    assert "First line" not in after


async def test_nobody_is_booked_in_a_mailbox_that_is_not_there(microsoft: Microsoft) -> None:
    mailbox = await microsoft.add_nobody()

    with pytest.raises(NoMailbox):
        await microsoft.events.create(link_to(mailbox), CalendarId("none"), MEETING, MARK)


async def test_a_calendar_says_whether_it_takes_teams_meetings(microsoft: Microsoft) -> None:
    mailbox, calendar = await microsoft.add_mailbox()

    assert await microsoft.events.allows_teams(link_to(mailbox), calendar)


async def test_an_event_is_written_as_the_product_says_it(real: RealMicrosoft) -> None:
    mailbox, calendar = await real.add_mailbox()
    optional = replace(GUEST, address="kim@outside.example", name=None, is_optional=True)

    made = await real.events.create(link_to(mailbox), calendar, replace(MEETING, attendees=(GUEST, optional)), MARK)

    shown = await real.whole(mailbox, made.event)
    assert (shown["subject"], shown["location"]["displayName"]) == ("About the contract", "Room 1")
    assert (shown["isReminderOn"], shown["reminderMinutesBeforeStart"]) == (True, 10)
    assert (shown["responseRequested"], shown["allowNewTimeProposals"]) == (True, False)
    assert shown["originalStartTimeZone"] == "Romance Standard Time"
    assert "&lt;second&gt;" in shown["body"]["content"]
    people = [(one["emailAddress"]["address"], one["emailAddress"]["name"], one["type"]) for one in shown["attendees"]]
    assert people == [
        ("pat@outside.example", "Pat", "required"),
        ("kim@outside.example", "kim@outside.example", "optional"),
    ]
    assert len(await real.adapters.requests("events")) == 1


@pytest.mark.parametrize("zone", ["Europe/Vienna", "America/Argentina/ComodRivadavia", "Antarctica/Troll"])
async def test_a_meeting_is_at_its_instant_whatever_zone_it_is_shown_in(real: RealMicrosoft, zone: str) -> None:
    mailbox, calendar = await real.add_mailbox()

    made = await real.events.create(link_to(mailbox), calendar, replace(MEETING, zone=zone), MARK)

    assert made.time == LUNCH


async def test_an_hour_that_clocks_show_twice_is_said_in_utc(real: RealMicrosoft) -> None:
    mailbox, calendar = await real.add_mailbox()
    twice = datetime(2026, 10, 25, 1, 15, tzinfo=UTC)

    made = await real.events.create(
        link_to(mailbox), calendar, replace(MEETING, time=Interval(twice, twice + timedelta(minutes=30))), MARK
    )

    assert made.time.start == twice


async def test_what_microsoft_does_not_take_is_the_products_to_mend(real: RealMicrosoft) -> None:
    mailbox, calendar = await real.add_mailbox()
    nobody = replace(GUEST, address="not an address")

    with pytest.raises(Rejected) as caught:
        await real.events.create(link_to(mailbox), calendar, replace(MEETING, attendees=(nobody,)), MARK)

    assert (caught.value.problem, "not an address" in str(caught.value)) == ("meeting-refused", False)


async def test_a_calendar_that_is_read_only_is_refused(real: RealMicrosoft) -> None:
    mailbox, _ = await real.add_mailbox()
    path = f"/tenants/{mailbox.tenant}/people/{mailbox.user_id}/calendars"
    added = await real.adapters.contoso.control("POST", path, {"name": "holidays", "source": "internet"})

    with pytest.raises(Refused):
        await real.events.create(link_to(mailbox), CalendarId(added["id"]), MEETING, MARK)


@pytest.mark.parametrize("answer", [{"status": 503}, {"status": 504}, {"drop_connection": True}])
async def test_a_create_whose_answer_is_lost_is_not_sent_again(real: RealMicrosoft, answer: dict[str, Any]) -> None:
    mailbox, calendar = await real.add_mailbox()
    await real.adapters.fault({"kind": "events"}, answer)

    with pytest.raises(TryLater):
        await real.events.create(link_to(mailbox), calendar, MEETING, MARK)

    assert len(await real.adapters.requests("events")) == 1


async def test_a_throttled_create_says_when_to_come_again(real: RealMicrosoft) -> None:
    mailbox, calendar = await real.add_mailbox()
    await real.adapters.fault({"kind": "events"}, {"status": 429, "code": "ApplicationThrottled", "retry_after": 7})

    with pytest.raises(Throttled) as caught:
        await real.events.create(link_to(mailbox), calendar, MEETING, MARK)

    assert caught.value.retry_after == timedelta(seconds=7)
