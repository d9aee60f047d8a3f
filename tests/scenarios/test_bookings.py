"""Meetings booked over the whole stack: what Microsoft has, what it mails, what the product is told, what is kept."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from local.stack import ROOT, Stack
from tests.scenarios.calendar_scene import follow
from tests.scenarios.scene import Scene, begun_scenes
from tests.stored_bytes import bytes_at_rest

pytestmark = pytest.mark.stack

HOST_LOG = ROOT / ".local" / "scenarios" / "logs" / "host.log"
GUEST = "zqguest@outside.example"
SECRETS = ("Zqtitle", "Zqtext", "Zqroom", GUEST, "Zqguestname", "Zqreason")
MAILS = ("invitation", "update", "cancellation")


@pytest.fixture
def booked(stack: Stack, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """A host, a co-host, and somebody else, all connected and read."""
    with begun_scenes(stack, request.node.nodeid) as begin:
        scene = begin()
        scene.connect(["hans", "cora", "otto"])
        follow(scene)
        yield scene


def test_a_meeting_is_booked_moved_and_called_off_with_one_mail_each(booked: Scene) -> None:
    asked = len(booked.requests("events"))
    first = put(booked, "b-1", meeting(booked, 3))
    again = put(booked, "b-1", meeting(booked, 3))
    at_once = booked.busy("hans"), booked.busy("cora")
    follow(booked)
    read = booked.busy("hans"), booked.truth("hans")
    moved = put(booked, "b-1", meeting(booked, 5))
    follow(booked)

    assert (first.status_code, again.status_code, moved.status_code) == (201, 200, 200)
    assert (first.json(), moved.json()["event"]) == (again.json(), first.json()["event"])
    assert len(booked.requests("events")) == asked + 1
    assert at_once == ([span(booked, 3)], [span(booked, 3)])
    assert read == ([span(booked, 3)], [span(booked, 3)])
    assert booked.busy("hans") == booked.truth("hans") == [span(booked, 5)]

    called_off = booked.call("DELETE", path(booked, "b-1"), {"reason": SECRETS[5]})
    freed = booked.busy("hans"), booked.busy("cora")
    repeated = booked.call("DELETE", path(booked, "b-1"))
    follow(booked)

    assert (called_off.status_code, repeated.status_code, freed) == (204, 204, ([], []))
    assert booked.truth("hans") == []
    uid = {mail["iCalUId"] for mail in mails(booked)}
    assert len(uid) == 1
    for to in (GUEST, booked.address("cora")):
        assert [mail["kind"] for mail in mails(booked) if mail["recipient"] == to] == list(MAILS)
    assert {mail["comment"] for mail in mails(booked) if mail["kind"] == "cancellation"} == {SECRETS[5]}


def test_a_create_whose_answer_is_lost_is_one_event_and_one_mail(booked: Scene) -> None:
    before = len(mails(booked))
    booked.fail("events", "hans", times=1, status=504, after_the_act=True)

    lost = put(booked, "b-lost", meeting(booked, 7))
    known = booked.call("GET", path(booked, "b-lost")).json()
    again = put(booked, "b-lost", meeting(booked, 7))
    follow(booked)

    assert (lost.status_code, "Retry-After" in lost.headers) == (503, True)
    assert (known["state"], again.status_code, again.json()["state"]) == ("creating", 200, "booked")
    assert booked.truth("hans") == booked.busy("hans") == [span(booked, 7)]
    assert len(mails(booked)) == before + 2
    assert booked.call("DELETE", path(booked, "b-lost")).status_code == 204


def test_a_create_that_nobody_comes_back_to_is_called_off(booked: Scene) -> None:
    booked.fail("events", "otto", times=1, status=504, after_the_act=True)

    lost = put(booked, "b-left", meeting(booked, 9, host="otto", cohosts=[]))
    there = booked.truth("otto")
    booked.quarters(2)

    left = booked.call("GET", path(booked, "b-left")).json()
    assert (lost.status_code, there, booked.truth("otto")) == (503, [span(booked, 9)], [])
    assert (left["state"], left["ended_by"]) == ("ended", "abandoned")
    assert booked.busy("otto") == []


def test_a_teams_meeting_keeps_its_link_when_its_text_is_another(booked: Scene) -> None:
    made = put(booked, "b-teams", meeting(booked, 11, online_meeting="teams")).json()

    changed = put(booked, "b-teams", meeting(booked, 11, online_meeting="teams", body="Zqtext, but better")).json()

    assert made["join_url"].startswith("https://teams.microsoft.com/")
    assert (changed["join_url"], changed["online_meeting"]) == (made["join_url"], "teams")
    assert booked.call("DELETE", path(booked, "b-teams")).status_code == 204


def test_a_time_that_is_taken_in_outlook_or_by_a_booking_is_taken(booked: Scene) -> None:
    start, end = span(booked, 13)
    own = {
        edge: {"dateTime": f"{at:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}
        for edge, at in (("start", start), ("end", end))
    }
    booked.add_event("cora", {"subject": "own", **own})

    in_outlook = put(booked, "b-taken", meeting(booked, 13, if_free=True))
    first = put(booked, "b-first", meeting(booked, 15))
    second = put(booked, "b-second", meeting(booked, 15, host="cora", cohosts=[]))

    assert (in_outlook.status_code, first.status_code, second.status_code) == (409, 201, 409)
    clash = {edge: at.isoformat().replace("+00:00", "Z") for edge, at in (("start", start), ("end", end))}
    assert in_outlook.json()["clashes"] == [clash]
    assert booked.call("DELETE", path(booked, "b-first")).status_code == 204


def test_nothing_that_a_meeting_says_is_kept_or_logged(booked: Scene) -> None:
    put(booked, "b-said", meeting(booked, 17, online_meeting="teams"))
    put(booked, "b-said", meeting(booked, 18, online_meeting="teams", body="Zqtext again"))
    booked.call("DELETE", path(booked, "b-said"), {"reason": SECRETS[5]})
    follow(booked)

    stored = bytes_at_rest(booked.stack.storage_connection_string).lower()
    log = HOST_LOG.read_text().lower()

    assert b"b-said" in stored  # the search looks where it should
    assert "booking_cancelled" in log
    assert [secret for secret in SECRETS if secret.lower().encode() in stored] == []
    assert [secret for secret in SECRETS if secret.lower() in log] == []


def put(scene: Scene, booking: str, body: dict[str, Any]) -> httpx.Response:
    return scene.call("PUT", path(scene, booking), body)


def path(scene: Scene, booking: str) -> str:
    return f"/v1/organizations/{scene.organization}/bookings/{booking}"


def meeting(scene: Scene, hour: int, **changes: object) -> dict[str, Any]:
    start, end = span(scene, hour)
    return {
        "host": "hans",
        "cohosts": ["cora"],
        "start": start.isoformat(),
        "end": end.isoformat(),
        "zone": "Europe/Paris",
        "title": SECRETS[0],
        "body": SECRETS[1],
        "location": SECRETS[2],
        "attendees": [{"address": GUEST, "name": SECRETS[4]}],
        **changes,
    }


def span(scene: Scene, hour: int) -> tuple[datetime, datetime]:
    """Half an hour of the day after tomorrow."""
    day = scene.world.window[0].replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2)
    return day + timedelta(hours=hour), day + timedelta(hours=hour, minutes=30)


def mails(scene: Scene) -> list[dict[str, Any]]:
    """What Microsoft has sent in the name of the tenant's people."""
    sent = scene.world.control("GET", "/mails?after=0")["mails"]
    return [mail for mail in sent if mail["sender"].endswith(f"@{scene.domain}")]
