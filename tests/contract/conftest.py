"""What several contract tests share; each is started once for the whole run, and only if a test asks for it."""

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
