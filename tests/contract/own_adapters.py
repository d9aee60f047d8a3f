"""The adapters for Graph, asked through people's own accounts: by tokens that MSAL gets, which open ``/me``."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from shared_code.adapters.entra.graph_tokens import GraphTokens
from shared_code.adapters.graph.client import GraphClient
from shared_code.core.ids import MailboxKey, UserId
from tests.contract.adapters import Adapters, MachineClock, adapters, link_to
from tests.contract.signed_in import OwnAccounts, Worker
from tests.contract.standin import Contoso, Running
from tests.fakes.memory_rows import MemoryRows

__all__ = ["adapters"]


@dataclass
class OwnAdapters(Adapters):
    """Whoever is added has signed in with their work account, of which the organisation's app knows nothing."""

    accounts: OwnAccounts
    worker: Worker

    def mailbox(self, user_id: str) -> MailboxKey:
        return MailboxKey("personal", self.tenant, UserId(user_id))

    async def add_person(self, **properties: Any) -> MailboxKey:
        person = await self.accounts.add("work")
        await self.accounts.change(person, mail="adele@contoso.example", **properties)
        mailbox = self.mailbox(person.id)
        await self.worker.keep(link_to(mailbox), await self.accounts.sign_in(person))
        return mailbox

    async def close(self, mailbox: MailboxKey) -> None:
        """No policy for apps holds for people; Graph may refuse them all the same."""
        refused = {"status": 403, "code": "ErrorAccessDenied"}
        for kind in ("calendars", "calendar_view", "get_schedule"):
            await self.fault({"kind": kind, "user": mailbox.user_id}, refused)


@pytest.fixture
async def own_adapters(adapters: Adapters, contoso: Contoso, running: Running) -> AsyncIterator[OwnAdapters]:
    accounts = OwnAccounts(contoso, running)
    await accounts.register()
    async with accounts.worker(MemoryRows()) as worker:
        transport = httpx.AsyncHTTPTransport(verify=running.context)
        tokens = GraphTokens(adapters.tokens, worker.tokens)
        client = GraphClient(contoso.base_url, tokens, MachineClock(), transport)
        yield OwnAdapters(contoso, adapters.settings, adapters.tokens, adapters.authority, client, accounts, worker)
        await client.close()
