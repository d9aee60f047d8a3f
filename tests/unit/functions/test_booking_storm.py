"""Runs of the storm: the same each time."""

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.unit.functions.booking_storm import BookingStorm

RUNS, STEPS = 80, 25


def test_one_booking_is_one_event_whatever_is_lost_and_wherever_the_process_dies() -> None:
    chosen = settings(
        max_examples=RUNS,
        stateful_step_count=STEPS,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )

    run_state_machine_as_test(seed(1)(BookingStorm), settings=chosen)
