"""Calendars in somebody's own account that others share with them, or that the internet publishes."""

from datetime import datetime, timedelta

import pytest

from local.demo.outlook_accounts import Account
from tests.scenarios.calendar_scene import deliver
from tests.scenarios.own_outlook import connect, events_of, outlook, state_of, unconnected
from tests.scenarios.scene import CALM, Entry, Scene, meeting
from tests.scenarios.test_notifications import noon

pytestmark = pytest.mark.stack

SHARED, PUBLISHED = "Ben's", "Holidays"
BEN = {"name": "Ben", "address": "ben@outlook.com"}
TURNS = 2  # the quarter of an hour in which it is read, whenever in it the mailbox has its place


def add_calendar(account: Account, name: str, **properties: object) -> str:
    path = f"/tenants/{account.tenant}/people/{account.object_id}/calendars"
    return str(account.world.control("POST", path, {"name": name, **properties})["id"])


def add_event(account: Account, calendar: str, start: datetime) -> tuple[datetime, datetime]:
    path = f"/tenants/{account.tenant}/people/{account.object_id}/calendars/{calendar}/events"
    account.world.control("POST", path, meeting(start))
    return start, start + timedelta(hours=1)


def test_what_others_share_is_offered_marked_and_followed_although_nobody_tells_of_it(scene: Scene) -> None:
    unconnected(scene, ["anna"])
    account = outlook(scene, "anna")
    shared = add_calendar(account, SHARED, source="shared", owner=BEN, canEdit=True)
    published = add_calendar(account, PUBLISHED, source="internet")
    first = add_event(account, shared, noon(scene, 3))
    connect(scene, "anna", account)
    offered: dict[str, Entry] = {one["name"]: one for one in scene.calendars("anna")}
    unchosen = scene.busy("anna")

    scene.choose("anna", checked_calendars=[one["calendar"] for one in offered.values()])
    scene.settle(CALM)
    chosen = scene.busy("anna")
    second, third = add_event(account, shared, noon(scene, 4)), add_event(account, published, noon(scene, 5))
    deliver(scene)
    untold = scene.busy("anna")
    scene.quarters(TURNS)

    assert {name for name, one in offered.items() if one["polled"]} == {SHARED, PUBLISHED}
    assert {name for name, one in offered.items() if one["can_edit"]}.isdisjoint({SHARED, PUBLISHED})
    assert (unchosen, chosen, untold) == ([], [first], [first])
    assert scene.busy("anna") == [first, second, third]
    assert state_of(scene, "anna") == ("connected", None)
    assert events_of(scene, "anna") == [("user.connected", None)]
