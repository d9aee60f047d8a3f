"""The whole local stack with the sample app in the app's place."""

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from azure.storage.queue import QueueServiceClient

from local.clock import LocalClock
from local.processes import StackError
from local.stack import ROOT, Stack
from tests.contract.local_host import SAMPLE_APP

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample app, deployed with this project's tables and queues."""
    app = tmp_path_factory.mktemp("deployed") / "app"
    shutil.copytree(SAMPLE_APP, app)
    shutil.copytree(ROOT / "infra" / "modules", app / "infra" / "modules")
    return app


@pytest.fixture(scope="module")
def stack(app: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("stack"), app=app, settings={"SAMPLE": "given"}) as running:
        yield running


def test_the_app_and_the_stand_in_answer_over_https_that_one_file_makes_trusted(stack: Stack) -> None:
    with httpx.Client(verify=stack.trust(), timeout=60) as client:
        app = client.get(f"{stack.addresses.app_url}/things/all")
        configuration = client.get(
            f"{stack.addresses.microsoft365_url}/organizations/v2.0/.well-known/openid-configuration"
        )

    assert app.text == "all things"
    assert configuration.status_code == 200


def test_the_stand_in_can_post_notifications_to_the_host(stack: Stack) -> None:
    with httpx.Client(verify=stack.trust(), timeout=60) as client:
        answer = client.post(
            f"{stack.addresses.control_url}/notifications",
            json={"url": f"{stack.addresses.app_url}/nowhere", "body": {"value": []}},
        )

    assert answer.json()["status"] == 404


def test_everything_follows_one_clock(stack: Stack) -> None:
    moved = stack.advance(timedelta(days=2))
    stack.wait_until_quiet()

    noted = httpx.get(f"{stack.addresses.app_http_url}/noted/nightly/1", timeout=60).json()
    said = LocalClock(Path(stack.addresses.ca_file).parent / "clock").now()
    assert noted[0]["past_due"] is True
    assert abs(said - moved) < timedelta(seconds=30)
    assert str(stack.control.get("/clock").json()["now"]).startswith(f"{said:%Y-%m-%d}")


def test_the_deployed_queues_are_there_and_the_making_of_them_is_not_counted(stack: Stack) -> None:
    before = stack.storage_operations()
    with QueueServiceClient.from_connection_string(stack.storage_connection_string) as queues:
        names = {queue.name for queue in queues.list_queues()}

    assert {"user-match", "user-match-poison", "calendar-sync"} <= names
    assert before["table"] == {}


def test_storage_can_be_made_to_fail_and_restored(stack: Stack) -> None:
    with QueueServiceClient.from_connection_string(stack.storage_connection_string, retry_total=0) as queues:
        stack.fail_storage("queue")
        with pytest.raises(Exception, match="Told to fail"):
            list(queues.list_queues())
        stack.restore_storage()

        assert list(queues.list_queues()) != []


def test_a_part_that_does_not_start_is_named_and_nothing_is_left_running(app: Path, tmp_path: Path) -> None:
    broken = tmp_path / "app"
    shutil.copytree(app, broken)
    (broken / "function_app.py").write_text("import nothing_of_that_name\n")
    stack = Stack(tmp_path / "stack", app=broken)

    with pytest.raises(StackError, match=r"the Functions host(?s:.*)nothing_of_that_name"):
        stack.__enter__()

    address = json.loads((tmp_path / "stack" / "microsoft365.json").read_text())["url"]
    with pytest.raises(httpx.ConnectError, match="refused"):
        httpx.get(address)
