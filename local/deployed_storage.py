"""The tables and queues that the deployment makes on Azure, made in Azurite from the same Bicep."""

import re
from pathlib import Path

from azure.core.exceptions import ResourceExistsError
from azure.data.tables import TableServiceClient
from azure.storage.queue import QueueServiceClient


def create_deployed_storage(app: Path, connection_string: str) -> None:
    modules = app / "infra" / "modules"
    with TableServiceClient.from_connection_string(connection_string) as tables:
        for name in _names(modules / "tables.bicep", "tableNames"):
            tables.create_table_if_not_exists(name)
    with QueueServiceClient.from_connection_string(connection_string) as queues:
        for name in _names(modules / "queues.bicep", "queueNames"):
            _create_queue(queues, name)


def _create_queue(queues: QueueServiceClient, name: str) -> None:
    try:
        queues.create_queue(name)
    except ResourceExistsError:
        return


def _names(module: Path, variable: str) -> list[str]:
    """The strings of ``var variable = [ … ]``; ``ValueError`` if the module has no such list."""
    found = re.search(rf"var {variable} = \[([^\]]*)\]", module.read_text())
    if found is None:
        raise ValueError(f"{module} has no list {variable}")
    return re.findall(r"'([^']+)'", found[1])
