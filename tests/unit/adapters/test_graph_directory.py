"""The directory adapter against bytes and statuses of every kind."""

import httpx
import pytest

from shared_code.adapters.graph.directory import GraphDirectory, address_filter
from shared_code.core.directory import DirectoryUser, RemovedUser
from shared_code.core.ids import UserId
from shared_code.errors import Disconnected, StartAgain, Throttled, TryLater, Unexpected
from tests.unit.adapters.graph_transport import GRAPH, TENANT, USER, ScriptedGraph

NEXT = f"{GRAPH}/v1.0/users?%24skiptoken=RFNwdAoAAQ%24x~&m%2Eore=1"


@pytest.fixture
def graph() -> ScriptedGraph:
    return ScriptedGraph()


@pytest.fixture
def directory(graph: ScriptedGraph) -> GraphDirectory:
    return GraphDirectory(graph.client())


async def test_users_are_asked_for_with_the_fields_used_and_the_largest_page(
    graph: ScriptedGraph, directory: GraphDirectory
) -> None:
    graph.answer({"value": []})

    await directory.read_users(TENANT, None)

    url = graph.requests[0].url
    assert url.path == "/v1.0/users"
    assert url.query == b"$select=id,mail,userPrincipalName,proxyAddresses,accountEnabled,userType&$top=999"
    assert graph.requests[0].headers["authorization"] == "Bearer token-1"


async def test_a_page_becomes_users_and_fields_that_are_not_asked_for_are_dropped(
    graph: ScriptedGraph, directory: GraphDirectory
) -> None:
    full = {
        "id": str(USER).upper(),
        "displayName": "Adele",
        "mail": "adele@contoso.example",
        "userPrincipalName": "a.v@contoso.example",
        "proxyAddresses": ["SMTP:adele@contoso.example", "smtp:av@contoso.example"],
        "accountEnabled": True,
        "userType": "Member",
    }
    graph.answer({"value": [full, {"id": "b", "mail": None, "proxyAddresses": None}], "@odata.nextLink": NEXT})

    page = await directory.read_users(TENANT, None)

    assert page.next_link == NEXT
    assert page.users == (
        DirectoryUser(
            USER,
            "adele@contoso.example",
            "a.v@contoso.example",
            ("SMTP:adele@contoso.example", "smtp:av@contoso.example"),
            account_enabled=True,
            user_type="Member",
        ),
        DirectoryUser(UserId("b")),
    )


async def test_a_link_is_followed_byte_for_byte(graph: ScriptedGraph, directory: GraphDirectory) -> None:
    graph.answer({"value": []})

    await directory.read_users(TENANT, NEXT)

    assert str(graph.requests[0].url) == NEXT


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/v1.0/users?$skiptoken=x",
        "http://graph.example/v1.0/users",
        "https://graph.example:444/v1.0/users",
        "https://graph.example@evil.example/v1.0/users",
        "https://someone@graph.example/v1.0/users",
        "https://graph.example.evil.example/v1.0/users",
        "//graph.example/v1.0/users",
        "https://graph.example:x/v1.0/users",
        "",
    ],
)
async def test_a_link_that_leads_elsewhere_is_refused_before_a_token_is_sent(
    graph: ScriptedGraph, directory: GraphDirectory, link: str
) -> None:
    with pytest.raises(Unexpected):
        await directory.read_changes(TENANT, link)

    assert graph.requests == []


async def test_a_page_whose_next_link_leads_elsewhere_is_unexpected(
    graph: ScriptedGraph, directory: GraphDirectory
) -> None:
    graph.answer({"value": [], "@odata.nextLink": "https://evil.example/v1.0/users"})

    with pytest.raises(Unexpected):
        await directory.read_users(TENANT, None)


async def test_a_redirect_is_not_followed(graph: ScriptedGraph, directory: GraphDirectory) -> None:
    graph.refuse(302, None, Location=f"{GRAPH}/v1.0/elsewhere")

    with pytest.raises(Unexpected):
        await directory.read_users(TENANT, None)

    assert len(graph.requests) == 1


async def test_changes_tell_removals_apart_and_the_last_word_on_a_person_wins(
    graph: ScriptedGraph, directory: GraphDirectory
) -> None:
    value = [
        {"id": "a", "mail": "old@contoso.example"},
        {"id": "b", "@removed": {"reason": "deleted"}},
        {"id": "c", "@removed": {"reason": "changed"}},
        {"id": "a", "mail": "new@contoso.example"},
        {"id": "c", "mail": "restored@contoso.example"},
    ]
    delta = f"{GRAPH}/v1.0/users/delta?$deltatoken=1"
    graph.answer({"value": value, "@odata.deltaLink": delta})

    page = await directory.read_changes(TENANT, None)

    assert graph.requests[0].url.path == "/v1.0/users/delta()"
    assert b"$top" not in graph.requests[0].url.query
    assert page.changed == (
        DirectoryUser(UserId("a"), "new@contoso.example"),
        DirectoryUser(UserId("c"), "restored@contoso.example"),
    )
    assert page.removed == (RemovedUser(UserId("b"), permanently=True),)
    assert (page.next_link, page.delta_link) == (None, delta)


async def test_an_empty_page_of_changes_still_leads_on(graph: ScriptedGraph, directory: GraphDirectory) -> None:
    graph.answer({"value": [], "@odata.nextLink": NEXT})

    page = await directory.read_changes(TENANT, None)

    assert (page.changed, page.next_link, page.delta_link) == ((), NEXT, None)


async def test_changes_without_any_link_are_unexpected(graph: ScriptedGraph, directory: GraphDirectory) -> None:
    graph.answer({"value": []})

    with pytest.raises(Unexpected):
        await directory.read_changes(TENANT, None)


async def test_changes_start_from_the_latest_without_data(graph: ScriptedGraph, directory: GraphDirectory) -> None:
    delta = f"{GRAPH}/v1.0/users/delta?$deltatoken=1"
    graph.answer({"value": [], "@odata.nextLink": NEXT})
    graph.answer({"value": [], "@odata.deltaLink": delta})

    link = await directory.start_changes(TENANT)

    assert link == delta
    assert graph.requests[0].url.params["$deltatoken"] == "latest"
    assert graph.requests[0].url.params["$select"].startswith("id,mail")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (410, "SyncStateNotFound"),
        (410, None),
        (400, "Directory_ExpiredPageToken"),
        (404, "syncstatenotfound"),
        (400, None),
    ],
)
async def test_a_dead_link_starts_the_round_again(
    graph: ScriptedGraph, directory: GraphDirectory, status: int, code: str | None
) -> None:
    graph.refuse(status, code)

    with pytest.raises(StartAgain):
        await directory.read_changes(TENANT, NEXT)


async def test_a_user_who_is_not_there_is_none(graph: ScriptedGraph, directory: GraphDirectory) -> None:
    graph.refuse(404, "Request_ResourceNotFound")

    assert await directory.find_user(TENANT, USER) is None
    assert graph.requests[0].url.path == f"/v1.0/users/{USER}"


async def test_a_user_is_found_by_object_id(graph: ScriptedGraph, directory: GraphDirectory) -> None:
    graph.answer({"id": USER, "mail": "a@contoso.example"})

    assert await directory.find_user(TENANT, USER) == DirectoryUser(USER, "a@contoso.example")


async def test_addresses_are_looked_up_a_few_at_a_time_and_each_person_comes_once(
    graph: ScriptedGraph, directory: GraphDirectory
) -> None:
    graph.answer({"value": [{"id": "a"}], "@odata.nextLink": NEXT})
    graph.answer({"value": [{"id": "b"}]})
    graph.answer({"value": [{"id": "a"}]})

    found = await directory.find_users(
        TENANT, ["1@x.example", "2@x.example", "3@x.example", "1@x.example", "4@x.example"]
    )

    assert [user.user_id for user in found] == ["a", "b"]
    assert [request.url.params.get("$filter", "").count("mail eq") for request in graph.requests] == [3, 0, 1]


async def test_addresses_cannot_break_out_of_the_filter(graph: ScriptedGraph, directory: GraphDirectory) -> None:
    address = "o'hara+x&$select=id#?%24/ä@x.example"
    graph.answer({"value": []})

    await directory.find_users(TENANT, [address])

    params = graph.requests[0].url.params
    assert params["$filter"] == address_filter([address])
    assert params["$filter"].startswith("mail eq 'o''hara+x&$select=id#?%24/ä@x.example' or ")
    assert sorted(params) == ["$filter", "$select", "$top"]


async def test_nobody_to_look_up_asks_nothing(graph: ScriptedGraph, directory: GraphDirectory) -> None:
    assert await directory.find_users(TENANT, []) == ()
    assert graph.requests == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"<html>",
        b"[]",
        b"null",
        b"{}",
        b'{"value":null}',
        b'{"value":[{}]}',
        b'{"value":[{"id":1}]}',
        b"\xff\xfe",
    ],
)
async def test_a_body_that_is_not_a_page_is_unexpected(
    graph: ScriptedGraph, directory: GraphDirectory, body: bytes
) -> None:
    graph.answer(body)

    with pytest.raises(Unexpected):
        await directory.read_users(TENANT, None)


async def test_a_refused_token_is_replaced_once(graph: ScriptedGraph, directory: GraphDirectory) -> None:
    graph.refuse(401, "InvalidAuthenticationToken")
    graph.answer({"value": []})

    await directory.read_users(TENANT, None)

    assert [request.headers["authorization"] for request in graph.requests] == ["Bearer token-1", "Bearer token-2"]


async def test_a_token_refused_twice_is_tried_again_later(graph: ScriptedGraph, directory: GraphDirectory) -> None:
    graph.refuse(401, "InvalidAuthenticationToken")
    graph.refuse(401, "InvalidAuthenticationToken")

    with pytest.raises(TryLater):
        await directory.read_users(TENANT, None)

    assert len(graph.requests) == 2


async def test_a_token_that_none_would_better_is_not_sent_twice(
    graph: ScriptedGraph, directory: GraphDirectory
) -> None:
    graph.tokens.is_last = True
    graph.refuse(401, "InvalidAuthenticationToken")

    with pytest.raises(TryLater):
        await directory.read_users(TENANT, None)

    assert len(graph.requests) == 1


async def test_an_unknown_service_principal_means_no_consent(graph: ScriptedGraph, directory: GraphDirectory) -> None:
    graph.refuse(401, "Authorization_IdentityNotFound")
    graph.refuse(401, "Authorization_IdentityNotFound")

    with pytest.raises(Disconnected) as caught:
        await directory.read_users(TENANT, None)

    assert caught.value.reason == "consent_missing"


async def test_a_missing_directory_permission_disconnects(graph: ScriptedGraph, directory: GraphDirectory) -> None:
    graph.refuse(403, "Authorization_RequestDenied")

    with pytest.raises(Disconnected) as caught:
        await directory.read_users(TENANT, None)

    assert caught.value.reason == "permission_missing"


async def test_the_directory_throttles_the_whole_tenant(graph: ScriptedGraph, directory: GraphDirectory) -> None:
    graph.refuse(429, "TooManyRequests", Retry_After="2.128")

    with pytest.raises(Throttled) as caught:
        await directory.read_users(TENANT, None)

    assert caught.value.whole_tenant
    assert caught.value.retry_after is not None
    assert caught.value.retry_after.total_seconds() == pytest.approx(2.128)
    assert len(graph.requests) == 1


async def test_a_throttled_tenant_is_not_asked_again_before_its_time(
    graph: ScriptedGraph, directory: GraphDirectory
) -> None:
    graph.refuse(429, "TooManyRequests", Retry_After="2.128")

    for _ in range(2):
        with pytest.raises(Throttled):
            await directory.read_users(TENANT, None)

    assert len(graph.requests) == 1


async def test_a_directory_whose_limit_is_near_is_left_alone_for_a_moment(
    graph: ScriptedGraph, directory: GraphDirectory
) -> None:
    graph.answer({"value": []}, headers={"x-ms-throttle-limit-percentage": "0.9"})
    await directory.read_users(TENANT, None)

    with pytest.raises(Throttled) as caught:
        await directory.read_users(TENANT, None)

    assert not caught.value.whole_tenant
    assert len(graph.requests) == 1


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut"),
        httpx.ConnectTimeout("slow"),
    ],
)
async def test_a_broken_connection_is_tried_again_later(
    graph: ScriptedGraph, directory: GraphDirectory, error: Exception
) -> None:
    graph.fail(error)

    with pytest.raises(TryLater):
        await directory.read_users(TENANT, None)

    assert len(graph.requests) == 1


async def test_addresses_and_links_stay_out_of_the_log(
    graph: ScriptedGraph, directory: GraphDirectory, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    graph.answer({"value": [], "@odata.nextLink": NEXT})
    graph.answer({"value": []})

    await directory.find_users(TENANT, ["adele@contoso.example"])

    assert caplog.messages == []
