"""The same rules on Azurite: 30 shorter runs in which every row and every message goes to a real storage service."""

import os
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from azure.data.tables import TableServiceClient
from azure.storage.queue import BinaryBase64DecodePolicy, QueueServiceClient

from shared_code.adapters.queues import StorageQueues
from shared_code.adapters.tables.azure_rows import AzureRows
from shared_code.adapters.tables.names import TABLES
from shared_code.messages import AnyMessage, decode, encode
from shared_code.order_queues import QUEUES
from tests.azurite import azurite
from tests.contract.storage import RenamedTables, account_at
from tests.simulation.machine import Calm
from tests.simulation.patient_loop import AwaitedQueues, AwaitedRows, PatientLoop
from tests.simulation.running import run_machine
from tests.simulation.stage import Stage

__all__ = ["azurite"]
RUNS, STEPS = 30, 12

pytestmark = [pytest.mark.azurite, pytest.mark.timeout(900)]


class _Stages:
    """Tables of its own for each run, and the queues of the account for all of them."""

    def __init__(self, connection: str) -> None:
        self._connection = connection
        self._numbers = count(1)
        self.sent: list[AnyMessage] = []

    def open(self) -> Stage:
        prefix = f"run{next(self._numbers)}x"
        with TableServiceClient.from_connection_string(self._connection) as service:
            for table in TABLES:
                service.create_table(prefix + table)
        loop, account = PatientLoop(), account_at(self._connection)
        rows = AwaitedRows(RenamedTables(AzureRows(account), prefix), loop)
        queues = AwaitedQueues(StorageQueues(account), loop)

        async def put(message: AnyMessage) -> None:
            await queues.put(message)
            self.sent.append(message)

        async def close() -> None:
            with loop.waiting():
                await account.close()

        return Stage(loop, rows, put, close)


def test_the_same_rules_hold_on_azurite(azurite: str) -> None:
    stages = _Stages(azurite)
    _on_queues(azurite, lambda service: [service.create_queue(queue) for queue in QUEUES])

    class OnAzurite(Calm):
        stage = staticmethod(stages.open)

    run_machine(OnAzurite, number=1, runs=int(os.environ.get("SIMULATION_RUNS", RUNS)), steps=STEPS)

    kept = _on_queues(azurite, lambda service: [message for queue in QUEUES for message in _messages(service, queue)])
    assert {encode(message) for message in stages.sent} <= {encode(message) for message in kept}


def _on_queues[T](connection: str, ask: Callable[[QueueServiceClient], T]) -> T:
    options: dict[str, Any] = {"message_decode_policy": BinaryBase64DecodePolicy()}
    with QueueServiceClient.from_connection_string(connection, **options) as service:
        return ask(service)


def _messages(service: QueueServiceClient, queue: str) -> list[AnyMessage]:
    client = service.get_queue_client(queue, message_decode_policy=BinaryBase64DecodePolicy())
    return [decode(message.content) for message in client.receive_messages(messages_per_page=32)]
