"""Whatever happens in a calendar: what the product is told is what the mailbox holds."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from local.demo.people import person
from local.demo.world import seed_mailboxes
from tests.scenarios.scene import Entry, Scene, meeting

pytestmark = pytest.mark.stack

PARIS, NEW_YORK = "Romance Standard Time", "Eastern Standard Time"
type Change = Callable[[Scene], None]


@pytest.fixture
def paris(scene: Scene) -> Scene:
    """One connected person who lives in Paris, with a working life in the calendar."""
    scene.populate([])
    scene.world.control("PUT", f"/tenants/{scene.tenant}/people/{scene.object_id('anna')}", _anna(scene))
    seed_mailboxes(scene.world, scene.tenant, [scene.object_id("anna")])
    scene.send_users("anna")
    scene.zones["anna"] = "Europe/Paris"
    scene.consent()
    scene.settle()
    scene.settle()
    assert scene.busy("anna") == scene.truth("anna")
    return scene


def test_every_kind_of_change_is_seen_at_once_by_a_live_answer_and_after_a_quarter_by_a_stored_one(
    paris: Scene,
) -> None:
    series = paris.add_event("anna", _weekly(paris))
    single = paris.add_event("anna", meeting(_at(paris, 4, 9)))
    gone = paris.add_event("anna", meeting(_at(paris, 5, 9)))
    paris.quarters(2)
    before = paris.busy("anna")
    assert before == paris.truth("anna")

    for change in _changes(paris, series, single, gone):
        change(paris)
        changed = paris.truth("anna")
        assert paris.busy("anna", live=True) == changed, change.__name__
    paris.quarters(2)

    assert paris.busy("anna") == paris.truth("anna") != before


def test_the_window_slides_as_the_days_go_by(paris: Scene) -> None:
    paris.settle(timedelta(days=3))
    paris.quarters(2)

    assert paris.busy("anna") == paris.truth("anna")


def _changes(scene: Scene, series: str, single: str, gone: str) -> list[Change]:
    second, third = (f"{_first_day(scene) + timedelta(weeks=week)}T09:00:00" for week in (1, 2))
    moved = {"start": _wall(scene, 16, PARIS, weeks=2), "end": _wall(scene, 17, PARIS, weeks=2)}
    later = meeting(_at(scene, 4, 15))

    def an_event_is_added(scene: Scene) -> None:
        scene.add_event("anna", meeting(_at(scene, 6, 10), hours=2))

    def an_event_is_moved(scene: Scene) -> None:
        scene.edit_event("anna", single, {"start": later["start"], "end": later["end"]})

    def an_event_is_deleted(scene: Scene) -> None:
        scene.delete_event("anna", gone)

    def an_occurrence_is_deleted(scene: Scene) -> None:
        scene.delete_event("anna", series, occurrence=second)

    def an_exception_is_moved(scene: Scene) -> None:
        scene.edit_event("anna", series, moved, occurrence=third)

    def an_event_becomes_free(scene: Scene) -> None:
        scene.edit_event("anna", single, {"showAs": "free"})

    def an_event_becomes_busy_again(scene: Scene) -> None:
        scene.edit_event("anna", single, {"showAs": "busy"})

    def an_event_is_cancelled(scene: Scene) -> None:
        scene.edit_event("anna", single, {"isCancelled": True})

    def whole_days_are_taken(scene: Scene) -> None:
        scene.add_event("anna", _days(scene, 10, 2))

    def an_event_in_another_zone_is_added(scene: Scene) -> None:
        times = {"start": _wall(scene, 17, NEW_YORK), "end": _wall(scene, 19, NEW_YORK)}
        scene.add_event("anna", {"subject": "Call", **times})

    def an_invitation_is_declined(scene: Scene) -> None:
        declined = {"responseStatus": {"response": "declined"}}
        scene.add_event("anna", meeting(_at(scene, 8, 6), hours=3, **declined))

    return [
        an_event_is_added,
        an_event_is_moved,
        an_event_is_deleted,
        an_occurrence_is_deleted,
        an_exception_is_moved,
        an_event_becomes_free,
        an_event_becomes_busy_again,
        an_event_is_cancelled,
        whole_days_are_taken,
        an_event_in_another_zone_is_added,
        an_invitation_is_declined,
    ]


def _anna(scene: Scene) -> Entry:
    return person(scene.domain, "anna", mailbox_time_zone=PARIS)


def _first_day(scene: Scene) -> date:
    return (scene.world.now + timedelta(days=2)).date()


def _at(scene: Scene, days: int, hour: int) -> datetime:
    return scene.world.now.replace(hour=hour, minute=30, second=0, microsecond=0) + timedelta(days=days)


def _wall(scene: Scene, hour: int, zone: str, weeks: int = 0) -> dict[str, str]:
    return {"dateTime": f"{_first_day(scene) + timedelta(weeks=weeks)}T{hour:02}:00:00", "timeZone": zone}


def _weekly(scene: Scene) -> Entry:
    """Every week for all of the window, at a wall time of Paris."""
    first = _first_day(scene)
    return {
        "subject": "Weekly",
        "start": _wall(scene, 9, PARIS),
        "end": _wall(scene, 10, PARIS),
        "recurrence": {
            "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": [f"{first:%A}".lower()]},
            "range": {"type": "noEnd", "startDate": first.isoformat()},
        },
    }


def _days(scene: Scene, after: int, count: int) -> Entry:
    first = (scene.world.now + timedelta(days=after)).date()
    start, end = ({"dateTime": f"{day}T00:00:00", "timeZone": PARIS} for day in (first, first + timedelta(days=count)))
    return {"subject": "Away", "isAllDay": True, "showAs": "busy", "start": start, "end": end}
