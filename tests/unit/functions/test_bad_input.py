"""What the product may get wrong: each fault has its own problem type, and changes nothing."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.browser import Answered, call

WINDOW = {"start": "2026-03-02T09:00:00Z", "end": "2026-03-03T09:00:00Z"}
USER = {"addresses": [{"address": "new@acme.example", "verified": True}]}
ASK = {"users": ["ursula"], **WINDOW}


async def refused(acme: ComposedApp, name: str, **given: Any) -> Answered:
    """The answer to a call that must leave every stored byte and every queue as it was."""
    stored, sent = acme.rows.bytes_at_rest(), len(acme.sent.sent)
    answered = await call(name, **{"organization": "acme", **given})
    assert acme.rows.bytes_at_rest() == stored
    assert len(acme.sent.sent) == sent
    return answered


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("get_organization", {}),
        ("list_users", {}),
        ("put_user", {"user": "x", "body": USER}),
        ("put_users", {"body": {"users": [{"user": "x", **USER}]}}),
        ("get_user", {"user": "ursula"}),
        ("delete_user", {"user": "ursula"}),
        ("explain_user", {"user": "ursula"}),
        ("begin_connection", {"by": "olga"}),
        ("list_connections", {}),
        ("ask_availability", {"body": ASK}),
        ("list_audit", {}),
    ],
)
async def test_an_unknown_organization_is_said_to_be_unknown(
    acme: ComposedApp, name: str, given: Mapping[str, Any]
) -> None:
    answered = await refused(acme, name, organization="nobody", **given)

    assert (answered.status, answered.problem) == (404, "organization-not-found")


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"{", "malformed-json"),
        (b"\xff", "malformed-json"),
        (b"[]", "invalid-request"),
        (b'{"reason": 7}', "invalid-request"),
        (b'{"why": "ill"}', "unknown-field"),
    ],
)
async def test_a_cancellation_whose_body_is_not_as_described_is_refused(
    acme: ComposedApp, raw: bytes, problem: str
) -> None:
    answered = await refused(acme, "cancel_booking", booking="b1", raw=raw)

    assert (answered.status, answered.problem) == (400, problem)


@pytest.mark.parametrize("raw", [b"", b"{", b'{"', b"\xff\xfe", b"not json"])
@pytest.mark.parametrize("name", ["put_organization", "put_users", "ask_availability"])
async def test_a_body_that_is_not_json_is_refused(acme: ComposedApp, name: str, raw: bytes) -> None:
    answered = await refused(acme, name, raw=raw)

    assert (answered.status, answered.problem) == (400, "malformed-json")


@pytest.mark.parametrize(
    ("name", "body", "where"),
    [
        ("put_organization", {"name": 7}, "$.name"),
        ("put_organization", {}, "name"),
        ("put_organization", {"name": ""}, "$.name"),
        ("put_organization", {"name": "A", "policy": {"activation": "maybe"}}, "$.policy.activation"),
        ("put_users", {"users": {}}, "$.users"),
        ("put_users", {"users": [{"user": "x", "addresses": ["a@b.example"]}]}, "$.users[0].addresses[0]"),
        ("put_users", {"users": [{"user": "x", "addresses": [], "role": "king"}]}, "$.users[0].role"),
        ("ask_availability", {**ASK, "users": []}, "$.users"),
        ("ask_availability", {**ASK, "max_age": -1}, "$.max_age"),
        ("ask_availability", {**ASK, "live": "yes"}, "$.live"),
        ("ask_availability", {**ASK, "start": "yesterday"}, "$.start"),
    ],
)
async def test_a_wrong_type_or_value_is_refused_with_its_place(
    acme: ComposedApp, name: str, body: object, where: str
) -> None:
    answered = await refused(acme, name, body=body)

    assert (answered.status, answered.problem) == (400, "invalid-request")
    assert where in answered.json["detail"]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("put_organization", {"name": "Acme", "polcy": {}}),
        ("put_users", {"users": [{"user": "x", "addresses": [], "adresses": []}]}),
        ("ask_availability", {**ASK, "maxage": 5}),
    ],
)
async def test_a_field_nobody_described_is_refused(acme: ComposedApp, name: str, body: object) -> None:
    answered = await refused(acme, name, body=body)

    assert (answered.status, answered.problem) == (400, "unknown-field")


@pytest.mark.parametrize("identity", ["a b", "a/b", "é", "x" * 65, "a\n", "a#b", ""])
@pytest.mark.parametrize(
    ("name", "route"), [("get_organization", "organization"), ("get_user", "user"), ("get_connection", "connection")]
)
async def test_an_id_with_forbidden_characters_is_refused(
    acme: ComposedApp, name: str, route: str, identity: str
) -> None:
    answered = await refused(acme, name, **{route: identity})

    assert (answered.status, answered.problem) == (400, "invalid-id")


@pytest.mark.parametrize(
    ("name", "body", "where"),
    [
        ("put_users", {"users": [{"user": "a b", "addresses": []}]}, "$.users[0].user"),
        ("put_users", {"users": [{"user": "good", **USER}, {"user": "x\n", "addresses": []}]}, "$.users[1].user"),
        ("ask_availability", {**ASK, "users": ["ursula\n"]}, "$.users[0]"),
        ("ask_availability", {**ASK, "users": ["ursula", "a/b"]}, "$.users[1]"),
    ],
)
async def test_an_id_with_forbidden_characters_is_refused_inside_a_body_too(
    acme: ComposedApp, name: str, body: object, where: str
) -> None:
    answered = await refused(acme, name, body=body)

    assert (answered.status, answered.problem) == (400, "invalid-id")
    assert where in answered.json["detail"]


async def test_an_acting_user_with_forbidden_characters_is_refused(acme: ComposedApp) -> None:
    answered = await refused(acme, "begin_connection", by="olga;drop")

    assert (answered.status, answered.problem) == (400, "invalid-id")


async def test_five_thousand_and_one_users_are_too_many(acme: ComposedApp) -> None:
    users = [{"user": f"u{number}", "addresses": []} for number in range(5001)]

    answered = await refused(acme, "put_users", body={"users": users})

    assert (answered.status, answered.problem) == (422, "too-many-items")


@pytest.mark.parametrize(
    ("name", "size"), [("put_organization", 1024 * 1024), ("ask_availability", 1024 * 1024), ("put_users", 8 * 1024**2)]
)
async def test_a_body_over_the_limit_is_refused_unread(acme: ComposedApp, name: str, size: int) -> None:
    answered = await refused(acme, name, raw=b" " * (size + 1))

    assert (answered.status, answered.problem) == (413, "body-too-large")


@pytest.mark.parametrize("end", ["2026-03-02T09:00:00Z", "2026-03-02T08:59:59Z", "2026-03-02T10:00:00+02:00"])
async def test_a_window_that_does_not_run_forwards_is_refused(acme: ComposedApp, end: str) -> None:
    answered = await refused(acme, "ask_availability", body={**ASK, "end": end})

    assert (answered.status, answered.problem) == (422, "window-invalid")


async def test_a_window_longer_than_the_horizon_is_refused(acme: ComposedApp) -> None:
    answered = await refused(acme, "ask_availability", body={**ASK, "end": "2027-03-02T09:00:00Z"})

    assert (answered.status, answered.problem) == (422, "window-too-large")


@pytest.mark.parametrize(
    "window",
    [
        {"start": "0001-01-01T00:00:00+14:00", "end": "0001-01-02T00:00:00Z"},
        {"start": "9999-12-31T00:00:00Z", "end": "9999-12-31T23:00:00-14:00"},
    ],
)
async def test_a_window_of_a_time_without_dates_is_refused(acme: ComposedApp, window: Mapping[str, str]) -> None:
    answered = await refused(acme, "ask_availability", body={**ASK, **window})

    assert (answered.status, answered.problem) == (422, "window-invalid")


@pytest.mark.parametrize("year", ["0001", "9999"])
async def test_the_first_and_the_last_year_are_just_outside_the_horizon(acme: ComposedApp, year: str) -> None:
    window = {"start": f"{year}-01-01T00:00:00Z", "end": f"{year}-01-02T00:00:00Z"}

    answered = await call("ask_availability", organization="acme", body={**ASK, **window})

    assert answered.status == 200
    assert answered.json["users"][0]["complete"] is False


@pytest.mark.parametrize("field", ["start", "end"])
async def test_an_instant_without_an_offset_is_refused(acme: ComposedApp, field: str) -> None:
    answered = await refused(acme, "ask_availability", body={**ASK, field: "2026-03-02T09:00:00"})

    assert (answered.status, answered.problem) == (400, "naive-time")
    assert f"$.{field}" in answered.json["detail"]


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Romance Standard Time", "../etc/passwd", "Europe"])
async def test_a_zone_that_does_not_exist_is_refused(acme: ComposedApp, zone: str) -> None:
    answered = await refused(acme, "put_user", user="new", body={**USER, "time_zone": zone})

    assert (answered.status, answered.problem) == (422, "time-zone-unknown")


@pytest.mark.parametrize("address", ["nobody", "abc@", "@b.example", "a b@c.example", "a@b@c.example"])
async def test_what_is_no_mail_address_is_refused_and_nobody_of_the_bulk_is_written(
    acme: ComposedApp, address: str
) -> None:
    users = [{"user": "good", **USER}, {"user": "bad", "addresses": [{"address": address, "verified": True}]}]

    answered = await refused(acme, "put_users", body={"users": users})

    assert (answered.status, answered.problem) == (422, "address-invalid")
    assert "bad" in answered.json["detail"]


async def test_the_same_user_twice_in_one_body_is_refused(acme: ComposedApp) -> None:
    answered = await refused(acme, "put_users", body={"users": [{"user": "x", **USER}, {"user": "x", **USER}]})

    assert (answered.status, answered.problem) == (422, "duplicate-user")


async def test_a_bad_line_of_ndjson_is_named(acme: ComposedApp) -> None:
    lines = b"\n".join([json.dumps({"user": "x", **USER}).encode(), b"", b'{"user": "y"}'])

    answered = await refused(acme, "put_users", raw=lines, headers={"Content-Type": "application/x-ndjson"})

    assert answered.problem == "invalid-request"
    assert "Line 3" in answered.json["detail"]


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("list_users", {"limit": "0"}),
        ("list_users", {"limit": "1001"}),
        ("list_users", {"limit": "many"}),
        ("list_users", {"limit": "1" * 5000}),
        ("list_users", {"limit": "٣"}),
        ("list_users", {"status": "lost"}),
        ("list_audit", {"limit": "-1"}),
    ],
)
async def test_a_query_value_out_of_range_is_refused(acme: ComposedApp, name: str, query: dict[str, str]) -> None:
    answered = await refused(acme, name, query=query)

    assert (answered.status, answered.problem) == (400, "invalid-request")


@pytest.mark.parametrize("name", ["list_users", "list_audit"])
@pytest.mark.parametrize("cursor", ["x", "%00", "\x00", "ü" * 50, "'; drop"])
async def test_a_cursor_that_nobody_gave_out_does_no_harm(acme: ComposedApp, name: str, cursor: str) -> None:
    answered = await refused(acme, name, query={"after": cursor})

    assert answered.status in {200, 400}


@pytest.mark.parametrize("by", [None, "ursula", "nobody"])
@pytest.mark.parametrize("name", ["begin_connection", "delete_organization"])
async def test_only_an_owner_or_admin_may_change_connections(acme: ComposedApp, name: str, by: str | None) -> None:
    answered = await refused(acme, name, by=by)

    assert (answered.status, answered.problem) == (403, "role-required")


async def test_a_changed_policy_needs_an_owner_or_admin(acme: ComposedApp) -> None:
    body = {"name": "Acme", "policy": {"activation": "review"}}

    answered = await refused(acme, "put_organization", body=body, by="ursula")

    assert (answered.status, answered.problem) == (403, "role-required")


async def test_an_address_that_another_user_has_is_refused(acme: ComposedApp) -> None:
    body = {"addresses": [{"address": "URSULA@acme.example", "verified": True}]}
    stored = acme.rows.bytes_at_rest()

    answered = await call("put_user", organization="acme", user="new", body=body)

    assert (answered.status, answered.problem) == (409, "address-taken")
    assert acme.rows.bytes_at_rest() == stored


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"confirm": "everything"},
        {"confirm": "domain"},
        {"confirm": "domain", "domain": "a b"},
        {"confirm": "domain", "domain": "acme.example\n"},
    ],
)
async def test_a_confirmation_that_does_not_say_what_is_refused(acme: ComposedApp, body: object) -> None:
    begun = await call("begin_connection", organization="acme", by="olga")

    answered = await refused(acme, "confirm_connection", connection=begun.json["connection"], body=body, by="olga")

    assert (answered.status, answered.problem) == (400, "invalid-request")


async def test_a_domain_goes_with_nothing_but_the_confirmation_of_a_domain(acme: ComposedApp) -> None:
    begun = await call("begin_connection", organization="acme", by="olga")
    body = {"confirm": "sweep", "domain": "acme.example"}

    answered = await refused(acme, "confirm_connection", connection=begun.json["connection"], body=body, by="olga")

    assert (answered.status, answered.problem) == (400, "unknown-field")


@pytest.mark.parametrize("confirm", ["activation", "sweep"])
async def test_confirming_what_does_not_wait_is_refused(acme: ComposedApp, confirm: str) -> None:
    begun = await call("begin_connection", organization="acme", by="olga")

    answered = await refused(
        acme, "confirm_connection", connection=begun.json["connection"], body={"confirm": confirm}, by="olga"
    )

    assert (answered.status, answered.problem) == (409, "illegal-state")


async def test_a_connection_of_another_organization_is_not_found(acme: ComposedApp) -> None:
    begun = await call("begin_connection", organization="acme", by="olga")
    await call("put_organization", organization="other", body={"name": "Other"})

    answered = await call("get_connection", organization="other", connection=begun.json["connection"])

    assert (answered.status, answered.problem) == (404, "connection-not-found")


async def test_a_connection_without_a_tenant_cannot_be_swept(acme: ComposedApp) -> None:
    begun = await call("begin_connection", organization="acme", by="olga")

    answered = await refused(acme, "sweep_connection", connection=begun.json["connection"])

    assert (answered.status, answered.problem) == (409, "illegal-state")


@pytest.mark.parametrize(("count", "live"), [(101, False), (21, True), (2000, False)])
async def test_asking_for_too_many_users_at_once_is_refused(acme: ComposedApp, count: int, live: bool) -> None:
    users = [f"u{number}" for number in range(count)]

    answered = await refused(acme, "ask_availability", body={**ASK, "users": users, "live": live})

    assert (answered.status, answered.problem) == (422, "too-many-items")
