"""No event is written without an order that brings it out."""

from datetime import timedelta

import pytest

from shared_code.adapters.tables.announced import LATE, AnnouncedRows
from shared_code.adapters.tables.outbox import outbox_rows
from shared_code.adapters.tables.rows import Put, Remove
from shared_code.core.product_event import EventType, new_event
from shared_code.errors import TryLater
from shared_code.messages import HINT_DELAY, AnyMessage, RelayEvents
from tests.contract.samples import ACME, NOW
from tests.fakes.clock import FixedClock
from tests.fakes.memory_queues import MemoryQueues
from tests.fakes.memory_rows import MemoryRows, Operation

ROWS = outbox_rows([new_event(EventType.USER_CONNECTED, ACME, NOW, "ann", user="ann")])
ORDER = RelayEvents(table="users", partition=ACME)


async def test_the_order_goes_out_before_the_commit() -> None:
    clock = FixedClock()
    rows, queues = MemoryRows(), MemoryQueues(clock)
    seen: list[int] = []
    queues.on_send = lambda _: seen.append(rows.count("commit"))

    await AnnouncedRows(rows, queues, clock).commit("users", ACME, [Put("user!ann", {"v": 1}), *ROWS])

    assert [(sent.message, sent.delay) for sent in queues.sent] == [(ORDER, HINT_DELAY)]
    assert seen == [0]


async def test_nothing_is_written_if_the_order_cannot_be_sent() -> None:
    def fail(_: AnyMessage) -> None:
        raise TryLater("the queue is down")

    clock = FixedClock()
    rows = MemoryRows()

    with pytest.raises(TryLater):
        await AnnouncedRows(rows, MemoryQueues(clock, fail), clock).commit("users", ACME, ROWS)

    assert rows.keys("users", ACME) == []


async def test_a_commit_without_events_needs_no_order() -> None:
    clock = FixedClock()
    queues = MemoryQueues(clock)
    rows = AnnouncedRows(MemoryRows(), queues, clock)
    await rows.commit("users", ACME, [Put("user!ann", {"v": 1}), *ROWS])
    queues.sent.clear()

    await rows.commit("users", ACME, [Put("user!ann", {"v": 1}), Remove(ROWS[0].key)])

    assert queues.sent == []


async def test_a_commit_that_came_after_its_order_sends_another() -> None:
    clock = FixedClock()
    queues = MemoryQueues(clock)

    def dawdle(_: Operation) -> None:
        clock.advance(timedelta(seconds=6))

    await AnnouncedRows(MemoryRows(dawdle), queues, clock).commit("users", ACME, ROWS)

    assert [sent.delay for sent in queues.sent] == [HINT_DELAY, timedelta(0)]


async def test_a_commit_that_may_still_be_written_after_its_order_sends_another() -> None:
    clock = FixedClock()
    queues = MemoryQueues(clock)

    def lose_the_answer(_: Operation) -> None:
        clock.advance(timedelta(seconds=30))
        raise TryLater("no answer")

    with pytest.raises(TryLater):
        await AnnouncedRows(MemoryRows(lose_the_answer), queues, clock).commit("users", ACME, ROWS)

    assert [(sent.message, sent.delay) for sent in queues.sent] == [(ORDER, HINT_DELAY), (ORDER, LATE)]
