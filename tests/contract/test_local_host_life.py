"""How the local host starts, keeps its keys, limits a function and stops."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from local.host.keys import load_keys
from local.processes import StackError
from tests.contract.local_host import SAMPLE_APP, SampleStorage, new_host


def test_a_stopping_host_finishes_what_runs_and_ends_well(sample_storage: SampleStorage, tmp_path: Path) -> None:
    host = new_host(sample_storage, tmp_path)
    with host, ThreadPoolExecutor() as pool:
        running = pool.submit(httpx.get, f"{host.http_url}/lingering", timeout=60)
        httpx.get(f"{host.http_url}/noted/lingering/1", timeout=60).raise_for_status()

        host.stop()

    assert running.result().text == "finished"
    assert host.exit_code == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{host.http_url}/things/all")


def test_a_function_that_runs_too_long_is_ended(sample_storage: SampleStorage, tmp_path: Path) -> None:
    app = _copy_of_the_app(tmp_path, functionTimeout="00:00:01")

    with new_host(sample_storage, tmp_path, app=app) as host:
        answer = httpx.get(f"{host.http_url}/endless", timeout=60)

    assert answer.status_code == 500
    assert "ran longer than functionTimeout" in host.log.read_text()


def test_an_app_that_cannot_be_loaded_is_shown_with_its_reason(sample_storage: SampleStorage, tmp_path: Path) -> None:
    app = _copy_of_the_app(tmp_path)
    (app / "function_app.py").write_text("raise RuntimeError('no such luck')\n")

    with pytest.raises(StackError, match=r"exit code 1(?s:.*)no such luck"):
        new_host(sample_storage, tmp_path, app=app).__enter__()


def test_the_app_gets_the_local_clock_where_it_has_a_place_for_it(
    sample_storage: SampleStorage, tmp_path: Path
) -> None:
    app = _copy_of_the_app(tmp_path)
    (app / "shared_code").mkdir()
    (app / "shared_code" / "__init__.py").touch()
    (app / "shared_code" / "bootstrap.py").write_text(
        "def use(*, clock):\n    print('the clock says', clock.now().isoformat(), flush=True)\n"
    )

    with new_host(sample_storage, tmp_path, app=app) as host:
        shown = host.log.read_text()

    assert f"the clock says {sample_storage.clock.now():%Y-%m-%d}" in shown


def test_keys_are_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    keys = load_keys(tmp_path)

    assert load_keys(tmp_path) == keys
    assert keys.function_key != keys.admin_key
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600


def _copy_of_the_app(directory: Path, **host_settings: str) -> Path:
    app = directory / "app"
    shutil.copytree(SAMPLE_APP, app)
    settings = json.loads((app / "host.json").read_text())
    (app / "host.json").write_text(json.dumps(settings | host_settings))
    return app
