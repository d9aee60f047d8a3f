"""What is written under a lease fits into a transaction, and each transaction proves the lease anew."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.adapters.tables.outbox import TableOutbox
from shared_code.core.booking import BookingState
from shared_code.core.ids import ConnectionId, LinkKey, OrganizationId, ProductUserId
from shared_code.core.mailbox import Lease, Link
from shared_code.core.outbox_place import OutboxPlace
from shared_code.core.sync_outcome import Outcome, lease_after
from shared_code.core.told import told_of_busy_times
from shared_code.errors import Conflict, TryLater
from shared_code.flows.mailbox_lease import held_lease, hold
from shared_code.mailbox_ports import BookingChange, LinkChange
from tests.contract.samples import booking
from tests.fakes.fake_calendars import default_calendar
from tests.fakes.memory_rows import Operation
from tests.unit.flows.calendar_world import ANNA, CalendarWorld, mailbox_of

MAILBOX = mailbox_of(ANNA)


def _link(number: int, size: int) -> LinkChange:
    key = LinkKey(MAILBOX, OrganizationId(f"org-{number:02}"), ProductUserId("anna"))
    link = Link(key, ConnectionId("c"), CalendarWorld().now)
    return LinkChange(None, link, {default_calendar(MAILBOX): bytes(size)})


@pytest.mark.parametrize(
    ("links", "size", "transactions"), [(1, 33, 1), (4, 600 * 1024, 1), (5, 600 * 1024, 2), (60, 33, 2), (0, 0, 1)]
)
async def test_links_are_written_in_as_few_transactions_as_hold_them(links: int, size: int, transactions: int) -> None:
    world = CalendarWorld()
    held = await world.mailboxes.create_lease(hold(Lease(MAILBOX), "holder", world.now))
    world.forget_traces()

    async with held_lease(world.mailboxes, held) as lease:
        read = Outcome("swept", world.now, is_whole=True, has_news=False)
        await lease.commit([_link(number, size) for number in range(links)], lease_after(lease.value, read))

    mailbox = await world.mailbox()
    assert len(mailbox.links) == links
    assert (mailbox.lease.value.holder, mailbox.lease.value.started_at) == (None, world.now)
    assert world.rows.count("commit") == transactions


async def test_what_is_told_of_a_link_is_written_with_it() -> None:
    world = CalendarWorld()
    held = await world.mailboxes.create_lease(hold(Lease(MAILBOX), "holder", world.now))
    links = [_link(number, 33) for number in range(60)]
    keys = [change.changed.key for change in links if change.changed is not None]
    events = [told_of_busy_times(key.organization, key.user, world.now) for key in (keys[0], keys[-1])]

    def fail_at_the_second(_: Operation) -> None:
        if world.rows.count("commit") == 1:
            raise TryLater("no answer")

    world.forget_traces()
    world.rows.on_operation = fail_at_the_second
    with pytest.raises(TryLater):
        async with held_lease(world.mailboxes, held) as lease:
            await lease.commit(links, lease.value, events)
    world.rows.on_operation = None

    written = [link.value.key for link in (await world.mailbox()).links]
    assert (keys[0] in written, keys[-1] in written) == (True, False)
    assert (await TableOutbox(world.rows).waiting(OutboxPlace.of_mailbox(MAILBOX))).items == (events[0],)


async def test_nothing_is_written_under_a_lease_that_another_has_taken_over() -> None:
    world = CalendarWorld()
    held = await world.mailboxes.create_lease(hold(Lease(MAILBOX), "holder", world.now))
    await world.mailboxes.save_lease(held, hold(held.value, "another", world.now + timedelta(minutes=6)))

    with pytest.raises(Conflict):
        async with held_lease(world.mailboxes, held) as lease:
            await lease.commit([_link(1, 33)], lease.value)

    mailbox = await world.mailbox()
    assert (mailbox.links, mailbox.lease.value.holder) == ((), "another")


async def test_a_lease_not_used_is_given_back() -> None:
    world = CalendarWorld()
    held = await world.mailboxes.create_lease(hold(Lease(MAILBOX), "holder", world.now))

    async with held_lease(world.mailboxes, held):
        pass

    assert (await world.mailbox()).lease.value == replace(held.value, holder=None, until=None)


@pytest.mark.parametrize("is_used", [True, False], ids=["committed", "given back"])
async def test_a_booking_made_meanwhile_does_not_take_the_lease_away(*, is_used: bool) -> None:
    world = CalendarWorld()
    held = await world.mailboxes.create_lease(hold(Lease(MAILBOX), "holder", world.now))

    async with held_lease(world.mailboxes, held) as lease:
        for name in ("b-1", "b-2"):
            found = await world.mailbox()
            made = [BookingChange(None, booking(name))]
            await world.mailboxes.commit(found.lease, found.lease.value, [], bookings=made)
        if is_used:
            await lease.commit([_link(1, 33)], replace(held.value, holder=None, until=None))

    mailbox = await world.mailbox()
    assert (mailbox.lease.value.holder, len(mailbox.links)) == (None, int(is_used))
    assert {stored.value.booking for stored in mailbox.bookings} == {"b-1", "b-2"}


async def test_what_was_decided_on_a_booking_is_not_written_if_that_is_another_one_now() -> None:
    world = CalendarWorld()
    held = await world.mailboxes.create_lease(hold(Lease(MAILBOX), "holder", world.now))
    held = await world.mailboxes.commit(held, held.value, [], bookings=[BookingChange(None, booking())])
    (stored,) = (await world.mailbox()).bookings
    moved = replace(stored.value, changing=None)
    await world.mailboxes.commit(held, held.value, [], bookings=[BookingChange(stored, moved)])

    async with held_lease(world.mailboxes, held) as lease:
        ended = [BookingChange(stored, replace(stored.value, state=BookingState.ENDED))]
        with pytest.raises(Conflict):
            await lease.commit([_link(1, 33)], lease.value, bookings=ended)

    mailbox = await world.mailbox()
    assert [one.value for one in mailbox.bookings] == [moved]
    assert (mailbox.links, mailbox.lease.value.holder) == ((), None)
