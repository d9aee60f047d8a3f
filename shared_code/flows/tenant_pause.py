"""Graph throttles a whole tenant: none of its mailboxes is read until it has calmed down."""

from dataclasses import replace
from datetime import datetime

from shared_code.core.connection import Connection
from shared_code.errors import Conflict
from shared_code.logs import say
from shared_code.ports import Organizations, Stored


async def pause_tenant(organizations: Organizations, connection: Stored[Connection], until: datetime) -> None:
    """Note it on the connection. If that row has moved on, the next refusal notes it."""
    try:
        await organizations.save_connection(connection, replace(connection.value, not_before=until))
    except Conflict:
        say("tenant_pause_not_noted", connection=connection.value.connection)
        return
    say("tenant_paused", connection=connection.value.connection, until=until.isoformat())
