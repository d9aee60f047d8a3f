"""Hosts and guests act in Outlook, over the whole stack: which bookings stand, and what the product hears of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from local.stack import Stack
from tests.scenarios.calendar_scene import follow
from tests.scenarios.scene import Entry, Scene, begun_scenes
from tests.scenarios.test_bookings import meeting, path, put, span

pytestmark = pytest.mark.stack

GRACE = timedelta(minutes=2, seconds=5)


@pytest.fixture
def booked(stack: Stack, request: pytest.FixtureRequest) -> Iterator[Scene]:
    with begun_scenes(stack, request.node.nodeid) as begin:
        scene = begin()
        scene.connect(["hans", "cora"])
        follow(scene)
        yield scene


def test_only_what_is_really_gone_is_cancelled_and_each_change_is_told_once(booked: Scene) -> None:
    names = ("deleted", "for-good", "pasted", "moved", "elsewhere", "restored", "declined", "kept")
    for hour, name in enumerate(names, start=6):
        # Microsoft calls off what a host deletes, which no restoring takes back, unless nobody was invited.
        invited: Entry = {"cohosts": [], "attendees": []} if name == "restored" else {}
        assert put(booked, name, meeting(booked, hour, **invited)).status_code == 201
    follow(booked)
    other = act(booked, "hans", "POST", "/calendars", {"name": "Other"})["id"]

    act(booked, "hans", "DELETE", f"/events/{event(booked, 'deleted')}")
    act(booked, "hans", "DELETE", f"/events/{event(booked, 'for-good')}?permanent=true")
    paste(booked, "pasted", span(booked, 16))
    act(booked, "hans", "PATCH", f"/events/{event(booked, 'moved')}", times(span(booked, 18)))
    act(booked, "hans", "POST", f"/events/{event(booked, 'elsewhere')}/move", {"destination": other})
    restored = event(booked, "restored")
    act(booked, "hans", "DELETE", f"/events/{restored}")
    booked.stack.wait_until_quiet(seconds=120)
    act(booked, "hans", "POST", f"/events/{restored}/restore")
    act(booked, "cora", "POST", f"/events/{copy_of(booked, 'declined')}/respond", {"response": "declined"})
    settle(booked)

    states = {name: booked.call("GET", path(booked, name)).json()["state"] for name in names}
    assert states == dict.fromkeys(names, "booked") | {"deleted": "ended", "for-good": "ended"}
    assert told(booked, "booking.cancelled") == ["deleted", "for-good"]
    assert told(booked, "booking.moved") == ["moved", "pasted"]
    assert told(booked, "booking.host_declined") == ["declined"]
    assert [start(booked, name) for name in ("pasted", "moved")] == [span(booked, 16)[0], span(booked, 18)[0]]
    decision = booked.call("GET", path(booked, "deleted")).json()["decision"]
    assert (decision["outcome"], decision["clue"], decision["answers_by_id"]) == ("cancelled", "vanished", True)
    assert decision["calendars"] >= 2


def test_more_than_ten_at_once_wait_for_an_owner(booked: Scene) -> None:
    names = [f"mass-{number}" for number in range(11)]
    for number, name in enumerate(names):
        answered = put(booked, name, meeting(booked, 24 * 3 + number, cohosts=[], attendees=[]))
        assert answered.status_code == 201, answered.text
    follow(booked)

    booked.lose_notifications()
    for name in names[1:]:
        act(booked, "hans", "DELETE", f"/events/{event(booked, name)}")
    booked.mend()
    act(booked, "hans", "DELETE", f"/events/{event(booked, names[0])}")  # one sync finds all of them
    settle(booked)
    holds = booked.call("GET", f"/v1/organizations/{booked.organization}/held-cancellations").json()
    (hold,) = holds["held_cancellations"]
    waiting = {booked.call("GET", path(booked, name)).json()["state"] for name in names}
    at = f"/v1/organizations/{booked.organization}/held-cancellations/{hold['hold']}"
    decided = booked.call("POST", at, {"decision": "cancel"})
    settle(booked)

    assert (len(hold["bookings"]), waiting, decided.status_code) == (11, {"booked"}, 200)
    assert {booked.call("GET", path(booked, name)).json()["state"] for name in names} == {"ended"}
    assert [name for name in told(booked, "booking.cancelled") if name in names] == sorted(names)


def settle(scene: Scene) -> None:
    """What was told, the grace, and what was found."""
    follow(scene)
    for _ in range(3):
        scene.settle(GRACE)
    scene.settle(timedelta(seconds=40))


def act(scene: Scene, name: str, method: str, where: str, body: object = None) -> Any:
    """As a person does in Outlook."""
    people = f"/tenants/{scene.tenant}/people/{scene.object_id(name)}"
    return scene.world.control(method, f"{people}{where}", body)


def paste(scene: Scene, name: str, to: tuple[datetime, datetime]) -> None:
    given = scene.call("GET", path(scene, name)).json()
    body = {"destination": given["calendar"], "cut": True, **times(to)}
    act(scene, "hans", "POST", f"/events/{given['event']}/copy", body)


def times(to: tuple[datetime, datetime]) -> Entry:
    edges = zip(("start", "end"), to, strict=True)
    return {edge: {"dateTime": f"{at:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"} for edge, at in edges}


def event(scene: Scene, name: str) -> str:
    return str(scene.call("GET", path(scene, name)).json()["event"])


def copy_of(scene: Scene, name: str) -> str:
    """A co-host's own, which shares the meeting's uid."""
    own = next(
        each for each in act(scene, "hans", "GET", "/events")["events"] if each["immutableId"] == event(scene, name)
    )
    copies = act(scene, "cora", "GET", "/events")["events"]
    return str(next(each["id"] for each in copies if each["iCalUId"] == own["iCalUId"]))


def start(scene: Scene, name: str) -> datetime:
    return datetime.fromisoformat(scene.call("GET", path(scene, name)).json()["start"])


def told(scene: Scene, kind: str) -> list[str]:
    listed = scene.call("GET", f"/v1/organizations/{scene.organization}/events?limit=1000").json()["events"]
    return sorted(each["data"]["booking"] for each in listed if each["type"] == kind)
