"""The sample product must not offer time that nobody vouched for, nor believe what nobody signed."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from examples.scheduling_product import Inbox, NotKnown, apply, free_slots, listening
from local.core_tools import free_port

HOUR = timedelta(hours=1)


def at(hour: int) -> datetime:
    return datetime(2026, 11, 23, hour, tzinfo=UTC)


def known(user: str, *busy: tuple[int, int]) -> dict[str, object]:
    intervals = [{"start": at(start).isoformat(), "end": at(end).isoformat()} for start, end in busy]
    return {"user": user, "complete": True, "reason": None, "busy": intervals}


def starts(slots: Sequence[tuple[datetime, datetime]]) -> list[int]:
    return [first.hour for first, _ in slots]


def test_time_is_offered_only_when_all_are_free() -> None:
    answers = [known("megan", (9, 11)), known("grady", (10, 12), (14, 15))]

    slots = free_slots(answers, at(8), at(16), HOUR)

    assert starts(slots) == [8, 12, 13, 15]


def test_a_busy_time_inside_a_longer_one_frees_nothing() -> None:
    answers = [known("megan", (9, 14)), known("grady", (10, 11))]

    slots = free_slots(answers, at(8), at(15), HOUR)

    assert starts(slots) == [8, 14]


def test_a_gap_shorter_than_the_meeting_is_not_offered() -> None:
    slots = free_slots([known("megan", (9, 10))], at(8), at(11), 2 * HOUR)

    assert slots == []


def test_nothing_is_offered_when_one_answer_is_incomplete() -> None:
    unknown = {"user": "grady", "complete": False, "reason": "not_fresh", "busy": []}

    with pytest.raises(NotKnown, match="grady: not_fresh"):
        free_slots([known("megan"), unknown], at(8), at(16), HOUR)


SECRET = "whsec_" + "c2VjcmV0" * 4


def moved(booking: str, hour: int, told_at: str) -> dict[str, Any]:
    times = {"start": at(hour).isoformat(), "end": at(hour + 1).isoformat()}
    return {"event": "evt_a", "type": "booking.moved", "timestamp": told_at, "data": {"booking": booking, **times}}


def cancelled(booking: str) -> dict[str, Any]:
    data = {"booking": booking}
    return {"event": "evt_b", "type": "booking.cancelled", "timestamp": "2026-11-22T09:00:00Z", "data": data}


EVENT = moved("b-1", 11, "2026-11-22T09:00:00Z")


def post(
    event: object = EVENT, *, secret: str = SECRET, signed_at: datetime | None = None
) -> tuple[bytes, dict[str, str]]:
    body, signed_at = json.dumps(event).encode(), signed_at or datetime.now(UTC)
    signature = Webhook(secret).sign("evt_a", signed_at, body.decode())
    stamp = str(int(signed_at.timestamp()))
    return body, {"Webhook-Id": "evt_a", "Webhook-Timestamp": stamp, "Webhook-Signature": f"v1,b3RoZXI= {signature}"}


def test_what_is_signed_is_taken_once() -> None:
    inbox = Inbox(Webhook(SECRET).verify)

    answers = [inbox.take(*post()), inbox.take(*post())]

    assert (answers, inbox.events, inbox.refused) == ([204, 204], [EVENT], 0)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Webhook-Signature": "v1,AAAA"},
        {"Webhook-Signature": "nonsense"},
        {"Webhook-Timestamp": "yesterday"},
        {"Webhook-Id": "evt_b"},
    ],
)
def test_what_is_not_signed_for_what_it_says_is_refused(headers: dict[str, str]) -> None:
    inbox = Inbox(Webhook(SECRET).verify)
    body, signed = post()

    answer = inbox.take(body, {**signed, **headers} if headers else {})

    assert (answer, inbox.events, inbox.refused) == (401, [], 1)


def test_a_body_that_was_changed_or_signed_long_ago_or_by_another_is_refused() -> None:
    inbox = Inbox(Webhook(SECRET).verify)
    body, signed = post()

    answers = [
        inbox.take(body.replace(b"11:00", b"10:00"), signed),
        inbox.take(*post(signed_at=datetime.now(UTC) - timedelta(minutes=6))),
        inbox.take(*post(secret="whsec_" + "b3RoZXIh" * 4)),
    ]

    assert (answers, inbox.events) == ([401, 401, 401], [])


def test_a_meeting_follows_what_is_told_and_others_are_left_alone() -> None:
    meetings = {"b-1": (at(9), at(10)), "b-2": (at(13), at(14))}

    apply(meetings, [EVENT, cancelled("b-2"), cancelled("unknown"), moved("unknown", 11, "2026-11-22T09:00:00Z")])

    assert meetings == {"b-1": (at(11), at(12))}


def test_of_two_moves_the_later_holds_in_whatever_order_they_come() -> None:
    meetings = {"b-1": (at(9), at(10))}

    apply(meetings, [moved("b-1", 15, "2026-11-22T09:00:01.5Z"), moved("b-1", 13, "2026-11-22T09:00:01Z")])

    assert meetings == {"b-1": (at(15), at(16))}


def test_events_are_taken_over_http() -> None:
    inbox, port = Inbox(Webhook(SECRET).verify), free_port()
    body, headers = post()

    with listening(inbox, port, certificate=None):
        answers = [
            httpx.post(f"http://127.0.0.1:{port}/orgcal", content=content, headers=headers).status_code
            for content in (body, body + b" ")
        ]

    assert (answers, inbox.events) == ([204, 401], [EVENT])
