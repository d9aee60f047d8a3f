"""A Graph that answers from a list, for what the stand-in would never send."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from shared_code.adapters.graph.client import GraphClient
from shared_code.core.ids import LinkKey, MailboxKey, OrganizationId, ProductUserId, TenantId, Through, UserId

GRAPH = "https://graph.example"
TENANT = TenantId("11111111-1111-4111-8111-111111111111")
USER = UserId("22222222-2222-4222-8222-222222222222")
MAILBOX = MailboxKey("organizations", TENANT, USER)
LINK = LinkKey(MAILBOX, OrganizationId("acme"), ProductUserId("ursula"))
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class StillClock:
    def now(self) -> datetime:
        return NOW


@dataclass
class CountedTokens:
    """Hands out ``token-1``, and another one each time one was refused."""

    given: int = 1
    is_old: bool = False
    is_last: bool = False  # whatever is refused

    async def get(self, through: Through) -> str:  # noqa: ARG002 - the port's
        return f"token-{self.given}"

    async def replace(self, through: Through, refused: str) -> str:  # noqa: ARG002 - the port's
        self.given += not self.is_last
        return await self.get(through)

    async def replace_old(self, through: Through, denied: str) -> str | None:
        return await self.replace(through, denied) if self.is_old else None


@dataclass
class ScriptedGraph:
    """Gives the answers in order, or raises them; keeps the requests."""

    answers: list[httpx.Response | Exception] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)
    tokens: CountedTokens = field(default_factory=CountedTokens)

    def answer(self, body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers.append(httpx.Response(status, content=content, headers=headers))

    def refuse(self, status: int, code: str | None = None, **headers: str) -> None:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer({"error": {"code": code, "message": ""}} if code else b"<html>", status, names)

    def fail(self, error: Exception) -> None:
        self.answers.append(error)

    def client(self) -> GraphClient:
        return GraphClient(GRAPH, self.tokens, StillClock(), httpx.MockTransport(self._handle))

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer
