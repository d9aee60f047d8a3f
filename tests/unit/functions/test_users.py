"""Users in bulk and one by one: outcomes, paging, and the orders that follow."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from shared_code.adapters.tables.rows import Change
from shared_code.core.ids import OrganizationId
from shared_code.errors import TryLater
from shared_code.messages import LookUpUsers, SweepUsers
from tests.fakes.composed_app import ComposedApp
from tests.fakes.memory_rows import Operation
from tests.unit.functions.browser import call
from tests.unit.functions.orders import run_for
from tests.unit.functions.test_connection_life import connected, tenant

__all__ = ["tenant"]  # the fixture of a connected tenant is used here too


def people(count: int) -> list[dict[str, object]]:
    return [
        {"user": f"u{number:04}", "addresses": [{"address": f"u{number}@acme.example", "verified": True}]}
        for number in range(count)
    ]


async def put(users: Sequence[Mapping[str, object]]) -> dict[str, str]:
    answered = await call("put_users", organization="acme", body={"users": users})
    assert answered.status == 200
    return {each["user"]: each["outcome"] for each in answered.json["results"]}


async def test_each_user_of_a_bulk_has_an_outcome(acme: ComposedApp) -> None:
    first = await put(people(3))
    changed: list[Mapping[str, object]] = [*people(2), {"user": "u0002", "addresses": []}, *people(4)[3:]]

    second = await put(changed)

    assert set(first.values()) == {"created"}
    assert second == {"u0000": "unchanged", "u0001": "unchanged", "u0002": "updated", "u0003": "created"}


async def test_an_address_of_somebody_else_is_a_conflict_for_that_user_alone(acme: ComposedApp) -> None:
    taken = {"user": "thief", "addresses": [{"address": "ursula@acme.example", "verified": True}]}

    outcomes = await put([*people(2), taken])

    assert outcomes == {"u0000": "created", "u0001": "created", "thief": "conflict"}


def one(user: str, address: str) -> dict[str, object]:
    return {"user": user, "addresses": [{"address": address, "verified": True}]}


async def test_two_users_of_a_bulk_swap_their_addresses(acme: ComposedApp) -> None:
    await put([one("a", "x@acme.example"), one("b", "y@acme.example"), *people(120)])

    swapped = await put([one("a", "y@acme.example"), *people(120), one("b", "x@acme.example")])

    assert (swapped["a"], swapped["b"]) == ("updated", "updated")
    shown = (await call("get_user", organization="acme", user="a")).json
    assert shown["addresses"] == [{"address": "y@acme.example", "verified": True}]


async def test_a_bulk_sent_twice_at_once_is_written_once(acme: ComposedApp) -> None:
    first, second = await asyncio.gather(put(people(120)), put(people(120)))

    assert {*first.values(), *second.values()} <= {"created", "unchanged"}
    keys = [key for key in acme.rows.keys("users", OrganizationId("acme")) if not key.startswith("roster!")]
    assert len(keys) == 2 * (120 + 2)


async def test_a_user_put_twice_at_once_is_created_once(acme: ComposedApp) -> None:
    body = {"addresses": [{"address": "new@acme.example", "verified": True}]}

    answers = await asyncio.gather(
        *(call("put_user", organization="acme", user="new", body=body) for _ in range(2)),
    )

    assert sorted(answered.status for answered in answers) == [200, 201]
    assert answers[0].json == answers[1].json


async def test_the_order_to_look_for_a_user_is_sent_before_the_user_is_written(acme: ComposedApp) -> None:
    unasked: list[set[str]] = []
    written, storage = set[str](), acme.rows.commit

    async def commit(table: str, partition: str, changes: Sequence[Change]) -> tuple[str, ...]:
        orders = [order for order in acme.sent.messages if isinstance(order, LookUpUsers)]
        asked = {f"user!{user}" for order in orders for user in order.users}
        users = {change.key for change in changes if change.key.startswith("user!")}
        unasked.append(users - asked)
        written.update(users)
        return await storage(table, partition, changes)

    acme.sent.sent.clear()
    acme.rows.commit = commit  # type: ignore[method-assign]
    await put(people(300))

    assert set[str]().union(*unasked) == set()
    assert len(written) == 300


async def test_storage_that_fails_in_the_middle_of_a_bulk_is_said(acme: ComposedApp) -> None:
    def refuse(operation: Operation) -> None:
        if operation.kind == "commit" and acme.rows.count("commit") > 5:
            raise TryLater("no answer")

    acme.rows.operations.clear()
    acme.rows.on_operation = refuse
    failed = await call("put_users", organization="acme", body={"users": people(400)})
    acme.rows.on_operation = None

    again = await put(people(400))

    assert failed.problem == "unavailable"
    assert {"created", "unchanged"} == set(again.values())


async def test_ndjson_is_taken_as_well(acme: ComposedApp) -> None:
    raw = b"\n".join(json.dumps(each).encode() for each in people(3))

    answered = await call(
        "put_users", organization="acme", raw=raw, headers={"Content-Type": "application/x-ndjson; charset=utf-8"}
    )

    assert [each["outcome"] for each in answered.json["results"]] == ["created"] * 3


async def test_a_user_put_twice_is_created_once(acme: ComposedApp) -> None:
    body = {"addresses": [], "time_zone": "Europe/Paris"}

    first = await call("put_user", organization="acme", user="new", body=body)
    again = await call("put_user", organization="acme", user="new", body=body)

    assert (first.status, again.status) == (201, 200)
    assert first.json == again.json


async def test_users_are_listed_in_pages_that_meet(acme: ComposedApp) -> None:
    await put(people(7))
    seen: list[str] = []
    query = {"limit": "4"}

    while True:
        page = (await call("list_users", organization="acme", query=query)).json
        seen += [each["user"] for each in page["users"]]
        if page["next"] is None:
            break
        query = {"limit": "4", "after": page["next"]}

    assert seen == sorted({*(str(each["user"]) for each in people(7)), "olga", "ursula"})


async def test_users_are_listed_by_status(tenant: ComposedApp) -> None:
    await connected(tenant)

    page = (await call("list_users", organization="acme", query={"status": "connected"})).json

    assert [each["user"] for each in page["users"]] == ["ursula"]


async def test_why_somebody_is_connected_is_explained_with_a_masked_address(tenant: ComposedApp) -> None:
    await connected(tenant)

    explained = (await call("explain_user", organization="acme", user="ursula")).json

    assert (explained["state"], explained["rule"]) == ("connected", "mail")
    assert "ursula@acme.example" not in json.dumps(explained)


async def test_a_few_new_users_are_looked_up_and_many_are_matched_together(tenant: ComposedApp) -> None:
    await connected(tenant)
    tenant.sent.sent.clear()
    await put(people(50))
    few = list(tenant.sent.messages)
    tenant.sent.sent.clear()

    await put(people(600))

    many = list(tenant.sent.messages)
    assert {type(message) for message in few} == {LookUpUsers}
    assert {type(message) for message in many} == {SweepUsers}


async def test_users_sent_in_bulk_are_matched_by_the_sweep_that_follows(tenant: ComposedApp) -> None:
    await connected(tenant)
    await put([each for each in people(600) if each["user"] != "u0000"])

    await run_for(tenant, timedelta(minutes=3))

    states = (await call("list_users", organization="acme", query={"limit": "1000"})).json["users"]
    reasons = {each["reason"] for each in states if each["user"].startswith("u0")}
    assert reasons == {"no_directory_user"}


@pytest.mark.parametrize(("addresses", "minutes"), [(1, 1), (20, 2)])
async def test_a_match_that_was_ordered_by_a_bulk_begins_when_the_bulk_is_written(
    tenant: ComposedApp, addresses: int, minutes: int
) -> None:
    await connected(tenant)
    tenant.sent.sent.clear()

    await put(
        [
            {
                "user": f"u{number}",
                "addresses": [
                    {"address": f"{number}.{each}@acme.example", "verified": True} for each in range(addresses)
                ],
            }
            for number in range(2500)
        ]
    )

    delays = [sent.delay for sent in tenant.sent.sent if isinstance(sent.message, SweepUsers)]
    assert delays == [timedelta(minutes=minutes)]


async def test_without_a_connection_nothing_is_swept(acme: ComposedApp) -> None:
    await put(people(600))

    assert [message for message in acme.sent.messages if isinstance(message, SweepUsers)] == []


@pytest.mark.parametrize("user", ["ursula", "nobody"])
async def test_removing_a_user_twice_is_fine(acme: ComposedApp, user: str) -> None:
    first = await call("delete_user", organization="acme", user=user)
    again = await call("delete_user", organization="acme", user=user)

    assert (first.status, again.status) == (204, 204)


async def test_removing_a_user_twice_at_once_is_fine(acme: ComposedApp) -> None:
    answers = await asyncio.gather(*(call("delete_user", organization="acme", user="ursula") for _ in range(2)))

    assert [answered.status for answered in answers] == [204, 204]


async def test_an_organization_put_twice_is_created_once(acme: ComposedApp) -> None:
    body = {"name": "Acme & Sons", "policy": {"activation": "automatic"}}

    first = await call("put_organization", organization="sons", body=body)
    again = await call("put_organization", organization="sons", body=body)

    assert (first.status, again.status) == (201, 200)
    assert first.json == again.json
    assert first.json["connections"] == []


async def test_a_policy_that_is_not_sent_stays(acme: ComposedApp) -> None:
    review = {"name": "Acme", "policy": {"activation": "review"}}
    await call("put_organization", organization="acme", body=review, by="olga")

    answered = await call("put_organization", organization="acme", body={"name": "Acme II"})

    assert answered.json["policy"]["activation"] == "review"
    assert answered.json["name"] == "Acme II"
