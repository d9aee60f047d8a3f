"""The delta match: what changed in the directory, against what is stored."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.core.connection import ConnectionState
from shared_code.core.feed import MOST_AT_ONCE
from shared_code.core.ids import ProductUserId, TenantId
from shared_code.core.product_user import UserState
from shared_code.core.reasons import Reason
from shared_code.directory_ports import ChangesPage
from shared_code.errors import Disconnected, StartAgain, Throttled
from shared_code.messages import ConnectMailbox, FeedFirstReads, LookUpUsers, SweepChanges, SweepUsers
from tests.unit.core.match_values import CONNECTION, NOW, ORGANIZATION, TENANT, oid, person, product_user
from tests.unit.flows.match_world import FULL_SWEEP, NAMES, MatchWorld, crowd, matched_world


async def settled_world(*extra: str) -> MatchWorld:
    """Twelve connected users and ``extra`` ones whom nobody matches, a full sweep behind them."""
    world = await matched_world(NAMES, *extra)
    world.queues.sent.clear()
    world.rows.operations.clear()
    world.directory.script.calls.clear()
    return world


async def test_when_nothing_changed_one_request_and_two_storage_operations_are_made() -> None:
    world = await settled_world()

    await world.read_changes()

    assert world.directory.script.operations() == ["read_changes"]
    assert world.rows.count() == 2
    assert world.queues.sent == []


async def test_a_new_directory_user_is_matched_and_connected() -> None:
    world = await settled_world("late")
    world.put(person(50, "late@contoso.com", "late@contoso.com"))

    await world.read_changes()
    await world.read_changes()

    assert (await world.user("late")).state is UserState.PENDING
    assert world.connects() == ["late"]


async def test_changes_of_people_whom_nobody_looks_for_cost_no_user_lookups() -> None:
    world = await settled_world()
    world.put(person(50, "stranger@contoso.com", "stranger@contoso.com"))

    await world.read_changes()

    assert "find_users" not in world.directory.script.operations()
    assert world.queues.sent == []


async def test_a_pin_holds_when_its_person_is_renamed_and_the_address_goes_to_somebody_else() -> None:
    world = await settled_world()
    world.put(person(1, "married@contoso.com", "married@contoso.com"))
    world.put(person(50, "user00@contoso.com", "user00@contoso.com"))

    await world.read_changes()

    user = await world.user("user00")
    assert user.match is not None
    assert (user.state, user.match.user_id) == (UserState.CONNECTED, oid(1))


async def test_a_second_person_with_the_address_is_seen_although_only_one_changed() -> None:
    world = await settled_world("late")
    world.put(person(50, "late@contoso.com", "a@contoso.com"))
    await world.run_full_sweep()
    await world.change("late", state=UserState.NO_MATCH, match=None, reason=Reason.NO_DIRECTORY_USER)
    world.put(person(51, "late@contoso.com", "b@contoso.com"))

    await world.read_changes()

    assert (await world.user("late")).state is UserState.AMBIGUOUS


async def test_a_removed_person_is_gone_and_their_mailbox_released() -> None:
    for permanently in (True, False):
        world = await settled_world()
        world.directory.remove(TENANT, oid(1), permanently=permanently)

        await world.read_changes()

        user = await world.user("user00")
        assert (user.state, user.reason, user.match) == (UserState.NO_MATCH, Reason.OBJECT_GONE, None)
        assert world.releases() == ["user00"]


async def test_a_person_deleted_and_made_anew_under_the_address_between_two_looks_is_another_one() -> None:
    world = await settled_world()
    world.directory.remove(TENANT, oid(1), permanently=True)
    world.put(person(50, "user00@contoso.com", "user00@contoso.com"))

    await world.read_changes()

    user = await world.user("user00")
    assert (user.state, user.reason, user.match) == (UserState.NO_MATCH, Reason.OBJECT_GONE, None)
    assert world.releases() == ["user00"]
    assert world.connects() == []


async def test_an_object_id_that_comes_back_as_somebody_else_gets_nobodys_calendar() -> None:
    world = await settled_world()
    world.directory.remove(TENANT, oid(1), permanently=True)
    await world.read_changes()
    world.put(person(1, "somebody.else@contoso.com", "somebody.else@contoso.com"))

    await world.read_changes()
    await world.run_full_sweep()

    assert (await world.user("user00")).reason == Reason.OBJECT_GONE
    assert world.connects() == []


async def test_a_removal_that_was_undone_meanwhile_takes_nothing() -> None:
    world = await settled_world()
    world.directory.page_size = 1
    world.directory.remove(TENANT, oid(1))
    world.put(person(1, "user00@contoso.com", "user00@contoso.com"))

    await world.read_changes()

    assert (await world.user("user00")).state is UserState.CONNECTED
    assert world.releases() == []


async def test_a_removal_that_was_undone_spares_also_those_without_a_mailbox() -> None:
    world = await settled_world()
    await world.change("user00", state=UserState.NO_MAILBOX, reason=Reason.MAILBOX_MISSING)
    world.directory.page_size = 1
    world.directory.remove(TENANT, oid(1))
    world.put(person(1, "user00@contoso.com", "user00@contoso.com"))

    await world.read_changes()

    assert (await world.user("user00")).state is UserState.NO_MAILBOX


async def test_a_disabled_account_stops_and_an_enabled_one_comes_back() -> None:
    world = await settled_world()
    enabled = person(1, "user00@contoso.com", "user00@contoso.com")
    world.put(replace(enabled, account_enabled=False))
    await world.read_changes()
    stopped = (await world.user("user00")).state

    world.put(enabled)
    await world.read_changes()

    assert stopped is UserState.DISABLED
    assert (await world.user("user00")).state is UserState.PENDING
    assert world.releases() == ["user00"]
    assert world.connects() == ["user00"]


async def test_too_many_losses_are_held_and_found_again() -> None:
    world = await settled_world()
    for number in range(1, 7):
        world.directory.remove(TENANT, oid(number))

    await world.read_changes()
    link = (await world.sweep()).delta_link
    await world.read_changes()

    held = (await world.connection()).held
    assert held is not None
    assert held.losing == 6
    assert len(held.people) == 6
    assert (await world.sweep()).delta_link == link
    assert set((await world.states()).values()) == {UserState.CONNECTED}
    assert (await world.audit()).count("sweep.held") == 1


async def test_a_held_round_that_grows_says_so() -> None:
    world = await settled_world()
    for number in range(1, 7):
        world.directory.remove(TENANT, oid(number))
    await world.read_changes()
    for number in range(7, 12):
        world.directory.remove(TENANT, oid(number))

    await world.read_changes()

    held = (await world.connection()).held
    assert held is not None
    assert held.losing == 11


async def test_people_who_come_back_before_anybody_confirms_lift_the_hold() -> None:
    world = await settled_world()
    for number in range(1, 7):
        world.directory.remove(TENANT, oid(number))
    await world.read_changes()
    world.put(*(person(n, f"user{n - 1:02}@contoso.com", f"user{n - 1:02}@contoso.com") for n in range(1, 7)))

    await world.read_changes()
    await world.run_sweep_messages()

    assert (await world.connection()).held is None
    assert set((await world.states()).values()) == {UserState.CONNECTED}


async def test_a_quiet_round_of_changes_does_not_release_what_a_full_sweep_holds() -> None:
    world = await settled_world()
    for number in range(1, 7):
        world.directory.remove(TENANT, oid(number))
    await world.run_full_sweep()

    await world.read_changes()

    assert (await world.connection()).held is not None


async def test_small_losses_of_one_day_add_up() -> None:
    world = await settled_world()
    for number in range(1, 7):
        world.directory.remove(TENANT, oid(number))
        await world.read_changes()
        world.pass_time(hours=1)

    assert list((await world.states()).values()).count(UserState.CONNECTED) == 7
    assert (await world.connection()).held is not None


async def test_a_held_round_that_was_confirmed_becomes_a_full_sweep() -> None:
    world = await settled_world()
    for number in range(1, 7):
        world.directory.remove(TENANT, oid(number))
    await world.read_changes()
    await world.change_connection(sweep_confirmed_at=world.now)

    await world.read_changes()
    await world.run_sweep_messages()

    assert list((await world.states()).values()).count(UserState.NO_MATCH) == 6
    assert (await world.connection()).held is None


async def test_an_expired_link_starts_a_full_sweep() -> None:
    world = await settled_world()
    world.directory.expire_links()

    await world.read_changes()

    assert world.sent(SweepUsers) == [FULL_SWEEP]


async def test_what_changed_while_a_link_was_refused_is_found_by_the_full_sweep_and_changes_go_on_after_it() -> None:
    world = await settled_world("late", "later")
    world.directory.page_size = 1
    for number in range(60, 70):
        world.put(person(number, f"stranger{number}@contoso.com", f"stranger{number}@contoso.com"))
    world.directory.script.fail("read_changes", StartAgain("syncStateNotFound"), about="1:changes:17")
    await world.read_changes()  # refused in the middle of a round
    world.put(person(50, "late@contoso.com", "late@contoso.com"))
    world.directory.remove(TENANT, oid(1))
    world.directory.script.heal()
    world.directory.expire_links()

    await world.run_sweep_messages()
    world.put(person(51, "later@contoso.com", "later@contoso.com"))
    world.pass_time(minutes=15)
    await world.read_changes()

    assert (await world.user("user00")).reason == Reason.OBJECT_GONE
    assert world.connects() == ["late", "later"]


async def test_a_full_sweep_after_a_refused_link_whose_order_was_lost_is_ordered_again() -> None:
    world = await settled_world()
    world.directory.expire_links()
    await world.read_changes()
    assert world.queues.take() == FULL_SWEEP  # and lost

    world.pass_time(minutes=15)
    await world.read_changes()

    assert world.sent(SweepUsers) == [FULL_SWEEP, FULL_SWEEP]


async def test_a_full_sweep_comes_again_after_a_week() -> None:
    world = await settled_world()
    world.pass_time(days=7)

    await world.read_changes()

    assert len(world.sent(SweepUsers)) == 1
    assert world.directory.script.calls == []


async def test_a_full_sweep_whose_messages_were_lost_goes_on() -> None:
    world = await settled_world("late")
    world.put(person(50, "late@contoso.com", "late@contoso.com"))
    await world.collect()

    await world.read_changes()
    too_early = world.queues.take()
    world.pass_time(minutes=11)
    await world.read_changes()
    await world.run_sweep_messages()

    assert too_early is None
    assert (await world.sweep()).phase == "idle"
    assert world.connects() == ["late"]


async def test_the_directory_is_left_alone_for_as_long_as_it_says() -> None:
    world = await settled_world()
    world.directory.script.fail("read_changes", Throttled("429", timedelta(minutes=20)), times=1)

    await world.read_changes()
    world.pass_time(minutes=15)
    await world.read_changes()
    before = len(world.directory.script.calls)
    world.pass_time(minutes=15)
    await world.read_changes()

    assert before == 1
    assert len(world.directory.script.calls) == 2


async def test_a_whole_tenants_limit_is_written_on_the_connection() -> None:
    world = await settled_world()
    world.directory.script.fail("read_changes", Throttled("429", timedelta(minutes=20), whole_tenant=True))

    await world.read_changes()

    assert (await world.connection()).not_before == NOW + timedelta(minutes=20)


async def test_a_tenant_that_no_longer_trusts_us_needs_attention() -> None:
    world = await settled_world()
    world.directory.script.fail("read_changes", Disconnected("disabled", "app_disabled"))

    await world.read_changes()

    assert (await world.connection()).state is ConnectionState.ATTENTION


async def test_every_page_is_saved_under_the_cursor() -> None:
    world = await settled_world("late")
    world.directory.page_size = 1
    for number in range(60, 65):
        world.put(person(number, f"stranger{number}@contoso.com", f"stranger{number}@contoso.com"))
    world.put(person(50, "late@contoso.com", "late@contoso.com"))
    world.directory.script.fail("read_changes", Disconnected("no", "app_disabled"), about="1:changes:15")

    await world.read_changes()

    assert (await world.sweep()).next_link == "1:changes:15"


async def test_closed_mailboxes_are_asked_for_daily_and_lost_orders_hourly() -> None:
    world = await settled_world()
    await world.change("user00", state=UserState.EXCLUDED_BY_POLICY, reason=Reason.ACCESS_POLICY, changed_at=world.now)
    await world.change("user01", state=UserState.PENDING, reason=Reason.AWAITING_FIRST_READ, changed_at=world.now)

    asked: list[list[str]] = []
    for _ in range(24):
        world.pass_time(hours=1)
        await world.read_changes()
        asked.append(world.connects())

    assert asked[0] == ["user01"]
    assert "user00" not in asked[22]
    assert asked[23].count("user00") == 1


async def test_a_feeder_that_was_lost_is_begun_again_by_the_hour() -> None:
    names = [f"user{number:03}" for number in range(60)]
    world = MatchWorld()
    world.put(*crowd(names))
    await world.begin(*(product_user(name) for name in names))
    await world.run_full_sweep()
    world.queues.sent.clear()  # and everything that it ordered is lost

    world.pass_time(hours=1)
    await world.read_changes()

    begun = FeedFirstReads(organization=ORGANIZATION, connection=CONNECTION)
    assert [message for message in world.queues.messages if not isinstance(message, SweepChanges)] == [begun]


async def test_many_closed_mailboxes_whose_directory_users_changed_are_asked_for_over_time() -> None:
    names = [f"user{number:03}" for number in range(2 * MOST_AT_ONCE)]
    world = await matched_world(names)
    for name in names:
        await world.change(name, state=UserState.NO_MAILBOX, reason=Reason.MAILBOX_MISSING, changed_at=world.now)
    world.queues.sent.clear()
    world.put(*crowd(names))  # they have got their licences, perhaps

    await world.read_changes()

    waits = [sent.delay for sent in world.queues.sent if isinstance(sent.message, ConnectMailbox)]
    assert sorted(waits) == [timedelta(0)] * MOST_AT_ONCE + [timedelta(seconds=10)] * MOST_AT_ONCE


async def test_a_look_up_whose_order_was_lost_is_ordered_again_by_the_hour() -> None:
    world = await settled_world()
    world.pass_time(minutes=51)
    await world.add(replace(product_user("late"), reason=Reason.AWAITING_LOOK_UP, changed_at=world.now))

    world.pass_time(minutes=9)
    await world.read_changes()
    too_early = world.sent(LookUpUsers)
    world.pass_time(hours=1)
    await world.read_changes()

    assert too_early == []
    assert world.sent(LookUpUsers) == [LookUpUsers(organization=ORGANIZATION, users=(ProductUserId("late"),))]


def tell_in_part(world: MatchWorld, **absent: None) -> None:
    """Changes leave out what is ``absent`` from now on."""
    whole = world.directory.read_changes

    async def read_changes(tenant: TenantId, link: str | None) -> ChangesPage:
        page = await whole(tenant, link)
        shown_in_part = tuple(replace(shown, **absent) for shown in page.changed)  # type: ignore[arg-type]  # replace checks the names
        return replace(page, changed=shown_in_part)

    world.directory.read_changes = read_changes  # type: ignore[method-assign]


@pytest.mark.parametrize("absent", [("user_type",), ("user_type", "user_principal_name")])
async def test_a_guest_who_changes_in_part_is_still_a_guest(absent: tuple[str, ...]) -> None:
    world = await settled_world("late")
    tell_in_part(world, **dict.fromkeys(absent))
    world.put(person(50, "late@contoso.com", "late.guest@contoso.com", user_type="Guest"))

    await world.read_changes()

    late = await world.user("late")
    assert (late.state, late.reason) == (UserState.NO_MATCH, Reason.ONLY_GUEST)


async def test_a_connected_person_disabled_in_a_change_told_in_part_stops() -> None:
    world = await settled_world()
    tell_in_part(world, account_enabled=None)
    world.put(person(1, "user00@contoso.com", "user00@contoso.com", enabled=False))

    await world.read_changes()

    assert (await world.user("user00")).state is UserState.DISABLED


async def test_a_person_who_changed_in_part_and_then_left_is_lost_once_the_feed_says_so() -> None:
    world = await settled_world()
    tell_in_part(world, user_principal_name=None)
    world.directory.page_size = 1
    world.put(person(1, "user00@contoso.com", "user00@contoso.com"))
    world.directory.remove(TENANT, oid(1))

    await world.read_changes()

    user = await world.user("user00")
    assert (user.state, user.reason) == (UserState.NO_MATCH, Reason.OBJECT_GONE)
    assert world.releases() == ["user00"]
