"""What only the process can show: a broken connection, and a seed file read at the start."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from local.microsoft365.certificates import client_context
from tests.contract.standin import Contoso, announced_url, person


async def test_a_dropped_connection_breaks_off_the_answer(contoso: Contoso) -> None:
    fault = {"match": {"kind": "token", "tenant": contoso.id}, "answer": {"drop_connection": True}, "times": 1}
    await contoso.control("POST", "/faults", fault)

    with pytest.raises(httpx.RemoteProtocolError):
        await contoso.client.post(contoso.token_url, data={"grant_type": "client_credentials"})

    answer = await contoso.client.post(contoso.token_url, data={"grant_type": "client_credentials"})
    assert answer.status_code == 400


def test_a_seed_file_is_there_from_the_first_answer_on(tmp_path: Path) -> None:
    tenant, seed = str(uuid4()), tmp_path / "seed.json"
    seed.write_text(json.dumps({"tenants": {tenant: {"domain": "contoso.example", "people": [person("ann")]}}}))
    options = ["--directory", str(tmp_path), "--clock-file", str(tmp_path / "clock"), "--seed", str(seed)]
    process = subprocess.Popen([sys.executable, "-m", "local.microsoft365", *options], stdout=subprocess.DEVNULL)

    try:
        url = announced_url(tmp_path / "microsoft365.json", process)
        with httpx.Client(verify=client_context(tmp_path / "ca.pem")) as client:
            shown = client.get(f"{url}/control/tenants/{tenant}").json()
    finally:
        process.terminate()

    assert (shown["people_count"], process.wait(10)) == (1, -signal.SIGTERM)
