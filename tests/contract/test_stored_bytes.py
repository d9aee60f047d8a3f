"""The searches through everything that is stored find what is there, or no other test could trust them."""

import pytest
from azure.storage.queue import QueueServiceClient

from shared_code.adapters.health import StorageHealth
from shared_code.adapters.queues import StorageQueues
from shared_code.adapters.tables.mailboxes import TableMailboxes
from shared_code.adapters.tables.names import USERS
from shared_code.adapters.tables.roster_rows import SLICES, slice_row
from shared_code.adapters.tables.rows import Put, Rows
from shared_code.core.ids import CalendarId, ConnectionId
from shared_code.core.mailbox import Lease
from shared_code.core.roster_entry import entry_of
from shared_code.mailbox_ports import LinkChange
from shared_code.messages import CheckGrant
from shared_code.order_queues import QUEUES
from tests.contract.samples import ACME, MAILBOX, link, person
from tests.contract.storage import account_at
from tests.fakes.memory_rows import MemoryRows
from tests.stored_bytes import bytes_at_rest


async def test_the_bytes_at_rest_hold_keys_records_and_packed_events(rows: Rows, storage_kind: str | None) -> None:
    mailboxes = TableMailboxes(rows)
    lease = await mailboxes.create_lease(Lease(MAILBOX))
    await mailboxes.commit(lease, lease.value, [LinkChange(None, link("Zoë"), {CalendarId("c"): b"\xff\x00packed"})])

    stored = rows.bytes_at_rest() if isinstance(rows, MemoryRows) else bytes_at_rest(str(storage_kind))

    for expected in (str(MAILBOX).encode(), "link!Acme_1.eu-west!Zoë".encode(), b"Europe/Paris", b"\xff\x00packed"):
        assert expected in stored
    assert b"a subject" not in stored


async def test_the_bytes_at_rest_hold_what_is_compressed(rows: Rows, storage_kind: str | None) -> None:
    listed = entry_of(person("ann", "Zoë@contoso.com"))
    await rows.commit(USERS, ACME, [Put(SLICES[0], slice_row([listed]))])

    stored = rows.bytes_at_rest() if isinstance(rows, MemoryRows) else bytes_at_rest(str(storage_kind))

    assert "Zoë@contoso.com".encode() in stored


@pytest.mark.azurite
async def test_the_bytes_at_rest_hold_messages_and_storage_that_answers_is_healthy(rows: Rows, azurite: str) -> None:
    account = account_at(azurite)
    queues = StorageQueues(account)
    with QueueServiceClient.from_connection_string(azurite) as service:
        for queue in QUEUES:
            service.create_queue(queue)
        await queues.send(CheckGrant(organization=ACME, connection=ConnectionId("c-found")))

        failing = await StorageHealth(rows, queues).failing_parts()
        stored = bytes_at_rest(azurite)

        for queue in QUEUES:
            service.delete_queue(queue)
    await account.close()
    assert failing == ()
    assert b'"connection":"c-found"' in stored
