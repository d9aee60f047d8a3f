"""An Outlook account that cannot be read any more: its owner hears of it, and Microsoft is asked no more."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from local.demo.outlook_accounts import Account
from tests.scenarios.own_outlook import (
    asked_as_person,
    connect,
    events_of,
    listed,
    meeting_at,
    outlook,
    state_of,
    unconnected,
    work_account,
)
from tests.scenarios.scene import CALENDAR_KINDS, CALM, Scene

pytestmark = pytest.mark.stack

HOUR = timedelta(hours=1)


def notice(scene: Scene) -> None:
    """A safety read and its token are due, long after the last access token was handed out."""
    for _ in range(8):
        scene.settle(HOUR)


def test_a_revoked_account_asks_for_its_owner_once_and_microsoft_for_nothing_more(scene: Scene) -> None:
    unconnected(scene, ["anna"])
    account = outlook(scene, "anna")
    connect(scene, "anna", account)
    meeting_at(account, 9)

    account.end_sign_ins()
    notice(scene)
    lost, answer = state_of(scene, "anna"), scene.answer("anna")
    before = len(asked_as_person(scene, "token"))
    for _ in range(24):
        scene.settle(HOUR)
    asked = len(asked_as_person(scene, "token")) - before

    assert lost == ("needs_reconnect", "revoked")
    assert (answer["complete"], answer["reason"]) == (False, "needs_reconnect")
    assert asked == 0
    assert events_of(scene, "anna") == [("user.connected", None), ("user.attention_needed", "revoked")]


def test_a_reconnect_brings_back_calendars_and_choices(scene: Scene) -> None:
    unconnected(scene, ["anna"])
    account = outlook(scene, "anna")
    connect(scene, "anna", account)
    calendars = [one["calendar"] for one in scene.calendars("anna")]
    scene.choose("anna", checked_calendars=calendars, busy_statuses=["busy"])
    chosen = scene.product.call("GET", f"/{scene.organization}/users/anna/settings")
    (before,) = listed(scene, "anna")
    account.end_sign_ins()
    notice(scene)

    connect(scene, "anna", account)
    blocked = meeting_at(account, 9)
    scene.quarters(2)

    (after,) = listed(scene, "anna")
    assert (after["connection"], after["state"]) == (before["connection"], "connected")
    assert scene.product.call("GET", f"/{scene.organization}/users/anna/settings") == chosen
    assert scene.busy("anna") == [blocked]


# By reason, and by the user who meets it.
LOSSES: dict[str, Callable[[Scene, Account], None]] = {
    "revoked": lambda _, account: account.end_sign_ins("password_reset"),
    "consent_required": lambda _, account: account.remove_app(),
    "account_disabled": lambda scene, _: scene.edit("anna", accountEnabled=False),
    "mfa_required": lambda scene, _: _rule(scene, requires_mfa=True),
    "sign_in_too_old": lambda scene, _: _rule(scene, sign_in_frequency_seconds=3600),
    "conditional_access": lambda scene, _: _refuse(scene, 53003),
    "not_assigned": lambda scene, _: _refuse(scene, 50105),
}


def test_work_accounts_say_why_they_are_lost_and_are_asked_no_more(scenes: Callable[[], Scene]) -> None:
    home = unconnected(scenes(), LOSSES)
    elsewhere = {reason: scenes() for reason in LOSSES}  # each loss is of a whole organisation
    accounts = {}
    for reason, scene in elsewhere.items():
        scene.populate(["anna"])
        accounts[reason] = work_account(scene, "anna")
        connect(home, reason, accounts[reason])

    for reason, lose in LOSSES.items():
        lose(elsewhere[reason], accounts[reason])
    notice(home)
    asked = {reason: len(scene.requests(*CALENDAR_KINDS)) for reason, scene in elsewhere.items()}
    home.quarters(3)

    assert {reason: state_of(home, reason) for reason in LOSSES} == {
        reason: ("needs_reconnect", reason) for reason in LOSSES
    }
    assert {reason: events_of(home, reason)[-1] for reason in LOSSES} == {
        reason: ("user.attention_needed", reason) for reason in LOSSES
    }
    assert {reason: len(scene.requests(*CALENDAR_KINDS)) for reason, scene in elsewhere.items()} == asked


def test_an_account_that_is_lost_takes_nothing_from_the_organisations_calendar(scene: Scene) -> None:
    scene.connect(["anna"])
    account = outlook(scene, "anna")
    connect(scene, "anna", account)

    account.end_sign_ins()
    notice(scene)

    answer = scene.answer("anna")
    assert scene.state("anna") == "connected"
    assert (answer["complete"], answer["reason"]) == (False, "needs_reconnect")  # ignorance is never free time


def test_what_microsoft_cannot_do_just_now_loses_nobody(scene: Scene) -> None:
    unconnected(scene, ["anna"])
    account = outlook(scene, "anna")
    connect(scene, "anna", account)
    fault = {"match": {"kind": "token", "app": scene.stack.addresses.personal_client_id}, "answer": {"status": 503}}

    scene.world.control("POST", "/faults", fault)
    notice(scene)
    meanwhile = state_of(scene, "anna")
    scene.mend()
    blocked = meeting_at(account, 9)
    for _ in range(2):
        notice(scene)
        scene.settle(CALM)

    assert meanwhile == state_of(scene, "anna") == ("connected", None)
    assert scene.busy("anna") == [blocked]


def _rule(scene: Scene, **rules: object) -> None:
    scene.world.control("PATCH", f"/tenants/{scene.tenant}", rules)


def _refuse(scene: Scene, code: int) -> None:
    _rule(scene, sign_in_refusals={scene.stack.addresses.personal_client_id: code})
