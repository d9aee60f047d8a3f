"""What azd and the Functions host are told agrees with the code that is deployed."""

import json
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import yaml  # type: ignore[import-untyped]  # its stubs would be one more dependency for one call

from tests.infra.bicep import INFRA, MAIN, Value, read

ROOT = Path(__file__).parents[2]
APP = read(INFRA / "modules/function-app.bicep").resources["app"].body
DEPLOYED = ("function_app.py", "host.json", "requirements.txt", "functions", "shared_code")


def test_azd_deploys_this_folder_to_the_app_that_bicep_tags() -> None:
    azure = yaml.safe_load((ROOT / "azure.yaml").read_text())

    assert (ROOT / azure["infra"]["path"] / f"{azure['infra']['module']}.bicep") == MAIN
    assert azure["services"] == {"app": {"project": ".", "language": "python", "host": "function"}}
    assert "'azd-service-name': 'app'" in (INFRA / "modules/function-app.bicep").read_text()


def test_the_parameters_file_gives_every_parameter_without_a_default() -> None:
    given = json.loads((INFRA / "main.parameters.json").read_text())["parameters"]
    asked = read(MAIN).parameters

    assert set(given) <= set(asked)
    assert {name for name, parameter in asked.items() if not parameter.has_default} <= set(given)


def test_the_app_runs_on_the_python_that_the_project_declares() -> None:
    declared = (ROOT / ".python-version").read_text().strip()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert _at(APP, "properties", "functionAppConfig", "runtime") == {"name": "python", "version": declared}
    assert project["requires-python"].startswith(f">={declared},")


def test_an_http_instance_is_always_ready_and_serves_several_requests() -> None:
    scale = _at(APP, "properties", "functionAppConfig", "scaleAndConcurrency")

    assert isinstance(scale, dict)
    assert scale["alwaysReady"] == [{"name": "http", "instanceCount": 1}]
    assert "perInstanceConcurrency" in str(scale["triggers"])


def test_the_host_accepts_at_least_the_requests_that_the_platform_sends_one_instance() -> None:
    http = json.loads((ROOT / "host.json").read_text())["extensions"]["http"]
    default = next(line for line in MAIN.read_text().splitlines() if line.startswith("param httpConcurrency"))
    sent = int(default.partition("=")[2])

    assert http["routePrefix"] == ""
    assert http.get("maxConcurrentRequests", sent) >= sent


def test_what_the_app_needs_is_deployed_and_the_rest_is_not() -> None:
    patterns = [line for line in (ROOT / ".funcignore").read_text().split("\n") if line and not line.startswith("#")]
    entries = [path.name for path in ROOT.iterdir()]

    deployed = [name for name in entries if not any(fnmatch(name, pattern) for pattern in patterns)]

    assert sorted(deployed) == sorted(DEPLOYED)


def _at(value: Value, *path: str) -> Value:
    for key in path:
        assert isinstance(value, dict)
        value = value[key]
    return value
