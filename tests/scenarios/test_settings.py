"""What people choose, and what their organisation decides for them, against the whole stack."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from local.demo.world import Busy
from tests.scenarios.scene import Scene, meeting

pytestmark = pytest.mark.stack

BLOCKING = ("busy", "tentative", "oof", "workingElsewhere")
HOUR = timedelta(hours=1)


@pytest.fixture
def chooser(scene: Scene) -> Scene:
    """Anna has a meeting of each status, an hour each from six on, and one in a second calendar at noon."""
    scene.populate(["anna"])
    for number, show_as in enumerate(BLOCKING):
        scene.add_event("anna", meeting(_six(scene) + number * HOUR, showAs=show_as))
    scene.consent()
    scene.settle()
    scene.settle_reads()
    return scene


def test_statuses_are_chosen_without_a_word_to_microsoft(chooser: Scene) -> None:
    asked = chooser.calendar_requests()

    before = _hours(chooser)
    chooser.choose("anna", busy_statuses=["out_of_office", "working_elsewhere"])
    chosen = _hours(chooser)
    chooser.product.call(
        "PUT", f"/{chooser.organization}", _policy(busy_statuses={"default": ["tentative"], "locked": True})
    )
    locked = _hours(chooser)

    assert (before, chosen, locked) == ([6], [6, 8, 9], [6, 7])
    assert chooser.calendar_requests() == asked


def test_another_calendar_that_is_checked_is_read_within_seconds_even_right_after_another_read(chooser: Scene) -> None:
    project = _add_calendar(chooser, "Project")
    chooser.add_event("anna", meeting(_six(chooser) + 10 * HOUR))  # told, and read
    chooser.stack.wait_until_quiet()
    chooser.settle(timedelta(seconds=2))
    begun_at = chooser.world.now

    shown = {each["name"]: each["calendar"] for each in chooser.calendars("anna")}
    chooser.check_calendars("anna", shown["Project"])
    meanwhile = chooser.answer("anna")
    chooser.settle(timedelta(seconds=3))

    assert shown["Project"] == project
    assert (
        meanwhile["complete"] or meanwhile["reason"] == "not_read_yet"
    )  # the clock stands, but the host does not wait
    assert _hours(chooser) == [6, 12, 16]
    assert chooser.world.now - begun_at < timedelta(seconds=10)
    assert {view["user"] for view in chooser.requests("calendar_view")} == {chooser.object_id("anna")}


def test_a_calendar_that_is_used_no_more_leaves_nothing_and_a_choice_outlives_disconnection(chooser: Scene) -> None:
    project = _add_calendar(chooser, "Project")
    chooser.choose("anna", checked_calendars=[project], write_calendar=project)
    chooser.settle()
    only = _hours(chooser)
    path = f"/{chooser.organization}/users/anna"

    chooser.product.call("POST", f"{path}/disconnect")
    chooser.settle()
    away = chooser.answer("anna")
    chooser.product.call("POST", f"{path}/reconnect")
    chooser.settle()
    chooser.settle()

    assert only == [12]
    assert away["reason"] == "not_connected"
    assert _hours(chooser) == [12]
    assert chooser.product.call("GET", f"{path}/settings")["write_calendar"] == project


def test_a_lock_wins_and_when_it_is_lifted_the_choice_is_there_again(chooser: Scene) -> None:
    project = _add_calendar(chooser, "Project")
    chooser.choose("anna", checked_calendars=[project], write_calendar=project)
    chooser.settle()
    path = f"/{chooser.organization}/users/anna/settings"

    chooser.product.call("PUT", f"/{chooser.organization}", _policy(checked_calendars={"locked": True}))
    refused = chooser.call("PUT", f"/v1/organizations{path}", {"checked_calendars": [project]})
    chooser.quarters(2)
    locked = _hours(chooser)
    chooser.product.call("PUT", f"/{chooser.organization}", _policy(checked_calendars={"locked": False}))
    chooser.quarters(2)

    assert refused.status_code == httpx.codes.FORBIDDEN
    assert refused.json()["type"] == "urn:orgcal:problem:policy-forbids"
    assert refused.json()["fields"] == {"policy": "checked_calendars"}
    assert locked == [6]
    assert _hours(chooser) == [12]


def test_while_microsoft_throttles_the_list_the_product_is_told_when_to_come_again(chooser: Scene) -> None:
    path = f"/v1/organizations/{chooser.organization}/users/anna"
    chooser.fail("calendars", "anna", status=429, retry_after=45)

    listed = chooser.call("GET", f"{path}/calendars")
    chosen = chooser.call("PUT", f"{path}/settings", {"checked_calendars": ["any"], "cancellation_sync": False})
    chooser.mend()

    assert [each.status_code for each in (listed, chosen)] == [httpx.codes.SERVICE_UNAVAILABLE] * 2
    assert int(listed.headers["retry-after"]) >= 1
    assert chooser.call("GET", f"{path}/settings").json()["chosen"] == []


def _add_calendar(scene: Scene, name: str) -> str:
    path = f"/tenants/{scene.tenant}/people/{scene.object_id('anna')}/calendars"
    calendar = str(scene.world.control("POST", path, {"name": name})["id"])
    scene.world.control("POST", f"{path}/{calendar}/events", meeting(_six(scene) + 6 * HOUR))
    return calendar


def _policy(**rules: Any) -> dict[str, Any]:
    return {"name": "Acme", "policy": rules}


def _six(scene: Scene) -> datetime:
    """In two days."""
    return scene.world.now.replace(hour=6, minute=0, second=0, microsecond=0) + timedelta(days=2)


def _hours(scene: Scene) -> list[int]:
    """At which hours something begins that is busy."""
    busy: Busy = scene.busy("anna")
    return sorted({hour for start, end in busy for hour in range(start.hour, end.hour)})
