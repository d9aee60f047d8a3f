"""The ``Directory`` port: one suite for the fake and for the real adapter against the running stand-in."""

from dataclasses import dataclass
from typing import Any, Protocol

import pytest

from shared_code.core.directory import DirectoryUser
from shared_code.core.ids import TenantId, UserId
from shared_code.directory_ports import ChangesPage, Directory
from shared_code.errors import Disconnected, StartAgain, Throttled
from tests.contract.adapters import Adapters, adapters
from tests.contract.standin import person
from tests.fakes.fake_directory import FakeDirectory

__all__ = ["adapters"]


class Tenant(Protocol):
    """A directory that a test can fill."""

    @property
    def tenant(self) -> TenantId: ...

    @property
    def directory(self) -> Directory: ...

    async def put(self, somebody: dict[str, Any]) -> None: ...

    async def remove(self, user_id: str, *, permanently: bool) -> None: ...

    async def expire_links(self) -> None: ...

    async def withdraw_permission(self) -> None: ...

    async def throttle(self) -> None: ...


@dataclass(frozen=True)
class FakeTenant:
    tenant: TenantId
    directory: FakeDirectory

    async def put(self, somebody: dict[str, Any]) -> None:
        self.directory.put(
            self.tenant,
            DirectoryUser(
                UserId(somebody["id"]),
                somebody.get("mail"),
                somebody["userPrincipalName"],
                tuple(somebody.get("proxyAddresses", ())),
                somebody.get("accountEnabled", True),
                somebody.get("userType", "Member"),
            ),
        )

    async def remove(self, user_id: str, *, permanently: bool) -> None:
        self.directory.remove(self.tenant, UserId(user_id), permanently=permanently)

    async def expire_links(self) -> None:
        self.directory.expire_links()

    async def withdraw_permission(self) -> None:
        self.directory.script.fail("read_users", Disconnected("by script", "permission_missing"))

    async def throttle(self) -> None:
        self.directory.script.fail("read_users", Throttled("by script", whole_tenant=True))


@dataclass(frozen=True)
class RealTenant:
    adapters: Adapters

    @property
    def tenant(self) -> TenantId:
        return self.adapters.tenant

    @property
    def directory(self) -> Directory:
        return self.adapters.directory

    async def put(self, somebody: dict[str, Any]) -> None:
        await self.adapters.contoso.control("PUT", f"/tenants/{self.tenant}/people/{somebody['id']}", somebody)

    async def remove(self, user_id: str, *, permanently: bool) -> None:
        query = "?permanent=true" if permanently else ""
        await self.adapters.contoso.control("DELETE", f"/tenants/{self.tenant}/people/{user_id}{query}")

    async def expire_links(self) -> None:
        await self.adapters.fault({"kind": "users_delta"}, {"status": 410, "code": "SyncStateNotFound"})

    async def withdraw_permission(self) -> None:
        await self.adapters.contoso.grant("Calendars.ReadWrite")

    async def throttle(self) -> None:
        await self.adapters.fault({"kind": "users"}, {"status": 429, "retry_after": 3})


@pytest.fixture(params=["fake", "real"])
def tenant(request: pytest.FixtureRequest) -> Tenant:
    if request.param == "fake":
        return FakeTenant(TenantId("11111111-1111-4111-8111-111111111111"), FakeDirectory())
    return RealTenant(request.getfixturevalue("adapters"))


async def test_a_person_is_found_by_every_address(tenant: Tenant) -> None:
    mail, principal, alias = "o'hara@contoso.example", "pat@contoso.example", "pat.ohara@contoso.example"
    proxies = [f"SMTP:{mail}", f"smtp:{alias}"]
    somebody = person("pat", mail=mail, userPrincipalName=principal, proxyAddresses=proxies)
    await tenant.put(somebody)

    for address in (mail, principal, alias):
        found = await tenant.directory.find_users(tenant.tenant, [address])
        assert [user.user_id for user in found] == [somebody["id"]]


async def test_several_addresses_find_each_person_once(tenant: Tenant) -> None:
    people = [person(f"member{number}", mail=f"m{number}@contoso.example") for number in range(5)]
    for somebody in people:
        await tenant.put(somebody)
    addresses = [f"m{number}@contoso.example" for number in range(5)] + ["member1@contoso.example", "x@y.example"]

    found = await tenant.directory.find_users(tenant.tenant, addresses)

    assert sorted(user.user_id for user in found) == sorted(somebody["id"] for somebody in people)


async def test_a_person_is_found_by_object_id_with_all_that_a_match_looks_at(tenant: Tenant) -> None:
    somebody = person("guest", mail="g@fabrikam.example", accountEnabled=False, userType="Guest")
    await tenant.put(somebody)

    found = await tenant.directory.find_user(tenant.tenant, UserId(somebody["id"]))

    assert found == DirectoryUser(
        UserId(somebody["id"]), "g@fabrikam.example", "guest@contoso.example", (), False, "Guest"
    )


async def test_nobody_is_found_by_an_unknown_object_id(tenant: Tenant) -> None:
    unknown = UserId("33333333-3333-4333-8333-333333333333")

    assert await tenant.directory.find_user(tenant.tenant, unknown) is None


async def test_everybody_is_read(tenant: Tenant) -> None:
    somebody = person("somebody")
    await tenant.put(somebody)

    page = await tenant.directory.read_users(tenant.tenant, None)

    assert page.next_link is None
    assert somebody["id"] in {user.user_id for user in page.users}


async def _read_changes(tenant: Tenant, link: str | None) -> tuple[list[ChangesPage], str]:
    pages = [await tenant.directory.read_changes(tenant.tenant, link)]
    while (further := pages[-1].next_link) is not None:
        pages.append(await tenant.directory.read_changes(tenant.tenant, further))
    assert pages[-1].delta_link is not None
    return pages, pages[-1].delta_link


async def test_a_first_round_of_changes_starts_with_everything_and_the_next_with_what_is_new(tenant: Tenant) -> None:
    early, late = person("early"), person("late")
    await tenant.put(early)
    first, link = await _read_changes(tenant, None)
    await tenant.put(late)

    second, _ = await _read_changes(tenant, link)

    assert early["id"] in {user.user_id for page in first for user in page.changed}
    assert {user.user_id for page in second for user in page.changed} == {late["id"]}


async def test_changes_can_start_from_now_on(tenant: Tenant) -> None:
    early, late = person("early"), person("late")
    await tenant.put(early)
    link = await tenant.directory.start_changes(tenant.tenant)
    await tenant.put(late)

    pages, _ = await _read_changes(tenant, link)

    assert [user.user_id for page in pages for user in page.changed] == [late["id"]]


@pytest.mark.parametrize("permanently", [False, True])
async def test_removals_say_whether_they_are_for_good(tenant: Tenant, permanently: bool) -> None:
    somebody = person("leaver")
    await tenant.put(somebody)
    link = await tenant.directory.start_changes(tenant.tenant)
    await tenant.remove(somebody["id"], permanently=permanently)

    pages, _ = await _read_changes(tenant, link)

    assert [(gone.user_id, gone.permanently) for page in pages for gone in page.removed] == [
        (somebody["id"], permanently)
    ]


async def test_an_expired_link_starts_the_round_again(tenant: Tenant) -> None:
    link = await tenant.directory.start_changes(tenant.tenant)
    await tenant.expire_links()

    with pytest.raises(StartAgain):
        await tenant.directory.read_changes(tenant.tenant, link)


async def test_a_missing_permission_disconnects(tenant: Tenant) -> None:
    await tenant.withdraw_permission()

    with pytest.raises(Disconnected) as caught:
        await tenant.directory.read_users(tenant.tenant, None)

    assert caught.value.reason == "permission_missing"


async def test_a_busy_directory_throttles_the_whole_tenant(tenant: Tenant) -> None:
    await tenant.throttle()

    with pytest.raises(Throttled) as caught:
        await tenant.directory.read_users(tenant.tenant, None)

    assert caught.value.whole_tenant


async def test_pages_lead_through_a_large_directory(adapters: Adapters) -> None:
    people = [person(f"member{number}") for number in range(1_000)]
    await adapters.contoso.control("POST", f"/tenants/{adapters.tenant}/people", people)

    first = await adapters.directory.read_users(adapters.tenant, None)
    second = await adapters.directory.read_users(adapters.tenant, first.next_link)

    assert len(first.users) == 999
    assert second.next_link is None
    assert len({user.user_id for user in (*first.users, *second.users)}) == 1_120


async def test_a_token_that_graph_no_longer_takes_is_replaced(adapters: Adapters) -> None:
    await adapters.directory.read_users(adapters.tenant, None)
    await adapters.fault({"kind": "users"}, {"status": 401}, times=1)

    await adapters.directory.read_users(adapters.tenant, None)

    assert len(await adapters.requests("token")) == 2
