"""A message is a hint: twice, late, out of place or nonsense, it does no harm."""

import base64
from datetime import timedelta
from typing import Literal

import pytest
from azure.storage.queue import QueueServiceClient

from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId, TenantId, UserId
from shared_code.messages import (
    AnyMessage,
    CheckGrant,
    ConnectMailbox,
    DisconnectUsers,
    ForgetOrganization,
    LookUpUsers,
    ReleaseMailbox,
    SweepChanges,
    SweepUsers,
    SyncMailbox,
    encode,
)
from shared_code.order_queues import CALENDAR_SYNC, queue_of
from tests.scenarios.scene import Scene, meeting
from tests.scenarios.stored_rows import rows_that_name

pytestmark = pytest.mark.stack

HIDDEN = timedelta(seconds=31)
TRIES = 8
NOBODY = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def anna(scene: Scene) -> Scene:
    scene.connect(["anna"])
    scene.add_event("anna", meeting(scene.world.now + timedelta(days=2)))
    scene.quarters(2)
    scene.settle(timedelta(minutes=1))
    assert scene.busy("anna") == scene.truth("anna") != []
    return scene


def test_every_order_twice_leaves_everything_as_it_is(anna: Scene) -> None:
    organization, connection = OrganizationId(anna.organization), ConnectionId(anna.connection)
    before, rows = anna.explain("anna"), rows_of_anna(anna)

    for _ in range(2):
        send(
            anna,
            CheckGrant(organization=organization, connection=connection),
            SweepUsers(organization=organization, connection=connection),
            SweepUsers(organization=organization, connection=connection, sweep="long-superseded"),
            SweepChanges(organization=organization, connection=connection),
            LookUpUsers(organization=organization, users=(ProductUserId("anna"), ProductUserId("nobody"))),
            DisconnectUsers(organization=organization, connection=connection),  # nobody has disconnected
            ForgetOrganization(organization=organization),  # nobody is leaving
            connect_order(anna, "anna", user_id(anna)),
            release_order(anna.organization, anna, "anna", user_id(anna)),  # the user still has the mailbox
            sync(anna, "interactive"),
        )
    anna.settle()
    anna.settle(timedelta(minutes=2))

    assert anna.explain("anna") == before
    assert anna.shown()["state"] == "active"
    assert rows_of_anna(anna) == rows
    assert anna.busy("anna") == anna.truth("anna")


def test_an_order_to_read_that_is_older_than_the_last_read_asks_nothing(anna: Scene) -> None:
    asked = anna.calendar_requests()

    send(anna, sync(anna, "notified", age=timedelta(hours=1)), sync(anna, "swept", age=timedelta(hours=1)))
    anna.settle()

    assert anna.calendar_requests() == asked


def test_a_burst_of_orders_costs_at_most_two_reads(anna: Scene) -> None:
    asked = len(anna.requests("calendar_view"))
    anna.add_event("anna", meeting(anna.world.now + timedelta(days=3)))

    send(anna, *(sync(anna, "notified") for _ in range(20)))
    anna.settle(timedelta(0))
    anna.settle()
    anna.settle()

    assert 1 <= len(anna.requests("calendar_view")) - asked <= 2
    assert anna.busy("anna") == anna.truth("anna")


def test_orders_about_people_and_organisations_that_do_not_exist_touch_nothing(anna: Scene) -> None:
    nowhere, asked = OrganizationId("org-nowhere"), len(anna.requests())

    send(
        anna,
        CheckGrant(organization=nowhere, connection=ConnectionId("c")),
        SweepUsers(organization=nowhere, connection=ConnectionId("c")),
        SweepChanges(organization=OrganizationId(anna.organization), connection=ConnectionId("c")),
        LookUpUsers(organization=nowhere, users=(ProductUserId("somebody"),)),
        ForgetOrganization(organization=nowhere),
        connect_order(anna, "somebody", UserId(NOBODY)),
        release_order(nowhere, anna, "somebody", UserId(NOBODY)),
        sync(anna, "notified", who=NOBODY),
    )
    anna.settle()

    assert len(anna.requests()) == asked
    assert rows_that_name(anna.stack, NOBODY, "org-nowhere") == []
    assert anna.states() == {"anna": "connected"}


def test_what_is_none_of_our_orders_ends_as_dead_letters_and_stops_nobody(anna: Scene) -> None:
    nonsense = [b"nonsense", b"\xff\xfe", b'{"type": "EraseEverything", "version": 1}']
    before = anna.dead_letters()

    with queues(anna) as service:
        for body in [*nonsense, encode(check(anna))]:
            service.get_queue_client(CALENDAR_SYNC).send_message(base64.b64encode(body).decode())
    for _ in range(TRIES):
        anna.settle(HIDDEN)
    anna.add_event("anna", meeting(anna.world.now + timedelta(days=3)))
    anna.quarters()

    found = [letter for letter in anna.dead_letters() if letter not in before]
    unreadable = [letter["unreadable"] for letter in found if letter["order"] is None]
    assert sorted(unreadable) == sorted(base64.b64encode(body).decode() for body in nonsense)
    assert [letter["message"]["connection"] for letter in found if letter["order"]] == [anna.connection]
    assert {letter["queue"] for letter in found} == {CALENDAR_SYNC}
    assert anna.busy("anna") == anna.truth("anna")


def check(scene: Scene) -> CheckGrant:
    """A genuine order in the wrong queue."""
    return CheckGrant(organization=OrganizationId(scene.organization), connection=ConnectionId(scene.connection))


def sync(
    scene: Scene,
    cause: Literal["notified", "interactive", "swept"],
    *,
    age: timedelta = timedelta(0),
    who: str | None = None,
) -> SyncMailbox:
    return SyncMailbox(
        registration="organizations",
        tenant=TenantId(scene.tenant),
        user_id=UserId(who) if who else user_id(scene),
        queued_at=scene.world.now - age,
        cause=cause,
    )


def connect_order(scene: Scene, user: str, who: UserId) -> ConnectMailbox:
    return ConnectMailbox(
        organization=OrganizationId(scene.organization),
        user=ProductUserId(user),
        tenant=TenantId(scene.tenant),
        user_id=who,
    )


def release_order(organization: str, scene: Scene, user: str, who: UserId) -> ReleaseMailbox:
    return ReleaseMailbox(
        organization=OrganizationId(organization),
        user=ProductUserId(user),
        tenant=TenantId(scene.tenant),
        user_id=who,
    )


def rows_of_anna(scene: Scene) -> list[str]:
    """What is due says when, so of those rows only the kind and the subject."""
    rows = rows_that_name(scene.stack, scene.object_id("anna"))
    return sorted(row.partition("Z!")[2] if row.startswith("upkeep ") else row for row in rows)


def user_id(scene: Scene) -> UserId:
    return UserId(scene.object_id("anna"))


def send(scene: Scene, *messages: AnyMessage) -> None:
    with queues(scene) as service:
        for message in messages:
            body = base64.b64encode(encode(message)).decode()
            service.get_queue_client(queue_of(message)).send_message(body)


def queues(scene: Scene) -> QueueServiceClient:
    return QueueServiceClient.from_connection_string(scene.stack.storage_connection_string)
