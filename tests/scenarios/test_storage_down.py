"""Storage does not answer for a while: it is said, nothing is lost, and everything goes on afterwards."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from azure.storage.queue import QueueServiceClient

from local.demo.people import verified
from local.stack import Stack
from tests.scenarios.scene import Scene, meeting

pytestmark = pytest.mark.stack

HIDDEN = timedelta(seconds=31)  # how long a message that failed is out of sight


@pytest.fixture
def stack(stack_with_failing_tables: Stack) -> Stack:
    return stack_with_failing_tables


@pytest.fixture
def connected(scene: Scene) -> Iterator[Scene]:
    scene.connect(["anna"])
    before = scene.dead_letters()
    yield scene
    scene.settle(timedelta(minutes=1))  # the timer makes dead letters of what is in the poison queues
    assert scene.dead_letters() == before


@pytest.mark.parametrize(("service", "part"), [("table", "tables"), ("queue", "queues")])
def test_health_names_the_part_that_fails(connected: Scene, service: str, part: str) -> None:
    well = health(connected)
    connected.stack.fail_storage("table" if service == "table" else "queue")
    failing = health(connected)
    connected.stack.restore_storage()

    assert (well.status_code, well.json()) == (200, {"status": "ok", "failing": []})
    assert (failing.status_code, failing.json()) == (503, {"status": "failing", "failing": [part]})
    assert health(connected).status_code == 200


def test_without_tables_the_product_is_told_to_come_again_and_an_administrator_reads_the_same(
    connected: Scene,
) -> None:
    organization = f"/v1/organizations/{connected.organization}"
    link = connected.product.begin_connection(connected.organization)["activation_link"]
    start, end = connected.world.window
    window = {"users": ["anna"], "start": start.isoformat(), "end": end.isoformat()}

    connected.stack.fail_storage("table")
    answers = [
        connected.call("GET", organization),
        connected.call("PUT", f"{organization}/users/ben", {"addresses": []}),
        connected.call("POST", f"{organization}/availability", window),
        connected.call("DELETE", f"{organization}/connections/{connected.connection}"),
    ]
    page = connected.browser("nobody").open(link)
    connected.stack.restore_storage()

    for answer in answers:
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "urn:orgcal:problem:unavailable"
        assert int(answer.headers["retry-after"]) >= 1
    assert (page.status, page.title) == (503, "We cannot do this right now")
    assert connected.busy("anna") == connected.truth("anna")
    assert connected.call("GET", f"{organization}/users/ben").status_code == 404
    assert connected.shown()["state"] == "active"


def test_without_queues_nothing_is_changed_that_could_not_be_announced(connected: Scene) -> None:
    user = f"/v1/organizations/{connected.organization}/users/late"
    connected.add("late")

    connected.stack.fail_storage("queue")
    refused = connected.call("PUT", user, {"addresses": [verified(connected.address("late"))]})
    connected.stack.restore_storage()
    between = connected.call("GET", user)
    connected.send_users("late")
    connected.settle()
    connected.settle()

    assert (refused.status_code, between.status_code) == (503, 404)
    assert connected.states()["late"] == "connected"


@pytest.mark.parametrize("service", ["table", "queue"])
def test_messages_that_met_a_failing_storage_are_carried_out_afterwards(connected: Scene, service: str) -> None:
    connected.add("late")
    connected.send_users("late")
    connected.add_event("anna", meeting(connected.world.now + timedelta(days=1)))

    connected.stack.fail_storage("table" if service == "table" else "queue")
    connected.settle(timedelta(minutes=15))
    connected.settle(HIDDEN)
    connected.settle(HIDDEN)
    connected.stack.restore_storage()
    connected.settle(HIDDEN)
    connected.quarters(2)

    assert connected.states() == {"anna": "connected", "late": "connected"}
    assert connected.busy("anna") == connected.truth("anna") != []


def test_a_storage_that_fails_again_and_again_during_a_first_match_still_leads_to_everybody_connected(
    scene: Scene,
) -> None:
    names = [f"member-{number}" for number in range(6)]
    scene.populate(names)
    scene.consent()

    for _ in range(4):
        scene.stack.fail_storage("table", times=3)
        scene.settle(HIDDEN)
        scene.stack.fail_storage("queue", times=1)
        scene.settle(HIDDEN)
    scene.stack.restore_storage()
    scene.quarters(2)
    scene.settle(timedelta(hours=1))
    scene.quarters(2)

    assert scene.states() == dict.fromkeys(names, "connected")


def test_a_first_match_whose_messages_are_all_lost_is_made_up_for_by_the_timer(scene: Scene) -> None:
    scene.populate(["anna"])
    scene.settle()  # an earlier scene's messages are not to be lost
    scene.consent()
    with QueueServiceClient.from_connection_string(scene.stack.storage_connection_string) as queues:
        for name in ("user-match", "calendar-backfill"):
            queues.get_queue_client(name).clear_messages()

    scene.quarters(3)
    scene.settle(timedelta(hours=1))
    scene.quarters(2)

    assert scene.shown()["state"] == "active"
    assert scene.states() == {"anna": "connected"}


def health(scene: Scene) -> httpx.Response:
    return httpx.get(f"{scene.stack.addresses.app_http_url}/health", timeout=60)
