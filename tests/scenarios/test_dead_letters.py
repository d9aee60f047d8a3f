"""A message that fails again and again becomes a dead letter, and works once what was wrong is mended."""

from datetime import timedelta

import pytest

from local.stack import Stack
from tests.scenarios.scene import Entry, Scene
from tests.scenarios.stored_rows import set_schema_version

pytestmark = pytest.mark.stack

HIDDEN = timedelta(seconds=31)  # how long a message that failed is out of sight
MINUTE = timedelta(minutes=1)
TRIES = 8
SCHEMA_VERSION, FUTURE = 1, 99


@pytest.fixture
def stack(stack_with_failing_tables: Stack) -> Stack:
    return stack_with_failing_tables


@pytest.fixture
def late(scene: Scene) -> Entry:
    """The dead letter of the order to look up ``late``, whose row no release can read at any of its eight tries."""
    scene.populate(["anna"])
    scene.add("late")
    scene.consent()
    scene.settle()
    scene.settle()
    scene.send_users("late")

    row = ("users", scene.organization, "user!late")
    set_schema_version(scene.stack, *row, FUTURE)
    for _ in range(TRIES):
        scene.settle(HIDDEN)
    set_schema_version(scene.stack, *row, SCHEMA_VERSION)
    scene.settle(MINUTE)

    orders = [one for one in scene.dead_letters() if (one["message"] or {}).get("organization") == scene.organization]
    assert [one["message"]["users"] for one in orders if one["order"] == "LookUpUsers"] == [["late"]]
    return next(one for one in orders if one["order"] == "LookUpUsers")


def test_a_dead_letter_is_listed_redriven_once_and_then_succeeds(scene: Scene, late: Entry) -> None:
    before = (late["state"], scene.state("late"))

    redriven = scene.operate("POST", f"/v1/dead-letters/{late['letter']}/redrive")
    again = scene.operate("POST", f"/v1/dead-letters/{late['letter']}/redrive")
    scene.settle()
    scene.settle()

    assert before == ("waiting", "no_match")
    assert (redriven.status_code, redriven.json()["state"]) == (202, "redriven")
    assert (again.status_code, again.json()["type"]) == (409, "urn:orgcal:problem:already-redriven")
    assert scene.states() == {"anna": "connected", "late": "connected"}
    assert scene.operate("GET", f"/v1/dead-letters/{late['letter']}").json() == redriven.json()


def test_an_outage_of_the_tables_leaves_no_dead_letter_however_long_it_lasts(scene: Scene) -> None:
    scene.connect(["anna"])
    scene.add("late")
    scene.send_users("late")

    scene.stack.fail_storage("table")
    for _ in range(2 * TRIES):
        scene.settle(HIDDEN)
    scene.stack.restore_storage()
    for _ in range(4):
        scene.settle(MINUTE)

    assert [
        one for one in scene.dead_letters() if (one["message"] or {}).get("organization") == scene.organization
    ] == []
    assert scene.states() == {"anna": "connected", "late": "connected"}


def test_the_products_key_opens_none_of_it(scene: Scene) -> None:
    letter = "998204756030-b812d7e390b2f6b9"

    refused = [
        scene.call("GET", "/v1/dead-letters"),
        scene.call("GET", f"/v1/dead-letters/{letter}"),
        scene.call("POST", f"/v1/dead-letters/{letter}/redrive"),
    ]
    opened = scene.operate("POST", f"/v1/dead-letters/{letter}/redrive")

    assert [(answer.status_code, answer.content) for answer in refused] == [(401, b"")] * 3
    assert (opened.status_code, opened.json()["type"]) == (404, "urn:orgcal:problem:dead-letter-not-found")
