"""A mailbox inside the test, and an app that may read it."""

from dataclasses import dataclass
from typing import Any

import httpx

from local.microsoft365.entra.tokens import app_token
from tests.contract.standin import ADDRESS, InProcess, person

ANN, BOB, CARL = "ann@contoso.example", "bob@contoso.example", "carl@contoso.example"
GRAPH = f"{ADDRESS}/v1.0"
WEEK = {"startDateTime": "2026-03-23T00:00:00Z", "endDateTime": "2026-03-30T00:00:00Z"}


@dataclass(frozen=True)
class Reader:
    """Asks Graph with an app's token, and the control interface without one."""

    client: httpx.AsyncClient
    tenant: str
    token: str

    async def get(self, path: str, query: dict[str, Any] | None = None, prefer: str | None = None) -> httpx.Response:
        """``path`` after the user, or a whole link."""
        url = path if path.startswith("https:") else f"{GRAPH}/users/{ANN}{path}"
        return await self.client.get(url, params=query, headers=self._headers(prefer))

    async def post(self, path: str, body: Any, prefer: str | None = None) -> httpx.Response:
        return await self.client.post(f"{GRAPH}/users/{ANN}{path}", json=body, headers=self._headers(prefer))

    async def send(
        self, method: str, path: str, body: Any = None, prefer: str | None = None, of: str = ANN, **headers: str
    ) -> httpx.Response:
        sent = {**self._headers(prefer), **headers}
        return await self.client.request(method, f"{GRAPH}/users/{of}{path}", json=body, headers=sent)

    async def value(self, path: str, query: dict[str, Any] | None = None, prefer: str | None = None) -> Any:
        answer = await self.get(path, query, prefer)
        assert answer.status_code == 200, answer.text
        return answer.json()["value"]

    async def control(self, method: str, path: str, body: Any = None, of: str = ANN) -> httpx.Response:
        return await self.client.request(
            method, f"{ADDRESS}/control/tenants/{self.tenant}/people/{of}{path}", json=body
        )

    async def add(self, event: dict[str, Any], calendar: str = "default", of: str = ANN) -> dict[str, Any]:
        answer = await self.control("POST", f"/calendars/{calendar}/events", event, of)
        assert answer.status_code == 201, answer.text
        added: dict[str, Any] = answer.json()
        return added

    def _headers(self, prefer: str | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", **({"Prefer": prefer} if prefer else {})}


async def reader_of(microsoft: InProcess) -> Reader:
    """Ann in Paris, Bob in New York, Carl without a mailbox."""
    contoso = microsoft.contoso
    people = [
        person("ann", mail=ANN, mailbox_time_zone="Romance Standard Time"),
        person("bob", mail=BOB, mailbox_time_zone="Eastern Standard Time"),
        person("carl", mail=CARL, licensed=False),
    ]
    await contoso.settle(people)
    await contoso.grant()
    return signed_in(microsoft)


def signed_in(microsoft: InProcess) -> Reader:
    """With the roles that the app has now."""
    contoso, world = microsoft.contoso, microsoft.world
    tenant = world.tenants[contoso.id]
    token = app_token(world, world.apps[contoso.client_id], tenant, tenant.service_principals[contoso.client_id])
    return Reader(microsoft.client, contoso.id, token)


def meeting(start: str, end: str, zone: str = "Romance Standard Time", **more: Any) -> dict[str, Any]:
    return {
        "subject": "Meeting",
        "start": {"dateTime": start, "timeZone": zone},
        "end": {"dateTime": end, "timeZone": zone},
        **more,
    }


def weekly(start: str, end: str, count: int, **more: Any) -> dict[str, Any]:
    """On Mondays."""
    pattern = {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]}
    limits = {"type": "numbered", "startDate": start[:10], "numberOfOccurrences": count}
    return meeting(start, end, recurrence={"pattern": pattern, "range": limits}, **more)


def error_code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]
