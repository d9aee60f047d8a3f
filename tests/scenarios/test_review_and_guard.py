"""What waits for a person: the first match, a sweep that would take much away, a domain that nobody has proven."""

from datetime import timedelta

import pytest

from local.demo.people import verified
from tests.scenarios.scene import Scene

pytestmark = pytest.mark.stack

TEAM = [f"member-{number}" for number in range(12)]


def test_under_review_nobody_is_connected_until_the_activation_is_confirmed(scene: Scene) -> None:
    scene.populate(["anna", "ben"])
    policy = {"name": "Careful", "policy": {"activation": "review"}}
    scene.product.call("PUT", f"/{scene.organization}", policy)
    scene.consent()
    scene.settle()
    scene.quarters(3)
    waiting, states, asked = scene.shown()["state"], scene.states(), scene.calendar_requests()
    reason, answer = scene.reason("anna"), scene.answer("anna")

    scene.confirm("activation")
    scene.settle()
    scene.settle()

    assert (waiting, states) == ("review", {"anna": "pending", "ben": "pending"})
    assert (asked, reason) == (0, "awaiting_review")
    assert (answer["complete"], answer["reason"]) == (False, "not_connected")
    assert scene.shown()["state"] == "active"
    assert scene.states() == {"anna": "connected", "ben": "connected"}


def test_somebody_added_during_the_review_is_connected_with_the_others(scene: Scene) -> None:
    scene.populate(["anna"])
    scene.product.call("PUT", f"/{scene.organization}", {"name": "Careful", "policy": {"activation": "review"}})
    scene.consent()
    scene.settle()
    scene.add("late")
    scene.send_users("late")
    scene.settle()
    during, asked = scene.states(), scene.calendar_requests()

    scene.confirm("activation")
    scene.settle()
    scene.settle()

    assert "connected" not in during.values()
    assert asked == 0
    assert scene.states() == {"anna": "connected", "late": "connected"}


def test_a_sweep_that_would_take_too_many_calendars_changes_nothing_until_it_is_confirmed(scene: Scene) -> None:
    scene.connect(TEAM)
    for name in TEAM[:6]:
        scene.delete(name)

    scene.quarters(3)
    held, explained, answer = scene.shown()["held"], scene.explain(TEAM[0]), scene.answer(TEAM[0])
    states = scene.states()
    scene.confirm("sweep")
    scene.settle()
    scene.quarters(2)

    assert (held["losing"], held["connected"]) == (6, 12)
    assert explained["user_id"] == scene.object_id(TEAM[0])
    assert states == dict.fromkeys(TEAM[:6], "no_mailbox") | dict.fromkeys(TEAM[6:], "connected")
    assert answer["complete"] is False
    assert scene.states() == dict.fromkeys(TEAM[:6], "no_match") | dict.fromkeys(TEAM[6:], "connected")
    assert scene.shown()["held"] is None


def test_a_full_sweep_is_held_like_any_other(scene: Scene) -> None:
    scene.connect(TEAM)
    for name in TEAM[:6]:
        scene.delete(name)

    scene.product.call("POST", f"/{scene.organization}/connections/{scene.connection}/sweep")
    scene.settle()
    scene.settle()

    assert scene.shown()["held"] is not None
    assert "no_match" not in scene.states().values()


def test_what_is_taken_away_little_by_little_within_a_day_is_held_too(scene: Scene) -> None:
    scene.connect(TEAM)

    for name in TEAM[:6]:
        scene.delete(name)
        scene.quarters()
        scene.settle(timedelta(minutes=1))

    assert sum(state == "no_match" for state in scene.states().values()) == 5
    assert scene.shown()["held"] is not None


def test_people_who_came_back_before_anybody_confirmed_release_the_hold(scene: Scene) -> None:
    scene.connect(TEAM)
    for name in TEAM[:6]:
        scene.delete(name)
    scene.quarters(2)
    held = scene.shown()["held"]

    for name in TEAM[:6]:
        scene.restore(name)
    scene.quarters(3)

    assert held is not None
    assert set(scene.states().values()) == {"connected"}
    assert scene.busy(TEAM[0]) == scene.truth(TEAM[0])
    assert scene.shown()["held"] is None


def test_a_domain_that_the_tenant_has_not_proven_counts_once_it_is_confirmed(scene: Scene) -> None:
    outside = "outside@partner-brand.example"
    scene.populate(["inside"])
    scene.add("outside", mail=outside)
    scene.product.call("PUT", f"/{scene.organization}/users/outside", {"addresses": [verified(outside)]})
    scene.consent()
    scene.settle()
    scene.settle()
    before = scene.states()
    explained = scene.explain("outside")

    scene.confirm("domain", domain="partner-brand.example")
    scene.settle()
    scene.settle()

    assert before == {"inside": "connected", "outside": "domain_unproven"}
    assert explained["domain"] == "partner-brand.example"
    assert scene.states() == {"inside": "connected", "outside": "connected"}
