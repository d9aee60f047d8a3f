"""Microsoft's Python worker library, driven without gRPC: index the app once, then invoke its functions."""

import asyncio
import importlib
import logging
import os
import sys
import uuid
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import azure_functions_runtime as runtime

from local.clock import Clock
from local.host import protos
from local.host.functions import Function, parse_function

log = logging.getLogger("host")
current_invocation: ContextVar[str] = ContextVar("current_invocation", default="")


class AppError(RuntimeError):
    """The app could not be loaded; the message holds what the worker said."""


@dataclass(frozen=True)
class Outcome:
    """How an invocation ended; ``value`` is what the function returned, as the worker encoded it."""

    succeeded: bool
    value: protos.TypedData | None = None


class Worker:
    """The app of one directory, indexed; counts its running invocations and ends those that take too long."""

    def __init__(self, functions: list[Function], limit: timedelta | None) -> None:
        self.functions = functions
        self._limit = None if limit is None else limit.total_seconds()
        self._running: set[asyncio.Task[Any]] = set()
        self.begun = 0  # invocations ever: who looks twice and finds the same number knows that none came and went

    @property
    def running(self) -> int:
        return len(self._running)

    async def invoke(
        self,
        function: Function,
        data: protos.TypedData,
        metadata: Mapping[str, protos.TypedData],
        *,
        trace_parent: str = "",
    ) -> Outcome:
        """Run ``function`` once; whatever it raises is shown on the console and told as a failure only."""
        invocation_id = str(uuid.uuid4())
        request = _invocation_request(function, invocation_id, data, metadata, trace_parent)
        invocation = asyncio.create_task(self._run(function, invocation_id, request), name=function.name)
        self._running.add(invocation)
        self.begun += 1
        invocation.add_done_callback(self._running.discard)
        return await asyncio.shield(invocation)

    async def finish(self, *, seconds: float) -> int:
        """Wait for what still runs; the number of invocations that had to be ended."""
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=seconds)
            for invocation in late:
                log.warning("%s was still running and is ended", invocation.get_name())
                invocation.cancel()
            return len(late)
        return 0

    async def _run(self, function: Function, invocation_id: str, request: protos.Record) -> Outcome:
        current_invocation.set(f"{function.name} {invocation_id}")  # the console begins each line with it
        try:
            async with asyncio.timeout(self._limit):
                response = await runtime.invocation_request(request)
        except TimeoutError:
            log.error("ran longer than functionTimeout and is ended")  # noqa: TRY400 - where it stood says nothing
            return Outcome(succeeded=False)
        if response.result.status != protos.StatusResult.Success:
            what = response.result.exception
            log.error("failed: %s\n%s", what.message, what.stack_trace)
            return Outcome(succeeded=False)
        return Outcome(succeeded=True, value=response.return_value)


async def load_app(app: Path, clock: Clock, limit: timedelta | None) -> Worker:
    """Import and index ``app``/function_app.py; its own clock seam, where it has one, gets ``clock`` before that."""
    sys.path.insert(0, str(app))
    os.chdir(app)
    if (app / "shared_code" / "bootstrap.py").exists():
        importlib.import_module("shared_code.bootstrap").use(clock=clock)
    runtime.start_threadpool_executor()
    started = await runtime.worker_init_request(_init_request(app))
    if started.result.status != protos.StatusResult.Success:
        raise AppError(f"{started.result.exception.message}\n{started.result.exception.stack_trace}")
    answer = await runtime.functions_metadata_request(None)
    if not answer.function_metadata_results:
        raise AppError(f"{app} holds no function_app.py with functions")
    found = answer.function_metadata_results
    return Worker([parse_function(each.name, each.function_id, each.raw_bindings) for each in found], limit)


def _init_request(app: Path) -> protos.Record:
    init = protos.Record(capabilities={}, function_app_directory=str(app))
    return protos.Record(
        request=protos.Record(worker_init_request=init), properties={"host": "127.0.0.1", "protos": protos}
    )


def _invocation_request(
    function: Function,
    invocation_id: str,
    data: protos.TypedData,
    metadata: Mapping[str, protos.TypedData],
    trace_parent: str,
) -> protos.Record:
    invocation = protos.Record(
        invocation_id=invocation_id,
        function_id=function.function_id,
        input_data=[protos.ParameterBinding(name=function.parameter, data=data)],
        trigger_metadata=metadata,
        trace_context=protos.Record(trace_parent=trace_parent, trace_state="", attributes={}),
        retry_context=protos.Record(retry_count=0, max_retry_count=0, exception=None),
    )
    return protos.Record(request=protos.Record(invocation_request=invocation))
