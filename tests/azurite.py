"""Azurite for the contract tests: one emulator in memory for the whole run.

A conftest takes it with ``from tests.azurite import azurite``; each test then uses table and queue names of its own.
"""

from collections.abc import Iterator

import pytest

from local.azurite import Azurite


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The connection string of a running, at first empty, storage account."""
    with Azurite(tmp_path_factory.mktemp("azurite")) as running:
        yield running.connection_string
