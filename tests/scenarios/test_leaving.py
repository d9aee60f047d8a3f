"""Who leaves is forgotten; everybody else stays as they are."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.scenarios.scene import Scene, meeting
from tests.scenarios.stored_rows import rows_that_name

pytestmark = pytest.mark.stack

LINK_OVER = timedelta(days=8)
TURN = timedelta(hours=6, minutes=1)  # a mailbox that is told of changes is read as often


@pytest.fixture
def pair(scenes: Callable[[], Scene]) -> tuple[Scene, Scene]:
    """Two organisations, connected to one tenant and to the same mailbox in it."""
    first, second = scenes(), scenes()
    first.connect(["anna", "ben"])
    second.tenant, second.domain = first.tenant, first.domain
    second.product.put_organization(second.organization, "The other one", [])
    second.send_users("anna")
    second.consent()
    second.settle()
    second.settle()
    first.add_event("anna", meeting(first.world.now + timedelta(days=10)))
    first.quarters(2)
    assert first.busy("anna") == second.busy("anna") == first.truth("anna") != []
    return first, second


def test_a_disconnected_organisation_is_forgotten_at_once_and_the_other_on_the_same_mailbox_goes_on(
    pair: tuple[Scene, Scene],
) -> None:
    first, second = pair

    first.product.call("DELETE", f"/{first.organization}/connections/{first.connection}")
    at_once = first.answer("anna")
    first.settle()
    first.settle()
    first.add_event("anna", meeting(first.world.now + timedelta(days=11)))
    first.quarters(2)

    assert (at_once["complete"], at_once["reason"]) == (False, "not_connected")
    assert first.shown()["state"] == "disconnected"
    assert mailbox_rows(first, f"{first.organization}!") == []
    assert mailbox_rows(first, first.object_id("ben")) == []
    assert second.busy("anna") == second.truth("anna")
    assert len(second.truth("anna")) == 2


def test_a_new_link_reconnects_a_disconnected_organisation(scene: Scene) -> None:
    scene.connect(["anna"])
    connection = f"/{scene.organization}/connections/{scene.connection}"
    scene.product.call("DELETE", connection)
    scene.settle()
    scene.settle()
    between = scene.states()

    link = scene.product.call("POST", f"{connection}/activation-link")["activation_link"]
    scene.administrator.connect(link)
    scene.settle()
    scene.settle()

    assert between == {"anna": "no_match"}
    assert scene.shown()["state"] == "active"
    assert scene.busy("anna") == scene.truth("anna")


def test_a_purged_connection_leaves_no_row(scene: Scene) -> None:
    scene.connect(["anna"])
    scene.product.call("DELETE", f"/{scene.organization}/connections/{scene.connection}", purge="true")
    scene.settle()
    scene.quarters(2)
    scene.settle(LINK_OVER)

    left = rows_that_name(scene.stack, scene.connection, scene.tenant, scene.object_id("anna"))
    assert [row for row in left if "audit!" not in row and "productevents" not in row] == []
    assert rows_that_name(scene.stack, scene.tenant, scene.object_id("anna")) == []
    assert (
        scene.call("GET", f"/v1/organizations/{scene.organization}/connections/{scene.connection}").status_code == 404
    )
    assert scene.states() == {"anna": "no_match"}


def test_a_deleted_user_leaves_no_row_and_the_colleague_stays(scene: Scene) -> None:
    scene.connect(["anna", "ben"])
    scene.product.call("DELETE", f"/{scene.organization}/users/anna")
    scene.settle()
    scene.quarters(2)
    asked = len(scene.requests("calendar_view"))
    scene.settle(TURN)
    scene.settle_orders()

    assert rows_that_name(scene.stack, scene.object_id("anna"), scene.address("anna")) == []
    assert [one["user"] for one in scene.requests("calendar_view")[asked:]] == [scene.object_id("ben")]
    assert scene.answer("anna")["reason"] == "unknown_user"
    assert scene.busy("ben") == scene.truth("ben")


def test_a_deleted_organisation_leaves_no_row_in_any_table_and_the_other_cannot_tell(
    pair: tuple[Scene, Scene],
) -> None:
    first, second = pair
    # Before anybody was told, the second could not see a thing of the first.
    assert second.answer("ben")["reason"] == "unknown_user"
    assert (
        second.call("GET", f"/v1/organizations/{second.organization}/connections/{first.connection}").status_code == 404
    )

    first.call("DELETE", f"/v1/organizations/{first.organization}").raise_for_status()
    at_once = first.call("GET", f"/v1/organizations/{first.organization}").status_code
    first.settle()
    first.quarters(2)
    left = rows_that_name(first.stack, f'"{first.organization}"', f"{first.organization}!", first.object_id("ben"))
    first.settle(LINK_OVER)
    first.quarters(2)

    assert at_once == 404
    assert [row for row in left if not row.startswith("upkeep ")] == []  # a link's expiry looks once, and finds nobody
    assert rows_that_name(first.stack, first.connection, f'"{first.organization}"', f"{first.organization}!") == []
    assert second.states() == {"anna": "connected"}
    assert second.busy("anna") == second.truth("anna")


def test_a_deleted_organisation_can_begin_anew_under_the_same_id(scene: Scene) -> None:
    scene.connect(["anna"])
    old = scene.connection
    scene.call("DELETE", f"/v1/organizations/{scene.organization}").raise_for_status()
    scene.settle()
    scene.settle()

    scene.connect(["anna"])

    assert scene.connection != old
    assert scene.states() == {"anna": "connected"}
    assert scene.busy("anna") == scene.truth("anna")


def mailbox_rows(scene: Scene, word: str) -> list[str]:
    return [row for row in rows_that_name(scene.stack, word) if row.startswith("mailboxes ")]
