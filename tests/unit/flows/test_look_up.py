"""Users whom the product has just sent are searched for at once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from shared_code.core.connection import ConnectionState
from shared_code.core.directory import DirectoryUser
from shared_code.core.ids import TenantId
from shared_code.core.product_user import UserState
from shared_code.core.reasons import Reason
from shared_code.errors import Throttled, TryLater
from shared_code.flows.look_up import PART
from shared_code.messages import LookUpUsers, SweepUsers
from tests.unit.core.match_values import EARLIER, OTHER, OTHER_TENANT, connection, oid, person, product_user
from tests.unit.flows.match_world import MatchWorld

WAITING = Reason.AWAITING_LOOK_UP


async def active_world() -> MatchWorld:
    """A tenant that has proven contoso.com, swept when the organisation had one user."""
    world = MatchWorld()
    world.put(person(1, "boss@contoso.com", "boss@contoso.com"))
    await world.begin(product_user("boss"))
    await world.run_full_sweep()
    world.queues.sent.clear()
    world.directory.script.calls.clear()
    return world


async def test_new_users_are_found_together_with_one_question() -> None:
    world = await active_world()
    world.put(person(2, "ann@contoso.com", "ann@contoso.com"), person(3, None, "x@contoso.com", "smtp:bob@contoso.com"))
    await world.add(*(product_user(name, reason=WAITING) for name in ("ann", "bob", "cid")))

    await world.look_up_users("ann", "bob", "cid")

    assert world.connects() == ["ann", "bob"]
    assert (await world.user("cid")).reason == Reason.NO_DIRECTORY_USER
    assert world.directory.script.operations() == ["find_users"]


async def test_asking_twice_changes_nothing_more_and_orders_the_first_read_again() -> None:
    world = await active_world()
    world.put(person(2, "ann@contoso.com", "ann@contoso.com"))
    await world.add(product_user("ann", reason=WAITING))

    await world.look_up_users("ann")
    found = await world.user("ann")
    await world.look_up_users("ann")

    assert await world.user("ann") == found
    assert world.connects() == ["ann", "ann"]  # the first order may have been lost


async def test_asking_again_for_somebody_connected_orders_nothing() -> None:
    world = await active_world()
    world.put(person(2, "ann@contoso.com", "ann@contoso.com"))
    await world.add(product_user("ann", reason=WAITING))
    await world.look_up_users("ann")
    await world.connect_everybody_matched()
    world.queues.sent.clear()

    await world.look_up_users("ann")

    assert world.connects() == []


async def test_users_who_are_not_to_be_connected_are_not_asked_about() -> None:
    world = await active_world()
    await world.add(product_user("ann", state=UserState.PERSONAL, has_calendar=True))
    await world.add(product_user("bob", state=UserState.OPTED_OUT))

    await world.look_up_users("ann", "bob", "nobody")

    assert world.directory.script.calls == []


async def test_a_connection_that_is_not_active_is_left_to_its_sweep() -> None:
    world = await active_world()
    world.put(person(2, "ann@contoso.com", "ann@contoso.com"))
    await world.add(product_user("ann", reason=WAITING))
    for state in (ConnectionState.VERIFYING, ConnectionState.REVIEW, ConnectionState.ATTENTION):
        await world.change_connection(state=state)

        await world.look_up_users("ann")

    assert (await world.user("ann")).reason == WAITING
    assert world.directory.script.calls == []


async def test_a_domain_that_no_sweep_has_asked_about_starts_one_full_sweep() -> None:
    world = await active_world()
    world.put(person(2, "ann@new.com", "ann@contoso.com"), person(3, None, "someone@new.com"))
    await world.add(product_user("ann", "ann@new.com", reason=WAITING))

    await world.look_up_users("ann")
    await world.look_up_users("ann")
    before, sweeps = (await world.user("ann")).state, len(world.sent(SweepUsers))
    await world.run_sweep_messages()

    assert before is UserState.DOMAIN_UNPROVEN
    assert sweeps == 1
    assert (await world.user("ann")).state is UserState.PENDING


async def test_of_two_tenants_the_better_rule_wins_then_the_older_connection() -> None:
    world = await active_world()
    await world.add_connection(connection(OTHER, OTHER_TENANT, created_at=EARLIER + timedelta(days=1)))
    world.put(
        person(2, "ann@contoso.com", "ann@contoso.com"), person(3, None, "bob.upn@contoso.com", "smtp:bob@contoso.com")
    )
    world.put(
        person(4, "ann@contoso.com", "ann@contoso.com"),
        person(5, "bob@contoso.com", "bob@contoso.com"),
        tenant=OTHER_TENANT,
    )
    await world.add(product_user("ann", reason=WAITING), product_user("bob", reason=WAITING))

    await world.look_up_users("ann", "bob")

    ann, bob = await world.user("ann"), await world.user("bob")
    assert ann.match is not None
    assert bob.match is not None
    assert ann.match.user_id == oid(2)
    assert bob.match.user_id == oid(5)
    assert world.connects() == ["ann", "bob"]


async def test_only_those_are_asked_about_again_who_were_left_when_the_directory_asked_to_wait() -> None:
    world = await active_world()
    names = [f"user{number:02}" for number in range(2 * PART)]
    world.put(*(person(n, f"{name}@contoso.com", f"{name}@contoso.com") for n, name in enumerate(names, start=2)))
    await world.add(*(replace(product_user(name, reason=WAITING), changed_at=world.now) for name in names))
    busy = Throttled("the limit is near", timedelta(seconds=5))
    world.directory.script.fail("find_users", busy, about=f"{names[-1]}@contoso.com", times=1)

    await world.look_up_users(*names)
    found_at_once, again = world.connects(), world.sent(LookUpUsers)[-1]
    assert isinstance(again, LookUpUsers)
    await world.look_up_users(*again.users)

    assert found_at_once == names[:PART]
    assert list(again.users) == names[PART:]
    assert world.connects() == names


async def test_a_directory_that_asks_for_patience_is_asked_again_and_the_others_answer_meanwhile() -> None:
    world = await active_world()
    await world.add_connection(connection(OTHER, OTHER_TENANT, created_at=EARLIER + timedelta(days=1)))
    world.put(person(5, "ann@contoso.com", "ann@contoso.com"), tenant=OTHER_TENANT)
    await world.add(replace(product_user("ann", reason=WAITING), changed_at=world.now))
    world.directory.script.fail("find_users", TryLater("503", timedelta(seconds=40)), times=1)

    await world.look_up_users("ann")

    assert world.connects() == ["ann"]
    (again,) = [sent for sent in world.queues.sent if isinstance(sent.message, LookUpUsers)]
    assert again.delay == timedelta(seconds=40)


async def test_a_match_whose_address_the_product_took_back_is_replaced() -> None:
    world = await active_world()
    world.put(person(2, "new@contoso.com", "new@contoso.com"))
    boss = await world.user("boss")
    await world.change("boss", addresses=product_user("boss", "new@contoso.com").addresses, state=UserState.CONNECTED)

    await world.look_up_users("boss")

    changed = await world.user("boss")
    assert boss.match is not None
    assert changed.match is not None
    assert (boss.match.user_id, changed.match.user_id) == (oid(1), oid(2))
    assert world.releases() == ["boss"]


async def test_a_user_who_was_disabled_may_be_found_in_another_tenant() -> None:
    world = await active_world()
    await world.add_connection(connection(OTHER, OTHER_TENANT, created_at=EARLIER + timedelta(days=1)))
    world.put(replace(person(1, "boss@contoso.com", "boss@contoso.com"), account_enabled=False))
    world.put(person(9, "boss@contoso.com", "boss@contoso.com"), tenant=OTHER_TENANT)

    await world.look_up_users("boss")

    boss = await world.user("boss")
    assert boss.match is not None
    assert (boss.match.connection, boss.state) == (OTHER, UserState.PENDING)


async def test_a_look_up_whose_connection_ends_meanwhile_matches_nobody() -> None:
    world = await active_world()
    world.put(person(2, "ann@contoso.com", "ann@contoso.com"))
    await world.add(product_user("ann", reason=WAITING))
    find = world.directory.find_users

    async def find_users(tenant: TenantId, addresses: Sequence[str]) -> tuple[DirectoryUser, ...]:
        await world.change_connection(state=ConnectionState.DISCONNECTING)
        return await find(tenant, addresses)

    world.directory.find_users = find_users  # type: ignore[method-assign]
    await world.look_up_users("ann")
    world.directory.script.calls.clear()
    (again,) = world.sent(LookUpUsers)
    assert isinstance(again, LookUpUsers)
    await world.look_up.run(again, world.now)

    assert (await world.user("ann")).reason == WAITING
    assert world.connects() == []
    assert world.directory.script.calls == []


async def test_after_an_hour_of_waiting_the_rounds_of_changes_ask_and_no_message_is_put_off_any_more() -> None:
    world = await active_world()
    await world.add(replace(product_user("ann", reason=WAITING), changed_at=world.now))
    world.directory.script.fail("find_users", TryLater("503"), times=2)

    world.pass_time(minutes=59)
    await world.look_up_users("ann")
    before = len(world.sent(LookUpUsers))
    world.pass_time(minutes=1)
    await world.look_up_users("ann")

    assert before == 1
    assert len(world.sent(LookUpUsers)) == 1
