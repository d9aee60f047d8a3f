"""The Queues port, in memory and on Azurite."""

import base64
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from azure.storage.queue import QueueServiceClient

from shared_code.adapters.queues import StorageQueues
from shared_code.core.ids import ConnectionId, ProductUserId
from shared_code.errors import Unexpected
from shared_code.messages import AnyMessage, CheckGrant, ConnectMailbox, LookUpUsers, SyncMailbox, decode
from shared_code.order_queues import CALENDAR_BACKFILL, CALENDAR_SYNC, QUEUES, USER_MATCH
from shared_code.ports import Queues
from tests.contract.samples import ACME, NOW, OBJECT_ID, TENANT
from tests.contract.storage import account_at
from tests.fakes.clock import FixedClock
from tests.fakes.memory_queues import MemoryQueues

GRANT = CheckGrant(organization=ACME, connection=ConnectionId("c-1"))


@dataclass
class Place:
    queues: Queues
    take_all: Callable[[str], list[AnyMessage]]  # what shows in a queue now


@pytest.fixture
async def place(storage_kind: str | None) -> AsyncIterator[Place]:
    if storage_kind is None:
        memory = MemoryQueues(FixedClock())
        yield Place(memory, lambda queue: list(iter(lambda: memory.take(queue), None)))
        return
    account = account_at(storage_kind)
    with QueueServiceClient.from_connection_string(storage_kind) as service:
        for queue in QUEUES:
            service.create_queue(queue)
        yield Place(StorageQueues(account), lambda queue: _receive(service, queue))
        for queue in QUEUES:
            service.delete_queue(queue)
    await account.close()


def _receive(service: QueueServiceClient, queue: str) -> list[AnyMessage]:
    received = service.get_queue_client(queue).receive_messages(messages_per_page=32)
    return [decode(base64.b64decode(message.content, validate=True)) for message in received]


def _lookup(characters: int) -> LookUpUsers:
    return LookUpUsers(organization=ACME, users=(ProductUserId("x" * characters),))


async def test_a_message_arrives_as_it_was_sent_on_the_queue_it_belongs_to(place: Place) -> None:
    connect = ConnectMailbox(organization=ACME, user=ProductUserId("Zoë"), tenant=TENANT, user_id=OBJECT_ID)
    notified = SyncMailbox(
        registration="organizations", tenant=TENANT, user_id=OBJECT_ID, queued_at=NOW, cause="notified"
    )

    for message in (GRANT, connect, notified):
        await place.queues.send(message)

    assert place.take_all(USER_MATCH) == [GRANT]
    assert place.take_all(CALENDAR_BACKFILL) == [connect]
    assert place.take_all(CALENDAR_SYNC) == [notified]


async def test_a_delayed_message_does_not_show_yet(place: Place) -> None:
    await place.queues.send(GRANT, timedelta(minutes=10))
    await place.queues.send(GRANT, timedelta(days=7))
    await place.queues.send(GRANT, timedelta(days=30))

    assert place.take_all(USER_MATCH) == []


async def test_a_delay_that_is_over_already_is_none(place: Place) -> None:
    await place.queues.send(GRANT, timedelta(seconds=-5))

    assert place.take_all(USER_MATCH) == [GRANT]


async def test_many_messages_all_arrive(place: Place) -> None:
    messages = [CheckGrant(organization=ACME, connection=ConnectionId(f"c-{number}")) for number in range(100)]

    await place.queues.send_many(messages)
    await place.queues.send_many([])

    arrived = [message.connection for message in place.take_all(USER_MATCH) if isinstance(message, CheckGrant)]
    assert sorted(arrived) == sorted(message.connection for message in messages)


async def test_a_message_of_48_kib_is_sent_and_a_longer_one_refused(place: Place) -> None:
    around = len('{"type":"LookUpUsers","version":1,"organization":"","users":[""]}') + len(ACME)
    longest = _lookup(49_152 - around)

    await place.queues.send(longest)
    with pytest.raises(Unexpected):
        await place.queues.send(_lookup(49_152 - around + 1))

    assert place.take_all(USER_MATCH) == [longest]


@pytest.mark.azurite
async def test_messages_never_expire_and_the_shortest_delay_is_a_second(azurite: str) -> None:
    account = account_at(azurite)
    with QueueServiceClient.from_connection_string(azurite) as service:
        queue = service.create_queue(USER_MATCH)

        await StorageQueues(account).send(GRANT, timedelta(milliseconds=1))
        await StorageQueues(account).send(GRANT)
        (message,) = queue.receive_messages()  # not the one that was delayed

        service.delete_queue(USER_MATCH)
    await account.close()
    assert message.expires_on is not None
    assert message.expires_on > datetime(2100, 1, 1, tzinfo=UTC)


@pytest.mark.azurite
async def test_a_queue_that_does_not_exist_is_a_mistake(azurite: str) -> None:
    account = account_at(azurite)

    with pytest.raises(Unexpected, match="QueueNotFound"):
        await StorageQueues(account).send(GRANT)
    with pytest.raises(Unexpected, match="QueueNotFound"):
        await StorageQueues(account).check()

    await account.close()


async def test_if_one_of_many_cannot_be_sent_the_others_are(place: Place) -> None:
    with pytest.raises(Unexpected):
        await place.queues.send_many([GRANT, _lookup(60_000), GRANT])

    assert place.take_all(USER_MATCH) == [GRANT, GRANT]
