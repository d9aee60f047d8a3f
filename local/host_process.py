"""The local Functions host as a child process."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local.processes import Process, child_environment


@dataclass(frozen=True)
class HostOptions:
    app: Path
    directory: Path  # the host's state: keys.json, host.json
    clock_file: Path
    certificate: Path | None = None  # PEM with key and chain for localhost
    http_port: int = 0
    https_port: int = 0
    meter_url: str | None = None

    def arguments(self) -> list[str]:
        named = {
            "--app": self.app,
            "--directory": self.directory,
            "--clock-file": self.clock_file,
            "--certificate": self.certificate,
            "--http-port": self.http_port,
            "--https-port": self.https_port,
            "--meter-url": self.meter_url,
        }
        return [text for name, value in named.items() if value is not None for text in (name, str(value))]


class HostProcess:
    """Starts on entering, stops on leaving; afterwards ``exit_code`` says how it ended."""

    https_url: str
    http_url: str
    function_key: str
    admin_key: str
    exit_code: int

    def __init__(self, options: HostOptions, settings: Mapping[str, str], *, log: Path) -> None:
        self._options = options
        self._settings = settings
        self.log = log
        self._process: Process | None = None

    def __enter__(self) -> Self:
        ready = self._options.directory / "host.json"
        ready.unlink(missing_ok=True)
        self._process = Process(
            "the Functions host",
            [sys.executable, "-m", "local.host", *self._options.arguments()],
            log=self.log,
            environment=child_environment(**self._settings),
        )
        try:
            found: dict[str, Any] = self._process.wait_until(
                lambda: json.loads(ready.read_text()) if ready.exists() else None, seconds=60
            )
        except BaseException:
            self.stop()
            raise
        self.https_url, self.http_url = found["https_url"], found["http_url"]
        self.function_key, self.admin_key = found["function_key"], found["admin_key"]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        if self._process is not None:
            self.exit_code = self._process.stop()
            self._process = None
