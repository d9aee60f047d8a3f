"""What the tables hold of somebody, looked at from outside the app."""

import json
from collections.abc import Collection

from azure.data.tables import TableServiceClient

from local.stack import Stack

_LINK_SEPARATORS = 2  # link!organization!user


def rows_that_name(stack: Stack, *words: str) -> list[str]:
    """Table and keys of every row that has one of these words anywhere; case does not count."""
    wanted = [word.lower() for word in words]
    found = []
    with TableServiceClient.from_connection_string(stack.storage_connection_string) as service:
        for table in service.list_tables():
            for row in service.get_table_client(table.name).list_entities():
                text = "\n".join(_text(value) for value in row.values()).lower()
                if any(word in text for word in wanted):
                    found.append(f"{table.name} {row['PartitionKey']} {row['RowKey']}")
    return found


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def set_schema_version(stack: Stack, table: str, partition: str, row: str, version: int) -> None:
    """As if another release of Orgcal had written the row."""
    with TableServiceClient.from_connection_string(stack.storage_connection_string) as service:
        client = service.get_table_client(table)
        client.update_entity({**client.get_entity(partition, row), "v": version})


def count_calendars(stack: Stack, calendars: Collection[str]) -> None:
    """Have these calendars checked as well in whichever links offer them, as long as there is no setting for it."""
    with TableServiceClient.from_connection_string(stack.storage_connection_string) as service:
        table = service.get_table_client("mailboxes")
        for row in table.list_entities(select=["PartitionKey", "RowKey", "data"]):
            if row["RowKey"].count("!") != _LINK_SEPARATORS:
                continue
            link = json.loads(row["data"])
            for each in link["calendars"]:
                each["checked"] |= each["calendar"] in calendars
            table.update_entity({**row, "data": json.dumps(link)})
