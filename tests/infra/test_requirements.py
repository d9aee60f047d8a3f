"""The requirements files pin what pyproject.toml declares, with all it brings along, and nothing else."""

import tomllib
from collections.abc import Iterable
from importlib.metadata import requires as declared_by
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
RUNTIME: list[str] = PROJECT["dependencies"]
DEVELOPMENT: list[str] = PROJECT["optional-dependencies"]["dev"]
# pip-compile leaves these to the environment.
LEFT_OUT = {"pip", "setuptools"}

EVERY_FILE = pytest.mark.parametrize(
    ("file_name", "declared"), [("requirements.txt", RUNTIME), ("requirements-dev.txt", [*RUNTIME, *DEVELOPMENT])]
)


@EVERY_FILE
def test_pins_are_the_declared_dependencies_and_what_they_bring(file_name: str, declared: list[str]) -> None:
    assert set(_pins(file_name)) == _closure(declared) - LEFT_OUT


@EVERY_FILE
def test_every_pin_is_the_version_that_is_installed(file_name: str, declared: list[str]) -> None:
    pins = _pins(file_name)

    assert pins == {name: version(name) for name in pins}


def test_development_uses_the_versions_that_are_deployed() -> None:
    assert _pins("requirements.txt").items() <= _pins("requirements-dev.txt").items()


@pytest.mark.parametrize("file_name", ["requirements.txt", "requirements-dev.txt", "infra/checkov-requirements.txt"])
def test_requirements_files_hold_exact_pins_and_no_index(file_name: str) -> None:
    lines = [line for line in (ROOT / file_name).read_text().splitlines() if line and not line.startswith("#")]

    assert not [line for line in lines if len(Requirement(line).specifier) != 1 or "==" not in line]


def _pins(file_name: str) -> dict[str, str]:
    lines = [line for line in (ROOT / file_name).read_text().splitlines() if line and not line.startswith("#")]
    return {canonicalize_name(name): pin for name, _, pin in (line.partition("==") for line in lines)}


def _closure(declared: Iterable[str]) -> set[str]:
    """Names of the declared distributions and of all that they require on this machine, extras included."""
    waiting = [Requirement(line) for line in declared]
    seen: set[tuple[str, str]] = set()
    while waiting:
        requirement = waiting.pop()
        for extra in ("", *requirement.extras):
            key = (canonicalize_name(requirement.name), extra)
            if key not in seen:
                seen.add(key)
                waiting += _required(requirement.name, extra)
    return {name for name, _ in seen}


def _required(name: str, extra: str) -> list[Requirement]:
    requirements = [Requirement(line) for line in declared_by(name) or ()]
    return [found for found in requirements if found.marker is None or found.marker.evaluate({"extra": extra})]
