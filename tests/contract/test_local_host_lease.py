"""A queue trigger keeps its message hidden while the function runs (in memory, with a lease of milliseconds)."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from local.host import protos
from local.host.functions import Function, QueueTrigger
from local.host.queues import QueueListener
from local.host.settings import QueueSettings
from local.host.worker import Outcome
from local.queue_storage import NotFound, RawMessage

LEASE = timedelta(milliseconds=20)
TRIGGER = QueueTrigger("work", "AzureWebJobsStorage")
FUNCTION = Function("work", "1", "message", TRIGGER)


# ruff: noqa: ARG002 - the queue in memory takes the port's arguments and needs few of them


class OneMessage:
    """A queue that holds one message; each time it is hidden, only the new pop receipt works."""

    def __init__(self, text: str = "aGVsbG8=") -> None:
        self.text = text
        self.poison: list[tuple[str, str]] = []
        self.pop_receipt = 0
        self.waiting = True
        self.renewed_twice = asyncio.Event()
        self.deleted = asyncio.Event()

    async def receive(self, queue: str, count: int, hide: timedelta) -> list[RawMessage]:
        if not self.waiting:
            return []
        self.waiting = False
        now = datetime.now(UTC)
        return [RawMessage("id", "0", 1, now, now, now, self.text)]

    async def hide(self, queue: str, message_id: str, pop_receipt: str, by: timedelta) -> str:
        self._check(pop_receipt)
        self.pop_receipt += 1
        if self.pop_receipt >= 2:
            self.renewed_twice.set()
        return str(self.pop_receipt)

    async def delete(self, queue: str, message_id: str, pop_receipt: str) -> None:
        self._check(pop_receipt)
        self.deleted.set()

    async def put(self, queue: str, text: str) -> None:
        self.poison.append((queue, text))

    async def create(self, queue: str) -> None:
        raise AssertionError("the queue is there")

    def _check(self, pop_receipt: str) -> None:
        if pop_receipt != str(self.pop_receipt):
            raise NotFound("somebody else has the message")


async def test_a_lease_is_renewed_while_the_function_runs_and_the_last_receipt_deletes() -> None:
    queue = OneMessage()

    async def invoke(_: Function, data: protos.TypedData, __: dict[str, protos.TypedData]) -> Outcome:
        assert data.string == "hello"
        await queue.renewed_twice.wait()
        return Outcome(succeeded=True)

    listener = QueueListener(FUNCTION, TRIGGER, queues=queue, settings=QueueSettings(), invoke=invoke, lease=LEASE)
    polling = asyncio.create_task(listener.run())
    await asyncio.wait_for(queue.deleted.wait(), 10)

    listener.stop()
    await polling
    await listener.finish()
    assert queue.pop_receipt >= 2


async def test_a_stopped_listener_lets_the_message_in_hand_finish() -> None:
    queue, begun, go_on = OneMessage(), asyncio.Event(), asyncio.Event()

    async def invoke(*_: object) -> Outcome:
        begun.set()
        await go_on.wait()
        return Outcome(succeeded=True)

    listener = QueueListener(FUNCTION, TRIGGER, queues=queue, settings=QueueSettings(), invoke=invoke)
    polling = asyncio.create_task(listener.run())
    await begun.wait()
    listener.stop()
    await polling
    deleted_too_early = queue.deleted.is_set()
    go_on.set()
    await listener.finish()

    assert not deleted_too_early
    assert queue.deleted.is_set()


@pytest.mark.parametrize("text", ["no base64", "aGVsbG8", "aGVsbG8=\n!"])
async def test_what_cannot_be_decoded_is_never_handed_to_the_function(text: str) -> None:
    queue = OneMessage(text)

    async def invoke(*_: object) -> Outcome:
        raise AssertionError("handed to the function")

    listener = QueueListener(FUNCTION, TRIGGER, queues=queue, settings=QueueSettings(), invoke=invoke)
    polling = asyncio.create_task(listener.run())
    await asyncio.wait_for(queue.deleted.wait(), 10)
    listener.stop()
    await polling

    assert queue.poison == [("work-poison", text)]
