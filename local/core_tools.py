"""Microsoft's own host, ``func start``, where Core Tools are installed: ``make serve HOST=func``."""

import shutil
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import URLError
from urllib.request import urlopen

from local.processes import Process, StackError, child_environment
from local.trust import PFX_PASSWORD


class CoreTools:
    """``func start --useHttps`` on one port. It enforces no keys, and its timers and the app follow the real clock."""

    http_url: str
    https_url: str
    function_key = ""
    admin_key = ""

    def __init__(self, app: Path, settings: Mapping[str, str], *, port: int, certificate: Path, log: Path) -> None:
        self._app = app
        self._settings = settings
        self._certificate = certificate
        self._port = port
        self._log = log
        self._process: Process | None = None
        self.https_url = self.http_url = f"https://localhost:{port}"

    def __enter__(self) -> Self:
        certificate = ["--useHttps", "--cert", str(self._certificate), "--password", PFX_PASSWORD]
        command = [_find_func(), "start", *certificate, "--port", str(self._port)]
        self._process = Process(
            "func start",
            command,
            log=self._log,
            cwd=self._app,
            environment=child_environment(FUNCTIONS_WORKER_RUNTIME="python", **self._settings),
        )
        try:
            self._process.wait_until(self._find_answer, seconds=180)  # it may download its extension bundle first
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._process is not None:
            self._process.stop()

    def _find_answer(self) -> bool | None:
        try:
            trusting = ssl.create_default_context(cafile=self._settings["SSL_CERT_FILE"])
            with urlopen(f"{self.https_url}/admin/host/status", timeout=2, context=trusting) as answer:  # noqa: S310
                return True if b"Running" in answer.read() else None
        except (URLError, TimeoutError):
            return None


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _find_func() -> str:
    func = shutil.which("func")
    if func is None:
        raise StackError(
            "Azure Functions Core Tools are missing. Install them with: npm install -g azure-functions-core-tools@4\n"
            "or leave HOST=func out: the local host needs none."
        )
    return func
