"""``make serve``: everything runs, the file says where, links lead into its pages, and Ctrl-C stops it all."""

import json
import re
import signal
import ssl
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import httpx

from local.stack import ROOT

DOCUMENTED = {"app_url", "app_http_url", "function_key", "microsoft365_url", "control_url", "ca_file"}
PATIENCE = 60  # seconds


def test_serve_says_where_everything_is_and_stops_cleanly(tmp_path: Path) -> None:
    serve_file = tmp_path / "serve.json"
    command = [sys.executable, "-m", "local.serve", "--directory", str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        served = _wait_for(serve_file, process)
        health = httpx.get(f"{served['app_http_url']}/health").json()
        secret = serve_file.stat().st_mode & 0o077
    finally:
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=PATIENCE)

    assert set(served) >= DOCUMENTED
    assert Path(served["ca_file"]).exists()
    assert health == {"status": "ok", "failing": []}
    assert secret == 0
    assert "curl" in said
    assert process.returncode == 0
    assert not serve_file.exists()


def test_serve_prints_links_of_an_owner_and_of_a_user_that_open(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "local.serve", "--directory", str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        found = (re.search(r"https://\S+/portal/open\?\S+", line) for line in process.stdout)
        links = [one[0] for one in islice(filter(None, found), 2)]
        trust = ssl.create_default_context(cafile=tmp_path / "trusted.pem")
        opened = [httpx.get(link, verify=trust) for link in links]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)

    assert [(answer.status_code, "Northwind Traders" in answer.text) for answer in opened] == [(200, True)] * 2
    assert process.returncode == 0


def _wait_for(file: Path, process: "subprocess.Popen[str]") -> dict[str, str]:
    """What the file holds once it is whole."""
    give_up_at = time.monotonic() + PATIENCE
    while time.monotonic() < give_up_at and process.poll() is None:
        if file.exists() and file.read_text().endswith("}\n"):
            return dict(json.loads(file.read_text()))
        time.sleep(0.1)
    raise AssertionError("serve did not start")
