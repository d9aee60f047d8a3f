"""How a step of the demo ends: well, with differences, broken off, or not tried at all."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from local.demo.__main__ import take_step
from local.demo.browsing import NoBrowser
from local.demo.report import Cost, Done, Meter, write_report
from local.demo.world import World

METER = cast("Meter", SimpleNamespace(lap=lambda: Cost(0.1, 2, 3)))


def taken(outcome: Exception | str | None) -> tuple[Done, list[str]]:
    """``outcome``: what the step raises, or the difference that it finds."""
    world = cast("World", SimpleNamespace(mismatches=[]))

    def step(world: World) -> str:
        if isinstance(outcome, Exception):
            raise outcome
        if outcome:
            world.mismatches.append(outcome)
        return "told"

    return take_step(world, "step", step, METER), world.mismatches


@pytest.mark.parametrize(("outcome", "ok"), [(None, True), ("a difference", False), (ValueError("broken"), False)])
def test_a_step_is_ok_if_it_ended_and_found_no_difference(outcome: Exception | str | None, *, ok: bool) -> None:
    done, mismatches = taken(outcome)

    assert (done.ok, bool(mismatches)) == (ok, not ok)


def test_a_step_that_has_no_browser_is_neither_ok_nor_a_failure_and_says_how_to_install_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done, mismatches = taken(NoBrowser("chromium is missing: install it"))
    write_report(tmp_path / "report.json", [done], mismatches)

    (step,) = json.loads((tmp_path / "report.json").read_text())["steps"]
    assert (step["ok"], mismatches) == (None, [])
    assert "not tried: chromium is missing: install it" in capsys.readouterr().out
