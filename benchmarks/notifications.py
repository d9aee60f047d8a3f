"""What taking Graph's posts costs: many changes of one mailbox, and one change each of many mailboxes.

Storage is Azurite, the app's queues are its own. Nothing but sends may happen, so no table is there to be asked.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from statistics import median, quantiles
from time import perf_counter, process_time
from uuid import UUID

import azure.functions as func

from benchmarks.storage import TENANT, storage_account, today
from benchmarks.table import Row
from functions.notifications import graph_notifications
from shared_code import bootstrap
from shared_code.adapters.client_states import SignedClientStates
from shared_code.adapters.queues import SENDS_AT_ONCE, StorageQueues
from shared_code.adapters.storage import StorageAccount
from shared_code.core.client_state import ClientState
from shared_code.core.ids import MailboxKey, UserId
from shared_code.core.secret import Secret
from shared_code.messages import SyncMailbox
from shared_code.settings import Storage
from tests.fakes.composed_app import ComposedApp, make_settings

ITEMS = 100  # in one post
POSTS = 40
ROUNDS = 7  # of which the median counts
CPU_BUDGET = 50.0  # milliseconds, p95


class QueueingApp(ComposedApp):
    """Real queues; any other part would have to be made first, and its use would show."""

    def __init__(self, queues: StorageQueues) -> None:
        super().__init__(make_settings())
        self.__dict__["_queues"] = queues


async def run() -> list[Row]:
    with storage_account() as connection_string:
        account = StorageAccount(Storage(Secret(connection_string), "", "", ""))
        app = QueueingApp(StorageQueues(account))
        bootstrap.serve(app)
        try:
            rows = [await _one_mailbox_row(app), await _many_mailboxes_row(app, today())]
            assert app.rows.operations == [], "tables were asked, which no notification pays for"
        finally:
            bootstrap.serve(None)
            await account.close()
    return rows


async def _one_mailbox_row(app: QueueingApp) -> Row:
    body = _collection(app, [_mailbox(0)] * ITEMS)
    await _post(body)  # imports, and the connection to the queue
    cpu, wall = [], []
    for _ in range(POSTS):
        began, started = process_time(), perf_counter()
        await _post(body)
        cpu.append((process_time() - began) * 1000)
        wall.append((perf_counter() - started) * 1000)
    return Row(
        f"notifications: a post of {ITEMS} items, 1 mailbox",
        f"{_p95(cpu):.1f} ms of CPU (p95), {_p95(wall):.0f} ms of time; 1 send, 0 tables",
        f"{CPU_BUDGET:.0f} ms of CPU (p95)",
        f"{median(_cpu_ms(lambda: json.loads(body)) for _ in range(ROUNDS)):.1f} ms (json.loads alone)",
        within=_p95(cpu) <= CPU_BUDGET,
    )


async def _many_mailboxes_row(app: QueueingApp, now: datetime) -> Row:
    """Both ways take turns, so that whatever else the machine does meets them alike."""
    mailboxes = [_mailbox(number) for number in range(ITEMS)]
    body = _collection(app, mailboxes)
    orders = [_order(mailbox, now) for mailbox in mailboxes]
    ours, bare = [], []
    for _ in range(ROUNDS):
        bare.append(await _wall_ms(lambda: _bare_sends(app, orders)))
        ours.append(await _wall_ms(lambda: _post(body)))
    return Row(
        f"notifications: a post of {ITEMS} items, {ITEMS} mailboxes",
        f"{median(ours):.0f} ms, {median(ours) / median(bare):.2f} × bare sends",
        floor=f"{median(bare):.0f} ms ({ITEMS} bare sends, {SENDS_AT_ONCE} at once, Azurite)",
    )


async def _post(body: bytes) -> None:
    answer = await graph_notifications(
        func.HttpRequest("POST", "https://orgcal.example/graph/notifications", body=body)
    )
    assert answer.status_code == 202, answer.get_body()  # noqa: PLR2004


async def _bare_sends(app: QueueingApp, orders: Sequence[SyncMailbox]) -> None:
    turn = asyncio.Semaphore(SENDS_AT_ONCE)

    async def send(order: SyncMailbox) -> None:
        async with turn:
            await app._queues.send(order)

    await asyncio.gather(*map(send, orders))


def _collection(app: QueueingApp, mailboxes: Sequence[MailboxKey]) -> bytes:
    states = SignedClientStates(app.settings.signing_keys)
    return json.dumps({"value": [_change(mailbox, states) for mailbox in mailboxes]}).encode()


def _change(mailbox: MailboxKey, states: SignedClientStates) -> dict[str, object]:
    """As Graph tells of a changed event, with the fields that the app does not read."""
    event = f"AAMkAGI1AAAoZCfHAAA{'0' * 120}="
    return {
        "subscriptionId": "7f105c7d-2dc5-4530-97cd-4e7ae6534c07",
        "subscriptionExpirationDateTime": "2026-11-27T09:00:00.0000000+00:00",
        "changeType": "updated",
        "resource": f"Users/{mailbox.user_id}/Events/{event}",
        "resourceData": {
            "@odata.type": "#Microsoft.Graph.Event",
            "@odata.id": f"Users/{mailbox.user_id}/Events/{event}",
            "@odata.etag": 'W/"3xkT6rS8mk2Rrz1Ky5wQfgAABtkKZw=="',
            "id": event,
        },
        "clientState": states.write(ClientState(mailbox, 1)),
        "tenantId": mailbox.tenant,
    }


def _mailbox(number: int) -> MailboxKey:
    return MailboxKey("organizations", TENANT, UserId(str(UUID(int=number))))


def _order(mailbox: MailboxKey, now: datetime) -> SyncMailbox:
    return SyncMailbox(
        registration="organizations", tenant=TENANT, user_id=mailbox.user_id, queued_at=now, cause="notified"
    )


def _p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20)[-1]


def _cpu_ms(work: Callable[[], object]) -> float:
    began = process_time()
    work()
    return (process_time() - began) * 1000


async def _wall_ms(work: Callable[[], Awaitable[None]]) -> float:
    began = perf_counter()
    await work()
    return (perf_counter() - began) * 1000
