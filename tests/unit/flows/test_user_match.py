"""The full match, told as message chains over storage in memory."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.core.connection import ConnectionState
from shared_code.core.directory import DirectoryUser
from shared_code.core.ids import TenantId
from shared_code.core.product_user import Address, MatchRule, UserState
from shared_code.core.reasons import Reason
from shared_code.errors import Disconnected, Throttled, TryLater
from shared_code.flows.user_match import successor
from shared_code.messages import ConnectMailbox, LookUpUsers, SweepUsers
from shared_code.ports import UsersPage
from tests.unit.core.match_values import (
    CONNECTION,
    EARLIER,
    NOW,
    OTHER,
    OTHER_TENANT,
    TENANT,
    connection,
    oid,
    person,
    product_user,
)
from tests.unit.flows.match_world import FULL_SWEEP, MatchWorld

NAMES = [f"user{number:02}" for number in range(12)]


def crowd(names: list[str]) -> list[DirectoryUser]:
    return [person(n, f"{name}@contoso.com", f"{name}@contoso.com") for n, name in enumerate(names, start=1)]


async def matched_world(names: list[str] = NAMES) -> MatchWorld:
    """Everybody of ``names`` connected by a first sweep."""
    world = MatchWorld()
    world.put(*crowd(names))
    await world.begin(*(product_user(name) for name in names))
    await world.run_full_sweep()
    await world.connect_everybody_matched()
    return world


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


async def test_pages_are_read_and_saved_once_however_many_messages_it_takes() -> None:
    world = MatchWorld()
    world.directory.page_size = 4
    people = crowd([f"p{n}" for n in range(100)])
    world.put(*people)
    await world.begin(product_user("p99"), product_user("p0"))

    await world.run_full_sweep()

    assert world.directory.script.operations().count("read_users") == 25
    assert (await world.sweep()).directory_users == 100
    assert world.connects() == ["p0", "p99"]


async def test_a_message_hands_over_after_five_minutes() -> None:
    world = MatchWorld()
    world.directory.page_size = 1
    world.put(*crowd(["ann", "bob", "cid"]))
    await world.begin(product_user("cid"))
    slow = world.directory.read_users

    async def read_users(tenant: TenantId, link: str | None) -> UsersPage:
        world.pass_time(minutes=3)
        return await slow(tenant, link)

    world.directory.read_users = read_users  # type: ignore[method-assign]
    await world.match.run(FULL_SWEEP, world.now)
    after_one_message = await world.sweep()
    await world.run_sweep_messages()

    assert (after_one_message.pages, after_one_message.phase) == (2, "collecting")
    assert (await world.sweep()).phase == "idle"
    assert world.connects() == ["cid"]


async def test_a_later_sweep_supersedes_an_unfinished_one() -> None:
    world = MatchWorld()
    world.put(*crowd(["ann"]))
    await world.begin(product_user("ann"))
    await world.match.run(FULL_SWEEP, world.now)
    stale = world.queues.take()
    assert isinstance(stale, SweepUsers)

    await world.match.run(FULL_SWEEP, world.now)
    current = await world.sweep()
    await world.match.run(stale, world.now)

    assert await world.sweep() == current
    assert world.connects() == []


async def test_a_message_that_comes_twice_changes_nothing_more() -> None:
    world = MatchWorld()
    world.put(*crowd(["ann"]))
    await world.begin(product_user("ann"))
    await world.match.run(FULL_SWEEP, world.now)
    decide = world.queues.take()
    assert isinstance(decide, SweepUsers)

    await world.match.run(decide, world.now)
    await world.match.run(decide, world.now)

    assert world.connects() == ["ann"]


async def test_an_interrupted_decision_is_taken_up_without_asking_the_guard_twice() -> None:
    world = await matched_world()
    for number in (1, 2, 3, 4, 5):
        world.directory.remove(TENANT, oid(number))
    await world.add(product_user("late"))
    world.put(person(99, "late@contoso.com", "late@contoso.com"))
    await world.match.run(FULL_SWEEP, world.now)
    decide = world.queues.take()
    assert isinstance(decide, SweepUsers)
    world.queues.on_send = lambda message: raise_for(message, ConnectMailbox)

    with pytest.raises(ConnectionError):
        await world.match.run(decide, world.now)
    world.queues.on_send = None
    await world.match.run(decide, world.now)

    assert (await world.connection()).held is None
    assert list((await world.states()).values()).count(UserState.NO_MATCH) == 5
    assert world.connects().count("late") == 1
    assert (await world.sweep()).phase == "idle"


def raise_for(message: object, kind: type) -> None:
    if isinstance(message, kind):
        raise ConnectionError("the queue does not answer")


async def test_the_directory_is_waited_for_as_long_as_it_says() -> None:
    world = MatchWorld()
    world.put(*crowd(["ann"]))
    await world.begin(product_user("ann"))
    world.directory.script.fail("read_users", Throttled("429", timedelta(seconds=77), whole_tenant=True), times=1)

    await world.run_full_sweep()

    assert world.queues.sent[-1].delay == timedelta(seconds=77)
    assert (await world.connection()).not_before == NOW + timedelta(seconds=77)
    world.pass_time(seconds=77)
    await world.run_sweep_messages()
    assert world.connects() == ["ann"]


async def test_no_other_message_of_the_sweep_goes_on_before_the_wait_is_over() -> None:
    world = MatchWorld()
    await world.begin(product_user("ann"))
    world.directory.script.fail("read_users", Throttled("429", timedelta(minutes=7)), times=1)
    await world.run_full_sweep()
    calls = len(world.directory.script.calls)

    world.pass_time(minutes=5)
    await world.match.run(successor(await world.sweep()), world.now)
    too_early = len(world.directory.script.calls)
    world.pass_time(minutes=2)
    await world.run_sweep_messages()

    assert too_early == calls
    assert (await world.sweep()).phase == "idle"


async def test_without_a_word_the_wait_doubles_and_what_was_read_is_kept() -> None:
    world = MatchWorld()
    world.directory.page_size = 1
    world.put(*crowd(["ann", "bob"]))
    await world.begin(product_user("ann"), product_user("bob"))
    world.directory.script.fail("read_users", TryLater("503"), about="1:users:1", times=3)

    await world.run_full_sweep()
    for _ in range(3):
        visible_at = world.queues.next_visible_at()
        assert visible_at is not None
        world.clock.move_to(visible_at)
        await world.run_sweep_messages()

    delays = [sent.delay.total_seconds() for sent in world.queues.sent if isinstance(sent.message, SweepUsers)]
    assert delays[:3] == [30, 60, 120]
    assert world.connects() == ["ann", "bob"]
    first_pages = [call for call in world.directory.script.calls if call.about == (TENANT, None)]
    assert len(first_pages) == 1


async def test_a_dead_link_starts_the_collection_again_under_a_new_id() -> None:
    world = MatchWorld()
    world.directory.page_size = 1
    world.put(*crowd(["ann", "bob"]))
    await world.begin(product_user("ann"), product_user("bob"))
    world.directory.script.fail("read_users", TryLater("503"), about="1:users:1", times=1)
    await world.run_full_sweep()
    first = (await world.sweep()).sweep

    world.directory.expire_links()
    for _ in range(2):
        world.pass_time(minutes=2)
        await world.run_sweep_messages()

    assert (await world.sweep()).sweep != first
    assert world.connects() == ["ann", "bob"]


async def test_a_tenant_that_no_longer_trusts_us_needs_attention() -> None:
    world = MatchWorld()
    await world.begin(product_user("ann"))
    world.directory.script.fail("read_users", Disconnected("gone", "consent_missing"))

    await world.run_full_sweep()

    found = await world.connection()
    assert (found.state, found.reason) == (ConnectionState.ATTENTION, "consent_missing")
    assert "connection.attention_needed" in await world.audit()


async def test_a_refusal_while_verifying_is_left_to_the_grant_check() -> None:
    world = MatchWorld()
    await world.begin(product_user("ann"), state=ConnectionState.VERIFYING)
    world.directory.script.fail("start_changes", Disconnected("not yet", "consent_missing"))

    await world.run_full_sweep()

    assert (await world.connection()).state is ConnectionState.VERIFYING


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


async def test_too_many_losses_change_nothing_but_disabled_accounts_until_a_person_confirms() -> None:
    world = await matched_world()
    for number in range(1, 7):
        world.directory.remove(TENANT, oid(number))
    world.put(replace(crowd(NAMES)[11], account_enabled=False))
    await world.add(product_user("late"))
    world.put(person(99, "late@contoso.com", "late@contoso.com"))

    await world.run_full_sweep()

    found = await world.connection()
    assert found.held is not None
    assert (found.held.losing, found.held.connected) == (6, 12)
    states = list((await world.states()).values())
    assert states.count(UserState.CONNECTED) == 11
    assert states.count(UserState.DISABLED) == 1
    assert (await world.user("late")).state is UserState.NO_MATCH
    assert world.releases() == ["user11"]
    assert (await world.audit()).count("sweep.held") == 1

    await world.run_full_sweep()
    assert (await world.audit()).count("sweep.held") == 1

    await world.change_connection(sweep_confirmed_at=world.now)
    await world.run_full_sweep()
    found = await world.connection()
    assert (found.held, found.sweep_confirmed_at) == (None, None)
    assert list((await world.states()).values()).count(UserState.CONNECTED) == 5
    assert (await world.user("late")).state is UserState.PENDING


async def test_losses_of_one_day_add_up() -> None:
    world = await matched_world()
    for number in (1, 2, 3):
        world.directory.remove(TENANT, oid(number))
    await world.run_full_sweep()
    held_after_three = (await world.connection()).held

    world.pass_time(hours=12)
    for number in (4, 5, 6):
        world.directory.remove(TENANT, oid(number))
    await world.run_full_sweep()
    held_after_six = (await world.connection()).held

    world.pass_time(hours=13)
    await world.run_full_sweep()

    assert held_after_three is None
    assert held_after_six is not None
    assert (await world.connection()).held is None
    assert list((await world.states()).values()).count(UserState.CONNECTED) == 6


async def test_whoever_only_the_list_has_missed_is_asked_for_and_keeps_the_calendar() -> None:
    world = await matched_world()
    whole = world.directory.read_users

    async def read_users(tenant: TenantId, link: str | None) -> UsersPage:
        page = await whole(tenant, link)
        return replace(page, users=page.users[1:])

    world.directory.read_users = read_users  # type: ignore[method-assign]
    await world.run_full_sweep()

    assert set((await world.states()).values()) == {UserState.CONNECTED}
    assert world.releases() == []


async def test_who_is_gone_stays_unmatched_although_somebody_else_gets_the_address() -> None:
    world = await matched_world()
    world.directory.remove(TENANT, oid(1))
    world.put(person(50, "user00@contoso.com", "user00@contoso.com"))

    await world.run_full_sweep()
    await world.run_full_sweep()

    user = await world.user("user00")
    assert (user.state, user.reason, user.match) == (UserState.NO_MATCH, Reason.OBJECT_GONE, None)
    assert world.releases() == ["user00"]


async def test_a_person_made_a_guest_loses_the_calendar_to_nobody() -> None:
    world = await matched_world()
    world.put(replace(crowd(NAMES)[0], user_type="Guest"), person(50, "user00@contoso.com", "x@contoso.com"))

    await world.run_full_sweep()
    await world.run_full_sweep()

    user = await world.user("user00")
    assert (user.state, user.reason) == (UserState.NO_MATCH, Reason.ONLY_GUEST)
    assert world.releases() == ["user00"]


async def test_a_renamed_directory_user_keeps_the_calendar() -> None:
    world = await matched_world()
    world.put(person(1, "renamed@contoso.com", "renamed@contoso.com"))
    world.put(person(50, "user00@contoso.com", "user00@contoso.com"))

    await world.run_full_sweep()

    user = await world.user("user00")
    assert user.match is not None
    assert (user.state, user.match.user_id) == (UserState.CONNECTED, oid(1))


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
    await world.match.run(FULL_SWEEP, world.now)
    world.pass_time(seconds=1)
    late = replace(product_user("bob"), changed_at=world.now, reason=Reason.AWAITING_LOOK_UP)
    await world.add(late)

    await world.run_sweep_messages()

    assert await world.user("bob") == late
    (order,) = world.sent(LookUpUsers)
    assert isinstance(order, LookUpUsers)
    assert order.users == ("bob",)


async def test_of_two_tenants_the_older_connection_keeps_an_equal_match() -> None:
    world = await matched_world(["ann"])
    await world.add_connection(connection(OTHER, OTHER_TENANT, created_at=EARLIER + timedelta(days=1)))
    world.put(person(7, "ann@contoso.com", "ann@contoso.com"), tenant=OTHER_TENANT)

    await world.run_full_sweep(replace_connection(FULL_SWEEP))

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
    await world.match.run(FULL_SWEEP, world.now)
    await world.change("ann", addresses=(Address("other@contoso.com", verified=True),))

    await world.run_sweep_messages()

    assert (await world.user("ann")).state is UserState.NO_MATCH
    assert world.connects() == []


def replace_connection(message: SweepUsers) -> SweepUsers:
    return SweepUsers(organization=message.organization, connection=OTHER)
