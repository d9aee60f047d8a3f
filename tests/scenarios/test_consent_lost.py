"""A tenant closes its calendars to us: we stop at once, say so, ask nothing more, and come back when it opens them."""

from datetime import timedelta

import pytest

from tests.scenarios.scene import CALENDAR_KINDS, Entry, Scene, meeting

pytestmark = pytest.mark.stack

PEOPLE = ["anna", "ben", "cleo"]
TOKENS_LIVE = timedelta(hours=1)
DAY = 24  # hours
LOOKED_FOR = timedelta(hours=1)  # how often a connection that needs attention is looked at
LOOKS = 4  # turns of the connection's own, until it is active again
ORDERED_IN = timedelta(seconds=10)
SPREAD_OVER = timedelta(minutes=15, seconds=30)
BOTH_ROLES = ("User.Read.All", "Calendars.ReadWrite")


@pytest.fixture
def served(scene: Scene) -> Scene:
    """Three people with meetings, read and answered for."""
    scene.connect(PEOPLE)
    for name in PEOPLE:
        scene.add_event(name, _next_week(scene, 9))
    scene.quarters(2)
    assert all(scene.busy(name) == scene.truth(name) != [] for name in PEOPLE)
    return scene


def test_a_deleted_enterprise_application_stops_everything_until_a_new_consent(served: Scene) -> None:
    served.withdraw_consent()
    served.quarters()
    _is_lost(served, "consent_missing", hours=DAY)

    _add_events(served)
    served.consent_anew()
    served.settle()

    _is_served_again(served)


def test_a_disabled_enterprise_application_stops_everything_until_it_is_enabled(served: Scene) -> None:
    served.disable_application()
    served.quarters()
    _is_lost(served, "app_disabled")

    _add_events(served)
    served.disable_application(disabled=False)
    served.settle(LOOKED_FOR)

    _is_served_again(served)


def test_a_permission_for_calendars_that_is_taken_away_stops_everything_until_it_is_granted_again(
    served: Scene,
) -> None:
    served.grant("User.Read.All")
    served.settle(TOKENS_LIVE)  # an earlier token opens what it opened
    served.quarters()
    _is_lost(served, "calendars_not_granted", probed=True)

    _add_events(served)
    served.grant(*BOTH_ROLES)
    served.settle(LOOKED_FOR)

    _is_served_again(served)


def test_a_tenant_that_closes_all_its_mailboxes_stops_everything_until_some_open_again(served: Scene) -> None:
    served.close_mailboxes(*PEOPLE)
    served.quarters(2)
    _is_lost(served, "all_mailboxes_refused", probed=True)

    _add_events(served)
    served.close_mailboxes()
    served.settle(LOOKED_FOR)

    _is_served_again(served)


def test_a_tenant_that_begins_to_limit_calendars_by_exchange_goes_on_until_it_limits_all_of_them(served: Scene) -> None:
    served.open_in_exchange("anna", "ben")
    served.grant("User.Read.All")
    served.settle(TOKENS_LIVE)
    served.quarters(3)
    limited, states = served.shown(), served.states()
    answers = {name: served.answer(name)["complete"] for name in PEOPLE}

    served.open_in_exchange()
    served.quarters(3)
    _is_lost(served, "all_mailboxes_refused", probed=True)
    _add_events(served)
    served.open_in_exchange(*PEOPLE)
    served.settle(LOOKED_FOR)

    assert (limited["state"], limited["scoped_by_exchange"]) == ("active", True)
    assert states == {"anna": "connected", "ben": "connected", "cleo": "excluded_by_policy"}
    assert answers == {"anna": True, "ben": True, "cleo": False}
    _is_served_again(served)


def test_a_mailbox_that_is_closed_is_asked_for_once_a_day_and_found_open_within_one(served: Scene) -> None:
    served.close_mailboxes("ben")
    served.quarters(2)
    states, about = served.states(), served.object_id("ben")
    before = len([one for one in served.requests(*CALENDAR_KINDS, "subscriptions") if one["user"] == about])
    _pass_days(served, 2)
    asked = len([one for one in served.requests(*CALENDAR_KINDS, "subscriptions") if one["user"] == about]) - before

    _add_events(served)
    served.close_mailboxes()
    _pass_days(served, 1)
    served.quarters(5)

    assert states == {"anna": "connected", "ben": "excluded_by_policy", "cleo": "connected"}
    assert 1 <= asked <= 3
    _is_served_again(served)


def _pass_days(scene: Scene, days: int) -> None:
    for _ in range(days * 6):
        scene.settle(timedelta(hours=4))


def _is_lost(scene: Scene, reason: str, *, hours: int = 4, probed: bool = False) -> None:
    """From now on nobody is served, and only the grant is looked for by the hour, up to five mailboxes with it."""
    shown, answers = scene.shown(), [scene.answer(name) for name in PEOPLE]
    live = scene.answer(PEOPLE[0], live=True)
    before, tokens = len(scene.requests()), len(scene.requests("token"))
    for _ in range(hours):
        scene.settle(LOOKED_FOR)
    asked, looks = len(scene.requests()) - before, len(scene.requests("token")) - tokens

    assert (shown["state"], shown["reason"]) == ("attention", reason)
    for answer in [*answers, live]:
        assert (answer["complete"], answer["reason"]) == (False, "connection_attention")
        assert {calendar["state"] for calendar in answer["calendars"]} == {"denied"}
        assert answer["busy"] == []
    assert hours - 1 <= looks <= hours + 1
    assert asked - looks <= probed * looks * len(PEOPLE)


def _add_events(scene: Scene) -> None:
    for name in PEOPLE:
        scene.add_event(name, _next_week(scene, 14))


def _is_served_again(scene: Scene) -> None:
    """Within the quarter of an hour after the connection is active again, and the seconds that its orders take."""
    for _ in range(LOOKS):
        if scene.shown()["state"] == "active":
            break
        scene.quarters()
    scene.settle(ORDERED_IN)
    scene.settle(SPREAD_OVER)
    scene.settle_orders()
    assert (scene.shown()["state"], scene.shown()["reason"]) == ("active", None)
    assert scene.states() == dict.fromkeys(PEOPLE, "connected")
    assert all(len(scene.busy(name)) == 2 and scene.busy(name) == scene.truth(name) for name in PEOPLE)
    assert _subscribed(scene) == {scene.object_id(name) for name in PEOPLE}


def _subscribed(scene: Scene) -> set[str]:
    listed: list[Entry] = scene.world.control("GET", f"/subscriptions?tenant={scene.tenant}")["subscriptions"]
    return {str(each["user"]) for each in listed}


def _next_week(scene: Scene, hour: int) -> Entry:
    return meeting(scene.world.now.replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(days=7))
