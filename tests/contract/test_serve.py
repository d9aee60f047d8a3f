"""``make serve``: everything runs, the file says where, links lead into its pages, and Ctrl-C stops it all."""

import json
import re
import signal
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from local.stack import ROOT

DOCUMENTED = {"app_url", "app_http_url", "function_key", "microsoft365_url", "control_url", "ca_file"}
PATIENCE = 60  # seconds


@dataclass(frozen=True)
class Served:
    """What was seen while it ran, and of its end."""

    addresses: dict[str, str]
    health: object
    rights_of_others: int  # on the file that holds keys
    opened: list[httpx.Response]  # the links of an owner and of a user
    said: str
    exit_code: int
    is_file_left: bool


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    directory = tmp_path_factory.mktemp("serve")
    serve_file = directory / "serve.json"
    command = [sys.executable, "-m", "local.serve", "--directory", str(directory)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        addresses = _wait_for(serve_file, process)
        health = httpx.get(f"{addresses['app_http_url']}/health", timeout=60).json()
        rights = serve_file.stat().st_mode & 0o077
        said, links = _read_links(process)
        trust = ssl.create_default_context(cafile=addresses["ca_file"])
        opened = [httpx.get(link, verify=trust, timeout=60) for link in links]
    finally:
        process.send_signal(signal.SIGINT)
        more, _ = process.communicate(timeout=PATIENCE)
    return Served(addresses, health, rights, opened, said + more, process.returncode, serve_file.exists())


def test_serve_says_where_everything_is_and_stops_cleanly(served: Served) -> None:
    assert set(served.addresses) >= DOCUMENTED
    assert Path(served.addresses["ca_file"]).exists()
    assert served.health == {"status": "ok", "failing": []}
    assert served.rights_of_others == 0
    assert "curl" in served.said
    assert (served.exit_code, served.is_file_left) == (0, False)


def test_serve_prints_links_of_an_owner_and_of_a_user_that_open(served: Served) -> None:
    found = [(answer.status_code, "Northwind Traders" in answer.text) for answer in served.opened]

    assert found == [(200, True)] * 2


def _read_links(process: "subprocess.Popen[str]") -> tuple[str, list[str]]:
    """All that was said until the second link, and both."""
    assert process.stdout is not None
    said = ""
    links: list[str] = []
    while len(links) < 2:
        line = process.stdout.readline()
        assert line, "serve has ended"
        said += line
        links += re.findall(r"https://\S+/portal/open\?\S+", line)
    return said, links


def _wait_for(file: Path, process: "subprocess.Popen[str]") -> dict[str, str]:
    """What the file holds once it is whole."""
    give_up_at = time.monotonic() + PATIENCE
    while time.monotonic() < give_up_at and process.poll() is None:
        if file.exists() and file.read_text().endswith("}\n"):
            return dict(json.loads(file.read_text()))
        time.sleep(0.1)
    raise AssertionError("serve did not start")
