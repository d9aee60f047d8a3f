"""Who leaves is forgotten, whatever messages were lost and whatever was under way meanwhile."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.adapters.tables.names import USERS
from shared_code.adapters.tables.rows import Change, Insert
from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId
from shared_code.core.product_user import Match, MatchRule, ProductUser, UserState
from shared_code.core.reasons import Reason
from shared_code.errors import TryLater
from shared_code.messages import AnyMessage, DisconnectUsers
from shared_code.ports import UserChange
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.browser import Answered, call
from tests.unit.functions.orders import carry_out, drain, run_for
from tests.unit.functions.test_connection_life import (
    MAILBOX,
    ask,
    connected,
    disconnect,
    tenant,
    the_connection,
    user_state,
)

__all__ = ["tenant"]  # the fixture of a connected tenant is used here too

ACME = OrganizationId("acme")
SETTLED = timedelta(minutes=30)


def lose_orders(app: ComposedApp) -> None:
    """Everything that waits in the queues is taken off and not carried out."""
    app.clock.advance(timedelta(seconds=6))
    while app.sent.take() is not None:
        pass


async def disconnected_by(by: str, connection: object) -> Answered:
    return await call("delete_connection", organization="acme", connection=str(connection), by=by)


async def disconnections() -> list[str]:
    audit = (await call("list_audit", organization="acme")).json["audit"]
    return [str(entry["detail"]) for entry in audit if entry["action"] == "connection.disconnected"]


async def write_late_match(app: ComposedApp, user: str, connection: object) -> None:
    """What a match writes that began before the disconnection and ended after everybody was walked through."""
    stored = await app._users.find(ACME, ProductUserId(user))
    assert stored is not None
    address = stored.value.addresses[0].address
    found = Match(
        ConnectionId(str(connection)), MAILBOX.tenant, MAILBOX.user_id, MatchRule.MAIL, address, app.clock.now()
    )
    matched: ProductUser = replace(
        stored.value, match=found, state=UserState.PENDING, reason=str(Reason.AWAITING_FIRST_READ)
    )
    assert await app._users.save([UserChange(stored, matched)]) == ()


# --- a connection ---


async def test_a_lost_order_to_disconnect_is_made_good_by_the_timer(tenant: ComposedApp) -> None:
    await connected(tenant)
    await disconnect()
    lose_orders(tenant)

    await run_for(tenant, SETTLED)

    assert (await the_connection())["state"] == "disconnected"
    assert tenant.rows.rows_in("mailboxes") == 0


async def test_an_order_to_disconnect_that_is_read_before_the_commit_is_made_good_by_the_timer(
    tenant: ComposedApp,
) -> None:
    await connected(tenant)
    name = ConnectionId(str((await the_connection())["connection"]))
    await carry_out(DisconnectUsers(organization=ACME, connection=name))
    await disconnect()
    lose_orders(tenant)

    await run_for(tenant, SETTLED)

    assert (await the_connection())["state"] == "disconnected"
    assert await user_state() == "no_match"


async def test_what_a_match_under_way_wrote_after_the_disconnection_is_taken_back(tenant: ComposedApp) -> None:
    await connected(tenant)
    await disconnect()
    await run_for(tenant, timedelta(minutes=2))
    connection = await the_connection()
    await write_late_match(tenant, "ursula", connection["connection"])

    await run_for(tenant, SETTLED)

    assert connection["state"] == "disconnected"
    assert await user_state() == "no_match"
    assert [key for key in tenant.rows.keys("users", "acme") if key.startswith("pin!")] == []


async def test_a_purged_connection_goes_only_when_nobody_can_be_matched_by_it_any_more(tenant: ComposedApp) -> None:
    await connected(tenant)
    await disconnect(purge=True)
    await run_for(tenant, timedelta(minutes=2))
    connection = await the_connection()
    await write_late_match(tenant, "ursula", connection["connection"])

    await run_for(tenant, SETTLED)

    assert connection["state"] == "disconnecting"
    assert (await call("list_connections", organization="acme")).json["connections"] == []
    assert [key for key in tenant.rows.keys("users", "acme") if key.startswith("pin!")] == []


async def test_no_link_is_issued_for_a_connection_that_is_being_purged(tenant: ComposedApp) -> None:
    await connected(tenant)
    await disconnect(purge=True)
    await run_for(tenant, timedelta(minutes=2))
    name = str((await the_connection())["connection"])

    issued = await call("issue_activation_link", organization="acme", connection=name, by="olga")

    assert issued.problem == "illegal-state"


async def test_a_connection_that_nobody_consented_to_is_purged_at_once(acme: ComposedApp) -> None:
    await call("begin_connection", organization="acme", by="olga")

    await disconnect(purge=True)
    await run_for(acme, timedelta(minutes=1))

    assert (await call("list_connections", organization="acme")).json["connections"] == []


async def test_a_connection_that_is_over_leaves_nothing_due(tenant: ComposedApp) -> None:
    await connected(tenant)
    await disconnect()

    await run_for(tenant, timedelta(hours=1))

    due = await tenant._upkeep.find_due(tenant.clock.now() + timedelta(days=1), 1000)
    assert [row.kind for row in due] == []
    assert await drain(tenant) == 0


async def test_a_connection_is_disconnected_once_however_often_it_is_asked_for(acme: ComposedApp) -> None:
    name = (await call("begin_connection", organization="acme", by="olga")).json["connection"]

    first = await disconnected_by("olga", name)
    again = await disconnected_by("olga", name)
    await run_for(acme, timedelta(minutes=1))
    last = await disconnected_by("olga", name)

    assert [answered.status for answered in (first, again, last)] == [202, 202, 202]
    assert [answered.json["state"] for answered in (first, again, last)] == [
        "disconnecting",
        "disconnecting",
        "disconnected",
    ]
    assert await disconnections() == ["None"]


async def test_only_an_owner_or_admin_learns_that_a_connection_is_disconnected_already(acme: ComposedApp) -> None:
    name = (await call("begin_connection", organization="acme", by="olga")).json["connection"]
    await disconnected_by("olga", name)

    again = await disconnected_by("ursula", name)

    assert again.problem == "role-required"


async def test_a_disconnected_connection_can_still_be_purged(tenant: ComposedApp) -> None:
    await connected(tenant)
    await disconnect()
    await run_for(tenant, SETTLED)

    await disconnect(purge=True)
    await run_for(tenant, SETTLED)

    assert await disconnections() == ["purged", "None"]
    assert (await call("list_connections", organization="acme")).json["connections"] == []


async def test_a_connection_made_anew_right_after_its_end_is_left_alone_by_the_second_walk(
    tenant: ComposedApp,
) -> None:
    await connected(tenant)
    await disconnect()
    await run_for(tenant, timedelta(minutes=2))

    await connected(tenant)
    await run_for(tenant, SETTLED)

    states = {one["state"] for one in (await call("list_connections", organization="acme")).json["connections"]}
    assert states == {"active"}
    assert (await ask(tenant))["complete"] is True


# --- an organisation ---


async def test_a_lost_order_to_forget_an_organization_is_made_good_by_the_timer(tenant: ComposedApp) -> None:
    await connected(tenant)
    await call("delete_organization", organization="acme", by="olga")
    lose_orders(tenant)

    await run_for(tenant, timedelta(hours=1))

    assert tenant.rows.rows_in("users") == tenant.rows.rows_in("mailboxes") == 0
    assert b"acme" not in tenant.rows.bytes_at_rest()


async def test_an_organization_whose_forgetting_was_not_taken_by_the_queue_stays(tenant: ComposedApp) -> None:
    await connected(tenant)

    def refuse(_: AnyMessage) -> None:
        raise TryLater("queues do not answer")

    tenant.sent.on_send = refuse
    answered = await call("delete_organization", organization="acme", by="olga")
    tenant.sent.on_send = None
    await run_for(tenant, timedelta(hours=1))

    assert answered.status == 503
    assert (await ask(tenant))["complete"] is True


@pytest.mark.parametrize("minutes", [0, 20])
async def test_an_organization_asked_to_be_forgotten_twice_is_forgotten(acme: ComposedApp, minutes: int) -> None:
    first = await call("delete_organization", organization="acme", by="olga")
    lose_orders(acme)
    acme.clock.advance(timedelta(minutes=minutes))

    again = await call("delete_organization", organization="acme", by="olga")
    acme.clock.advance(timedelta(seconds=6))
    await drain(acme)

    assert (first.status, again.status) == (204, 204)
    assert acme.rows.rows_in("organizations") == acme.rows.rows_in("users") == 0


async def test_a_bulk_under_way_leaves_nobody_in_a_forgotten_organization(acme: ComposedApp) -> None:
    people = [
        {"user": f"u{number:04}", "addresses": [{"address": f"u{number}@acme.example", "verified": True}]}
        for number in range(600)
    ]
    is_stuck, goes_on = asyncio.Event(), asyncio.Event()
    written, storage = itertools.count(1), acme.rows.commit

    async def slow_commit(table: str, partition: str, changes: Sequence[Change]) -> tuple[str, ...]:
        is_of_bulk = table == USERS and any(isinstance(change, Insert) for change in changes)
        if is_of_bulk and next(written) >= 3:
            is_stuck.set()
            await goes_on.wait()
        return await storage(table, partition, changes)

    acme.rows.commit = slow_commit  # type: ignore[method-assign]
    bulk = asyncio.create_task(call("put_users", organization="acme", body={"users": people}))
    await is_stuck.wait()
    await call("delete_organization", organization="acme", by="olga")
    await run_for(acme, timedelta(minutes=2))
    goes_on.set()
    answered = await bulk

    assert answered.problem == "organization-not-found"
    assert acme.rows.rows_in("users") == acme.rows.rows_in("organizations") == 0
