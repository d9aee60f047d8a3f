"""What the app and Microsoft said and did, with the virtual time: kept while a run goes on, shown if it fails.

Only with SIMULATION_DIARY, since writing it all down costs more than doing it; a run is the same with it and without.
"""

import logging
import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.simulation.instances import Invocation
from tests.simulation.simulation import Simulation

IS_KEPT = "SIMULATION_DIARY" in os.environ
MOST_LINES = int(os.environ.get("SIMULATION_DIARY") or 400)


class Diary(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self._lines: deque[str] = deque(maxlen=MOST_LINES)
        self._simulation: Simulation | None = None

    def open(self, simulation: Simulation) -> None:
        self._simulation = simulation
        logger = logging.getLogger("orgcal")
        logger.propagate = False
        logger.setLevel(logging.INFO if IS_KEPT else logging.CRITICAL)
        if IS_KEPT:
            logger.addHandler(self)
            simulation.wire.on_answer.append(self._note_request)

    def _note_request(self, _: Invocation, request: httpx.Request) -> None:
        self.write(f"  {request.method} {request.url.path}")

    def close(self) -> None:
        logging.getLogger("orgcal").removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.write(f"    {record.getMessage()}")

    def write(self, line: str) -> None:
        if IS_KEPT and self._simulation is not None:
            self._lines.append(f"{self._simulation.now:%d %H:%M:%S.%f} {line}")

    @contextmanager
    def shown_with_a_finding(self) -> Iterator[None]:
        try:
            yield
        except AssertionError as finding:
            if IS_KEPT:
                finding.add_note("\n".join(self._lines))
            raise
