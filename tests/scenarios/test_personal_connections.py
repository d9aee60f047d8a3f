"""An Outlook account of one's own, beside the calendar that the organisation manages or instead of it."""

from collections.abc import Callable

import pytest

from tests.scenarios.calendar_scene import deliver
from tests.scenarios.own_outlook import (
    asked_as_person,
    connect,
    disconnect,
    events_of,
    listed,
    meeting_at,
    outlook,
    state_of,
    subscriptions,
    unconnected,
    union,
    work_account,
)
from tests.scenarios.scene import CALENDAR_KINDS, CALM, Scene, meeting
from tests.scenarios.stored_rows import rows_that_name
from tests.scenarios.test_notifications import noon

pytestmark = pytest.mark.stack


def test_what_blocks_in_either_calendar_blocks(scene: Scene) -> None:
    scene.connect(["anna"])
    scene.add_event("anna", meeting(noon(scene, 4)))
    account = outlook(scene, "anna")
    blocked = meeting_at(account, 9)

    connect(scene, "anna", account)
    both = scene.busy("anna")
    live = scene.busy("anna", live=True)
    disconnect(scene, "anna", listed(scene, "anna")[0]["connection"])

    assert blocked in both
    assert both == live == union(scene.truth("anna"), account.truth())
    assert scene.busy("anna") == scene.truth("anna")
    assert scene.state("anna") == "connected"


def test_somebody_without_an_organisations_calendar_has_their_own(scene: Scene) -> None:
    unconnected(scene, ["anna"])
    account = outlook(scene, "anna")
    blocked = meeting_at(account, 9)

    connect(scene, "anna", account)

    assert (scene.state("anna"), scene.reason("anna")) == ("personal", "has_own_account")
    assert state_of(scene, "anna") == ("connected", None)
    assert scene.busy("anna") == [blocked] == account.truth()
    assert events_of(scene, "anna") == [("user.connected", None)]


def test_a_change_in_outlook_com_is_told_and_followed(scene: Scene) -> None:
    unconnected(scene, ["anna"])
    account = outlook(scene, "anna")
    connect(scene, "anna", account)
    scene.settle(CALM)

    blocked = meeting_at(account, 15)
    deliver(scene)

    assert scene.busy("anna") == [blocked]
    assert len(subscriptions(account)) == 1


def test_two_users_with_the_same_account_share_its_subscription_and_read_with_their_own_tokens(scene: Scene) -> None:
    unconnected(scene, ["anna", "ben"])
    account = outlook(scene, "family")
    blocked = meeting_at(account, 9)

    connect(scene, "anna", account)
    connect(scene, "ben", account)
    shared = subscriptions(account)
    disconnect(scene, "anna", listed(scene, "anna")[0]["connection"])
    later = meeting_at(account, 15)
    deliver(scene)
    scene.settle(CALM)

    assert len(shared) == len(subscriptions(account)) == 1
    assert listed(scene, "anna") == []
    assert scene.busy("ben") == [blocked, later]
    assert scene.answer("anna")["complete"] is False


def test_an_account_that_the_organisation_manages_is_not_connected_twice(scene: Scene) -> None:
    scene.connect(["anna"])

    page = connect(scene, "anna", work_account(scene, "anna"))

    assert page.status < 500
    assert listed(scene, "anna") == []
    assert scene.busy("anna") == scene.truth("anna")
    assert asked_as_person(scene, *CALENDAR_KINDS) == []


def test_a_work_account_of_another_organisation_is_connected_with_its_owners_consent_alone(
    scenes: Callable[[], Scene],
) -> None:
    home, elsewhere = scenes(), scenes()
    unconnected(home, ["anna"])
    elsewhere.populate(["anna", "colleague"])
    account = work_account(elsewhere, "anna")
    blocked = meeting_at(account, 9)

    connect(home, "anna", account)

    assert home.busy("anna") == [blocked]
    asked = {one["user"] for one in elsewhere.requests(*CALENDAR_KINDS)}
    assert asked == {account.object_id}


def test_whoever_disconnects_leaves_nothing_at_microsoft_and_in_the_tables(scene: Scene) -> None:
    unconnected(scene, ["anna"])
    account = outlook(scene, "anna")
    connect(scene, "anna", account)
    held = rows_that_name(scene.stack, account.object_id)

    disconnect(scene, "anna", listed(scene, "anna")[0]["connection"])

    assert any("token!" in row for row in held)
    assert rows_that_name(scene.stack, account.object_id) == []
    assert subscriptions(account) == []
    assert scene.state("anna") != "personal"
    assert events_of(scene, "anna") == [("user.connected", None), ("user.disconnected", None)]


def test_a_user_who_is_deleted_takes_tokens_links_and_subscription_along(scene: Scene) -> None:
    unconnected(scene, ["anna", "ben"])
    account = outlook(scene, "anna")
    connect(scene, "anna", account)

    scene.product.call("DELETE", f"/{scene.organization}/users/anna")
    for _ in range(3):
        scene.settle(CALM)

    assert rows_that_name(scene.stack, account.object_id) == []
    assert subscriptions(account) == []


def test_an_organisation_that_is_deleted_takes_everybodys_own_accounts_along(scene: Scene) -> None:
    unconnected(scene, ["anna"])
    account = outlook(scene, "anna")
    connect(scene, "anna", account)

    scene.call("DELETE", f"/v1/organizations/{scene.organization}").raise_for_status()
    for _ in range(3):
        scene.settle(CALM)

    assert rows_that_name(scene.stack, account.object_id) == []
    assert subscriptions(account) == []
