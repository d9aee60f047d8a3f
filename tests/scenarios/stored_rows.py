"""What the tables hold of somebody, looked at from outside the app."""

from azure.data.tables import TableServiceClient

from local.stack import Stack


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
