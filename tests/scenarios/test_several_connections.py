"""Somebody with an Outlook.com account beside the organisation's mailbox: what is answered, chosen and booked for them
over the whole stack."""

from datetime import datetime, timedelta

import pytest

from local.demo.outlook_accounts import CONSUMERS
from local.demo.own_accounts import connect, own_accounts
from local.demo.world import Busy
from tests.scenarios.calendar_scene import follow as hear
from tests.scenarios.scene import Entry, Scene
from tests.scenarios.test_bookings import SECRETS, meeting, path, put, span
from tests.scenarios.test_cancellations import settle
from tests.scenarios.test_cancellations import told as told_of
from tests.scenarios.test_personal_policy import Anna, anna, decide, follow

__all__ = ["anna"]
pytestmark = pytest.mark.stack
TITLE = SECRETS[0]


@pytest.fixture
def both(scene: Scene, anna: Anna) -> Anna:
    decide(scene, takeover="both")
    scene.consent()
    scene.settle()
    anna.connects_her_own()
    follow(scene)
    return anna


def test_an_answer_is_the_union_stored_and_live_and_says_through_what_each_part_is_known(
    scene: Scene, both: Anna
) -> None:
    (account,) = own_accounts(scene.world, scene.organization, "anna")
    stored, live, answer = scene.busy("anna"), scene.busy("anna", live=True), scene.answer("anna")

    assert stored == live == _truth(scene, both)
    assert len(stored) == 2
    assert [each["connection"] for each in answer["calendars"]] == [scene.connection, account["connection"]]


def test_what_changes_in_either_mailbox_is_told_and_answered(scene: Scene, both: Anna) -> None:
    start = scene.world.now.replace(minute=0, second=0, microsecond=0) + timedelta(days=6)
    both.account.add_event("Choir", start, start + timedelta(hours=2))
    hear(scene)

    assert scene.busy("anna") == _truth(scene, both)
    assert len(scene.busy("anna")) == 3


def test_while_the_account_needs_its_owner_nobody_is_free_and_its_owner_mends_that(scene: Scene, both: Anna) -> None:
    both.account.end_sign_ins()
    scene.quarters(5)  # the last access token lives for an hour
    live = scene.answer("anna", live=True)
    scene.settle()
    lost = scene.answer("anna")
    connect(scene.world, scene.organization, "anna", scene.browser(both.account.address))
    follow(scene)

    assert (live["complete"], live["reason"]) == (False, "calendar_denied")
    assert (lost["complete"], lost["reason"]) == (False, "needs_reconnect")
    assert [tuple(each.values()) for each in lost["busy"]] == _as_told(scene.truth("anna"))
    assert scene.busy("anna") == _truth(scene, both)


def test_a_meeting_goes_where_its_host_writes_to_and_takes_their_time_everywhere(scene: Scene, both: Anna) -> None:
    own = _own_calendar(scene)
    scene.choose("anna", write_calendar=own["calendar"])
    scene.settle()
    before = both.account.truth()

    booked = put(scene, "b-own", _meeting(scene, 12))
    moved = put(scene, "b-own", _meeting(scene, 14))
    clash = put(scene, "b-clash", _meeting(scene, 14))
    free = put(scene, "b-free", _meeting(scene, 16, if_free=True))
    hear(scene)

    assert (booked.status_code, moved.status_code, clash.status_code, free.status_code) == (201, 200, 409, 201)
    assert booked.json()["calendar"] == own["calendar"]
    assert both.account.truth() == sorted([*before, span(scene, 14), span(scene, 16)])
    assert scene.busy("anna") == _truth(scene, both)


def test_a_meeting_that_is_deleted_in_the_account_is_cancelled_for_the_product(scene: Scene, both: Anna) -> None:
    scene.choose("anna", write_calendar=_own_calendar(scene)["calendar"])
    scene.settle()
    given = put(scene, "b-gone", _meeting(scene, 12)).json()
    stays = put(scene, "b-stays", _meeting(scene, 15))
    hear(scene)

    both.account.delete_event(given["event"])
    settle(scene)

    assert stays.status_code == 201
    assert [scene.call("GET", path(scene, name)).json()["state"] for name in ("b-gone", "b-stays")] == [
        "ended",
        "booked",
    ]
    assert told_of(scene, "booking.cancelled") == ["b-gone"]


def test_a_cohost_is_invited_to_the_account_that_they_write_to_and_declines_there(scene: Scene, both: Anna) -> None:
    scene.choose("anna", write_calendar=_own_calendar(scene)["calendar"])
    scene.add("hans")
    scene.send_users("anna", "hans")
    follow(scene)

    booked = put(scene, "b-both", meeting(scene, 12, cohosts=["anna"], attendees=[]))
    hear(scene)
    taken = scene.busy("anna")
    path_of_events = f"/tenants/{CONSUMERS}/people/{both.account.object_id}/events"
    (copy,) = (each for each in scene.world.control("GET", path_of_events)["events"] if each["subject"] == TITLE)
    scene.world.control("POST", f"{path_of_events}/{copy['id']}/respond", {"response": "declined"})
    settle(scene)

    assert (scene.state("hans"), booked.status_code) == ("connected", 201)
    assert span(scene, 12) in taken
    assert told_of(scene, "booking.host_declined") == ["b-both"]


def test_time_that_is_busy_in_either_mailbox_is_not_free(scene: Scene, both: Anna) -> None:
    (start, end) = both.account.truth()[0]

    taken = put(scene, "b-taken", _meeting(scene, 1, start=start.isoformat(), end=end.isoformat(), if_free=True))

    assert (taken.status_code, taken.json()["type"]) == (409, "urn:orgcal:problem:slot-taken")


def test_calendars_of_both_are_listed_and_one_that_is_checked_counts(scene: Scene, both: Anna) -> None:
    listed = scene.calendars("anna")
    default, own = (each["calendar"] for each in listed if each["checked"])
    scene.check_calendars("anna", own)
    scene.settle()
    all_of_it = scene.busy("anna")
    scene.choose("anna", checked_calendars=[own])
    scene.settle()

    assert len({each["connection"] for each in listed}) == 2
    assert default != own
    assert all_of_it == _truth(scene, both)
    assert scene.busy("anna") == both.account.truth()


def _meeting(scene: Scene, hour: int, **changes: object) -> Entry:
    return meeting(scene, hour, **{"host": "anna", "cohosts": [], "attendees": [], **changes})


def _own_calendar(scene: Scene) -> Entry:
    (own,) = (each for each in scene.calendars("anna") if each["connection"] != scene.connection and each["checked"])
    return own


def _truth(scene: Scene, anna: Anna) -> Busy:
    return sorted(anna.account.truth() + scene.truth("anna"))


def _as_told(busy: Busy) -> list[tuple[str, str]]:
    return [(_instant(start), _instant(end)) for start, end in busy]


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
