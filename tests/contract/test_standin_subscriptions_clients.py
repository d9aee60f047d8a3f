"""msgraph-sdk subscribes at the stand-in's process, which posts to an HTTPS endpoint outside it."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphServiceClient
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.subscription import Subscription

from local.clock import LocalClock
from local.microsoft365.certificates import client_context
from tests.contract.calendars import meeting
from tests.contract.clients import credential, graph, transport
from tests.contract.places import Place, stand_in
from tests.contract.receiver import Receiver, issue_receiver_certificate, receiving
from tests.contract.shapes import faults
from tests.contract.standin import Certificate, Contoso, Running, announced_url, person

__all__ = ["credential", "graph", "transport"]  # fixtures

USER = "ann@contoso.example"


@dataclass(frozen=True)
class Trusting:
    """The stand-in as a process that trusts the receiver's authority; its clock is its own."""

    running: Running
    certificate: Path


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trusting]:
    directory = tmp_path_factory.mktemp("trusting")
    certificate = issue_receiver_certificate(directory)
    options = ["--directory", str(directory), "--clock-file", str(directory / "clock")]
    command = [sys.executable, "-m", "local.microsoft365", *options, "--trust", str(directory / "trust.pem")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        url = announced_url(directory / "microsoft365.json", process)
        yield Trusting(Running(url, directory / "ca.pem"), certificate)
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
async def contoso(trusting: Trusting, certificate: Certificate) -> AsyncIterator[Contoso]:
    async with httpx.AsyncClient(verify=client_context(trusting.running.ca_file)) as client:
        tenant = Contoso(client, certificate, trusting.running.url)
        await tenant.settle([person("ann", mail=USER), person("bob", mail="bob@contoso.example")])
        await tenant.grant()
        yield tenant
        await tenant.control("PUT", "/notifications/script", {})


@pytest.fixture
def place(trusting: Trusting, contoso: Contoso) -> Place:
    return stand_in(trusting.running, contoso)


@pytest.fixture
async def receiver(trusting: Trusting) -> AsyncIterator[Receiver]:
    async with receiving(trusting.certificate) as found:
        yield found


async def now(contoso: Contoso) -> datetime:
    return datetime.fromisoformat((await contoso.control("GET", "/clock"))["now"]).astimezone(UTC)


async def wanted(contoso: Contoso, receiver: Receiver, **members: Any) -> Subscription:
    good: dict[str, Any] = {
        "change_type": "created,updated,deleted",
        "notification_url": f"{receiver.url}/changes?code=abc",
        "lifecycle_notification_url": f"{receiver.url}/lifecycle",
        "resource": f"users/{USER}/events",
        "expiration_date_time": await now(contoso) + timedelta(minutes=10_000),
        "client_state": "secret",
        "latest_supported_tls_version": "v1_2",
    }
    return Subscription(**{**good, **members})


async def add_event(contoso: Contoso) -> dict[str, Any]:
    event = meeting("2026-03-25T09:00:00", "2026-03-25T10:00:00")
    path = f"/tenants/{contoso.id}/people/{USER}/calendars/default/events"
    added: dict[str, Any] = await contoso.control("POST", path, event)
    return added


def immutable() -> RequestConfiguration[Any]:
    configuration: RequestConfiguration[Any] = RequestConfiguration()
    configuration.headers.add("Prefer", 'IdType="ImmutableId"')
    return configuration


async def test_msgraph_subscribes_and_hears_of_a_change(
    contoso: Contoso, graph: GraphServiceClient, receiver: Receiver
) -> None:
    wish = await wanted(contoso, receiver)
    made = await graph.subscriptions.post(wish, request_configuration=immutable())
    added = await add_event(contoso)

    name, body = await receiver.next_body()

    (item,) = body["value"]
    assert name == "changes"
    assert (item["subscriptionId"], item["clientState"], item["tenantId"]) == (made.id, "secret", contoso.id)
    assert item["resourceData"]["id"] == added["immutableId"]
    assert made.expiration_date_time == wish.expiration_date_time


async def test_msgraph_reads_renews_reauthorizes_and_deletes(
    contoso: Contoso, graph: GraphServiceClient, receiver: Receiver
) -> None:
    made = await graph.subscriptions.post(await wanted(contoso, receiver))
    builder = graph.subscriptions.by_subscription_id(made.id)
    later = await now(contoso) + timedelta(minutes=10_050)

    renewed = await builder.patch(Subscription(expiration_date_time=later))
    await builder.reauthorize.post()
    listed = await graph.subscriptions.get()
    read = await builder.get()
    await builder.delete()
    with pytest.raises(ODataError) as gone:
        await builder.get()

    assert renewed.expiration_date_time == read.expiration_date_time == later
    assert [each.id for each in listed.value] == [made.id]
    assert (read.notification_url, read.application_id) == (f"{receiver.url}/changes?code=abc", contoso.client_id)
    assert (gone.value.response_status_code, gone.value.error.code) == (404, "ResourceNotFound")


async def test_msgraph_understands_refusals(contoso: Contoso, graph: GraphServiceClient, receiver: Receiver) -> None:
    wish = await wanted(contoso, receiver)
    await graph.subscriptions.post(wish)
    with pytest.raises(ODataError) as duplicate:
        await graph.subscriptions.post(wish)
    receiver.shakes_hands = False
    with pytest.raises(ODataError) as deaf:
        await graph.subscriptions.post(await wanted(contoso, receiver, change_type="updated"))
    with pytest.raises(ODataError) as push:
        await graph.subscriptions.post(await wanted(contoso, receiver, vapid_public_key="key"))

    assert (duplicate.value.response_status_code, duplicate.value.error.code) == (409, "ObjectIdentifierInUse")
    assert (deaf.value.response_status_code, deaf.value.error.code) == (400, "ValidationError")
    assert push.value.response_status_code == 400


async def test_an_endpoint_of_an_unknown_authority_is_not_posted_to(
    contoso: Contoso, graph: GraphServiceClient, tmp_path: Path
) -> None:
    async with receiving(issue_receiver_certificate(tmp_path)) as stranger:
        with pytest.raises(ODataError) as refused:
            await graph.subscriptions.post(await wanted(contoso, stranger))

    assert (refused.value.response_status_code, refused.value.error.code) == (400, "ValidationError")


async def test_the_process_delivers_when_its_clock_is_moved(
    contoso: Contoso, graph: GraphServiceClient, receiver: Receiver
) -> None:
    await graph.subscriptions.post(await wanted(contoso, receiver))
    await contoso.control("PUT", "/notifications/script", {"delay_seconds": 3_600})
    await add_event(contoso)

    nothing_yet = receiver.bodies.empty()
    await contoso.control("POST", "/clock", {"advance_seconds": 3_600})
    _, body = await receiver.next_body()

    assert (nothing_yet, body["value"][0]["changeType"]) == (True, "created")


async def test_the_process_sees_a_clock_that_somebody_else_moved(
    contoso: Contoso, graph: GraphServiceClient, receiver: Receiver, trusting: Trusting
) -> None:
    await graph.subscriptions.post(await wanted(contoso, receiver))
    await contoso.control("PUT", "/notifications/script", {"delay_seconds": 3_600})
    await add_event(contoso)
    clock = LocalClock(trusting.running.ca_file.parent / "clock")

    await asyncio.to_thread(clock.advance, timedelta(hours=1))
    _, body = await receiver.next_body()

    assert body["value"][0]["changeType"] == "created"


async def test_what_is_posted_has_its_documented_shape(
    contoso: Contoso, graph: GraphServiceClient, receiver: Receiver
) -> None:
    made = await graph.subscriptions.post(await wanted(contoso, receiver))
    await add_event(contoso)
    _, change = await receiver.next_body()
    await contoso.control("POST", f"/subscriptions/{made.id}/lifecycle", {"event": "reauthorizationRequired"})
    name, lifecycle = await receiver.next_body()

    assert name == "lifecycle"
    assert list(faults("change-notifications.json", change)) == []
    assert list(faults("lifecycle-notifications.json", lifecycle)) == []
