"""The proxy before Azurite, seen through Microsoft's storage clients."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from azure.core.exceptions import HttpResponseError
from azure.data.tables import TableClient, UpdateMode
from azure.storage.queue import QueueClient

from tests.contract.local_host import SampleStorage


@pytest.fixture
def queue(sample_storage: SampleStorage) -> Iterator[QueueClient]:
    with sample_storage.queue(f"proxy-{uuid4().hex}") as queue:
        queue.create_queue()
        yield queue


@pytest.fixture
def table(sample_storage: SampleStorage) -> Iterator[TableClient]:
    name = f"proxy{uuid4().hex}"
    with TableClient.from_connection_string(sample_storage.connection_string, name, retry_total=0) as table:
        table.create_table()
        yield table


def test_operations_are_counted_by_service_and_kind(
    sample_storage: SampleStorage, table: TableClient, queue: QueueClient
) -> None:
    httpx.delete(f"{sample_storage.meter_url}/_meter")

    table.upsert_entity({"PartitionKey": "a b", "RowKey": "ü'1"})
    table.get_entity("a b", "ü'1")
    list(table.query_entities("PartitionKey eq 'a b'"))
    table.delete_entity("a b", "ü'1")
    queue.send_message("one")
    list(queue.receive_messages())

    counted = httpx.get(f"{sample_storage.meter_url}/_meter").json()
    assert counted["table"] == {"update": 1, "get": 1, "query": 1, "delete": 1}
    assert counted["queue"] == {"put": 1, "receive": 2}


def test_a_transaction_of_a_hundred_entities_passes_whole_and_counts_once(
    sample_storage: SampleStorage, table: TableClient
) -> None:
    httpx.delete(f"{sample_storage.meter_url}/_meter")
    entities = [{"PartitionKey": "a", "RowKey": f"{number:03}", "Bytes": b"\x00\xff" * 10_000} for number in range(100)]

    table.submit_transaction([("upsert", entity, {"mode": UpdateMode.REPLACE}) for entity in entities])

    assert [entity["RowKey"] for entity in table.list_entities()] == [entity["RowKey"] for entity in entities]
    assert httpx.get(f"{sample_storage.meter_url}/_meter").json()["table"]["transaction"] == 1


def test_tables_fail_as_often_as_told_and_then_recover(sample_storage: SampleStorage, table: TableClient) -> None:
    fault = {"service": "table", "status": 503, "times": 2, "kind": "query"}
    httpx.post(f"{sample_storage.meter_url}/_faults", json=fault).raise_for_status()

    for _ in range(2):
        with pytest.raises(HttpResponseError) as failure:
            list(table.list_entities())
        assert failure.value.status_code == 503

    assert list(table.list_entities()) == []


def test_queues_fail_until_restored(sample_storage: SampleStorage, queue: QueueClient) -> None:
    fault = {"service": "queue", "status": 500}
    httpx.post(f"{sample_storage.meter_url}/_faults", json=fault).raise_for_status()

    with pytest.raises(HttpResponseError) as failure:
        queue.send_message("refused")
    httpx.delete(f"{sample_storage.meter_url}/_faults").raise_for_status()
    queue.send_message("taken")

    assert failure.value.status_code == 500
    assert [message.content for message in queue.receive_messages()] == ["taken"]


def test_a_fault_that_makes_no_sense_is_refused(sample_storage: SampleStorage) -> None:
    answer = httpx.post(f"{sample_storage.meter_url}/_faults", json={"service": "blob"})

    assert answer.status_code == 422


def test_a_delayed_message_shows_unchanged_when_the_clock_reaches_it(
    sample_storage: SampleStorage, queue: QueueClient
) -> None:
    queue.send_message("later <&>", visibility_timeout=3600)
    hidden = list(queue.receive_messages())

    with _told_visible(sample_storage, queue.queue_name):
        sample_storage.clock.advance(timedelta(seconds=3601))

    [message] = queue.receive_messages()
    assert hidden == []
    assert message.content == "later <&>"


def test_a_message_put_back_with_a_delay_follows_the_clock_as_well(
    sample_storage: SampleStorage, queue: QueueClient
) -> None:
    queue.send_message("again")
    received = queue.receive_message()
    assert received is not None
    queue.update_message(received, visibility_timeout=1800)

    with _told_visible(sample_storage, queue.queue_name):
        sample_storage.clock.advance(timedelta(seconds=1801))

    [message] = queue.receive_messages()
    assert (message.content, message.dequeue_count) == ("again", 2)


def test_a_lease_renewed_by_the_host_is_not_a_delay(sample_storage: SampleStorage, queue: QueueClient) -> None:
    queue.send_message("running")
    received = queue.receive_message(visibility_timeout=600)
    assert received is not None
    queue.update_message(received, visibility_timeout=600)

    waiting = httpx.get(f"{sample_storage.meter_url}/_delayed").json()

    assert queue.queue_name not in {message["queue"] for message in waiting}


@contextmanager
def _told_visible(storage: SampleStorage, queue: str) -> Iterator[None]:
    """Go on once the proxy has told that ``queue`` has something to see."""
    with httpx.stream("GET", f"{storage.meter_url}/_visible", timeout=10) as stream:
        lines = stream.iter_lines()
        next(lines)
        yield
        assert any(line == queue for line in lines)
