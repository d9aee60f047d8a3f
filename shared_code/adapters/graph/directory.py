"""The ``Directory`` port over Microsoft Graph: ``/users``, its delta, and look-ups by address."""

from collections.abc import Sequence
from itertools import batched

from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.request_information import RequestInformation
from msgraph.generated.users.delta.delta_request_builder import DeltaRequestBuilder
from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder
from msgraph.generated.users.users_request_builder import UsersRequestBuilder

from shared_code.adapters.graph.client import GraphClient
from shared_code.adapters.graph.directory_wire import (
    USER_FIELDS,
    WireChangesPage,
    WireUser,
    WireUsersPage,
    read_change,
)
from shared_code.adapters.graph.http import Asked, Question
from shared_code.core.directory import DirectoryUser, RemovedUser
from shared_code.core.ids import TenantId, UserId
from shared_code.directory_ports import ChangesPage, UsersPage
from shared_code.errors import Gone, Unexpected

PAGE = 999  # the most that /users gives (https://learn.microsoft.com/graph/api/user-list, 2026)
CLAUSES = 15  # of one $filter; more of them are refused (https://learn.microsoft.com/graph/aad-advanced-queries)
_CLAUSES_AN_ADDRESS = 4
_MOST_EMPTY_PAGES = 100


class GraphDirectory:
    def __init__(self, client: GraphClient) -> None:
        self._client = client

    async def read_users(self, tenant: TenantId, link: str | None) -> UsersPage:
        if link is not None:
            page = await self._client.follow(_link(tenant), link, WireUsersPage)
        else:
            page = await self._client.send(_directory(tenant), self._list(), WireUsersPage)
        return UsersPage(tuple(user.read() for user in page.value), self._client.check(_link(tenant), page.next_link))

    async def read_changes(self, tenant: TenantId, link: str | None) -> ChangesPage:
        if link is not None:
            page = await self._client.follow(_link(tenant), link, WireChangesPage)
        else:
            page = await self._client.send(_directory(tenant), self._changes(), WireChangesPage)
        if (page.next_link is None) == (page.delta_link is None):
            raise Unexpected(f"tenant {tenant}: a page of changes has neither or both of its links")
        return ChangesPage(
            *_last_wins(page),
            next_link=self._client.check(_link(tenant), page.next_link),
            delta_link=self._client.check(_link(tenant), page.delta_link),
        )

    async def start_changes(self, tenant: TenantId) -> str:
        page = await self._client.send(_directory(tenant), self._changes_from_now_on(), WireChangesPage)
        for _ in range(_MOST_EMPTY_PAGES):
            if (link := self._client.check(_directory(tenant), page.delta_link)) is not None:
                return link
            if page.next_link is None:
                break
            page = await self._client.follow(_directory(tenant), page.next_link, WireChangesPage)
        raise Unexpected(f"tenant {tenant}: a round of changes from now on did not end with a delta link")

    async def find_user(self, tenant: TenantId, user_id: UserId) -> DirectoryUser | None:
        parameters = UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters(select=[*USER_FIELDS])
        builder = self._client.builders.users.by_user_id(user_id)
        request = builder.to_get_request_information(RequestConfiguration(query_parameters=parameters))
        try:
            found = await self._client.send(_directory(tenant, user_id), request, WireUser)
        except Gone:
            return None
        return found.read()

    async def find_users(self, tenant: TenantId, addresses: Sequence[str]) -> tuple[DirectoryUser, ...]:
        found: dict[UserId, DirectoryUser] = {}
        for some in batched(dict.fromkeys(addresses), CLAUSES // _CLAUSES_AN_ADDRESS, strict=False):
            page = await self._client.send(_directory(tenant), self._list(address_filter(some)), WireUsersPage)
            found.update((user.user_id, user) for user in map(WireUser.read, page.value))
            while page.next_link is not None:
                page = await self._client.follow(_directory(tenant), page.next_link, WireUsersPage)
                found.update((user.user_id, user) for user in map(WireUser.read, page.value))
        return tuple(found.values())

    def _list(self, where: str | None = None) -> RequestInformation:
        parameters = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(
            select=[*USER_FIELDS], top=PAGE, filter=where
        )
        return self._client.builders.users.to_get_request_information(RequestConfiguration(query_parameters=parameters))

    def _changes(self) -> RequestInformation:
        """``$select`` is only told here: the links carry it. ``$top`` is not supported by the delta."""
        parameters = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters(select=[*USER_FIELDS])
        builder = self._client.builders.users.delta
        return builder.to_get_request_information(RequestConfiguration(query_parameters=parameters))

    def _changes_from_now_on(self) -> RequestInformation:
        """``$deltatoken`` is not among the SDK's parameters, so its template is given one more."""
        request = self._changes()
        request.url_template = str(request.url_template).replace("{?", "{?%24deltatoken,")
        request.query_parameters["%24deltatoken"] = "latest"
        return request


def address_filter(addresses: Sequence[str]) -> str:
    """Everybody who holds one of the addresses in any of the three places. A primary proxy address is spelled
    ``SMTP:``, an alias ``smtp:``; whether Graph minds the case is not documented, so both are asked for."""
    return " or ".join(clause for address in addresses for clause in _clauses(_quoted(address)))


def _clauses(address: str) -> tuple[str, ...]:
    return (
        f"mail eq '{address}'",
        f"userPrincipalName eq '{address}'",
        f"proxyAddresses/any(p:p eq 'smtp:{address}')",
        f"proxyAddresses/any(p:p eq 'SMTP:{address}')",
    )


def _quoted(value: str) -> str:
    """Inside an OData string a quote is doubled; the rest is escaped when the address is put together."""
    return value.replace("'", "''")


def _last_wins(page: WireChangesPage) -> tuple[tuple[DirectoryUser, ...], tuple[RemovedUser, ...]]:
    """One person may come several times in a page; only the last word counts."""
    latest = {change.user_id: change for change in map(read_change, page.value)}
    changed = tuple(change for change in latest.values() if isinstance(change, DirectoryUser))
    removed = tuple(change for change in latest.values() if isinstance(change, RemovedUser))
    return changed, removed


def _directory(tenant: TenantId, user_id: UserId | None = None) -> Question:
    return Question(tenant, Asked.DIRECTORY, f"tenant {tenant}" + (f", user {user_id}" if user_id else ""))


def _link(tenant: TenantId) -> Question:
    return Question(tenant, Asked.DIRECTORY_LINK, f"tenant {tenant}")
