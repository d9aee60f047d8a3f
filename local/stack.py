"""The whole local world: Azurite, the stand-in for Microsoft and the app in its host, on free ports."""

import json
import ssl
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import httpx

from local.app_registration import AppRegistrations, app_settings, make_app_registrations
from local.clock import LocalClock
from local.core_tools import CoreTools, free_port
from local.deployed_storage import create_deployed_storage
from local.host_process import HostOptions, HostProcess
from local.processes import Process, StackError, child_environment
from local.quiet import ANSWER_SECONDS, wait_until_quiet
from local.storage import Storage
from local.trust import TRUSTS_NOBODY, HostCertificate, issue_host_certificate

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, repr=False)
class Addresses:
    """What a caller of a running stack needs; ``.local/serve.json`` holds the same."""

    app_url: str  # https
    app_http_url: str
    function_key: str
    admin_key: str
    microsoft365_url: str
    control_url: str  # of the stand-in
    meter_url: str  # of the storage proxy
    ca_file: str  # trusted authorities of both HTTPS servers
    client_id: str  # of the registration for organisations
    personal_client_id: str  # of the one that people sign in to who connect a calendar themselves


class Stack:
    """Starts on entering, stops on leaving; ``StackError`` says which part did not start, with the end of its log.

    ``directory`` holds its state and logs. Storage is in memory and the clock starts at real time. Unless
    ``meters_tables``, the app's tables are asked directly, which is quicker: not counted, and never told to fail.
    ``pace``: the clock's seconds in one of real time.
    """

    addresses: Addresses
    storage_connection_string: str  # through the proxy, as the app's

    def __init__(
        self,
        directory: Path = ROOT / ".local",
        *,
        app: Path = ROOT,
        host: Literal["local", "func"] = "local",
        seed: Path | None = None,
        settings: Mapping[str, str] | None = None,
        meters_tables: bool = True,
        pace: float = 1.0,
    ) -> None:
        self._directory = directory.resolve()
        self._logs = self._directory / "logs"
        self._clock_file = self._directory / "clock"
        self._app = app
        self._host = host
        self._seed = seed
        self._settings = dict(settings or {})
        self._meters_tables = meters_tables
        self._pace = pace
        self._exits = ExitStack()
        self._control: httpx.Client

    def __enter__(self) -> Self:
        with ExitStack() as exits:
            self._start(exits)
            self.clock.slow_down(self._pace)
            self._exits = exits.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._exits.close()

    @property
    def clock(self) -> LocalClock:
        return LocalClock(self._clock_file)

    @property
    def control(self) -> httpx.Client:
        """The stand-in's control interface; paths as in its CONTROL.md, without ``/control``."""
        return self._control

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.addresses.ca_file)

    def advance(self, by: timedelta) -> datetime:
        """Move the one clock of the stack; timers and delayed messages follow by themselves."""
        return self.clock.advance(by)

    def storage_operations(self) -> dict[str, dict[str, int]]:
        """Operations since the start or the last ``DELETE /_meter``: the app's on tables and queues, and the host's."""
        answer = httpx.get(f"{self.addresses.meter_url}/_meter", verify=TRUSTS_NOBODY, timeout=ANSWER_SECONDS)
        counts: dict[str, dict[str, int]] = answer.json()
        return counts

    def fail_storage(self, service: Literal["table", "queue"], *, status: int = 503, times: int | None = None) -> None:
        """The app's next ``times`` requests of a service fail; without ``times`` until ``restore_storage``."""
        if service == "table" and not self._meters_tables:
            raise StackError("the app asks the tables of this stack directly: they cannot be told to fail")
        fault = {"service": service, "status": status, "times": times}
        url = f"{self.addresses.meter_url}/_faults"
        httpx.post(url, json=fault, verify=TRUSTS_NOBODY, timeout=ANSWER_SECONDS).raise_for_status()

    def restore_storage(self) -> None:
        url = f"{self.addresses.meter_url}/_faults"
        httpx.delete(url, verify=TRUSTS_NOBODY, timeout=ANSWER_SECONDS).raise_for_status()

    def wait_until_quiet(self, *, seconds: float = 120.0) -> None:
        """Until what is left to do waits for the clock; ``StackError`` if that takes longer than real ``seconds``."""
        wait_until_quiet(
            host_url=self.addresses.app_http_url,
            admin_key=self.addresses.admin_key,
            meter_url=self.addresses.meter_url,
            clock=self.clock,
            notifications=self._notifications_waiting,
            seconds=seconds,
        )

    def _notifications_waiting(self) -> dict[str, Any]:
        waiting: dict[str, Any] = self._control.get("/notifications/waiting").raise_for_status().json()
        return waiting

    def _start(self, exits: ExitStack) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        self._clock_file.unlink(missing_ok=True)
        microsoft365 = self._start_microsoft365(exits)
        storage = exits.enter_context(
            Storage(self._directory, clock_file=self._clock_file, logs=self._logs, meters_tables=self._meters_tables)
        )
        create_deployed_storage(self._app, storage.azurite_connection_string)
        self.storage_connection_string = storage.connection_string
        urls = self._wait_for_microsoft365(microsoft365)
        certificate = issue_host_certificate(self._directory)
        ca_file = self._write_trusted_authorities(certificate)
        port = free_port()
        registrations = make_app_registrations()
        self._register(exits, registrations, urls["control_url"], ca_file, f"https://localhost:{port}")
        settings = app_settings(
            registrations,
            app_url=f"https://localhost:{port}",
            microsoft365_url=urls["url"],
            connection_string=storage.connection_string,
            ca_file=str(ca_file),
        )
        host = self._start_host(exits, {**settings, **self._settings}, storage.meter_url, certificate, port)
        self.addresses = Addresses(
            app_url=host.https_url,
            app_http_url=host.http_url,
            function_key=host.function_key,
            admin_key=host.admin_key,
            microsoft365_url=urls["url"],
            control_url=urls["control_url"],
            meter_url=storage.meter_url,
            ca_file=str(ca_file),
            client_id=registrations.organizations.client_id,
            personal_client_id=registrations.personal.client_id,
        )

    def _start_microsoft365(self, exits: ExitStack) -> Process:
        (self._directory / "microsoft365.json").unlink(missing_ok=True)
        seed = [] if self._seed is None else ["--seed", str(self._seed)]
        places = ["--directory", str(self._directory), "--clock-file", str(self._clock_file)]
        trust = ["--trust", str(self._trusted_authorities)]  # written later, read when the first notification leaves
        process = Process(
            "the stand-in for Microsoft 365",
            [sys.executable, "-m", "local.microsoft365", *places, *trust, *seed],
            log=self._logs / "microsoft365.log",
            environment=child_environment(),
        )
        exits.callback(process.stop)
        return process

    def _wait_for_microsoft365(self, process: Process) -> dict[str, str]:
        ready = self._directory / "microsoft365.json"
        return process.wait_until(lambda: json.loads(ready.read_text()) if ready.exists() else None, seconds=30)

    def _write_trusted_authorities(self, certificate: HostCertificate) -> Path:
        ca_file = self._trusted_authorities
        ca_file.write_bytes((self._directory / "ca.pem").read_bytes() + certificate.authority_pem)
        return ca_file

    @property
    def _trusted_authorities(self) -> Path:
        return self._directory / "trusted.pem"

    def _register(
        self, exits: ExitStack, registrations: AppRegistrations, control_url: str, ca_file: Path, app_url: str
    ) -> None:
        context = ssl.create_default_context(cafile=str(ca_file))
        self._control = exits.enter_context(httpx.Client(base_url=control_url, verify=context, timeout=60))
        for client_id, entry in registrations.entries(app_url):
            answer = self._control.put(f"/apps/{client_id}", json=entry)
            if answer.is_error:
                raise StackError(f"the stand-in refused an app registration: {answer.status_code} {answer.text}")

    def _start_host(
        self, exits: ExitStack, settings: dict[str, str], meter_url: str, certificate: HostCertificate, port: int
    ) -> HostProcess | CoreTools:
        log = self._logs / "host.log"
        if self._host == "func":
            tools = CoreTools(self._app, settings, port=port, certificate=certificate.pfx_file, log=log)
            return exits.enter_context(tools)
        options = HostOptions(
            app=self._app,
            directory=self._directory,
            clock_file=self._clock_file,
            certificate=certificate.pem_file,
            https_port=port,
            meter_url=meter_url,
        )
        return exits.enter_context(HostProcess(options, settings, log=log))
