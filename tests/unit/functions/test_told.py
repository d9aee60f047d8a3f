"""What the product hears of a connection's whole life. Each test's fixture looks whether all of it is true."""

import json
from datetime import timedelta
from itertools import pairwise

import azure.functions as func
import pytest

from functions.notifications import graph_notifications
from shared_code.core.calendar import Event, ShowAs
from shared_code.core.directory import DirectoryUser
from shared_code.core.ids import UserId
from shared_code.core.intervals import Interval
from shared_code.errors import Disconnected, NoMailbox
from tests.fakes.composed_app import ComposedApp
from tests.fakes.fake_calendars import default_calendar
from tests.unit.functions.browser import call
from tests.unit.functions.orders import drain, run_for
from tests.unit.functions.test_connection_life import MAILBOX, URSULA, connected, disconnect, tenant
from tests.unit.functions.test_consent import TENANT
from tests.unit.functions.test_notifications import change

__all__ = ["tenant"]

MINUTE = timedelta(minutes=1)


@pytest.fixture
def product(tenant: ComposedApp) -> ComposedApp:
    tenant.product.open()
    return tenant


@pytest.fixture
async def served(product: ComposedApp) -> ComposedApp:
    await connected(product)
    product.product.received.clear()
    return product


def heard(app: ComposedApp) -> list[tuple[str, object]]:
    """Types and users, or why; each event once, in the order in which it came."""
    events = {event.event: event for event in app.product.received}.values()
    return [(event.type, event.data.get("user") or event.data.get("reason")) for event in events]


async def edit(app: ComposedApp, hours: int = 0) -> None:
    """Somebody moves Ursula's meeting in Outlook, and Graph tells of it."""
    start = app.clock.now() + timedelta(days=2, hours=hours)
    meeting = Event("e1", "i1", Interval(start, start + timedelta(hours=1)), ShowAs.BUSY)
    app.calendars.put(MAILBOX, default_calendar(MAILBOX), meeting)
    posted = json.dumps({"value": [change(MAILBOX)]}).encode()
    request = func.HttpRequest("POST", "/", params={}, body=posted)
    assert (await graph_notifications(request)).status_code == 202


async def test_a_consent_ends_in_an_active_connection_and_connected_users(product: ComposedApp) -> None:
    await connected(product)

    assert heard(product) == [("connection.activated", None), ("user.connected", "ursula")]
    assert product.product.received[1].data["connection"] == product.product.received[0].data["connection"]


async def test_a_lost_trust_is_said_of_the_connection_and_not_of_everybody(served: ComposedApp) -> None:
    for operation in ("read_changes", "read_users", "find_user", "find_users"):
        served.directory.script.fail(operation, Disconnected("no more", "consent_missing"))
    served.microsoft.script.fail("read_grant", Disconnected("no more", "consent_missing"))
    await run_for(served, 20 * MINUTE)
    lost = heard(served)
    served.directory.script.heal()
    served.microsoft.script.heal()
    await run_for(served, 80 * MINUTE)

    assert lost == [("connection.attention_needed", "consent_missing")]
    assert heard(served)[1:] == [("connection.activated", None)]


async def test_a_disconnected_connection_and_its_users_are_told_of(served: ComposedApp) -> None:
    await disconnect()
    await run_for(served, 20 * MINUTE)

    assert sorted(heard(served), key=str) == [("connection.disconnected", None), ("user.disconnected", "ursula")]
    assert served.product.received[-1].data["reason"] == "organization_disconnected"


async def test_a_purge_is_told_of_though_nothing_is_remembered(served: ComposedApp) -> None:
    await disconnect(purge=True)
    await run_for(served, 20 * MINUTE)

    assert ("connection.disconnected", None) in heard(served)


async def test_who_opts_out_and_comes_back_is_told_of_each_time(served: ComposedApp) -> None:
    await call("disconnect_user", organization="acme", user="ursula", by="ursula")
    await run_for(served, 3 * MINUTE)
    await call("reconnect_user", organization="acme", user="ursula", by="ursula")
    await run_for(served, 3 * MINUTE)

    assert heard(served) == [("user.disconnected", "ursula"), ("user.connected", "ursula")]
    assert served.product.received[0].data["state"] == "opted_out"


async def test_a_mailbox_that_is_gone_is_lost_and_needs_somebody(served: ComposedApp) -> None:
    for operation in ("list_calendars", "read_window"):
        served.calendars.script.fail(operation, NoMailbox("no licence"))
    await edit(served)
    await run_for(served, 3 * MINUTE)

    assert sorted(heard(served)) == [("user.attention_needed", "ursula"), ("user.disconnected", "ursula")]
    assert {event.data["state"] for event in served.product.received} == {"no_mailbox"}


async def test_a_namesake_in_the_directory_needs_somebody_before_anybody_is_connected(product: ComposedApp) -> None:
    twin = UserId("7e2c0a8e-3b39-4d7a-8f3f-1b8a9a3d0003")
    product.directory.put(TENANT, DirectoryUser(twin, "ursula@acme.example", "u2@acme.example"))

    await connected(product)

    assert ("user.attention_needed", "ursula") in heard(product)


async def test_a_held_sweep_is_told_of(served: ComposedApp) -> None:
    served.directory.remove(TENANT, URSULA)
    name = (await call("list_connections", organization="acme")).json["connections"][0]["connection"]

    await call("sweep_connection", organization="acme", connection=name)
    await drain(served)
    await run_for(served, 3 * MINUTE)

    (event,) = [event for event in served.product.received if event.type == "sweep.held"]
    assert (event.data["losing"], event.data["connected"]) == (1, 1)


async def test_busy_times_are_told_only_if_the_organization_asks_for_it(served: ComposedApp) -> None:
    await edit(served)
    await run_for(served, 3 * MINUTE)

    assert heard(served) == []


async def test_busy_times_that_change_often_are_told_every_half_minute(served: ComposedApp) -> None:
    body = {"name": "Acme", "policy": {"busy_updates": True}}
    await call("put_organization", organization="acme", body=body, by="olga")
    began_at = served.clock.now()

    for number in range(12):
        await edit(served, number)
        for _ in range(5):
            served.clock.advance(timedelta(seconds=2))
            await drain(served)
    await run_for(served, 3 * MINUTE)

    told = served.product.received
    assert {(event.type, event.data["user"]) for event in told} == {("busy.updated", "ursula")}
    assert len({event.event for event in told}) == len(told)
    assert 4 <= len(told) <= 6
    assert min(later.at - event.at for event, later in pairwise(told)) >= timedelta(seconds=30)
    assert told[0].at > began_at


async def test_whatever_is_told_twice_is_told_with_one_id(served: ComposedApp) -> None:
    served.sent.on_send = None
    await call("disconnect_user", organization="acme", user="ursula", by="ursula")
    await call("disconnect_user", organization="acme", user="ursula", by="olga")
    await run_for(served, 3 * MINUTE)

    assert len(served.product.received) == 1


async def test_a_user_whom_the_product_removes_is_disconnected(served: ComposedApp) -> None:
    await call("delete_user", organization="acme", user="ursula")
    await call("delete_user", organization="acme", user="ursula")
    await run_for(served, 3 * MINUTE)

    assert heard(served) == [("user.disconnected", "ursula")]
    assert served.product.received[0].data["state"] is None
