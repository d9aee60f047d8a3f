"""Storage of the local stack: Azurite, and before it the proxy that makes it follow the local clock."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from local.azurite import Azurite
from local.processes import Process, child_environment


class Storage:
    """Starts on entering, stops on leaving. ``meter_url`` is the proxy's own interface (see local/storage_proxy.py)."""

    connection_string: str
    meter_url: str

    def __init__(
        self,
        directory: Path,
        *,
        clock_file: Path,
        logs: Path | None = None,
        in_memory: bool = True,
        meters_tables: bool = True,
    ) -> None:
        self._directory = directory
        self._clock_file = clock_file
        self._logs = logs or directory
        self._azurite = Azurite(directory, log=self._logs / "azurite.log", in_memory=in_memory)
        self._meters_tables = meters_tables
        self._proxy: Process | None = None

    def __enter__(self) -> Self:
        self._azurite.start()
        try:
            self._start_proxy()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop()

    @property
    def azurite_connection_string(self) -> str:
        """Past the proxy: neither counted nor failed."""
        return self._azurite.connection_string

    def _start_proxy(self) -> None:
        ready = self._directory / "storage.json"
        ready.unlink(missing_ok=True)
        azurite = self._azurite.endpoints
        self._proxy = Process(
            "the storage proxy",
            [
                *[sys.executable, "-m", "local.storage_proxy", "--queue", azurite.queue, "--table", azurite.table],
                *["--clock-file", str(self._clock_file), "--ready-file", str(ready)],
            ],
            log=self._logs / "storage-proxy.log",
            environment=child_environment(AzureWebJobsStorage=self._azurite.connection_string),
        )
        urls = self._proxy.wait_until(lambda: json.loads(ready.read_text()) if ready.exists() else None, seconds=30)
        table = urls["table_url"] if self._meters_tables else azurite.table
        endpoints = replace(azurite, queue=urls["queue_url"], table=table)
        self.connection_string = endpoints.connection_string()
        self.meter_url = urls["queue_url"]

    def _stop(self) -> None:
        if self._proxy is not None:
            self._proxy.stop()
        self._azurite.stop()
