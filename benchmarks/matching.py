"""A full match of 100,000 directory users with 20,000 product users: CPU, memory, requests.

Everything is the app's own but the two ends: Graph's pages are made in process, and storage rows stay in memory. Each
size runs in a process of its own, so that its peak memory is its own.
"""

import asyncio
import json
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil
from time import process_time
from urllib.parse import parse_qs
from uuid import UUID

import httpx
from kiota_abstractions.authentication import AnonymousAuthenticationProvider
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.users.users_request_builder import UsersRequestBuilder

from benchmarks.memory import peak_mib
from benchmarks.table import Row
from shared_code.adapters.graph.client import GraphClient
from shared_code.adapters.graph.directory import PAGE, GraphDirectory
from shared_code.adapters.graph.directory_wire import WireUsersPage
from shared_code.adapters.graph.http import Asked, Question, decode
from shared_code.adapters.tables.names import ORGANIZATIONS, USERS
from shared_code.adapters.tables.organizations import TableOrganizations
from shared_code.adapters.tables.product_users import TableProductUsers
from shared_code.adapters.tables.rows import Change
from shared_code.core.connection import ActivationLink, Connection, ConnectionState
from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId, TenantId, Through
from shared_code.core.organization import AuditEntry, Organization
from shared_code.core.product_user import Address, ProductUser, UserState
from shared_code.core.roster_entry import SLICES
from shared_code.flows.directory_changes import DirectoryChanges
from shared_code.flows.product_users import iter_users
from shared_code.flows.user_match import UserMatch
from shared_code.messages import AnyMessage, SweepChanges, SweepUsers
from shared_code.ports import UserChange
from tests.fakes.chance import CountingChance
from tests.fakes.clock import FixedClock
from tests.fakes.fake_authority import FakeAuthority
from tests.fakes.memory_rows import MemoryRows

PEOPLE, USERS_WANTED = 100_000, 20_000
FEWER_PEOPLE = 20_000  # to see that memory does not follow the directory
SDK_PEOPLE = 300  # the typed models are slow; their cost is scaled by count

GRAPH = "https://graph.example"
ORGANIZATION, CONNECTION = OrganizationId("acme"), ConnectionId("c1")
TENANT = TenantId("11111111-1111-4111-8111-111111111111")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)

CPU_BUDGET = 10.0  # seconds
MEMORY_BUDGET = 16.0  # MiB more for five times the directory: the noise of an allocator


@dataclass(frozen=True)
class Measured:
    cpu_seconds: float
    floor_seconds: float  # of decoding the same pages, and nothing else
    peak_mib: float
    users_requests: int
    sweep_messages: int
    user_pages: int
    sweep_saves: int
    user_transactions: int
    slice_reads: int
    rows_written: int
    connected: int
    delta_requests: int
    delta_operations: int


class Pages:
    """Graph's ``/users`` and ``/users/delta`` in process; the CPU it takes to make the pages is not the app's."""

    def __init__(self, people: int, every: int) -> None:
        self._people = people
        self._every = every
        self.cpu_seconds = 0.0
        self.requests: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        began = process_time()
        self.requests.append(request.url.path)
        if request.url.path.endswith(("/delta", "/delta()")):
            body = json.dumps({"value": [], "@odata.deltaLink": f"{GRAPH}/v1.0/users/delta?$deltatoken=now"}).encode()
        else:
            body = self.page(int(parse_qs(request.url.query.decode()).get("$skiptoken", ["0"])[0]))
        self.cpu_seconds += process_time() - began
        return httpx.Response(200, content=body, headers={"Content-Type": "application/json"})

    def page(self, start: int) -> bytes:
        end = min(start + PAGE, self._people)
        people = ",".join(self._person(number) for number in range(start, end))
        more = f',"@odata.nextLink":"{GRAPH}/v1.0/users?$skiptoken={end}"' if end < self._people else ""
        return f'{{"value":[{people}]{more}}}'.encode()

    def all_pages(self) -> Iterator[bytes]:
        return (self.page(start) for start in range(0, self._people, PAGE))

    def _person(self, number: int) -> str:
        """Every so many-th one is a product user, a third of them by an alias only."""
        name = f"user{number // self._every}" if number % self._every == 0 else f"stranger{number}"
        mail = f"{name}.renamed" if number % 3 == 0 else name
        return (
            f'{{"id":"{UUID(int=number + 1)}","mail":"{mail}@Contoso.com","userPrincipalName":"{mail}@contoso.com",'
            f'"accountEnabled":true,"userType":"Member","proxyAddresses":["SMTP:{mail}@Contoso.com",'
            f'"smtp:{name}@contoso.com","sip:{name}@contoso.com"]}}'
        )


class TimedRows(MemoryRows):
    """Storage in memory checks each row as Azure would; that is not the app's work, so it is counted apart."""

    cpu_seconds = 0.0

    async def commit(self, table: str, partition: str, changes: Sequence[Change]) -> tuple[str, ...]:
        began = process_time()
        try:
            return await super().commit(table, partition, changes)
        finally:
            self.cpu_seconds += process_time() - began


@dataclass
class Orders:
    """The queues: sweep messages wait in order; whom a match found is fed to the mailboxes' readers, who do not run."""

    sweeps: deque[SweepUsers] = field(default_factory=deque)

    async def send(self, message: AnyMessage, delay: timedelta = timedelta(0)) -> None:  # noqa: ARG002 - the port's signature
        if isinstance(message, SweepUsers):
            self.sweeps.append(message)

    async def send_many(self, messages: Sequence[AnyMessage]) -> None:
        for message in messages:
            await self.send(message)


class Tokens:
    async def get(self, through: Through) -> str:  # noqa: ARG002 - the port's signature
        return "token"

    async def replace(self, through: Through, refused: str) -> str:  # noqa: ARG002 - the port's signature
        return "token"

    async def replace_old(self, through: Through, denied: str) -> str | None:  # noqa: ARG002 - the port's signature
        return None


async def run() -> list[Row]:
    whole = _in_own_process(PEOPLE, USERS_WANTED)
    smaller = _in_own_process(FEWER_PEOPLE, USERS_WANTED)
    sdk_seconds = await _typed_models_seconds() * PEOPLE / SDK_PEOPLE
    return [*_full_match_rows(whole, smaller, sdk_seconds), _delta_row(whole)]


def _full_match_rows(whole: Measured, smaller: Measured, sdk_seconds: float) -> list[Row]:
    pages, user_pages = ceil(PEOPLE / PAGE), ceil(USERS_WANTED / 1000)
    saves = ceil(PEOPLE / (10 * PAGE)) + 5
    transactions = 2 * USERS_WANTED // 100 + SLICES
    growth = whole.peak_mib - smaller.peak_mib
    assert whole.connected == USERS_WANTED == smaller.connected, "the match is wrong, so its cost says nothing"
    return [
        Row(
            f"full match, {PEOPLE:,} × {USERS_WANTED:,}: decode and match",
            f"{whole.cpu_seconds:.2f} s of CPU",
            f"{CPU_BUDGET:.0f} s",
            f"{whole.floor_seconds:.2f} s (decoding alone)",
            f"{sdk_seconds:.0f} s (typed models of msgraph-sdk, {SDK_PEOPLE} measured)",
            whole.cpu_seconds <= CPU_BUDGET,
        ),
        Row(
            "  memory",
            f"{whole.peak_mib:.0f} MiB at the peak",
            f"as for {FEWER_PEOPLE:,}, ± {MEMORY_BUDGET:.0f}",
            f"{smaller.peak_mib:.0f} MiB ({FEWER_PEOPLE:,} × {USERS_WANTED:,})",
            within=growth <= MEMORY_BUDGET,
        ),
        Row(
            "  Graph requests for users (one more for the delta link)",
            f"{whole.users_requests}",
            f"{pages}",
            f"{pages}",
            within=whole.users_requests <= pages,
        ),
        Row(
            "  storage: pages of product users",
            f"{whole.user_pages} in {whole.sweep_messages} messages",
            f"{user_pages} a message",
            within=whole.user_pages <= user_pages * whole.sweep_messages,
        ),
        Row("  storage: saves of the cursor", f"{whole.sweep_saves}", f"{saves}", within=whole.sweep_saves <= saves),
        Row(
            "  storage: transactions of users",
            f"{whole.user_transactions} ({whole.rows_written:,} rows)",
            f"{transactions} (one more a slice of the roster)",
            f"{2 * USERS_WANTED // 100} (users and pins alone)",
            within=whole.user_transactions <= transactions,
        ),
        Row(
            "  storage: reads of slices of the roster",
            f"{whole.slice_reads}",
            f"{SLICES}",
            within=whole.slice_reads <= SLICES,
        ),
    ]


def _delta_row(whole: Measured) -> Row:
    return Row(
        "delta match, nothing changed",
        f"{whole.delta_requests} Graph request, {whole.delta_operations} storage operations",
        "1 and 2",
        "1 and 2",
        within=(whole.delta_requests, whole.delta_operations) <= (1, 2),
    )


def _in_own_process(people: int, users: int) -> Measured:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.matching", str(people), str(users)]
    finished = subprocess.run(command, check=True, capture_output=True, text=True)
    return Measured(**json.loads(finished.stdout))


async def measure(people: int, users: int) -> Measured:
    clock, rows = FixedClock(NOW), TimedRows()
    pages = Pages(people, people // users)
    client = GraphClient(GRAPH, Tokens(), clock, httpx.MockTransport(pages))
    organizations, product_users, queues = TableOrganizations(rows), TableProductUsers(rows), Orders()
    directory = GraphDirectory(client)
    match = UserMatch(organizations, product_users, directory, queues, CountingChance(), clock)
    changes = DirectoryChanges(organizations, product_users, directory, queues, FakeAuthority())
    await _fill(organizations, product_users, users)
    rows.operations.clear()
    rows.cpu_seconds = 0.0

    began, messages = process_time(), 0
    queues.sweeps.append(SweepUsers(organization=ORGANIZATION, connection=CONNECTION))
    while queues.sweeps:
        messages += 1
        await match.run(queues.sweeps.popleft(), clock.now())
    cpu_seconds = process_time() - began - pages.cpu_seconds - rows.cpu_seconds
    peak = peak_mib()
    operations, rows.operations[:] = list(rows.operations), []
    requests, pages.requests[:] = list(pages.requests), []
    await changes.run(SweepChanges(organization=ORGANIZATION, connection=CONNECTION), clock.now())
    await client.close()
    delta_operations = rows.count()
    user_writes = [operation for operation in operations if operation.table == USERS and operation.kind == "commit"]
    return Measured(
        cpu_seconds,
        _floor_seconds(pages),
        peak,
        users_requests=sum(path.endswith("/users") for path in requests),
        sweep_messages=messages,
        user_pages=sum(operation.table == USERS and operation.kind == "page" for operation in operations),
        sweep_saves=sum(operation.table == ORGANIZATIONS and operation.kind == "commit" for operation in operations),
        user_transactions=len(user_writes),
        slice_reads=sum(operation.table == USERS and operation.kind == "find" for operation in operations),
        rows_written=sum(operation.rows for operation in user_writes),
        connected=await _count_pending(product_users),
        delta_requests=len(pages.requests),
        delta_operations=delta_operations,
    )


async def _fill(organizations: TableOrganizations, product_users: TableProductUsers, users: int) -> None:
    await organizations.create(Organization(ORGANIZATION, "Acme", NOW))
    link = ActivationLink(1, NOW, NOW, ProductUserId("boss"))
    connection = Connection(CONNECTION, ORGANIZATION, ConnectionState.ACTIVE, NOW, link, tenant=TENANT)
    await organizations.add_connection(connection, AuditEntry(NOW, "connection.requested", "boss"))
    everybody = [
        ProductUser(
            ORGANIZATION,
            ProductUserId(f"user{number}"),
            (Address(f"user{number}@contoso.com", verified=True),),
            UserState.NO_MATCH,
            NOW,
        )
        for number in range(users)
    ]
    await product_users.save([UserChange(None, user) for user in everybody])


async def _count_pending(product_users: TableProductUsers) -> int:
    return sum([user.value.state is UserState.PENDING async for user in iter_users(product_users, ORGANIZATION)])


def _floor_seconds(pages: Pages) -> float:
    question, seconds = Question(TENANT, Asked.DIRECTORY, "the floor"), 0.0
    for body in pages.all_pages():
        began = process_time()
        decode(question, body, WireUsersPage)
        seconds += process_time() - began
    return seconds


async def _typed_models_seconds() -> float:
    """The same page as most samples read it: the SDK's own models, and a dictionary to match with."""
    pages = Pages(SDK_PEOPLE, PEOPLE // USERS_WANTED)
    http = httpx.AsyncClient(transport=httpx.MockTransport(pages))
    adapter = GraphRequestAdapter(AnonymousAuthenticationProvider(), client=http)
    adapter.base_url = f"{GRAPH}/v1.0"
    parameters = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(top=PAGE)
    users = GraphServiceClient(request_adapter=adapter).users
    wanted = {f"user{number}@contoso.com" for number in range(USERS_WANTED)}
    await users.get()  # the models are imported on first use, which is not what is measured here
    pages.cpu_seconds, began = 0.0, process_time()
    answer = await users.get(RequestConfiguration(query_parameters=parameters))
    found = [person.id for person in (answer.value if answer else None) or [] if (person.mail or "").lower() in wanted]
    seconds = process_time() - began - pages.cpu_seconds
    await http.aclose()
    assert found, "the typed models found nobody, so their cost says nothing"
    return seconds


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(measure(int(sys.argv[1]), int(sys.argv[2]))))))
