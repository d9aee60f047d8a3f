"""What users chose is carried out by a read of the mailbox, link by link, and costs nobody else anything."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.core.calendar import Calendar
from shared_code.core.connection import ConnectionState
from shared_code.core.ids import CalendarId, OrganizationId
from shared_code.core.policy import CheckedByDefault, Policy, Rule
from shared_code.core.product_user import UserState
from shared_code.core.sync_rules import LEASE_TIME, Cause
from shared_code.core.user_settings import CalendarWish, UserSettings
from shared_code.errors import Disconnected, NoMailbox, OrgcalError, Refused, Throttled, TryLater, Unexpected
from shared_code.flows.mailbox_lease import hold
from shared_code.mailbox_ports import LinkChange
from shared_code.messages import ConnectMailbox, SyncMailbox
from tests.unit.flows.calendar_world import ACME, ANNA, OTHER, CalendarWorld, link_key, mailbox_of, meeting

OWN = "anna@acme.example"
WORK = Calendar(CalendarId("work"), is_default=True, can_edit=True, owner_address=OWN)
HOME, NEW = (Calendar(CalendarId(name), is_default=False, can_edit=True, owner_address=OWN) for name in ("home", "new"))
SOON = timedelta(hours=2)


@pytest.fixture
async def world() -> CalendarWorld:
    """Anna is linked to two calendars of hers by each of two organisations; a third was made since."""
    world = CalendarWorld()
    mailbox = world.calendars.add_mailbox(mailbox_of(ANNA), WORK, HOME)
    for each in (WORK, HOME):
        world.calendars.put(mailbox_of(ANNA), each.calendar, meeting(SOON, name=each.calendar))
    for organization in (ACME, OTHER):
        await world.add_organization(organization)
        await world.add_user(ANNA, organization)
        await world.connect(ANNA, organization)
    mailbox.calendars[NEW.calendar], mailbox.events[NEW.calendar] = NEW, {}
    world.calendars.put(mailbox_of(ANNA), NEW.calendar, meeting(SOON, name=NEW.calendar))
    world.clock.advance(timedelta(hours=1))
    world.forget_traces()
    return world


async def choose(world: CalendarWorld, *calendars: Calendar, organization: OrganizationId = ACME) -> None:
    checked = tuple(calendar.calendar for calendar in calendars)
    left_out = tuple(each.calendar for each in (WORK, HOME, NEW) if each.calendar not in checked)
    before = (await world.user(ANNA, organization)).settings.calendars
    chosen_at = world.now if before is None else before.chosen_at + timedelta(microseconds=1)
    wish = CalendarWish(mailbox_of(ANNA), chosen_at, checked, left_out)
    await world.change_user(ANNA, organization, settings=UserSettings(calendars=wish))
    world.forget_traces()


async def rule(world: CalendarWorld, **rules: Rule[CheckedByDefault]) -> None:
    records = await world.organizations.find(ACME)
    assert records is not None
    changed = replace(records.organization.value, policy=replace(Policy(), **rules))  # type: ignore[arg-type]
    await world.organizations.save(records.organization, changed)
    world.forget_traces()


async def read(world: CalendarWorld, organization: OrganizationId = ACME) -> set[str]:
    """The calendars of which events are kept."""
    found = await world.mailboxes.find_link(link_key(ANNA, organization))
    assert found is not None
    return {calendar for calendar, packed in found.packed.items() if packed}


@pytest.mark.parametrize("cause", ["first_read", "settled", "swept"])
async def test_what_was_chosen_is_read_and_what_was_not_is_forgotten(world: CalendarWorld, cause: Cause) -> None:
    await world.sync(cause="swept")
    await choose(world, HOME)

    world.clock.advance(timedelta(hours=1))
    await world.sync(cause=cause)

    assert await read(world) == {"home", "work"}  # the default one is still written to
    assert await read(world, OTHER) == {"work"}


async def test_a_notified_read_looks_at_no_choice(world: CalendarWorld) -> None:
    await choose(world, HOME)

    await world.sync(cause="notified")

    assert world.rows.count("find", "page") == 3  # the mailbox and two organisations
    assert await read(world) == {"work"}


async def test_two_organisations_on_one_mailbox_choose_each_for_itself(world: CalendarWorld) -> None:
    await choose(world, WORK, HOME)
    await choose(world, NEW, organization=OTHER)

    await world.sync(cause="first_read")

    assert (await read(world), await read(world, OTHER)) == ({"work", "home"}, {"work", "new"})
    offered = (await world.mailbox()).links
    assert [len(link.value.calendars) for link in sorted(offered, key=lambda each: each.value.key.organization)] == [
        2,
        3,
    ]


async def test_only_what_was_never_read_is_read_and_no_turn_moves(world: CalendarWorld) -> None:
    before = (await world.mailbox()).lease.value
    await choose(world, WORK, HOME)

    await world.sync(cause="first_read")

    assert [call.about[1] for call in world.calendars.script.calls] == ["home"]
    assert (await world.mailbox()).lease.value == before
    found = await world.mailboxes.find_link(link_key(ANNA, OTHER))
    assert found is not None
    assert {calendar.read_at for calendar in found.link.calendars} == {world.now - timedelta(hours=1), None}


@pytest.mark.parametrize("whole_tenant", [False, True])
async def test_a_mailbox_that_is_throttled_is_left_alone_until_then(world: CalendarWorld, whole_tenant: bool) -> None:
    await choose(world, WORK, HOME)
    error = Throttled("429", timedelta(seconds=40), whole_tenant=whole_tenant)
    world.calendars.script.fail("read_window", error, times=1)

    await world.sync(cause="first_read")
    lease = (await world.mailbox()).lease.value
    await world.sync(cause="first_read")
    world.clock.advance(timedelta(seconds=41))
    await world.sync(cause="first_read")

    assert lease.not_before == world.now - timedelta(seconds=1)
    assert not lease.is_behind
    assert ((await world.connection()).not_before is not None) is whole_tenant
    assert [delay for _, delay in world.sent()] == [timedelta(seconds=40)] * 2
    assert await read(world) == {"work", "home"}


async def test_the_choice_of_one_does_not_wait_for_the_tenant_of_another(world: CalendarWorld) -> None:
    await choose(world, WORK, HOME)
    await choose(world, WORK, HOME, organization=OTHER)
    await world.change_connection(OTHER, not_before=world.now + timedelta(minutes=3))

    await world.sync(cause="first_read")

    assert (await read(world), await read(world, OTHER)) == ({"work", "home"}, {"work"})
    assert [delay for _, delay in world.sent()] == [timedelta(minutes=3)]


async def test_a_calendar_that_was_deleted_since_it_was_chosen_has_the_mailbox_listed_anew(
    world: CalendarWorld,
) -> None:
    await choose(world, HOME)
    del world.calendars.mailboxes[mailbox_of(ANNA)].calendars[HOME.calendar]

    await world.sync(cause="first_read")

    assert [type(message) for message, _ in world.sent()] == [ConnectMailbox]


async def test_calendars_are_listed_only_for_one_that_is_not_known(world: CalendarWorld) -> None:
    await choose(world, WORK, HOME)
    await world.sync(cause="first_read")
    known = world.calendars.script.operations().count("list_calendars")
    await choose(world, WORK, NEW)

    world.clock.advance(timedelta(hours=1))
    await world.sync(cause="first_read")

    assert known == 0
    assert world.calendars.script.operations().count("list_calendars") == 1


async def test_an_order_that_finds_nothing_left_to_do_reads_nothing_and_writes_nothing(world: CalendarWorld) -> None:
    await choose(world, WORK, HOME)
    await world.sync(cause="first_read")
    world.forget_traces()

    for cause in ("first_read", "settled"):
        await world.sync(cause=cause)

    assert world.calendars.script.calls == []
    assert world.rows.count("commit") == 0
    assert world.sent() == []


async def test_a_first_read_waits_for_the_lease_and_for_nothing_else(world: CalendarWorld) -> None:
    await choose(world, WORK, HOME)
    lease = (await world.mailbox()).lease
    await world.mailboxes.save_lease(lease, hold(lease.value, "somebody", world.now))

    await world.sync(cause="first_read")
    waiting = world.sent()
    world.clock.advance(LEASE_TIME + timedelta(seconds=1))
    await world.sync(cause="first_read")

    assert [delay for _, delay in waiting] == [timedelta(seconds=2)]
    assert await read(world) == {"work", "home"}


async def test_where_all_are_checked_a_turn_finds_those_that_came_since(world: CalendarWorld) -> None:
    await rule(world, checked_calendars=Rule(CheckedByDefault.ALL))

    await world.sync(cause="swept")

    assert await read(world) == {"work", "home", "new"}
    assert await read(world, OTHER) == {"work"}


async def test_a_lock_is_carried_out_and_lifted(world: CalendarWorld) -> None:
    await choose(world, HOME, NEW)
    await world.sync(cause="first_read")

    await rule(world, checked_calendars=Rule(CheckedByDefault.DEFAULT, locked=True))
    world.clock.advance(timedelta(hours=1))
    await world.sync(cause="settled")
    locked = await read(world)
    await rule(world, checked_calendars=Rule(CheckedByDefault.DEFAULT))
    world.clock.advance(timedelta(hours=1))
    await world.sync(cause="settled")

    assert locked == {"work"}
    assert await read(world) == {"work", "home", "new"}


@pytest.mark.parametrize("state", [UserState.OPTED_OUT, UserState.NO_MATCH])
async def test_the_choice_of_somebody_who_holds_the_mailbox_no_more_is_not_carried_out(
    world: CalendarWorld, state: UserState
) -> None:
    await choose(world, HOME)
    await world.change_user(ANNA, state=state)

    await world.sync(cause="first_read")

    assert await read(world) == {"work"}
    assert world.calendars.script.calls == []


async def test_a_tenant_that_is_throttled_is_not_asked_to_list(world: CalendarWorld) -> None:
    await choose(world, NEW)
    await world.change_connection(ACME, not_before=world.now + timedelta(minutes=3))

    await world.sync(cause="swept")

    assert "list_calendars" not in world.calendars.script.operations()
    assert (await world.mailbox()).lease.value.is_behind


async def test_a_turn_that_cannot_list_reads_what_is_known_and_comes_again_sooner(world: CalendarWorld) -> None:
    await choose(world, NEW)
    world.calendars.script.fail("list_calendars", TryLater("503"))

    await world.sync(cause="swept")

    assert await read(world) == {"work"}
    assert (await world.mailbox()).lease.value.is_behind


async def test_a_choice_that_cannot_be_looked_for_is_tried_again_and_left_to_a_turn_that_comes_sooner(
    world: CalendarWorld,
) -> None:
    await choose(world, NEW)
    world.calendars.script.fail("list_calendars", TryLater("503", timedelta(seconds=30)))

    await world.sync(cause="first_read")
    again, before = world.sent(), (await world.mailbox()).lease.value
    await world.sync(cause="first_read", queued_at=world.now - timedelta(minutes=15))

    assert [delay for _, delay in again] == [timedelta(seconds=30)]
    assert (before.is_behind, (await world.mailbox()).lease.value.is_behind) == (False, True)
    assert len(world.sent()) == 1


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Refused("403"), UserState.EXCLUDED_BY_POLICY),
        (NoMailbox("404"), UserState.NO_MAILBOX),
        (Unexpected("nonsense"), UserState.CONNECTED),
        (Disconnected("gone", "consent_missing"), UserState.CONNECTED),
    ],
)
async def test_a_mailbox_that_does_not_list_is_found_out_about_by_a_read_of_its_own(
    world: CalendarWorld, error: OrgcalError, state: UserState
) -> None:
    await choose(world, NEW)
    for operation in ("list_calendars", "read_window"):
        world.calendars.script.fail(operation, error)

    await world.sync(cause="first_read")
    orders = {message.cause for message in world.queues.messages if isinstance(message, SyncMailbox)}
    await world.sync(cause="interactive")

    assert orders == {"first_read", "interactive"}
    assert (await world.user()).state is state
    is_shut = isinstance(error, Disconnected)
    assert ((await world.connection()).state is ConnectionState.ATTENTION) is is_shut


async def test_a_calendar_that_was_read_for_a_booking_and_is_used_no_more_is_forgotten_with_the_next_turn(
    world: CalendarWorld,
) -> None:
    await choose(world, WORK, HOME)
    await world.sync(cause="first_read")
    mailbox = await world.mailbox()
    stored = next(link for link in mailbox.links if link.value.key.organization == ACME)
    unused = tuple(replace(each, checked=each.is_default) for each in stored.value.calendars)
    await choose(world, WORK)
    await world.mailboxes.commit(
        mailbox.lease, mailbox.lease.value, [LinkChange(stored, replace(stored.value, calendars=unused), {})]
    )

    world.clock.advance(timedelta(hours=1))
    await world.sync(cause="swept")

    assert await read(world) == {"work"}
