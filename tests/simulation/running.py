"""Runs a machine so many times from one seed: the same runs each time, and none of them kept for another day."""

import os

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.simulation.machine import Calm

STEPS = 60


def run_machine(machine: type[Calm], *, number: int, runs: int, steps: int = STEPS) -> None:
    """Stops at the first finding; SIMULATION_SHRINK looks for a shorter way to it, which takes long."""
    phases = [Phase.generate, *([Phase.shrink] if "SIMULATION_SHRINK" in os.environ else [])]
    chosen = settings(
        max_examples=runs,
        stateful_step_count=steps,
        database=None,
        deadline=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        report_multiple_bugs=False,
    )
    run_state_machine_as_test(seed(number)(machine), settings=chosen)
