"""What somebody's hand, or a fault, has torn apart is mended by the daily walk, which says what it met."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from azure.data.tables import TableServiceClient

from shared_code.core.sync_rules import next_turn
from tests.scenarios.calendar_scene import deliver
from tests.scenarios.scene import Scene, meeting
from tests.scenarios.test_notifications import noon, subscriptions

pytestmark = pytest.mark.stack

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def test_a_subscription_and_a_mailbox_that_vanished_without_a_word_are_back_after_a_day(scene: Scene) -> None:
    scene.connect(["anna", "ben"])
    scene.quarters(1)
    (annas,) = (each for each in subscriptions(scene) if each["user"] == scene.object_id("anna"))
    scene.world.control("DELETE", f"/subscriptions/{annas['id']}")
    lose_mailbox(scene, "ben")

    mended = [let_a_walk_pass(scene), let_a_walk_pass(scene)]
    scene.add_event("anna", meeting(noon(scene)))
    scene.add_event("ben", meeting(noon(scene)))
    deliver(scene)

    assert {kind: sum(each[kind] for each in mended) for kind in mended[0] if any(each[kind] for each in mended)} == {
        "mailboxes": 1,
        "subscriptions": 1,
    }
    assert sorted(each["user"] for each in subscriptions(scene)) == sorted(map(scene.object_id, ("anna", "ben")))
    assert {name: scene.busy(name) for name in ("anna", "ben")} == {name: scene.truth(name) for name in ("anna", "ben")}


@pytest.fixture
def lenient(scene: Scene) -> Iterator[Scene]:
    """Graph lets a second subscription in beside the first, as it sometimes does."""
    scene.world.control("PATCH", "/settings", {"duplicate_subscriptions": "allowed"})
    yield scene
    scene.world.control("PATCH", "/settings", {"duplicate_subscriptions": "refused"})


def test_of_two_subscriptions_that_graph_let_in_the_noted_one_stays(lenient: Scene) -> None:
    lenient.connect(["ben"])
    lenient.quarters(5)
    (before,) = subscriptions(lenient)
    lose_mailbox(lenient, "ben")

    mended = [let_a_walk_pass(lenient), let_a_walk_pass(lenient)]
    lenient.add_event("ben", meeting(noon(lenient)))
    deliver(lenient)

    (after,) = subscriptions(lenient)
    assert after["id"] != before["id"]
    assert [sum(each[kind] for each in mended) for kind in ("mailboxes", "strays", "subscriptions")] == [1, 1, 0]
    assert lenient.busy("ben") == lenient.truth("ben")


def lose_mailbox(scene: Scene, name: str) -> None:
    """Every row of its partition, as nobody should."""
    partition = f"organizations!{scene.tenant}!{scene.object_id(name)}"
    with TableServiceClient.from_connection_string(scene.stack.storage_connection_string) as service:
        table = service.get_table_client("mailboxes")
        rows = list(table.query_entities(f"PartitionKey eq '{partition}'", select=["PartitionKey", "RowKey"]))
        assert rows
        for row in rows:
            table.delete_entity(row["PartitionKey"], row["RowKey"])


def let_a_walk_pass(scene: Scene) -> dict[str, int]:
    """Up to the connection's own place in the day, where nothing else has been waiting, and a few minutes more."""
    place = next_turn(f"{scene.organization}!{scene.connection}", scene.world.now, DAY)
    scene.settle(place - scene.world.now - MINUTE)
    for _ in range(5):
        scene.settle(MINUTE)
    repair: dict[str, Any] = scene.shown()["repair"]
    mended: dict[str, int] = repair["mended"]
    return mended
