"""What several contract tests share; each is started once for the whole run, and only if a test asks for it."""

from collections.abc import Iterator
from functools import cache

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.azurite import azurite
from tests.contract.local_host import SampleHost, sample_host, sample_storage
from tests.contract.places import place
from tests.contract.standin import certificate, contoso, microsoft, running
from tests.contract.storage import rows, storage_kind

__all__ = [
    "SampleHost",
    "azurite",
    "certificate",
    "contoso",
    "microsoft",
    "place",
    "rows",
    "running",
    "sample_host",
    "sample_storage",
    "storage_kind",
]


@pytest.fixture(scope="session", autouse=True)
def _keys_are_read_once() -> Iterator[None]:
    """azure-identity and PyJWT read the key of an app three times for each credential, OpenSSL for 30 ms each time."""
    with pytest.MonkeyPatch.context() as patch:
        read_once = cache(load_pem_private_key)
        patch.setattr("cryptography.hazmat.primitives.serialization.load_pem_private_key", read_once)
        patch.setattr("jwt.algorithms.load_pem_private_key", read_once)
        yield
