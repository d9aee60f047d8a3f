"""What cannot be read is never free, and mends by itself."""

from datetime import timedelta

import pytest

from local.demo.world import read_busy
from tests.scenarios.scene import Entry, Scene, meeting

pytestmark = pytest.mark.stack

SAFETY_NET = timedelta(hours=6, minutes=2)
AFTER_STALE = timedelta(minutes=31)
FAULTS: dict[str, Entry] = {
    "throttled-with-a-time": {"status": 429, "code": "ApplicationThrottled", "retry_after": 120},
    "throttled-without-a-time": {"status": 429, "code": "ApplicationThrottled"},
    "too-many-requests-to-the-mailbox": {
        "status": 429,
        "code": "ApplicationThrottled",
        "message": "MailboxConcurrency",
    },
    "not-allowed": {"status": 403, "code": "ErrorAccessDenied", "message": "Access to OData is disabled."},
    "no-mailbox": {"status": 404, "code": "MailboxNotEnabledForRESTAPI"},
    "not-recognised": {"status": 401, "code": "InvalidAuthenticationToken"},
    "broken": {"status": 500, "code": "InternalServerError"},
    "unavailable": {"status": 503, "code": "ServiceUnavailable"},
    "time-out": {"status": 504, "code": "GatewayTimeout"},
    "cut-off": {"drop_connection": True},
}


@pytest.fixture
def anna(scene: Scene) -> Scene:
    """Connected, with a meeting; another one comes in while nothing can be read."""
    scene.connect(["anna", "ben"])
    scene.add_event("anna", _next_week(scene, 9))
    scene.quarters(2)
    assert scene.busy("anna") == scene.truth("anna") != []
    return scene


def test_calendars_that_cannot_be_read_are_not_complete_and_are_read_again_by_themselves(scene: Scene) -> None:
    scene.connect([*FAULTS, "fine"])
    for name in scene.states():
        scene.add_event(name, _next_week(scene, 9))
    scene.quarters(2)
    known = {name: scene.busy(name) for name in FAULTS}
    assert known == {name: scene.truth(name) for name in FAULTS}

    for name, fault in FAULTS.items():
        scene.fail("calendar_view", name, **fault)
        scene.add_event(name, _next_week(scene, 13))
    live = {name: scene.answer(name, live=True) for name in FAULTS}
    fine = scene.busy("fine", live=True)
    scene.quarters()
    scene.settle(AFTER_STALE)
    stored = {name: scene.answer(name) for name in FAULTS}
    still_fine = scene.busy("fine")
    scene.mend()
    scene.settle(timedelta(minutes=5))
    scene.quarters(2)
    scene.settle(timedelta(days=1))  # what a tenant closes on purpose is asked for again daily
    scene.quarters(2)

    assert fine == still_fine == scene.truth("fine")
    for answers in (live, stored):
        assert [name for name, answer in answers.items() if answer["complete"]] == []
        assert {name: read_busy(answer["busy"]) for name, answer in answers.items()} == known  # not forgotten
    assert {name: scene.busy(name) for name in FAULTS} == {name: scene.truth(name) for name in FAULTS}


@pytest.mark.parametrize("fault", [{"status": 503, "code": "ServiceUnavailable"}, {"drop_connection": True}])
def test_a_second_page_that_fails_spoils_the_whole_window(scene: Scene, fault: Entry) -> None:
    scene.connect(["anna"])
    for hour in range(11):
        scene.add_event("anna", _daily(scene, hour))
    scene.quarters(2)
    before = scene.busy("anna")
    assert before == scene.truth("anna")

    scene.lose_notifications()
    scene.add_event("anna", _next_week(scene, 20))
    (added,) = set(scene.truth("anna")) - set(before)
    _fail_from_the_second_page_on(scene, fault)
    live = scene.answer("anna", live=True)
    asked = scene.requests("calendar_view")[-2:]
    scene.mend()
    _fail_from_the_second_page_on(scene, fault)
    scene.settle(SAFETY_NET)
    stored = scene.answer("anna")
    scene.mend()
    scene.quarters(2)

    assert ["skip" in str(request["query"]) for request in asked] == [False, True]
    assert live["complete"] is False
    assert read_busy(live["busy"]) == before  # not a mixture of old and new
    assert added not in read_busy(stored["busy"]) != []
    assert added in scene.busy("anna") == scene.truth("anna")


def test_a_person_who_loses_the_licence_is_not_free_and_comes_back_with_it(anna: Scene) -> None:
    anna.edit("anna", licensed=False)
    anna.quarters(2)
    state, answer = anna.state("anna"), anna.answer("anna")

    anna.edit("anna", licensed=True)
    anna.settle(timedelta(days=1))
    anna.quarters(2)

    assert (state, answer["complete"]) == ("no_mailbox", False)
    assert anna.state("anna") == "connected"
    assert anna.busy("anna") == anna.truth("anna")


def test_a_disabled_account_is_not_free_and_comes_back_when_enabled(anna: Scene) -> None:
    anna.edit("anna", accountEnabled=False)
    anna.quarters(2)
    state, answer = anna.state("anna"), anna.answer("anna")

    anna.edit("anna", accountEnabled=True)
    anna.quarters(2)

    assert (state, answer["complete"]) == ("disabled", False)
    assert anna.busy("anna") == anna.truth("anna")


def test_a_token_that_cannot_be_had_is_no_reason_to_forget_anybody(anna: Scene) -> None:
    anna.settle(timedelta(hours=2))  # tokens live for an hour
    anna.quarters()
    anna.fail("token", status=503, code="temporarily_unavailable")
    anna.add_event("anna", _next_week(anna, 13))
    anna.settle(timedelta(hours=2))
    anna.quarters(2)
    during = anna.answer("anna")
    anna.mend()
    anna.quarters(2)

    assert during["complete"] is False
    assert anna.shown()["state"] == "active"
    assert anna.busy("anna") == anna.truth("anna")


def test_a_directory_that_does_not_answer_takes_nothing_away(anna: Scene) -> None:
    anna.fail("users_delta", status=429, code="TooManyRequests", retry_after=600)
    anna.fail("users", status=503, code="ServiceUnavailable")
    anna.add("late")
    anna.send_users("late")
    anna.quarters(2)
    during = anna.states()
    anna.mend()
    anna.quarters(3)

    assert (during["anna"], during["ben"]) == ("connected", "connected")
    assert during["late"] != "connected"
    assert anna.states() == dict.fromkeys(("anna", "ben", "late"), "connected")


def _fail_from_the_second_page_on(scene: Scene, fault: Entry) -> None:
    scene.fail("calendar_view", "anna", times=1, delay_seconds=0)  # lets one request through
    scene.fail("calendar_view", "anna", **fault)


def _next_week(scene: Scene, hour: int) -> Entry:
    return meeting(scene.world.now.replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(days=7))


def _daily(scene: Scene, hour: int) -> Entry:
    first = scene.world.now.replace(hour=hour, minute=0, second=0, microsecond=0)
    return meeting(
        first,
        hours=0.5,
        recurrence={
            "pattern": {"type": "daily", "interval": 1},
            "range": {"type": "noEnd", "startDate": first.date().isoformat()},
        },
    )
