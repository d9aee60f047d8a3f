"""The local host with the sample app, on storage of its own, for the tests in test_local_host_*.py."""

import base64
import json
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.storage.queue import QueueClient

from local.clock import LocalClock
from local.host_process import HostOptions, HostProcess
from local.quiet import wait_until_quiet
from local.storage import Storage
from local.trust import issue_host_certificate

SAMPLE_APP = Path(__file__).parent / "sample_app"
QUEUE = "sample-work"


@dataclass(frozen=True)
class SampleStorage:
    connection_string: str
    meter_url: str
    clock: LocalClock
    clock_file: Path

    def queue(self, name: str) -> QueueClient:
        return QueueClient.from_connection_string(self.connection_string, name, retry_total=0)


@dataclass(frozen=True)
class SampleHost:
    process: HostProcess
    storage: SampleStorage
    client: httpx.Client
    trust: ssl.SSLContext

    def send(self, text: str, *, delay: timedelta | None = None) -> None:
        with self.storage.queue(QUEUE) as queue:
            encoded = base64.b64encode(text.encode()).decode()
            queue.send_message(encoded, visibility_timeout=None if delay is None else int(delay.total_seconds()))

    def wait_until_quiet(self) -> None:
        """Until what is left to do waits for the clock."""
        wait_until_quiet(
            host_url=self.process.http_url,
            admin_key=self.process.admin_key,
            meter_url=self.storage.meter_url,
            clock=self.storage.clock,
        )

    def noted(self, what: str, count: int) -> list[dict[str, Any]]:
        """The sample app's notes of a kind, as soon as there are ``count`` of them."""
        answer = self.client.get(f"/noted/{what}/{count}").raise_for_status()
        return list(json.loads(answer.text))


@pytest.fixture(scope="session")
def sample_storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleStorage]:
    directory = tmp_path_factory.mktemp("storage")
    clock_file = directory / "clock"
    with Storage(directory, clock_file=clock_file) as storage:
        running = SampleStorage(storage.connection_string, storage.meter_url, LocalClock(clock_file), clock_file)
        with running.queue(QUEUE) as queue:
            queue.create_queue()
        yield running


@pytest.fixture(scope="session")
def sample_host(sample_storage: SampleStorage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleHost]:
    directory = tmp_path_factory.mktemp("host")
    certificate = issue_host_certificate(directory)
    process = new_host(sample_storage, directory, certificate=certificate.pem_file)
    with process, httpx.Client(base_url=process.http_url, timeout=15) as client:
        trust = ssl.create_default_context(cadata=certificate.authority_pem.decode())
        yield SampleHost(process, sample_storage, client, trust)


def new_host(
    storage: SampleStorage, directory: Path, *, app: Path = SAMPLE_APP, certificate: Path | None = None
) -> HostProcess:
    """Another host process on the same storage, not started yet."""
    options = HostOptions(
        app=app,
        directory=directory,
        clock_file=storage.clock_file,
        certificate=certificate,
        meter_url=storage.meter_url,
    )
    settings = {"AzureWebJobsStorage": storage.connection_string}
    return HostProcess(options, settings, log=directory / "host.log")
