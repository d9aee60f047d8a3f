"""Booking, changing and cancelling meetings, over the whole app in memory."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared_code.core.calendar import Event, ShowAs
from shared_code.core.intervals import Interval
from shared_code.core.limits import MAX_LIVE_USERS
from shared_code.errors import Refused, Throttled
from tests.fakes.composed_app import ComposedApp
from tests.fakes.fake_calendars import default_calendar
from tests.unit.functions.booking_calls import (
    OTHER,
    SECRETS,
    book,
    booker,
    busy,
    cancel,
    forget_traces,
    get,
    held,
    let_pass,
    lose_answer,
    mailbox_of,
    meeting,
    put,
    row,
    stored,
    sync,
    tomorrow,
    writes,
)
from tests.unit.functions.browser import call

__all__ = ["booker"]

pytestmark = pytest.mark.by_hand


async def test_a_booking_is_one_request_and_can_be_read(booker: ComposedApp) -> None:
    answered = await put(meeting(booker, cohosts=["ben"], online_meeting="teams"))

    given = answered.json
    assert (answered.status, given["state"], given["host"], given["cohosts"]) == (201, "booked", "anna", ["ben"])
    assert given["join_url"] is not None
    assert writes(booker) == ["allows_teams", "create"]
    (made,) = booker.events.live()
    assert (made.mailbox, made.calendar) == (mailbox_of("anna"), default_calendar(mailbox_of("anna")))
    assert {one.address for one in made.meeting.attendees} == {"guest@outside.example", "ben@acme.example"}
    assert (await get()).json == given


async def test_a_plain_booking_is_one_request_to_microsoft_and_one_if_free_is_two(booker: ComposedApp) -> None:
    await book(booker, "b-1", 9)
    await book(booker, "b-2", 11, if_free=True)

    assert writes(booker) == ["create", "create"]
    assert booker.calendars.script.operations() == ["read_window"]


async def test_the_same_request_again_asks_microsoft_for_nothing(booker: ComposedApp) -> None:
    first = await put(meeting(booker))

    second = await put(meeting(booker, if_free=True))

    assert (first.status, second.status) == (201, 200)
    assert second.json == first.json
    assert writes(booker) == ["create"]
    assert len(booker.events.mails) == 1


async def test_a_changed_request_changes_the_event(booker: ComposedApp) -> None:
    before = await book(booker, online_meeting="teams")

    after = await book(booker, hour=15, online_meeting="teams", body="Another text")

    assert (after["event"], after["join_url"]) == (before["event"], before["join_url"])
    assert after["start"] == tomorrow(booker, 15).isoformat().replace("+00:00", "Z")
    (made,) = booker.events.live()
    assert (made.meeting.time.start, "Another text" in made.body, before["join_url"] in made.body) == (
        tomorrow(booker, 15),
        True,
        True,
    )
    assert [mail.what for mail in booker.events.mails] == ["invitation", "update"]


async def test_moving_a_meeting_is_one_request_and_leaves_its_text_alone(booker: ComposedApp) -> None:
    await book(booker, online_meeting="teams")
    forget_traces(booker)

    await book(booker, hour=15, online_meeting="teams")

    assert writes(booker) == ["change"]
    assert booker.events.live()[0].body.startswith("Open the vault<div")


async def test_another_host_is_refused_and_told_so(booker: ComposedApp) -> None:
    await book(booker)

    answered = await put(meeting(booker, host="ben"))

    assert (answered.status, answered.problem) == (409, "host-changed")
    assert len(booker.events.live()) == 1


async def test_a_cancelled_booking_is_cancelled_with_microsofts_mail_and_its_reason(booker: ComposedApp) -> None:
    await book(booker, cohosts=["ben"])

    answered = await cancel(reason="because of rain")

    assert answered.status == 204
    assert booker.events.live() == []
    assert [(mail.what, mail.comment) for mail in booker.events.mails][-1] == ("cancellation", "because of rain")
    given = (await get()).json
    assert (given["state"], given["ended_by"], given["join_url"]) == ("ended", "product", None)
    assert (await held(booker, "ben")).ended_at is not None  # type: ignore[union-attr]
    assert (await cancel()).status == 204


async def test_what_the_host_has_deleted_for_good_is_cancelled_all_the_same(booker: ComposedApp) -> None:
    given = await book(booker)
    booker.events.delete(given["event"], for_good=True)

    assert (await cancel()).status == 204

    assert (await get()).json["state"] == "ended"


async def test_a_cancelled_booking_can_be_booked_again_even_with_another_host(booker: ComposedApp) -> None:
    first = await book(booker)
    await cancel()

    second = await book(booker)
    await cancel()
    third = await book(booker, host="ben")

    assert len({first["event"], second["event"], third["event"]}) == 3
    assert first["generation"] < second["generation"] < third["generation"]
    (made,) = booker.events.live()
    assert (made.mailbox, made.shown.event) == (mailbox_of("ben"), third["event"])
    assert len({made.shown.mark for made in booker.events.made.values()}) == 3
    assert (await get()).json["host"] == "ben"


async def test_a_booking_that_never_was_is_not_found(booker: ComposedApp) -> None:
    assert ((await get()).problem, (await cancel()).problem) == ("booking-not-found", "booking-not-found")


# --- time that is taken ---


async def test_a_time_that_another_booking_has_is_taken_and_only_its_times_are_told(booker: ComposedApp) -> None:
    await book(booker, "b-1", 12, cohosts=["ben"])

    answered = await put(meeting(booker, 12, 90, host="ben", title="Another"), "b-2")

    assert (answered.status, answered.problem) == (409, "slot-taken")
    start = tomorrow(booker, 12)
    times = {"start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat()}
    assert answered.json["clashes"] == [{name: at.replace("+00:00", "Z") for name, at in times.items()}]
    assert not any(secret in answered.text for secret in (*SECRETS, "b-1", "anna"))
    assert await row(booker, "ben", "b-2") is None


async def test_a_time_that_is_taken_for_one_cohost_is_given_back_by_all_others(booker: ComposedApp) -> None:
    await book(booker, "b-1", 12, host="cleo")

    answered = await put(meeting(booker, 12, cohosts=["ben", "cleo"]), "b-2")
    alone = await put(meeting(booker, 12, cohosts=["ben"]), "b-3")

    assert (answered.problem, alone.status) == ("slot-taken", 201)


async def test_two_organizations_with_one_booking_id_on_one_mailbox_never_meet(booker: ComposedApp) -> None:
    await book(booker, "b-1", 9)

    beside = await put(meeting(booker, 9), "b-1", OTHER)
    assert (await cancel("b-1")).status == 204

    assert beside.status == 201
    assert (await get("b-1", OTHER)).json["state"] == "booked"
    assert [made.meeting.time.start for made in booker.events.live()] == [tomorrow(booker, 9)]
    assert len({made.shown.mark for made in booker.events.made.values()}) == 2


async def test_if_free_looks_into_everybodys_calendars_now(booker: ComposedApp) -> None:
    start = tomorrow(booker, 12) + timedelta(minutes=30)
    own = Event("own", None, Interval(start, start + timedelta(hours=2)), ShowAs.BUSY)
    booker.calendars.put(mailbox_of("ben"), default_calendar(mailbox_of("ben")), own)

    answered = await put(meeting(booker, cohosts=["ben"], if_free=True))
    careless = await put(meeting(booker, cohosts=["ben"]))

    assert answered.problem == "slot-taken"
    assert len(answered.json["clashes"]) == 1
    assert careless.status == 201


async def test_a_meeting_is_moved_if_free_over_its_own_old_time(booker: ComposedApp) -> None:
    await book(booker, hour=12)

    answered = await put(meeting(booker, 12, 120, if_free=True))

    assert answered.status == 200


async def test_if_free_does_not_take_a_closed_calendar_for_free_time(booker: ComposedApp) -> None:
    booker.calendars.script.fail("read_window", Refused("by script"), about=str(mailbox_of("anna")))
    closed = await put(meeting(booker, if_free=True))
    booker.calendars.script.heal()
    booker.calendars.script.fail("read_window", Throttled("by script", timedelta(seconds=9)))
    throttled = await put(meeting(booker, if_free=True))

    assert (closed.problem, throttled.status) == ("free-time-unknown", 503)
    assert (await row(booker), booker.events.made) == (None, {})


async def test_after_a_refusal_another_host_may_be_tried_at_once(booker: ComposedApp) -> None:
    await book(booker, "b-2", 12, host="ben")

    refused = await put(meeting(booker, host="ben"))
    answered = await put(meeting(booker, host="anna"))

    assert (refused.problem, answered.status) == ("slot-taken", 201)


async def test_a_refusal_leaves_what_is_known_of_a_booking_that_has_ended(booker: ComposedApp) -> None:
    await book(booker, "b-2", 12, host="ben")
    await book(booker, "b-1", 12)
    await cancel("b-1")

    refused = await put(meeting(booker, host="ben"))

    assert (refused.problem, (await get()).json["state"]) == ("slot-taken", "ended")


# --- busy at once, free at once ---


async def test_a_booking_is_busy_at_once_for_host_and_cohosts_and_free_at_once(booker: ComposedApp) -> None:
    await book(booker, cohosts=["ben"])
    booked = await busy(booker, "anna"), await busy(booker, "ben"), await busy(booker, "cleo")

    await sync(booker)
    read = await busy(booker, "anna")
    await cancel()

    assert booked == ([12, 13], [12, 13], [])
    assert (read, await busy(booker, "anna"), await busy(booker, "ben")) == ([12, 13], [], [])


async def test_a_moved_booking_is_busy_at_its_new_time_only(booker: ComposedApp) -> None:
    await book(booker)
    await sync(booker)

    await book(booker, hour=15)
    at_once = await busy(booker)
    await sync(booker)

    assert (at_once, await busy(booker)) == ([15, 16], [15, 16])


async def test_what_the_host_does_to_the_event_counts_once_it_was_read(booker: ComposedApp) -> None:
    given = await book(booker)
    await sync(booker)
    calendar = default_calendar(mailbox_of("anna"))
    event = booker.calendars.mailboxes[mailbox_of("anna")].events[calendar][given["event"]]
    booker.calendars.put(mailbox_of("anna"), calendar, replace(event, show_as=ShowAs.FREE))

    await sync(booker)

    assert await busy(booker) == []


# --- what is refused ---


@pytest.mark.parametrize(
    ("changes", "status", "problem"),
    [
        ({"host": "nobody"}, 404, "user-not-found"),
        ({"cohosts": ["nobody"]}, 404, "user-not-found"),
        ({"zone": "Mars/Olympus"}, 422, "time-zone-unknown"),
        ({"attendees": [{"address": "nowhere"}]}, 422, "address-invalid"),
        ({"end": "2026-03-02T08:00:00Z"}, 422, "window-invalid"),
        ({"start": "0001-01-01T00:00:00Z"}, 422, "window-too-large"),
        ({"start": "2026-03-01T08:00:00Z", "end": "2026-03-01T09:00:00Z"}, 422, "beyond-horizon"),
        ({"end": "2026-09-02T08:00:00Z"}, 422, "beyond-horizon"),
        ({"start": "2026-03-03T08:00:00"}, 400, "naive-time"),
    ],
)
async def test_what_makes_no_sense_is_refused_before_anything_is_written(
    booker: ComposedApp, changes: dict[str, Any], status: int, problem: str
) -> None:
    answered = await put(meeting(booker, **changes))

    assert (answered.status, answered.problem) == (status, problem)
    assert writes(booker) == []
    assert booker.rows.count("commit") == 0


async def test_no_more_people_host_a_meeting_than_can_be_asked_at_this_moment(booker: ComposedApp) -> None:
    crowd = [f"nobody-{number}" for number in range(MAX_LIVE_USERS)]

    answers = [await put(meeting(booker, cohosts=cohosts, if_free=True)) for cohosts in (crowd[1:], crowd)]

    assert [answer.problem for answer in answers] == ["user-not-found", "invalid-request"]


async def test_somebody_who_is_not_connected_hosts_nothing(booker: ComposedApp) -> None:
    await call_disconnect("ben")

    answered = await put(meeting(booker, host="ben"))
    as_cohost = await put(meeting(booker, cohosts=["ben"]))

    assert (answered.problem, as_cohost.problem) == ("not-connected", "not-connected")
    assert answered.json["fields"] == {"user": "ben", "why": "opted_out"}


async def call_disconnect(user: str) -> None:
    assert (await call("disconnect_user", organization="acme", user=user, by=user)).status == 200


async def test_a_calendar_without_teams_refuses_a_teams_meeting_and_keeps_no_reservation(booker: ComposedApp) -> None:
    booker.events.no_teams.add(default_calendar(mailbox_of("anna")))

    answered = await put(meeting(booker, online_meeting="teams"))
    plain = await put(meeting(booker))

    assert (answered.status, answered.problem) == (422, "online-meeting-refused")
    assert plain.status == 201


async def test_a_teams_link_is_not_taken_off_again(booker: ComposedApp) -> None:
    await book(booker, online_meeting="teams")

    answered = await put(meeting(booker, title="Without"))

    assert (answered.status, answered.problem) == (422, "online-meeting-refused")
    assert (await put(meeting(booker, online_meeting="teams"))).status == 200


# --- Microsoft fails ---


async def test_a_booking_is_forgotten_thirty_days_after_its_end(booker: ComposedApp) -> None:
    await book(booker, cohosts=["ben"])
    booker.clock.advance(timedelta(days=30))
    await let_pass(booker, timedelta(minutes=2))
    kept = (await get()).status

    booker.clock.advance(timedelta(days=2))
    await let_pass(booker, timedelta(minutes=2))

    assert (kept, (await get()).problem) == (200, "booking-not-found")
    assert ((await stored(booker)).bookings, (await stored(booker, "ben")).held) == ((), ())


async def test_what_is_forgotten_of_a_booking_is_not_its_successors(booker: ComposedApp) -> None:
    await book(booker, host="ben", cohosts=["cleo"])
    await cancel()
    await book(booker, hour=24 * 60, host="anna", cohosts=["cleo"])

    booker.clock.advance(timedelta(days=33))
    await let_pass(booker, timedelta(minutes=2))

    assert await row(booker, "ben") is None
    kept = await held(booker, "cleo")
    assert kept is not None
    assert kept.host == "anna"


async def test_a_day_after_an_organization_was_forgotten_nothing_names_its_bookings(booker: ComposedApp) -> None:
    await book(booker, "b-forgotten")
    await let_pass(booker, timedelta(minutes=20))

    await call("put_user", organization="acme", user="olga", body={"addresses": [], "role": "owner"})
    assert (await call("delete_organization", organization="acme", by="olga")).status in {202, 204}
    await let_pass(booker, timedelta(minutes=5))
    booker.clock.advance(timedelta(days=1))
    await let_pass(booker, timedelta(minutes=5))

    assert b"b-forgotten" not in booker.rows.bytes_at_rest()


async def test_nothing_of_the_meeting_is_at_rest_or_on_a_queue(
    booker: ComposedApp, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    await book(booker, cohosts=["ben"], online_meeting="teams")
    await book(booker, hour=15, online_meeting="teams", body=SECRETS[1] + "!")
    lose_answer(booker, "cancel")
    await cancel(reason=SECRETS[5])
    await cancel(reason=SECRETS[5])

    said = capsys.readouterr()
    everywhere = [
        booker.rows.bytes_at_rest().decode(errors="replace"),
        repr([sent.message for sent in booker.sent.sent]),
        said.out,
        said.err,
        caplog.text,
    ]
    found = [secret for secret in SECRETS for place in everywhere if secret in place]
    assert found == []
