"""What the tables hold, looked at from outside the app."""

from azure.data.tables import TableServiceClient


def partitions(connection_string: str, table: str) -> list[str]:
    """The partition key of every row."""
    with TableServiceClient.from_connection_string(connection_string) as service:
        rows = service.get_table_client(table).list_entities(select=["PartitionKey"])
        return [str(row["PartitionKey"]) for row in rows]
