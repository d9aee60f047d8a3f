"""checkov's policies for Bicep; an exception stands beside its resource as ``checkov:skip=ID: reason``."""

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.infra.bicep import FILES, INFRA

ROOT = Path(__file__).parents[2]
COMMAND = (ROOT / ".venv-checkov/bin/checkov", "-d", INFRA, "--framework", "bicep", "--skip-download", "-o", "json")

pytestmark = pytest.mark.timeout(300)  # starting it alone can take most of a minute on a busy machine


@cache
def _report() -> dict[str, Any]:
    done = subprocess.run(COMMAND, capture_output=True, text=True, check=False)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_every_file_was_understood() -> None:
    # It passes over a file that it cannot read and exits with 0, so the count is asked for.
    assert _report()["summary"]["parsing_errors"] == 0


def test_no_policy_fails() -> None:
    failed = _report()["results"]["failed_checks"]

    assert not [f"{check['check_id']} {check['resource']}: {check['check_name']}" for check in failed]


def test_every_exception_says_why() -> None:
    skipped = _report()["results"]["skipped_checks"]

    assert not [check["check_id"] for check in skipped if len(check["check_result"]["suppress_comment"].split()) < 4]


def test_every_exception_is_still_needed() -> None:
    skipped = {check["check_id"] for check in _report()["results"]["skipped_checks"]}
    written = {part.partition(":")[0] for path in FILES for part in path.read_text().split("checkov:skip=")[1:]}

    assert written == skipped
