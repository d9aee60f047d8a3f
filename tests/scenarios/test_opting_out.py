"""A person who disconnects is left alone from that moment, whatever the directory does, until they come back."""

from datetime import timedelta

import pytest

from tests.scenarios.scene import CALENDAR_KINDS, Entry, Scene, meeting
from tests.scenarios.stored_rows import rows_that_name

pytestmark = pytest.mark.stack


@pytest.fixture
def pair(scene: Scene) -> Scene:
    scene.connect(["anna", "ben"])
    scene.add_event("anna", meeting(scene.world.now + timedelta(days=2)))
    scene.quarters(2)
    assert scene.busy("anna") == scene.truth("anna") != []
    return scene


def act(scene: Scene, what: str) -> Entry:
    """Anna's own call."""
    answered = scene.call("POST", f"/v1/organizations/{scene.organization}/users/anna/{what}", by="anna")
    answered.raise_for_status()
    shown: Entry = answered.json()
    return shown


def asked_about(scene: Scene, name: str) -> list[Entry]:
    return [one for one in scene.requests(*CALENDAR_KINDS) if one["user"] == scene.object_id(name)]


def subscribed(scene: Scene) -> list[str]:
    """Whose mailboxes have a subscription."""
    found = scene.world.control("GET", f"/subscriptions?tenant={scene.tenant}")["subscriptions"]
    return sorted(each["user"] for each in found)


def let_everything_happen(scene: Scene) -> None:
    """Changes in the calendar and in the directory, a full match, rounds of changes, the product's own word."""
    scene.add_event("anna", meeting(scene.world.now + timedelta(days=3)))
    scene.world.control("POST", "/notifications/deliver")
    scene.edit("anna", proxyAddresses=[f"smtp:{scene.address('anna.too')}"])
    scene.product.call("POST", f"/{scene.organization}/connections/{scene.connection}/sweep")
    scene.settle()
    scene.send_users("anna", time_zone="Europe/Paris")
    scene.quarters(3)


def test_whoever_disconnects_is_left_alone_at_once_and_until_they_come_back(pair: Scene) -> None:
    asked = len(asked_about(pair, "anna"))
    disconnected, at_once = act(pair, "disconnect"), pair.answer("anna")
    let_everything_happen(pair)
    later, asked_since = pair.answer("anna"), asked_about(pair, "anna")[asked:]
    told, kept = subscribed(pair), rows_that_name(pair.stack, pair.object_id("anna"))
    explained = pair.explain("anna")
    coming_back = act(pair, "reconnect")
    pair.settle()
    pair.settle()

    assert disconnected["state"] == explained["state"] == "opted_out"
    assert explained["since"] == disconnected["changed_at"]
    assert at_once == later
    assert (at_once["reason"], at_once["detail"], at_once["busy"]) == ("not_connected", "opted_out", [])
    assert asked_since == []
    assert told == [pair.object_id("ben")]
    # Whose mailbox it is, and for hours yet when its next turn was to be; nothing of what was in it.
    assert {"users"} <= {row.split()[0] for row in kept} <= {"users", "upkeep"}
    assert (coming_back["state"], coming_back["reason"]) == ("pending", "awaiting_look_up")
    assert pair.state("anna") == "connected"
    pair.zones["anna"] = "Europe/Paris"
    assert pair.busy("anna") == pair.truth("anna")
    assert len(pair.truth("anna")) == 2
    assert subscribed(pair) == sorted(map(pair.object_id, ("anna", "ben")))
