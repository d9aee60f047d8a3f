"""The operator's calls, and the minute timer that fills what they show."""

import base64
from datetime import timedelta

import azure.functions as func
import pytest

from functions.openapi import describe
from functions.product_api.dead_letters import UNREADABLE_SHOWN
from functions.user_match_sweep import user_match_sweep
from shared_code.core.ids import OrganizationId, ProductUserId
from shared_code.errors import TryLater
from shared_code.messages import LookUpUsers, encode
from shared_code.order_queues import CALENDAR_SYNC, USER_MATCH
from tests.fakes.composed_app import ComposedApp
from tests.fakes.memory_rows import Operation
from tests.unit.functions.browser import call
from tests.unit.functions.orders import drain

_MINUTE = timedelta(minutes=1)
LOOK_UP = LookUpUsers(organization=OrganizationId("acme"), users=(ProductUserId("ursula"),))


async def bury(orgcal: ComposedApp, body: bytes, queue: str = USER_MATCH) -> str:
    """The id of a new dead letter."""
    orgcal.given_up.give_up(queue, body)
    await user_match_sweep(func.TimerRequest())
    listed = await call("list_dead_letters", query={"limit": "1"})
    return str(listed.json["dead_letters"][0]["letter"])


async def test_a_dead_letter_shows_its_order(orgcal: ComposedApp) -> None:
    letter = await bury(orgcal, encode(LOOK_UP))

    shown = await call("get_dead_letter", letter=letter)

    assert shown.status == 200
    assert shown.json == {
        "letter": letter,
        "state": "waiting",
        "queue": "user-match",
        "order": "LookUpUsers",
        "message": {"type": "LookUpUsers", "version": 1, "organization": "acme", "users": ["ursula"]},
        "unreadable": None,
        "dead_at": "2026-03-02T09:00:00Z",
        "redriven_at": None,
        "kept_until": "2026-05-31T09:00:00Z",
    }


async def test_what_cannot_be_read_is_shown_as_bytes_up_to_a_bound(orgcal: ComposedApp) -> None:
    body = b"\xff" * (UNREADABLE_SHOWN + 1)
    letter = await bury(orgcal, body, CALENDAR_SYNC)

    shown = (await call("get_dead_letter", letter=letter)).json

    assert (shown["order"], shown["message"]) == (None, None)
    assert base64.b64decode(shown["unreadable"]) == body[:UNREADABLE_SHOWN]


async def test_a_redrive_is_accepted_once_and_carried_out(acme: ComposedApp) -> None:
    await drain(acme)
    letter = await bury(acme, encode(LOOK_UP))

    first = await call("redrive_dead_letter", letter=letter)
    second = await call("redrive_dead_letter", letter=letter)

    assert (first.status, first.json["state"], first.json["redriven_at"]) == (202, "redriven", "2026-03-02T09:00:00Z")
    assert (second.status, second.problem) == (409, "already-redriven")
    assert acme.sent.messages[-1] == LOOK_UP


async def test_an_unreadable_letter_says_what_to_do(orgcal: ComposedApp) -> None:
    letter = await bury(orgcal, b"nonsense")

    refused = await call("redrive_dead_letter", letter=letter)

    assert (refused.status, refused.problem) == (409, "dead-letter-unreadable")
    assert "deploy that one" in refused.json["detail"]


@pytest.mark.parametrize("name", ["get_dead_letter", "redrive_dead_letter"])
@pytest.mark.parametrize(("letter", "problem"), [("999-abc", "dead-letter-not-found"), ("a/b", "invalid-id")])
async def test_a_letter_that_is_not_there_is_said_so(orgcal: ComposedApp, name: str, letter: str, problem: str) -> None:
    refused = await call(name, letter=letter)

    assert refused.problem == problem
    assert orgcal.sent.sent == []


async def test_letters_are_listed_by_state_and_page_by_page(orgcal: ComposedApp) -> None:
    letters = [await bury(orgcal, encode(LOOK_UP))]
    for _ in range(2):
        orgcal.clock.advance(_MINUTE)
        letters.append(await bury(orgcal, encode(LOOK_UP)))
    await call("redrive_dead_letter", letter=letters[1])

    first = (await call("list_dead_letters", query={"limit": "2"})).json
    rest = (await call("list_dead_letters", query={"limit": "2", "after": first["next"]})).json
    waiting = (await call("list_dead_letters", query={"state": "waiting"})).json

    assert [one["letter"] for one in first["dead_letters"] + rest["dead_letters"]] == letters[::-1]
    assert rest["next"] is None
    assert [one["letter"] for one in waiting["dead_letters"]] == [letters[2], letters[0]]


@pytest.mark.parametrize("query", [{"state": "dead"}, {"limit": "0"}])
async def test_a_list_that_cannot_be_asked_for_is_refused(orgcal: ComposedApp, query: dict[str, str]) -> None:
    refused = await call("list_dead_letters", query=query)

    assert (refused.status, refused.problem) == (400, "invalid-request")
    assert orgcal.rows.operations == []


async def test_upkeep_that_fails_does_not_keep_dead_letters_from_being_moved(orgcal: ComposedApp) -> None:
    def fail_watermark(operation: Operation) -> None:
        if operation.partition == "watermark":
            raise TryLater("told to fail")

    orgcal.given_up.give_up(USER_MATCH, encode(LOOK_UP))
    orgcal.rows.on_operation = fail_watermark

    with pytest.raises(TryLater):
        await user_match_sweep(func.TimerRequest())

    assert orgcal.given_up.left(USER_MATCH) == 0


async def test_poison_queues_that_fail_do_not_keep_upkeep_from_its_work(acme: ComposedApp) -> None:
    def fail(_: str) -> None:
        raise TryLater("told to fail")

    acme.given_up.on_operation = fail
    before = acme.rows.count()

    with pytest.raises(TryLater):
        await user_match_sweep(func.TimerRequest())

    assert acme.rows.count() > before


async def test_a_forgotten_organization_takes_its_letters_with_it(acme: ComposedApp) -> None:
    await bury(acme, encode(LOOK_UP))
    acme.clock.advance(_MINUTE)
    other = await bury(acme, encode(LookUpUsers(organization=OrganizationId("other"), users=())))

    await call("delete_organization", organization="acme", by="olga")
    acme.clock.advance(_MINUTE)
    await drain(acme)

    listed = (await call("list_dead_letters")).json["dead_letters"]
    assert [letter["letter"] for letter in listed] == [other]
    assert b"ursula" not in acme.rows.bytes_at_rest()


def test_only_the_operators_calls_are_described_as_wanting_the_operators_key() -> None:
    document = describe("https://orgcal.example")

    wanting = {
        path
        for path, item in document["paths"].items()
        for one in item.values()
        if one.get("security") == [{"operatorKey": []}]
    }

    assert wanting == {
        "/v1/dead-letters",
        "/v1/dead-letters/{letter}",
        "/v1/dead-letters/{letter}/redrive",
        "/v1/event-endpoint",
        "/v1/event-endpoint/enable",
    }
    assert set(document["components"]["securitySchemes"]) == {"hostKey", "operatorKey"}
