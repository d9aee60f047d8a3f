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
    return [_cpu_row(ours, eager), _memory_row(ours, eager), await _first_call_row()]


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


async def _first_call_row() -> Row:
    from benchmarks.storage import azure_rows, fill, storage_account  # noqa: PLC0415 - the child must not pay for it

    now = datetime.now(UTC)
    with storage_account() as account:
        async with azure_rows(account) as rows:
            await fill(rows, 1, 300, now)
        calls = [_start(ROOT, account) for _ in range(ROUNDS)]
    first = median(call.first_seconds or 0 for call in calls)
    second = median(call.second_seconds or 0 for call in calls)
    return Row(
        "  first availability call after it",
        f"{first:.2f} s of CPU",
        floor=f"{second * 1000:.0f} ms (the second call)",
    )


def _start(app: Path, account: str = "") -> Started:
    environment = {**os.environ, **_settings(account), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.cold_start", str(app), *(["call"] if account else [])]
    finished = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=ROOT)
    return Started(**json.loads(finished.stdout.splitlines()[-1]))


def _settings(account: str) -> dict[str, str]:
    return {
        "AzureWebJobsStorage": account or "UseDevelopmentStorage=true",
        "ORGCAL_BASE_URL": "https://localhost:7071",
        "ORGCAL_PRODUCT_NAME": "Meetwell",
        "ORGCAL_CLIENT_ID": "0b7c7e6c-1111-4222-8333-944444444444",
        "ORGCAL_FEDERATED_IDENTITY": "0b7c7e6c-1111-4222-8333-955555555555",
        "ORGCAL_SIGNING_KEYS": "a-signing-key-of-thirty-two-characters",
    }


async def measure(app: Path, *, call: bool) -> Started:
    """In a fresh process: index the app, then ask for somebody's availability twice."""
    from local.clock import LocalClock  # noqa: PLC0415 - counted as the interpreter's share
    from local.host.worker import load_app  # noqa: PLC0415

    interpreter_seconds, interpreter_mib = process_time(), memory.peak_mib()
    clock = LocalClock(app / ".no-such-clock")
    worker = await load_app(app, clock, None)
    index_seconds, peak_mib = process_time() - interpreter_seconds, memory.peak_mib()
    calls = [await _ask(worker, clock.now()) for _ in range(2)] if call else [None, None]
    return Started(
        interpreter_seconds, interpreter_mib, index_seconds, peak_mib, len(worker.functions), calls[0], calls[1]
    )


async def _ask(worker: "Worker", now: datetime) -> float:
    from local.host import protos  # noqa: PLC0415 - loaded already, with the worker

    function = next(each for each in worker.functions if each.name == "ask_availability")
    question = {"users": ["user0"], "start": now.isoformat(), "end": (now + timedelta(days=60)).isoformat()}
    request = protos.RpcHttp(
        method="POST",
        url="https://localhost:7071/v1/organizations/acme/availability",
        headers={"content-type": "application/json"},
        params={"organization": "acme"},
        query={},
        body=protos.TypedData(bytes=json.dumps(question).encode()),
    )
    began = process_time()
    outcome = await worker.invoke(function, protos.TypedData(http=request), {})
    seconds = process_time() - began
    assert outcome.succeeded
    assert outcome.value is not None
    assert outcome.value.http.status_code == "200", outcome.value.http.body.bytes
    assert b'"complete":true' in outcome.value.http.body.bytes, outcome.value.http.body.bytes
    return seconds


if __name__ == "__main__":
    measured = asyncio.run(measure(Path(sys.argv[1]), call=len(sys.argv) > 2))  # noqa: PLR2004
    print(json.dumps(asdict(measured)), flush=True)
    os._exit(0)  # the worker's threads and the app's HTTP session have nothing to tidy up
