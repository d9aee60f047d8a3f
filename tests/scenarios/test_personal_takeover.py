"""An organisation that changes its mind about accounts that its people connected themselves."""

import httpx
import pytest

from local.demo.outlook_accounts import Account
from tests.scenarios.own_outlook import (
    connect,
    listed,
    meeting_at,
    outlook,
    state_of,
    unconnected,
    union,
)
from tests.scenarios.scene import CALM, Scene, meeting
from tests.scenarios.test_notifications import noon

pytestmark = pytest.mark.stack


def rule(scene: Scene, **policy: str) -> None:
    """The organisation's own policy, and whatever follows from it."""
    scene.product.call("PUT", f"/{scene.organization}", {"name": "Renamed", "policy": policy})
    wait(scene)


def wait(scene: Scene) -> None:
    for _ in range(2):
        scene.settle(CALM)
    scene.quarters(2)


def connect_organisation_later(scene: Scene) -> Account:
    """Anna has her own account, with a meeting, when her organisation's administrator connects everybody."""
    account = outlook(scene, "anna")
    connect(scene, "anna", account)
    meeting_at(account, 9)
    scene.populate(["anna"])
    scene.add_event("anna", meeting(noon(scene, 4)))
    scene.consent()
    wait(scene)
    return account


def test_a_policy_that_changes_later_changes_what_counts(scene: Scene) -> None:
    unconnected(scene, ["anna"])
    account = connect_organisation_later(scene)

    rule(scene, takeover="both")
    both = scene.busy("anna")
    rule(scene, takeover="replace")
    replaced = scene.busy("anna")

    assert both == union(scene.truth("anna"), account.truth())
    assert replaced == scene.truth("anna")


def test_nobody_begins_where_the_policy_has_none(scene: Scene) -> None:
    unconnected(scene, ["anna"])
    rule(scene, personal_connections="off")

    refused = scene.call("POST", f"/v1/organizations/{scene.organization}/users/anna/personal-connections", {})

    assert refused.status_code == httpx.codes.FORBIDDEN
    assert refused.json()["type"].endswith("policy-forbids")


def test_beside_the_organisations_calendar_there_is_none_where_the_policy_says_so(scene: Scene) -> None:
    scene.connect(["anna"])
    account = outlook(scene, "anna")
    connect(scene, "anna", account)
    meeting_at(account, 9)
    scene.quarters(1)
    both = scene.busy("anna")

    rule(scene, personal_connections="without_admin_managed")

    assert both == union(scene.truth("anna"), account.truth())
    assert state_of(scene, "anna") == ("set_aside", "admin_managed")
    assert scene.busy("anna") == scene.truth("anna")
    assert len(listed(scene, "anna")) == 1
