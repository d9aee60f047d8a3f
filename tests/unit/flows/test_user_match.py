"""The full match, told as message chains over storage in memory."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared_code.core.connection import ConnectionState
from shared_code.core.product_user import Address, MatchRule, UserState
from shared_code.core.reasons import Reason
from shared_code.errors import Disconnected
from shared_code.messages import LookUpUsers, ReadMailboxes, SweepUsers
from tests.unit.core.match_values import (
    CONNECTION,
    EARLIER,
    NOW,
    ORGANIZATION,
    OTHER,
    OTHER_TENANT,
    connection,
    oid,
    person,
    product_user,
)
from tests.unit.flows.match_world import NAMES, MatchWorld, crowd, matched_world


async def test_a_full_match_finds_everybody_and_orders_their_mailboxes() -> None:
    world = MatchWorld()
    world.put(
        person(1, "ann@contoso.com", "ann@contoso.com"),
        person(2, "robert@contoso.com", "robert@contoso.com", "smtp:bob@contoso.com"),
        person(3, "dup@contoso.com", "a.dup@contoso.com"),
        person(4, "dup@contoso.com", "b.dup@contoso.com"),
        person(5, "off@contoso.com", "off@contoso.com", enabled=False),
        person(6, "guest@partner.com", "guest_partner.com#EXT#@contoso.com", user_type="Guest"),
        person(7, "eve@evil.com", "eve@contoso.com"),
    )
    addresses = {
        "ann": "ann@contoso.com",
        "bob": "bob@contoso.com",
        "dup": "dup@contoso.com",
        "eve": "eve@evil.com",
        "guest": "guest@partner.com",
        "nobody": "nobody@contoso.com",
        "off": "off@contoso.com",
    }
    await world.begin(*(product_user(name, address) for name, address in addresses.items()))

    await world.run_full_sweep()

    assert await world.states() == {
        "ann": UserState.PENDING,
        "bob": UserState.PENDING,
        "dup": UserState.AMBIGUOUS,
        "eve": UserState.DOMAIN_UNPROVEN,
        "guest": UserState.NO_MATCH,
        "nobody": UserState.NO_MATCH,
        "off": UserState.DISABLED,
    }
    assert world.connects() == ["ann", "bob"]
    bob = await world.user("bob")
    assert bob.match is not None
    assert (bob.match.user_id, bob.match.rule) == (oid(2), MatchRule.PROXY_ADDRESS)
    assert (await world.user("eve")).unproven_domain == "evil.com"
    assert (await world.user("guest")).reason == Reason.ONLY_GUEST


async def test_a_tenant_with_copied_addresses_connects_nobody() -> None:
    world = MatchWorld()
    world.put(*(replace(shown, user_principal_name=f"x{n}@evil.com") for n, shown in enumerate(crowd(NAMES))))
    await world.begin(*(product_user(name) for name in NAMES), state=ConnectionState.VERIFYING)

    await world.run_full_sweep()

    assert set((await world.states()).values()) == {UserState.DOMAIN_UNPROVEN}
    assert (await world.connection()).state is ConnectionState.REVIEW
    assert world.connects() == []


async def test_nothing_of_directory_users_who_match_nobody_is_stored() -> None:
    world = MatchWorld()
    stranger = person(77, "stranger@contoso.com", "stranger.upn@contoso.com", "smtp:hidden@contoso.com")
    world.put(stranger, *crowd(["ann"]))
    await world.begin(product_user("ann"))

    await world.run_full_sweep()

    at_rest = world.rows.bytes_at_rest() + world.queues.bytes_at_rest()
    assert b"stranger" not in at_rest
    assert b"hidden" not in at_rest
    assert oid(77).encode() not in at_rest


async def test_a_domain_confirmed_for_the_connection_counts() -> None:
    world = MatchWorld()
    world.put(person(1, "ann@contoso.com", "ann@contoso.onmicrosoft.com"))
    await world.begin(product_user("ann"))
    await world.run_full_sweep()
    before = (await world.user("ann")).state

    await world.change_connection(confirmed_domains=("contoso.com",))
    await world.run_full_sweep()

    assert before is UserState.DOMAIN_UNPROVEN
    assert (await world.user("ann")).state is UserState.PENDING


async def test_a_tenant_that_no_longer_trusts_us_needs_attention() -> None:
    world = MatchWorld()
    await world.begin(product_user("ann"))
    world.directory.script.fail("read_users", Disconnected("gone", "consent_missing"))

    await world.run_full_sweep()

    found = await world.connection()
    assert (found.state, found.reason) == (ConnectionState.ATTENTION, "consent_missing")
    assert "connection.attention_needed" in await world.audit()


@pytest.mark.parametrize(
    ("grant_next_at", "state"), [(EARLIER, ConnectionState.VERIFYING), (None, ConnectionState.ATTENTION)]
)
async def test_a_refusal_while_verifying_is_left_to_the_grant_check_until_a_grant_was_seen(
    grant_next_at: datetime | None, state: ConnectionState
) -> None:
    world = MatchWorld()
    await world.begin(product_user("ann"), state=ConnectionState.VERIFYING)
    await world.change_connection(grant_next_at=grant_next_at)
    world.directory.script.fail("start_changes", Disconnected("not yet", "consent_missing"))

    await world.run_full_sweep()

    assert (await world.connection()).state is state


async def test_the_first_match_activates_the_connection_and_then_connects() -> None:
    world = MatchWorld()
    world.put(*crowd(["ann"]))
    await world.begin(product_user("ann"), state=ConnectionState.VERIFYING)

    await world.run_full_sweep()

    found = await world.connection()
    assert (found.state, found.activated_at) == (ConnectionState.ACTIVE, NOW)
    assert "connection.activated" in await world.audit()
    assert world.connects() == ["ann"]


async def test_with_review_nobody_is_connected_until_a_person_confirms() -> None:
    world = MatchWorld()
    world.put(*crowd(["ann"]))
    await world.begin(product_user("ann"), state=ConnectionState.VERIFYING, review=True)

    await world.run_full_sweep()
    waiting, state, connects = await world.user("ann"), (await world.connection()).state, world.connects()
    await world.change_connection(state=ConnectionState.ACTIVE, reviewed=True)
    await world.run_full_sweep()

    assert (state, connects) == (ConnectionState.REVIEW, [])
    assert (waiting.state, waiting.reason) == (UserState.PENDING, Reason.AWAITING_REVIEW)
    assert world.connects() == ["ann"]
    assert (await world.user("ann")).reason == Reason.AWAITING_FIRST_READ


async def test_without_calendar_access_the_match_runs_and_the_connection_goes_on_verifying() -> None:
    world = MatchWorld()
    world.put(*crowd(["ann"]))
    await world.begin(product_user("ann"), state=ConnectionState.VERIFYING)
    await world.change_connection(calendars_granted=False)

    await world.run_full_sweep()

    assert (await world.connection()).state is ConnectionState.VERIFYING
    assert (await world.user("ann")).reason == Reason.AWAITING_ACCESS
    assert world.connects() == []


async def test_a_second_sweep_with_nothing_new_writes_no_user() -> None:
    world = await matched_world()
    sent, world.rows.operations[:] = len(world.queues.sent), []

    await world.run_full_sweep()

    users = [operation.kind for operation in world.rows.operations if operation.table == "users"]
    assert set(users) == {"page"}
    assert [m for m in world.queues.messages[sent:] if not isinstance(m, SweepUsers)] == []


async def test_a_lost_order_to_connect_is_sent_again_after_an_hour() -> None:
    world = MatchWorld()
    world.put(*crowd(["ann"]))
    await world.begin(product_user("ann"))
    await world.run_full_sweep()

    world.pass_time(minutes=59)
    await world.run_full_sweep()
    too_early = world.connects()
    world.pass_time(minutes=2)
    await world.run_full_sweep()

    assert too_early == ["ann"]
    assert world.connects() == ["ann", "ann"]


async def test_a_user_sent_while_the_directory_is_read_is_left_to_their_look_up() -> None:
    world = MatchWorld()
    world.put(*crowd(["ann", "bob"]))
    await world.begin(product_user("ann"), state=ConnectionState.VERIFYING)
    decide = await world.collect()
    world.pass_time(seconds=1)
    late = replace(product_user("bob"), changed_at=world.now, reason=Reason.AWAITING_LOOK_UP)
    await world.add(late)

    await world.match.run(decide, world.now)

    assert await world.user("bob") == late
    (order,) = world.sent(LookUpUsers)
    assert isinstance(order, LookUpUsers)
    assert order.users == ("bob",)


async def test_of_two_tenants_the_older_connection_keeps_an_equal_match() -> None:
    world = await matched_world(["ann"])
    await world.add_connection(connection(OTHER, OTHER_TENANT, created_at=EARLIER + timedelta(days=1)))
    world.put(person(7, "ann@contoso.com", "ann@contoso.com"), tenant=OTHER_TENANT)

    await world.run_full_sweep(SweepUsers(organization=ORGANIZATION, connection=OTHER))

    user = await world.user("ann")
    assert user.match is not None
    assert user.match.connection == CONNECTION
    assert user.state is UserState.CONNECTED


async def test_who_loses_one_tenant_is_looked_up_in_the_others() -> None:
    world = await matched_world()
    await world.add_connection(connection(OTHER, OTHER_TENANT, created_at=EARLIER + timedelta(days=1)))
    world.put(replace(crowd(NAMES)[0], account_enabled=False))

    await world.run_full_sweep()

    (order,) = world.sent(LookUpUsers)
    assert isinstance(order, LookUpUsers)
    assert order.users == ("user00",)


async def test_an_address_that_the_product_took_back_meanwhile_matches_nobody() -> None:
    world = MatchWorld()
    world.put(*crowd(["ann"]))
    await world.begin(product_user("ann"))
    decide = await world.collect()
    await world.change("ann", addresses=(Address("other@contoso.com", verified=True),))

    await world.match.run(decide, world.now)

    assert (await world.user("ann")).state is UserState.NO_MATCH
    assert world.connects() == []


@pytest.mark.parametrize("served_before", [False, True])
async def test_only_a_connection_that_served_before_has_its_mailboxes_read_again(served_before: bool) -> None:
    world = MatchWorld()
    world.put(person(1, "ann@contoso.com", "ann@contoso.com"))
    await world.begin(product_user("ann", "ann@contoso.com"), state=ConnectionState.VERIFYING)
    if served_before:
        await world.change_connection(recovered_at=EARLIER)

    await world.run_full_sweep()

    ordered = [message for message in world.queues.messages if isinstance(message, ReadMailboxes)]
    assert len(ordered) == served_before
