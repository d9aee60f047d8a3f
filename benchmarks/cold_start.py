"""What starting costs: Microsoft's worker library indexes the app, and the first question is answered.

Each app starts in a process of its own. The one beside ours is the same app importing everything at the top, as most
samples do.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import process_time
from typing import TYPE_CHECKING

from benchmarks import memory
from benchmarks.table import Row

if TYPE_CHECKING:
    from local.host.worker import Worker

ROOT = Path(__file__).parents[1]
ROUNDS = 5  # of which the median counts
CPU_BUDGET = 0.6  # seconds
MEMORY_BUDGET = 60.0  # MiB
NOTIFICATION_BUDGET = 1.5  # seconds
SIGNING_KEY = "a-signing-key-of-thirty-two-characters"
GUID = "11111111-1111-4111-8111-111111111111"

EAGER_APP = """
import importlib
import pkgutil

import azure.data.tables.aio
import azure.identity.aio
import azure.storage.queue.aio
import msal
import msgraph
import shared_code

for module in pkgutil.walk_packages(shared_code.__path__, "shared_code."):
    importlib.import_module(module.name)

exec(compile(open({function_app!r}).read(), {function_app!r}, "exec"))
"""


@dataclass(frozen=True)
class Started:
    interpreter_seconds: float  # CPU before the app is touched: Python itself and the worker library
    interpreter_mib: float
    index_seconds: float  # CPU of indexing alone
    peak_mib: float  # of the whole process, once indexed
    functions: int
    first_seconds: float | None = None  # CPU of the first call, its imports included
    second_seconds: float | None = None


async def run() -> list[Row]:
    ours = [_start(ROOT) for _ in range(ROUNDS)]
    with tempfile.TemporaryDirectory() as directory:
        app = Path(directory)
        (app / "function_app.py").write_text(EAGER_APP.format(function_app=str(ROOT / "function_app.py")))
        eager = [_start(app) for _ in range(ROUNDS)]
    assert {start.functions for start in ours} == {start.functions for start in eager}
    return [_cpu_row(ours, eager), _memory_row(ours, eager), *await _first_call_rows()]


def _cpu_row(ours: list[Started], eager: list[Started]) -> Row:
    seconds = median(start.interpreter_seconds + start.index_seconds for start in ours)
    floor = median(start.interpreter_seconds for start in ours)
    theirs = median(start.interpreter_seconds + start.index_seconds for start in eager)
    return Row(
        f"cold start: {ours[0].functions} functions indexed",
        f"{seconds:.2f} s of CPU",
        f"{CPU_BUDGET} s",
        f"{floor:.2f} s (Python and the worker library)",
        f"{theirs:.2f} s (everything imported at the top)",
        seconds <= CPU_BUDGET,
    )


def _memory_row(ours: list[Started], eager: list[Started]) -> Row:
    peak = median(start.peak_mib for start in ours)
    return Row(
        "  memory",
        f"{peak:.0f} MiB",
        f"{MEMORY_BUDGET:.0f} MiB",
        f"{median(start.interpreter_mib for start in ours):.0f} MiB (Python and the worker library)",
        f"{median(start.peak_mib for start in eager):.0f} MiB (everything imported at the top)",
        peak <= MEMORY_BUDGET,
    )


async def _first_call_rows() -> list[Row]:
    from benchmarks.storage import azure_rows, fill, storage_account  # noqa: PLC0415 - the child must not pay for it

    now = datetime.now(UTC)
    with storage_account() as account:
        async with azure_rows(account) as rows:
            await fill(rows, 1, 300, now)
        asked = [_start(ROOT, account, "availability") for _ in range(ROUNDS)]
        told = [_start(ROOT, account, "notification") for _ in range(ROUNDS)]
    return [_first_row("availability call", asked), _first_row("notification", told, NOTIFICATION_BUDGET)]


def _first_row(what: str, calls: list[Started], budget: float | None = None) -> Row:
    first = median(call.first_seconds or 0 for call in calls)
    second = median(call.second_seconds or 0 for call in calls)
    return Row(
        f"  first {what} after it",
        f"{first:.2f} s of CPU",
        f"{budget} s" if budget is not None else "",
        f"{second * 1000:.0f} ms (the second call)",
        within=budget is None or first <= budget,
    )


def _start(app: Path, account: str = "", call: str = "") -> Started:
    environment = {**os.environ, **_settings(account), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.cold_start", str(app), call]
    finished = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=ROOT)
    return Started(**json.loads(finished.stdout.splitlines()[-1]))


def _settings(account: str) -> dict[str, str]:
    return {
        "AzureWebJobsStorage": account or "UseDevelopmentStorage=true",
        "ORGCAL_BASE_URL": "https://localhost:7071",
        "ORGCAL_PRODUCT_NAME": "Meetwell",
        "ORGCAL_CLIENT_ID": "0b7c7e6c-1111-4222-8333-944444444444",
        "ORGCAL_FEDERATED_IDENTITY": "0b7c7e6c-1111-4222-8333-955555555555",
        "ORGCAL_SIGNING_KEYS": SIGNING_KEY,
    }


async def measure(app: Path, call: str) -> Started:
    """In a fresh process: index the app, then call it twice."""
    from local.clock import LocalClock  # noqa: PLC0415 - counted as the interpreter's share
    from local.host.worker import load_app  # noqa: PLC0415

    interpreter_seconds, interpreter_mib = process_time(), memory.peak_mib()
    clock = LocalClock(app / ".no-such-clock")
    worker = await load_app(app, clock, None)
    index_seconds, peak_mib = process_time() - interpreter_seconds, memory.peak_mib()
    requests = {"availability": lambda: _question(clock.now()), "notification": _collection}
    calls = [await _invoke(worker, *requests[call]()) for _ in range(2)] if call else [None, None]
    return Started(
        interpreter_seconds, interpreter_mib, index_seconds, peak_mib, len(worker.functions), calls[0], calls[1]
    )


def _question(now: datetime) -> tuple[str, str, bytes]:
    """Of one connected user, whose answer must be complete."""
    question = {"users": ["user0"], "start": now.isoformat(), "end": (now + timedelta(days=60)).isoformat()}
    return "ask_availability", '"complete":true', json.dumps(question).encode()


def _collection() -> tuple[str, str, bytes]:
    """One change that this deployment signed for, taken without a word."""
    from shared_code.adapters.client_states import SignedClientStates  # noqa: PLC0415 - small, and the app's own
    from shared_code.core.client_state import ClientState  # noqa: PLC0415
    from shared_code.core.ids import MailboxKey, TenantId, UserId  # noqa: PLC0415
    from shared_code.core.secret import Secret  # noqa: PLC0415

    mailbox = MailboxKey("organizations", TenantId(GUID), UserId(GUID))
    state = SignedClientStates([Secret(SIGNING_KEY)]).write(ClientState(mailbox, 1))
    return "graph_notifications", "", json.dumps({"value": [{"clientState": state, "tenantId": GUID}]}).encode()


async def _invoke(worker: "Worker", name: str, expected: str, body: bytes) -> float:
    from local.host import protos  # noqa: PLC0415 - loaded already, with the worker

    function = next(each for each in worker.functions if each.name == name)
    request = protos.RpcHttp(
        method="POST",
        url=f"https://localhost:7071/{name}",
        headers={"content-type": "application/json"},
        params={"organization": "acme"},
        query={},
        body=protos.TypedData(bytes=body),
    )
    began = process_time()
    outcome = await worker.invoke(function, protos.TypedData(http=request), {})
    seconds = process_time() - began
    assert outcome.succeeded
    assert outcome.value is not None
    assert outcome.value.http.status_code in {"200", "202"}, outcome.value.http.body.bytes
    assert expected.encode() in outcome.value.http.body.bytes, outcome.value.http.body.bytes
    return seconds


if __name__ == "__main__":
    measured = asyncio.run(measure(Path(sys.argv[1]), sys.argv[2]))
    print(json.dumps(asdict(measured)), flush=True)
    os._exit(0)  # the worker's threads and the app's HTTP session have nothing to tidy up
