"""Whoever pastes the commands of the documentation gets the answers that it shows."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.demo.administrator import Person
from local.example_tenant import ADMINISTRATOR, TENANT, plant_example_tenant
from local.stack import ROOT, Stack
from tests.scenarios.terminal import Block, Output, Terminal, blocks_of

README, API = ROOT / "README.md", ROOT / "docs" / "api.md"
A_MOMENT = timedelta(seconds=10)  # what the pages ask their reader to wait for, and more
STABLE = {
    "state",
    "complete",
    "reason",
    "detail",
    "outcome",
    "type",
    "status",
    "role",
    "name",
    "user",
    "action",
    "text",
}


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """One as ``make serve`` starts it, at real time: the scenarios' own has another date."""
    with Stack(ROOT / ".local" / "docs") as running:
        yield running


@pytest.fixture
def terminal(stack: Stack, tmp_path: Path) -> Iterator[Terminal]:
    # The real clock, since the reader's commands ask it what "tomorrow" is; the stack's runs ahead of it by minutes.
    plant_example_tenant(stack.control, datetime.now(UTC))
    with Terminal(tmp_path, stack.addresses) as opened:
        yield opened
        opened.paste("api -X DELETE $APP")
    stack.control.delete(f"/tenants/{TENANT}")
    _wait(stack)


@pytest.mark.parametrize("page", [README, API], ids=lambda page: page.name)
def test_the_commands_of_a_page_work_in_their_order(page: Path, stack: Stack, terminal: Terminal) -> None:
    faults = []

    for block in blocks_of(page):
        output = terminal.paste(block.commands)
        faults += _faults(block, output)
        _wait(stack)

    assert faults == []


def test_the_sample_product_connects_people_and_books_a_meeting_with_them(stack: Stack) -> None:
    plant_example_tenant(stack.control, datetime.now(UTC))
    addresses = stack.addresses
    command = [sys.executable, "-u", "examples/scheduling_product.py", "--every", "0.1"]
    # One argument: a key may begin with a hyphen.
    options = ["--url", addresses.app_http_url, f"--key={addresses.function_key}"]
    with subprocess.Popen([*command, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True) as product:
        assert product.stdout is not None
        link = product.stdout.readline().split()[-1]
        with closing(Person(stack.trust(), ADMINISTRATOR)) as administrator:
            administrator.connect(link)
        while product.poll() is None:
            _wait(stack)
        told = product.stdout.read()

    assert product.returncode == 0, told
    assert "Connected: {'megan': 'connected', 'grady': 'connected'}" in told
    assert told.splitlines()[-1].endswith(", booked")


def _wait(stack: Stack) -> None:
    stack.wait_until_quiet()
    for _ in range(2):
        stack.advance(A_MOMENT)
        stack.wait_until_quiet()


def _faults(block: Block, output: Output) -> list[str]:
    if output.status != 0:
        return [f"exit status {output.status}:\n{block.commands}{output.text}"]
    meant_to_work = output.answers if block.shown is None else output.answers[:-1]
    if any("type" in answer for answer in meant_to_work):
        return [f"refused:\n{block.commands}{output.text}"]
    if block.shown is None:
        return []
    if not output.answers:
        return [f"no answer:\n{block.commands}{output.text}"]
    expected, given = _outline(block.shown), _outline(output.answers[-1])
    return [] if given == expected else [f"{block.commands}shows {expected}\nbut is {given}"]


def _outline(value: Any, key: str = "") -> Any:
    """The members and what does not change from run to run; ids, instants and secrets only by their kind."""
    if isinstance(value, dict):
        return {name: _outline(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [_outline(one) for one in value]
    return value if key in STABLE else type(value).__name__
