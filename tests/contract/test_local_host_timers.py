"""Timers of the local host, through the sample app's one that is due at three every night."""

from datetime import timedelta

from tests.contract.local_host import SampleHost


def test_a_clock_that_jumps_over_several_nights_makes_one_late_run(sample_host: SampleHost) -> None:
    before = len(sample_host.noted("nightly", 0))

    sample_host.storage.clock.advance(timedelta(days=3))
    runs = sample_host.noted("nightly", before + 1)

    sample_host.wait_until_quiet()
    assert runs[-1]["past_due"] is True
    assert len(sample_host.noted("nightly", 0)) == before + 1


def test_a_timer_that_is_reached_in_time_is_not_past_due(sample_host: SampleHost) -> None:
    before = len(sample_host.noted("nightly", 0))
    now = sample_host.storage.clock.now()
    three = now.replace(hour=3, minute=0, second=0, microsecond=0)
    due_at = three if three - now > timedelta(minutes=1) else three + timedelta(days=1)

    sample_host.storage.clock.slow_down(0.01)  # a busy machine is in time, too
    sample_host.storage.clock.move_to(due_at - timedelta(milliseconds=10))
    runs = sample_host.noted("nightly", before + 1)
    sample_host.storage.clock.slow_down(1)

    assert [run["past_due"] for run in runs[before:]] == [False]


def test_a_timer_runs_at_once_when_the_admin_asks_with_the_key(sample_host: SampleHost) -> None:
    before = len(sample_host.noted("nightly", 0))

    refused = sample_host.client.post("/admin/functions/nightly", json={})
    key = sample_host.process.admin_key
    asked = sample_host.client.post("/admin/functions/nightly", json={}, headers={"x-functions-key": key})

    assert [refused.status_code, asked.status_code] == [401, 202]
    assert sample_host.noted("nightly", before + 1)[-1]["past_due"] is False
