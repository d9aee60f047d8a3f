"""Whatever people do to their calendars: Graph tells of it, and the answer is what the mailbox holds.

On a stack of its own, whose window holds a change of clocks. The cases happen side by side, each to its own person.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs

import pytest

from local.demo.world import Busy
from local.stack import Stack
from tests.scenarios.calendar_cases import CASES, Case, Owner
from tests.scenarios.calendar_scene import connected, follow, import_events, minutes, told, truth
from tests.scenarios.scene import Scene, begun_scenes

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]  # half a hundred people are connected first

MANY, PAGE, PAGES = 2_500, 999, 3
EVERY, LENGTH = timedelta(minutes=50), timedelta(minutes=25)
# At least 21,600, since 90 days are read of each calendar, of some a few more; 18,000 can be stored.
TEN_AN_HOUR = "FREQ=HOURLY;BYMINUTE=0,6,12,18,24,30,36,42,48,54"
SLOWLY = 8  # seconds


@dataclass(frozen=True)
class Seen:
    """What is busy in truth and what the product is told, before and after."""

    truth_before: Busy
    told_before: Busy
    truth: Busy
    told: Busy


@pytest.fixture(scope="module")
def scenes(stack_before_the_change: Stack, request: pytest.FixtureRequest) -> Iterator[Callable[[], Scene]]:
    with begun_scenes(stack_before_the_change, request.node.nodeid) as begin:
        yield begin


@pytest.fixture(scope="module")
def seen(scenes: Callable[[], Scene]) -> dict[str, Seen]:
    """Every case, from its first half to its second, with the notifications as the only occasion to read."""
    scene = scenes()
    owners = {owner.name: owner for owner in connected(scene, [case.name for case in CASES])}
    halves = {case.name: case.steps(owners[case.name]) for case in CASES}
    for half in halves.values():
        next(half)
    follow(scene)
    before = {name: (truth(owner), told(owner)) for name, owner in owners.items()}
    for half in halves.values():
        next(half, None)
    follow(scene)
    return {name: Seen(*before[name], truth(owner), told(owner)) for name, owner in owners.items()}


@pytest.fixture
def anna(stack_before_the_change: Stack, request: pytest.FixtureRequest) -> Iterator[Owner]:
    with begun_scenes(stack_before_the_change, request.node.nodeid) as begin:
        (owner,) = connected(begin(), ["anna"])
        yield owner


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_answer_follows_when(case: Case, seen: dict[str, Seen]) -> None:
    what = seen[case.name]

    assert what.told_before == what.truth_before
    assert what.told == what.truth
    assert (what.truth == what.truth_before) is (case.minutes is None)
    assert minutes(what.truth) - minutes(what.truth_before) == (case.minutes or 0)


def test_a_calendar_of_many_pages_is_right_and_stays_right_when_the_last_page_changes(anna: Owner) -> None:
    late = fill(anna)
    before, asked = told(anna), len(pages_read(anna))

    anna.delete(late)
    follow(anna.scene)

    assert before[:-1] == told(anna) == truth(anna)
    assert len(before) > 2 * PAGE
    assert pages_read(anna)[asked:][:PAGES] == [0, 1, 2]


def test_an_event_that_slips_over_the_edge_of_a_page_while_the_pages_are_read_is_found_again(anna: Owner) -> None:
    """Graph counts pages off from the start: what vanishes from the first one draws an event out of the second."""
    early = anna.add(anna.at(1, 0))
    late = fill(anna)
    anna.scene.fail("calendar_view", anna.name, times=1, delay_seconds=0)  # lets the first page through
    anna.scene.fail("calendar_view", anna.name, times=1, delay_seconds=SLOWLY)
    asked = len(pages_read(anna))

    anna.delete(late)
    wait_for_a_page(anna, asked)
    anna.delete(early)
    follow(anna.scene)

    assert pages_read(anna)[asked:] == [*range(PAGES), *range(PAGES)]
    assert told(anna) == truth(anna)


def test_a_calendar_with_too_many_events_is_not_free_and_is_right_again_with_fewer(anna: Owner) -> None:
    before = told(anna)
    import_events(anna, [(midnight(anna), timedelta(minutes=5), TEN_AN_HOUR)])
    follow(anna.scene)
    crowded = anna.scene.answer("anna")

    anna.delete(last_told(anna))
    follow(anna.scene)

    states = [calendar["state"] for calendar in crowded["calendars"]]
    assert (crowded["complete"], crowded["reason"]) == (False, "calendar_too_large")
    assert sorted(states) == ["ok", "too_large"]
    assert told(anna) == truth(anna) == before


def test_another_mailbox_in_the_place_of_the_old_one_is_found_and_followed(anna: Owner) -> None:
    anna.scene.world.control("POST", f"{anna.path}/new-mailbox")
    follow(anna.scene)
    anna.scene.quarters()
    empty = told(anna)

    anna.add(anna.at(3, 9))
    follow(anna.scene)

    assert empty == []
    assert told(anna) == truth(anna)
    assert minutes(told(anna)) == 60


def fill(owner: Owner) -> str:
    """Thousands of meetings, of which Graph tells nothing, and a last one, of which it does."""
    owner.scene.world.control("PUT", "/notifications/script", {"drop_share": 1})
    starts = (midnight(owner) + timedelta(days=1) + EVERY * number for number in range(MANY))
    import_events(owner, ((start, LENGTH, "") for start in starts))
    owner.scene.world.control("DELETE", "/notifications/script")
    late = owner.add(owner.at(89, 9))
    follow(owner.scene)
    owner.scene.settle_reads()
    return late


def midnight(owner: Owner) -> datetime:
    return owner.scene.world.now.replace(hour=0, minute=0, second=0, microsecond=0)


def pages_read(owner: Owner) -> list[int]:
    """The pages of the default calendar that were asked for, counted from 0."""
    asked = (each for each in owner.scene.requests("calendar_view") if owner.project not in each["path"])
    return [int(parse_qs(each["query"]).get("$skip", ["0"])[0]) // PAGE for each in asked]


def wait_for_a_page(owner: Owner, before: int) -> None:
    give_up_at = time.monotonic() + 60
    while len(pages_read(owner)) == before:
        assert time.monotonic() < give_up_at, "nobody reads the calendar"


def last_told(owner: Owner) -> str:
    """The event of the last notification."""
    posts = owner.scene.world.control("GET", "/notifications")["posts"]
    (item,) = json.loads([post for post in posts if post["kind"] == "change"][-1]["body"])["value"]
    return str(item["resourceData"]["id"])
