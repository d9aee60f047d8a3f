"""What a full match takes away, and what it does not."""

from dataclasses import replace

from shared_code.core.ids import TenantId
from shared_code.core.product_user import UserState
from shared_code.core.reasons import Reason
from shared_code.directory_ports import UsersPage
from shared_code.flows.deciding import MOST_LOOKED_AT_AGAIN
from shared_code.messages import LookUpUsers
from tests.unit.core.match_values import TENANT, oid, person, product_user
from tests.unit.flows.match_world import NAMES, MatchWorld, crowd, matched_world


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
    assert found.held.people == tuple(NAMES[:6])
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


async def held_world(names: list[str], gone: int) -> MatchWorld:
    """The first ``gone`` of ``names`` have left the directory, and a full match that saw it is held."""
    world = await matched_world(names)
    remove(world, 1, gone)
    await world.run_full_sweep()
    assert (await world.connection()).held is not None
    world.pass_time(minutes=1)
    return world


def remove(world: MatchWorld, first: int, last: int) -> None:
    for number in range(first, last + 1):
        world.directory.remove(TENANT, oid(number))


async def connected(world: MatchWorld) -> int:
    return list((await world.states()).values()).count(UserState.CONNECTED)


async def test_a_confirmation_lets_no_more_through_than_the_person_was_shown() -> None:
    world = await held_world(NAMES, gone=6)
    await world.change_connection(sweep_confirmed_at=world.now)
    remove(world, 7, 12)

    await world.run_full_sweep()

    found = await world.connection()
    assert await connected(world) == 12
    assert found.held is not None
    assert (found.held.losing, found.sweep_confirmed_at) == (12, None)
    assert (await world.audit()).count("sweep.held") == 2


async def test_whoever_the_list_misses_is_asked_for_in_a_confirmed_match_as_well() -> None:
    world = await held_world(NAMES, gone=6)
    await world.change_connection(sweep_confirmed_at=world.now)
    world.put(person(1, "user00@contoso.com", "user00@contoso.com"))
    whole = world.directory.read_users

    async def read_users(tenant: TenantId, link: str | None) -> UsersPage:
        page = await whole(tenant, link)
        return replace(page, users=tuple(shown for shown in page.users if shown.user_id != oid(1)))

    world.directory.read_users = read_users  # type: ignore[method-assign]
    await world.run_full_sweep()

    assert (await world.user("user00")).state is UserState.CONNECTED
    assert await connected(world) == 7


async def test_a_confirmed_match_takes_all_that_was_shown_however_many_they_are() -> None:
    many = [f"user{number:03}" for number in range(MOST_LOOKED_AT_AGAIN + 2)]
    world = await held_world(many, gone=len(many))
    await world.change_connection(sweep_confirmed_at=world.now)

    await world.run_full_sweep()

    assert await connected(world) == 0
    assert (await world.connection()).held is None


async def test_whoever_is_found_while_the_directory_is_read_is_neither_gone_nor_counted_as_lost() -> None:
    world = await matched_world()
    decide = await world.collect()
    world.pass_time(seconds=1)
    late = [f"late{number}" for number in range(6)]
    for number, name in enumerate(late, start=50):
        await world.add(replace(product_user(name), reason=Reason.AWAITING_LOOK_UP, changed_at=world.now))
        world.put(person(number, f"{name}@contoso.com", f"{name}@contoso.com"))
    await world.look_up_users(*late)
    await world.connect_everybody_matched()

    await world.match.run(decide, world.now)

    assert set((await world.states()).values()) == {UserState.CONNECTED}
    assert (await world.connection()).held is None
    (order,) = world.sent(LookUpUsers)
    assert isinstance(order, LookUpUsers)
    assert order.users == tuple(late)
