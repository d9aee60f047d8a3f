"""Graph tells of a change, and the answer follows; polling would come a quarter of an hour later."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from local.stack import ROOT
from tests.scenarios.calendar_scene import deliver
from tests.scenarios.scene import CALM, Scene, meeting

pytestmark = pytest.mark.stack

HOST_LOG = ROOT / ".local" / "scenarios" / "logs" / "host.log"


@pytest.fixture
def told(scene: Scene) -> Scene:
    """Anna is connected and subscribed to, and was read more than a moment ago."""
    scene.connect(["anna", "ben"])
    scene.settle(CALM)
    return scene


def subscriptions(scene: Scene) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = scene.world.control("GET", f"/subscriptions?tenant={scene.tenant}")["subscriptions"]
    return found


def noon(scene: Scene, days: int = 3) -> datetime:
    return scene.world.now.replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=days)


def test_every_connected_mailbox_has_one_subscription_and_nobody_else_has(told: Scene) -> None:
    told.add("nobody")
    told.settle()

    assert sorted(each["user"] for each in subscriptions(told)) == sorted(map(told.object_id, ("anna", "ben")))
    assert all(each["immutable_ids"] for each in subscriptions(told))


def test_a_change_is_followed_within_seconds(told: Scene) -> None:
    before, began = told.busy("anna"), told.world.now
    event = told.add_event("anna", meeting(noon(told)))
    deliver(told)
    added = told.busy("anna")
    told.delete_event("anna", event)
    deliver(told)

    assert added == [*before, (noon(told), noon(told) + timedelta(hours=1))]
    assert told.busy("anna") == told.truth("anna") == before
    assert told.world.now - began < timedelta(minutes=2)


def test_the_last_link_takes_the_subscription_along(told: Scene) -> None:
    told.call("DELETE", f"/v1/organizations/{told.organization}/users/anna").raise_for_status()
    told.settle()
    told.settle()

    assert [each["user"] for each in subscriptions(told)] == [told.object_id("ben")]


def test_a_subscription_that_microsoft_removed_is_made_anew(told: Scene) -> None:
    before = subscriptions(told)
    for each in before:
        told.world.control("POST", f"/subscriptions/{each['id']}/lifecycle", {"event": "subscriptionRemoved"})
    deliver(told)
    after = subscriptions(told)

    told.add_event("anna", meeting(noon(told)))
    deliver(told)

    assert len(after) == 2
    assert not {each["id"] for each in before} & {each["id"] for each in after}
    assert told.busy("anna") == told.truth("anna")


def test_an_authorization_that_runs_out_is_renewed(told: Scene) -> None:
    told.settle(timedelta(minutes=10))
    (anna,) = (each for each in subscriptions(told) if each["user"] == told.object_id("anna"))

    told.world.control("POST", f"/subscriptions/{anna['id']}/lifecycle", {"event": "reauthorizationRequired"})
    deliver(told)

    (again,) = (each for each in subscriptions(told) if each["user"] == told.object_id("anna"))
    assert [act["act"] for act in again["acts"]][-1] == "renewed"
    assert again["id"] == anna["id"]


def test_nothing_authorizes_a_subscription_twice_within_ten_minutes(told: Scene) -> None:
    """Renewing authorizes, too (learn.microsoft.com/graph/change-notifications-lifecycle-events)."""
    told.settle(timedelta(minutes=10))
    (anna,) = (each for each in subscriptions(told) if each["user"] == told.object_id("anna"))
    for _ in range(6):
        told.world.control("POST", f"/subscriptions/{anna['id']}/lifecycle", {"event": "reauthorizationRequired"})
        deliver(told)
        told.settle(timedelta(minutes=3))

    (again,) = (each for each in subscriptions(told) if each["user"] == told.object_id("anna"))
    authorized = [datetime.fromisoformat(act["at"]) for act in again["acts"] if act["act"] != "told"]
    assert len(authorized) == 3
    assert all(after - before >= timedelta(minutes=10) for before, after in pairwise(authorized))


def test_a_handshake_that_failed_is_tried_again_within_the_minute(scene: Scene) -> None:
    scene.fail("subscriptions", times=1, status=400, code="ValidationError")
    scene.connect(["anna"])

    scene.settle(timedelta(minutes=1))

    assert [each["user"] for each in subscriptions(scene)] == [scene.object_id("anna")]


def test_our_own_addresses_answer_when_the_app_calls_them_before_graph_does(scene: Scene) -> None:
    logged = HOST_LOG.stat().st_size
    scene.connect(["anna"])

    log = HOST_LOG.read_bytes()[logged:]
    assert b"subscription_created" in log  # the search looks where it should
    assert b"endpoint_not_warm" not in log
