"""The simulation: SIMULATION_RUNS says how many runs, SIMULATION_SEED which; the same each time."""

import os
import sys

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.simulation.machine import TALLY, Calm, Lossy
from tests.simulation.tally import render

STEPS = 60


def _settings(runs: int) -> settings:
    return settings(
        max_examples=runs,
        stateful_step_count=STEPS,
        database=None,
        deadline=None,
        phases=[Phase.generate] + ([Phase.shrink] if os.environ.get("SHRINK") else []),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        report_multiple_bugs=False,
    )


def _run(machine: type[Calm]) -> None:
    runs = int(os.environ.get("SIMULATION_RUNS", "20"))
    number = int(os.environ.get("SIMULATION_SEED", "1"))
    try:
        run_state_machine_as_test(seed(number)(machine), settings=_settings(runs))
    finally:
        sys.stdout.write(render(TALLY.counts))


def test_the_truth_is_known_ten_minutes_after_the_last_edit_whatever_fails_meanwhile() -> None:
    _run(Calm)


def test_what_nobody_told_is_known_six_hours_and_a_half_later() -> None:
    _run(Lossy)
