"""The PoisonQueues port, in memory and on Azurite."""

import base64
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from azure.storage.queue import QueueServiceClient

from shared_code.adapters.poison_queues import StoragePoisonQueues
from shared_code.dead_letter_ports import PoisonQueues
from shared_code.order_queues import CALENDAR_SYNC, QUEUES, USER_MATCH
from tests.contract.storage import account_at
from tests.fakes.clock import FixedClock
from tests.fakes.memory_poison_queues import MemoryPoisonQueues


@dataclass
class Place:
    poison: PoisonQueues
    give_up: Callable[[str, bytes], None]  # as the host does after the last try
    left: Callable[[str], int]  # how many there are, in somebody's hands or not
    now: datetime


@pytest.fixture
async def place(storage_kind: str | None) -> AsyncIterator[Place]:
    if storage_kind is None:
        clock = FixedClock()
        memory = MemoryPoisonQueues(clock)
        yield Place(memory, memory.give_up, memory.left, clock.now())
        return
    account = account_at(storage_kind)
    with QueueServiceClient.from_connection_string(storage_kind) as service:
        for queue in QUEUES:
            service.create_queue(f"{queue}-poison")
        yield Place(
            StoragePoisonQueues(account),
            lambda queue, body: _put(service, queue, base64.b64encode(body).decode()),
            lambda queue: _count(service, queue),
            datetime.now(UTC),
        )
        for queue in QUEUES:
            service.delete_queue(f"{queue}-poison")
    await account.close()


def _put(service: QueueServiceClient, queue: str, text: str) -> None:
    service.get_queue_client(f"{queue}-poison").send_message(text)


def _count(service: QueueServiceClient, queue: str) -> int:
    return service.get_queue_client(f"{queue}-poison").get_queue_properties().approximate_message_count or 0


@pytest.mark.parametrize("body", [b'{"type": "CheckGrant"}', b"\xff\xfe\x00", "Zoë".encode(), b""])
async def test_a_message_is_taken_with_the_bytes_it_was_sent_with(place: Place, body: bytes) -> None:
    place.give_up(USER_MATCH, body)

    (taken,) = await place.poison.take(USER_MATCH, 32)

    assert (taken.queue, taken.body) == (USER_MATCH, body)
    assert abs(taken.inserted_at - place.now) < timedelta(minutes=5)
    assert taken.inserted_at.microsecond == 0


async def test_what_is_taken_is_hidden_from_others_and_stays_until_it_is_dropped(place: Place) -> None:
    place.give_up(USER_MATCH, b"one")

    (taken,) = await place.poison.take(USER_MATCH, 32)
    others = await place.poison.take(USER_MATCH, 32)
    before = place.left(USER_MATCH)
    await place.poison.drop(taken)
    await place.poison.drop(taken)

    assert others == ()
    assert (before, place.left(USER_MATCH)) == (1, 0)


async def test_each_queue_has_its_own_messages(place: Place) -> None:
    place.give_up(CALENDAR_SYNC, b"one")

    elsewhere = await place.poison.take(USER_MATCH, 32)
    here = await place.poison.take(CALENDAR_SYNC, 32)

    assert (elsewhere, [message.body for message in here]) == ((), [b"one"])


@pytest.mark.parametrize(("limit", "taken"), [(2, [2, 2, 2, 2]), (100, [32, 8])])
async def test_no_more_are_taken_at_once_than_asked_or_than_storage_gives(
    place: Place, limit: int, taken: list[int]
) -> None:
    for number in range(sum(taken)):
        place.give_up(USER_MATCH, str(number).encode())

    groups = [await place.poison.take(USER_MATCH, limit) for _ in taken]

    assert [len(group) for group in groups] == taken
    assert len({message.message_id for group in groups for message in group}) == sum(taken)


async def test_a_message_that_somebody_else_has_taken_is_left_to_them(place: Place) -> None:
    place.give_up(USER_MATCH, b"one")
    (taken,) = await place.poison.take(USER_MATCH, 32)
    late = replace(taken, receipt=_another_receipt(taken.receipt))

    await place.poison.drop(late)

    assert place.left(USER_MATCH) == 1


def _another_receipt(receipt: str) -> str:
    """Of the same form, so that storage reads it: base64 of an instant and a number."""
    return base64.b64encode(base64.b64decode(receipt + "==")[::-1]).decode() if "-" not in receipt else "receipt-0"


@pytest.mark.azurite
async def test_what_is_not_base64_is_taken_as_the_text_it_is(azurite: str) -> None:
    account = account_at(azurite)
    with QueueServiceClient.from_connection_string(azurite) as service:
        service.create_queue(f"{USER_MATCH}-poison")
        _put(service, USER_MATCH, "not base64! ë")

        (taken,) = await StoragePoisonQueues(account).take(USER_MATCH, 32)

        service.delete_queue(f"{USER_MATCH}-poison")
    await account.close()
    assert taken.body == "not base64! ë".encode()


@pytest.mark.azurite
async def test_a_poison_queue_that_is_not_there_yet_is_empty(azurite: str) -> None:
    account = account_at(azurite)

    taken = await StoragePoisonQueues(account).take(USER_MATCH, 32)

    await account.close()
    assert taken == ()
