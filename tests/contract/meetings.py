"""Ann organizes, Bob is invited; what they do, what they are told of, and what Microsoft mails about it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from local.microsoft365.delivery import pump
from local.microsoft365.outbound import Outbound
from tests.contract.calendars import ANN, BOB, GRAPH, WEEK, Reader, meeting, reader_of
from tests.contract.receiver import Receiver
from tests.contract.standin import InProcess

NINE = ("2026-03-24T09:00:00", "2026-03-24T10:00:00")
TEN = ("2026-03-24T10:00:00", "2026-03-24T11:00:00")
IMMUTABLE = 'IdType="ImmutableId"'
GUID = "8ECCC264-6880-4EBE-992F-8888D2EEAA1D"
MARK = f"String {{{GUID}}} Name OrgcalBooking"


@dataclass(frozen=True)
class Office:
    """``reader`` asks as the app; subscriptions are the app's as well."""

    microsoft: InProcess
    reader: Reader
    receiver: Receiver

    async def create(self, *addresses: str, **more: Any) -> dict[str, Any]:
        """Ann's meeting at nine with these attendees, in Ann's immutable ids."""
        answer = await self.reader.post("/events", meeting(*NINE, attendees=invited(*addresses), **more), IMMUTABLE)
        assert answer.status_code == 201, answer.text
        event: dict[str, Any] = answer.json()
        return event

    async def change(self, event: dict[str, Any], **members: Any) -> dict[str, Any]:
        answer = await self.reader.send("PATCH", f"/events/{event['id']}", members, IMMUTABLE)
        assert answer.status_code == 200, answer.text
        changed: dict[str, Any] = answer.json()
        return changed

    async def act(self, event: dict[str, Any], act: str, body: Any = None, of: str = ANN) -> httpx.Response:
        """An action of Graph, with the id of ``of``'s own event."""
        return await self.reader.send("POST", f"/events/{event['id']}/{act}", body, IMMUTABLE, of=of)

    async def do(self, method: str, event: dict[str, Any], path: str = "", body: Any = None, of: str = ANN) -> Any:
        """What a person does in Outlook."""
        answer = await self.reader.control(method, f"/events/{event['id']}{path}", body, of)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def get(self, event: dict[str, Any], of: str = ANN) -> dict[str, Any]:
        answer = await self.reader.send("GET", f"/events/{event['id']}", prefer=IMMUTABLE, of=of)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def view(self, of: str = ANN) -> list[dict[str, Any]]:
        answer = await self.reader.get(f"{GRAPH}/users/{of}/calendarView", WEEK, IMMUTABLE)
        found: list[dict[str, Any]] = answer.json()["value"]
        return found

    async def copy(self, of: str = BOB) -> dict[str, Any]:
        (found,) = await self.view(of)
        return found

    async def mails(self) -> list[tuple[str, str]]:
        log = await self.microsoft.contoso.control("GET", "/mails")
        return [(each["kind"], each["recipient"]) for each in log["mails"]]

    async def subscribe(self, *people: str) -> None:
        for each in people:
            wish = {
                "changeType": "created,updated,deleted",
                "notificationUrl": "https://app.example/changes",
                "resource": f"/users/{each}/events",
                "expirationDateTime": (self.microsoft.clock.now() + timedelta(days=6)).isoformat(),
                "clientState": each,
            }
            headers = {"Authorization": f"Bearer {self.reader.token}", "Prefer": IMMUTABLE}
            answer = await self.microsoft.client.post(f"{GRAPH}/subscriptions", json=wish, headers=headers)
            assert answer.status_code == 201, answer.text

    async def told(self) -> list[tuple[str, str]]:
        """Whose mailbox, and which kind of change, since the last time."""
        await pump(self.microsoft.world)
        posts = [self.receiver.bodies.get_nowait() for _ in range(self.receiver.bodies.qsize())]
        return [(item["clientState"], item["changeType"]) for _, post in posts for item in post["value"]]


@asynccontextmanager
async def open_office(microsoft: InProcess) -> AsyncIterator[Office]:
    receiver = Receiver("https://app.example")
    microsoft.world.outbound = Outbound(transport=httpx.ASGITransport(receiver.app))
    yield Office(microsoft, await reader_of(microsoft), receiver)
    await microsoft.world.outbound.aclose()


def invited(*addresses: str) -> list[dict[str, Any]]:
    return [{"emailAddress": {"address": each, "name": each}, "type": "required"} for each in addresses]


def marked(value: str) -> list[dict[str, str]]:
    return [{"id": MARK, "value": value}]


def at(times: tuple[str, str], zone: str = "UTC") -> dict[str, Any]:
    return {name: {"dateTime": wall, "timeZone": zone} for name, wall in zip(("start", "end"), times, strict=True)}


def answers(event: dict[str, Any]) -> list[str]:
    return [each["status"]["response"] for each in event["attendees"]]
