"""What the tables hold, looked at from outside the app."""

from azure.data.tables import TableServiceClient


def keys(connection_string: str, table: str) -> list[tuple[str, str]]:
    """Partition and row key of every row."""
    with TableServiceClient.from_connection_string(connection_string) as service:
        rows = service.get_table_client(table).list_entities(select=["PartitionKey", "RowKey"])
        return [(str(row["PartitionKey"]), str(row["RowKey"])) for row in rows]
