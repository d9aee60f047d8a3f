"""``make serve``: everything runs, the file says where, and Ctrl-C stops it all."""

import json
import signal
import subprocess
import sys
import time
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


def _wait_for(file: Path, process: "subprocess.Popen[str]") -> dict[str, str]:
    """What the file holds once it is whole."""
    give_up_at = time.monotonic() + PATIENCE
    while time.monotonic() < give_up_at and process.poll() is None:
        if file.exists() and file.read_text().endswith("}\n"):
            return dict(json.loads(file.read_text()))
        time.sleep(0.1)
    raise AssertionError("serve did not start")
