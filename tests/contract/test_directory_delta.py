"""`/users/delta`: rounds, removals, tokens that expire."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.contract.assertions import bearer
from tests.contract.standin import InProcess, person

ANN, BOB, EVE = (person(name, mail=f"{name}@contoso.example") for name in ("ann", "bob", "eve"))
START = "/users/delta?$select=mail,accountEnabled"


@pytest.fixture(autouse=True)
async def settled(microsoft: InProcess) -> None:
    await microsoft.contoso.settle([ANN, BOB, EVE])
    await microsoft.contoso.grant()


async def get(microsoft: InProcess, link: str, **headers: str) -> httpx.Response:
    url = link if link.startswith("https") else f"{microsoft.contoso.base_url}/v1.0{link}"
    return await microsoft.client.get(url, headers={**await bearer(microsoft), **headers})


async def read_round(microsoft: InProcess, link: str, **headers: str) -> tuple[list[dict[str, Any]], str, int]:
    """All items of a round, its delta link, and how many pages it took."""
    items: list[dict[str, Any]] = []
    for pages in range(1, 50):
        page = (await get(microsoft, link, **headers)).json()
        items += page["value"]
        if "@odata.deltaLink" in page:
            return items, page["@odata.deltaLink"], pages
        link = page["@odata.nextLink"]
    raise AssertionError("the round does not end")


async def edit(microsoft: InProcess, who: dict[str, Any], **changes: Any) -> None:
    await microsoft.contoso.control("PATCH", f"/tenants/{microsoft.contoso.id}/people/{who['id']}", changes)


async def remove(microsoft: InProcess, who: dict[str, Any], query: str = "") -> None:
    await microsoft.contoso.control("DELETE", f"/tenants/{microsoft.contoso.id}/people/{who['id']}{query}")


async def test_the_first_round_lists_everybody_and_the_next_nobody(microsoft: InProcess) -> None:
    first, link, _ = await read_round(microsoft, START)
    second, _, pages = await read_round(microsoft, link)

    assert [item["id"] for item in first] == [ANN["id"], BOB["id"], EVE["id"]]
    assert (second, pages) == ([], 1)


async def test_only_changes_of_selected_properties_surface(microsoft: InProcess) -> None:
    _, link, _ = await read_round(microsoft, START)
    await edit(microsoft, ANN, mail="ann.lee@contoso.example")
    await edit(microsoft, BOB, jobTitle="Baker")

    items, _, _ = await read_round(microsoft, link)

    assert items == [{"mail": "ann.lee@contoso.example", "accountEnabled": True, "id": ANN["id"]}]


async def test_return_minimal_sends_the_changed_properties_only(microsoft: InProcess) -> None:
    _, link, _ = await read_round(microsoft, START)
    await edit(microsoft, ANN, accountEnabled=False)

    items, _, _ = await read_round(microsoft, link, Prefer="return=minimal")

    assert items == [{"accountEnabled": False, "id": ANN["id"]}]


async def test_never_set_is_absent_and_set_to_null_is_null(microsoft: InProcess) -> None:
    first, link, _ = await read_round(microsoft, "/users/delta?$select=jobTitle,mail")
    await edit(microsoft, ANN, mail=None)

    items, _, _ = await read_round(microsoft, link)

    assert "jobTitle" not in first[0]
    assert items == [{"mail": None, "id": ANN["id"]}]


async def test_removals_name_their_reason_and_a_restored_user_returns(microsoft: InProcess) -> None:
    _, link, _ = await read_round(microsoft, START)
    await remove(microsoft, ANN)
    await remove(microsoft, BOB, "?permanent=true")
    gone, link, _ = await read_round(microsoft, link)
    await microsoft.contoso.control("POST", f"/tenants/{microsoft.contoso.id}/people/{ANN['id']}/restore")
    back, _, _ = await read_round(microsoft, link)

    assert gone == [
        {"id": ANN["id"], "@removed": {"reason": "changed"}},
        {"id": BOB["id"], "@removed": {"reason": "deleted"}},
    ]
    assert back == [{"mail": "ann@contoso.example", "accountEnabled": True, "id": ANN["id"]}]


async def test_pages_may_be_empty_and_go_on(microsoft: InProcess) -> None:
    await microsoft.contoso.control("PATCH", "/settings", {"delta_empty_pages": 2, "delta_page_size": 2})

    items, _, pages = await read_round(microsoft, START)

    assert (len(items), pages) == (3, 4)


async def test_what_changes_while_a_round_is_read_comes_in_the_next(microsoft: InProcess) -> None:
    await microsoft.contoso.control("PATCH", "/settings", {"delta_page_size": 2})
    first = (await get(microsoft, START)).json()
    await edit(microsoft, ANN, mail="later@contoso.example")

    _, link, _ = await read_round(microsoft, first["@odata.nextLink"])
    items, _, _ = await read_round(microsoft, link)

    assert [item["mail"] for item in items] == ["later@contoso.example"]


async def test_latest_gives_a_link_without_data(microsoft: InProcess) -> None:
    page = (await get(microsoft, f"{START}&$deltatoken=latest")).json()
    await edit(microsoft, EVE, mail="e@contoso.example")

    items, _, _ = await read_round(microsoft, page["@odata.deltaLink"])

    assert page["value"] == []
    assert [item["id"] for item in items] == [EVE["id"]]


async def test_a_filter_by_id_narrows_every_round(microsoft: InProcess) -> None:
    items, link, _ = await read_round(microsoft, f"{START}&$filter=id eq '{BOB['id']}'")
    await edit(microsoft, ANN, mail="x@contoso.example")

    assert [item["id"] for item in items] == [BOB["id"]]
    assert (await read_round(microsoft, link))[0] == []


async def test_a_token_older_than_seven_days_is_gone_and_says_where_to_start(microsoft: InProcess) -> None:
    _, link, _ = await read_round(microsoft, START)
    microsoft.clock.advance(timedelta(days=7))

    answer = await get(microsoft, link)
    items, _, _ = await read_round(microsoft, answer.headers["location"])

    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "syncStateNotFound")
    assert len(items) == 3


async def test_expiry_can_be_a_bad_request(microsoft: InProcess) -> None:
    await microsoft.contoso.control("PATCH", "/settings", {"delta_expiry": "bad_request"})
    _, link, _ = await read_round(microsoft, START)
    microsoft.clock.advance(timedelta(days=7))

    answer = await get(microsoft, link)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "Directory_ExpiredPageToken")


async def test_a_token_belongs_to_its_tenant(microsoft: InProcess) -> None:
    _, link, _ = await read_round(microsoft, START)
    contoso, mine = microsoft.contoso, microsoft.contoso.id
    contoso.id = str(uuid4())
    other = {"domain": "other.example", "roles_granted": {contoso.client_id: ["User.Read.All"]}}
    await contoso.control("PUT", f"/tenants/{contoso.id}", other)

    answer = await get(microsoft, link)

    assert (mine != contoso.id, answer.status_code) == (True, 400)


REFUSED = ["$top=5", "$orderby=mail", "$expand=manager", "$skip=1", "$filter=mail eq 'a'", "$deltatoken=made-up"]


@pytest.mark.parametrize("query", REFUSED)
async def test_unsupported_options_are_refused(microsoft: InProcess, query: str) -> None:
    assert (await get(microsoft, f"/users/delta?{query}")).status_code == 400


async def test_a_selection_belongs_to_the_first_request(microsoft: InProcess) -> None:
    _, link, _ = await read_round(microsoft, START)

    assert (await get(microsoft, f"{link}&$select=mail")).status_code == 400
