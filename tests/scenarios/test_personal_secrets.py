"""What lets somebody read a calendar lies nowhere in clear, and nobody's calendar is read who has not connected it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from local.demo import own_accounts
from local.demo.outlook_accounts import CONSUMERS, Account, outlook_id, put_outlook_account
from local.stack import ROOT, Stack
from tests.scenarios.own_outlook import asked_as_person, connect, listed, meeting_at, outlook, unconnected
from tests.scenarios.scene import Scene, begun_scenes
from tests.stored_bytes import bytes_at_rest

pytestmark = pytest.mark.stack

HOST_LOG = ROOT / ".local" / "scenarios" / "logs" / "host.log"
JSON_WEB_TOKEN = b"eyj0ex"  # how one begins, in lower case
STRANGER = "zqmarkstranger"
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def connected(stack: Stack, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Anna's account was read, its token renewed; Ben's was lost; Cleo has signed in and not confirmed."""
    with begun_scenes(stack, request.node.nodeid) as begin:
        scene = unconnected(begin(), ["anna", "ben", "cleo"])
        put_outlook_account(scene.world, STRANGER)
        accounts = {name: outlook(scene, name) for name in ("anna", "ben", "cleo")}
        for name in ("anna", "ben"):
            connect(scene, name, accounts[name])
            meeting_at(accounts[name], 9)
        accounts["ben"].end_sign_ins()
        for _ in range(8):
            scene.settle(HOUR)
        _sign_in_only(scene, "cleo", accounts["cleo"])
        yield scene


def _sign_in_only(scene: Scene, user: str, account: Account) -> None:
    browser = scene.browser(account.address)
    begun = own_accounts.begin(scene.world, scene.organization, user)
    own_accounts.sign_in(browser, own_accounts.open_microsoft(browser, begun))


def test_no_code_and_no_token_is_stored_or_logged_in_clear(connected: Scene) -> None:
    held = {
        "tables and queues": bytes_at_rest(connected.stack.storage_connection_string),
        "log": HOST_LOG.read_bytes(),
    }
    handed_out: dict[str, list[str]] = connected.world.control("GET", "/secrets")

    assert min(map(len, handed_out.values())) >= 3  # all of them there were, and more than one of each kind
    assert b"token!anna!" in held["tables and queues"]  # the search looks where it should
    for where, content in held.items():
        for kind, values in handed_out.items():
            assert [kind for value in values if value.encode() in content] == [], where
        assert JSON_WEB_TOKEN not in content.lower()


def test_no_address_of_an_account_is_in_the_log(connected: Scene) -> None:
    log = HOST_LOG.read_text().lower()

    assert connected.organization in log  # the search looks where it should
    assert f"{connected.organization}@outlook.com" not in log


def test_calendars_are_read_of_people_who_connected_them_only(connected: Scene) -> None:
    consumers = {one["user"] for one in _calendar_requests(connected) if one["user"]}

    assert {outlook_id(f"{name}.{connected.organization}") for name in ("anna", "ben")} <= consumers
    assert consumers.isdisjoint({outlook_id(f"cleo.{connected.organization}"), outlook_id(STRANGER)})
    assert listed(connected, "cleo") == []


def _calendar_requests(scene: Scene) -> list[dict[str, str]]:
    kinds = ("calendars", "calendar", "calendar_view", "event", "events", "get_schedule", "subscriptions")
    return [one for one in asked_as_person(scene, *kinds) if one["tenant"] == CONSUMERS]
