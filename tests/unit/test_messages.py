"""Which order goes into which queue: what somebody waits for never stands behind bulk work."""

from typing import get_args

import pytest

from shared_code.core.ids import ConnectionId
from shared_code.core.product_event import EventId
from shared_code.core.sync_rules import Cause
from shared_code.messages import DeliverEvent, ReadMailboxes, RelayEvents, ReleaseMailbox, decode, sync_order
from shared_code.order_queues import CALENDAR_BACKFILL, CALENDAR_SYNC, PRODUCT_DELIVERY, USER_MATCH, queue_of
from tests.fakes.clock import START
from tests.unit.flows.calendar_world import ACME, ANNA, mailbox_of

AWAITED = {"notified", "interactive", "first_read", "echo"}


@pytest.mark.parametrize("cause", get_args(Cause))
def test_a_read_that_somebody_waits_for_has_a_queue_without_bulk_work(cause: Cause) -> None:
    order = sync_order(mailbox_of(ANNA), START, cause)

    assert queue_of(order) == (CALENDAR_SYNC if cause in AWAITED else CALENDAR_BACKFILL)


def test_an_order_of_an_earlier_release_is_what_it_was() -> None:
    body = b'{"type":"ReadMailboxes","version":1,"organization":"acme","connection":"c","after":"anna"}'

    order = decode(body)

    assert order == ReadMailboxes(organization=ACME, connection=ConnectionId("c"), after=ANNA, occasion="recovered")


def test_what_is_passed_on_never_waits_behind_what_is_delivered() -> None:
    relay = RelayEvents(table="users", partition=ACME)
    delivery = DeliverEvent(organization=ACME, event=EventId("evt_1"))

    assert (queue_of(relay), queue_of(delivery)) == (USER_MATCH, PRODUCT_DELIVERY)


@pytest.mark.parametrize("asked_for", [True, False])
def test_whoever_asks_to_be_disconnected_does_not_wait_for_bulk_work(asked_for: bool) -> None:
    mailbox = mailbox_of(ANNA)
    order = ReleaseMailbox(
        organization=ACME, user=ANNA, tenant=mailbox.tenant, user_id=mailbox.user_id, asked_for=asked_for
    )

    assert queue_of(order) == (CALENDAR_SYNC if asked_for else CALENDAR_BACKFILL)
