"""Azurite, Microsoft's storage emulator, on free ports of the loopback address."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from local.processes import Process, StackError

ACCOUNT = "devstoreaccount1"
# The emulator's account key is the same everywhere and published:
# https://learn.microsoft.com/azure/storage/common/storage-connect-azurite
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

_SCRIPT = Path(__file__).parent / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
_LISTENING = re.compile(r"Azurite (Blob|Queue|Table) service is successfully listening at http://127\.0\.0\.1:(\d+)")
_KEEP_ALIVE_SECONDS = "600"  # with the default of 5 a pooled connection may be closed under a request in flight


@dataclass(frozen=True)
class StorageEndpoints:
    """Where the three services listen, each without the account's path."""

    blob: str
    queue: str
    table: str

    def connection_string(self) -> str:
        return (
            f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={ACCOUNT_KEY};"
            f"BlobEndpoint={self.blob}/{ACCOUNT};QueueEndpoint={self.queue}/{ACCOUNT};"
            f"TableEndpoint={self.table}/{ACCOUNT};"
        )


class Azurite:
    """Starts on entering, stops on leaving; ``directory`` holds its log and, unless ``in_memory``, its data."""

    endpoints: StorageEndpoints

    def __init__(self, directory: Path, *, log: Path | None = None, in_memory: bool = True) -> None:
        self._directory = directory
        self._log = log or directory / "azurite.log"
        self._in_memory = in_memory
        self._process: Process | None = None

    @property
    def connection_string(self) -> str:
        return self.endpoints.connection_string()

    def start(self) -> Self:
        self._directory.mkdir(parents=True, exist_ok=True)
        self._process = Process("Azurite", self._command(), log=self._log, cwd=self._directory)
        try:
            self.endpoints = self._process.wait_until(self._find_endpoints, seconds=30)
        except StackError:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _command(self) -> list[str]:
        place = ["--inMemoryPersistence"] if self._in_memory else ["--location", str(self._directory)]
        services = [
            option
            for service in ("blob", "queue", "table")
            for option in (f"--{service}Port", "0", f"--{service}KeepAliveTimeout", _KEEP_ALIVE_SECONDS)
        ]
        flags = ["--silent", "--disableTelemetry", "--skipApiVersionCheck"]
        return [_find_node(), str(_find_script()), *flags, *place, *services]

    def _find_endpoints(self) -> StorageEndpoints | None:
        ports = {service.lower(): port for service, port in _LISTENING.findall(self._log.read_text(errors="replace"))}
        if len(ports) < 3:  # noqa: PLR2004 - blob, queue, table
            return None
        return StorageEndpoints(**{service: f"http://127.0.0.1:{port}" for service, port in ports.items()})


def _find_node() -> str:
    node = shutil.which("node")
    if node is None:
        raise StackError("Node.js is missing. Install Node 20 or newer, for instance: sudo apt-get install nodejs npm")
    return node


def _find_script() -> Path:
    if not _SCRIPT.exists():
        npm = "" if shutil.which("npm") else " (npm is missing as well: sudo apt-get install npm)"
        raise StackError(f"Azurite is missing. Install it with: npm ci --prefix local{npm}")
    return _SCRIPT
