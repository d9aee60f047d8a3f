"""Accounts that people connect themselves, as the product begins, sees and ends them."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta

import pytest

from shared_code import bootstrap
from shared_code.core.personal_account import PersonalState
from shared_code.core.portal_session import PortalSession
from shared_code.messages import LookUpUsers, ReleaseMailbox
from tests.fakes.composed_app import BASE_URL, ComposedApp, make_settings
from tests.fakes.told_truth import lies
from tests.unit.functions.browser import Answered, call
from tests.unit.functions.orders import run_for
from tests.unit.functions.own_accounts import accounts, find_user, give_account
from tests.unit.functions.test_connection_life import connected, tenant, user_state
from tests.unit.functions.test_opting_out import audited, put_policy

__all__ = ["tenant"]

SETTINGS = "https://product.example/settings"
REGISTERED = {
    "ORGCAL_PERSONAL_CLIENT_ID": "0b7c7e6c-1111-4222-8333-955555555555",
    "ORGCAL_PERSONAL_CLIENT_CERTIFICATE": "not read by fakes",
    "ORGCAL_TOKEN_KEYS": "first:" + b64encode(bytes(32)).decode(),
}


@pytest.fixture
def orgcal() -> Iterator[ComposedApp]:
    """A deployment that has a registration for people's own accounts."""
    app = ComposedApp(make_settings(**REGISTERED))
    bootstrap.serve(app)
    yield app
    bootstrap.serve(None)
    assert lies(app.rows) == []


async def begin(user: str = "ursula", body: object = None) -> Answered:
    return await call("begin_personal_connection", organization="acme", user=user, body=body)


async def listed(user: str = "ursula") -> list[dict[str, object]]:
    answered = await call("list_personal_connections", organization="acme", user=user)
    return list(answered.json["personal_connections"])


async def end(connection: str = "own-1", by: str | None = "ursula") -> Answered:
    return await call("delete_personal_connection", organization="acme", user="ursula", by=by, connection=connection)


async def session_of(app: ComposedApp, url: str) -> PortalSession:
    stored = await app._portal_sessions.find(url.partition("token=")[2].partition(".")[0])
    assert stored is not None
    return stored.value


async def test_the_link_is_for_that_very_user_and_leads_to_an_account(acme: ComposedApp) -> None:
    answered = await begin("olga", {"login_hint": "olga@outlook.com", "return_to": SETTINGS, "locale": "fr"})

    session = await session_of(acme, answered.json["url"])
    assert answered.status == 201
    assert answered.json["url"].startswith(f"{BASE_URL}/portal/open?token=")
    assert answered.json["expires_at"] == (acme.clock.now() + timedelta(minutes=5)).isoformat().replace("+00:00", "Z")
    assert (session.user, session.role, session.start) == ("olga", "user", "connect")
    assert (session.login_hint, session.return_to, session.locale) == ("olga@outlook.com", SETTINGS, "fr")


async def test_a_link_needs_no_body(acme: ComposedApp) -> None:
    answered = await begin()

    assert answered.status == 201
    assert (await session_of(acme, answered.json["url"])).login_hint is None


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"login_hint": "two words"}, "invalid-request"),
        ({"login_hint": "a@b\n"}, "invalid-request"),
        ({"return_to": "https://elsewhere.example/"}, "return-address-refused"),
        ({"role": "owner"}, "unknown-field"),
    ],
)
async def test_what_is_not_as_described_gets_no_link(acme: ComposedApp, body: object, problem: str) -> None:
    assert (await begin(body=body)).problem == problem


async def test_of_nobody_there_is_nothing(acme: ComposedApp) -> None:
    shown = await call("list_personal_connections", organization="acme", user="nobody")

    assert (await begin("nobody")).problem == shown.problem == "user-not-found"


async def test_without_a_registration_nobody_begins(acme: ComposedApp) -> None:
    bootstrap.serve(None)
    without = ComposedApp(make_settings(ORGCAL_PERSONAL_CLIENT_ID=""))
    without.rows = acme.rows
    bootstrap.serve(without)

    answered = await begin()

    bootstrap.serve(acme)
    assert (answered.status, answered.problem) == (409, "personal-connections-off")


async def test_a_policy_without_personal_connections_is_said_before_microsoft_is_asked(acme: ComposedApp) -> None:
    await put_policy(personal_connections="off")

    answered = await begin()

    assert (answered.status, answered.problem) == (403, "policy-forbids")
    assert answered.json["fields"] == {"policy": "personal_connections"}


@pytest.mark.parametrize(
    ("policy", "rule"),
    [
        ({"personal_connections": "without_admin_managed"}, "personal_connections"),
        ({"takeover": "replace"}, "takeover"),
    ],
)
async def test_who_has_an_admin_managed_calendar_is_told_which_rule_stands_in_the_way(
    tenant: ComposedApp, policy: dict[str, str], rule: str
) -> None:
    await connected(tenant)
    await put_policy(**policy)

    managed, unmanaged = await begin(), await begin("olga")

    assert (managed.problem, managed.json["fields"]) == ("policy-forbids", {"policy": rule})
    assert unmanaged.status == 201


async def test_an_account_is_shown_with_its_state_and_only_an_address_of_the_organisation(tenant: ComposedApp) -> None:
    await connected(tenant)
    await give_account(tenant)
    await give_account(tenant, name="own-2", account="Ursula.Second@ACME.example", state=PersonalState.PENDING)

    shown = await listed()

    told = acme_time = tenant.clock.now().isoformat().replace("+00:00", "Z")
    assert shown == [
        {
            "connection": "own-1",
            "state": "connected",
            "reason": None,
            "account": None,
            "connected_at": told,
            "changed_at": acme_time,
        },
        {
            "connection": "own-2",
            "state": "pending",
            "reason": None,
            "account": "Ursula.Second@ACME.example",
            "connected_at": told,
            "changed_at": acme_time,
        },
    ]


async def test_a_domain_is_the_organisations_only_while_its_connection_lives(acme: ComposedApp) -> None:
    await give_account(acme, account="ursula@acme.example")

    (shown,) = await listed()

    assert shown["account"] is None


async def test_a_user_is_shown_with_their_accounts(acme: ComposedApp) -> None:
    await give_account(acme)

    user = (await call("get_user", organization="acme", user="ursula")).json

    assert (user["state"], user["reason"], user["connection"]) == ("personal", "has_own_account", None)
    assert user["personal_connections"] == [{"connection": "own-1", "state": "connected", "reason": None}]


@pytest.mark.parametrize("by", ["ursula", "olga"])
async def test_its_user_or_an_owner_disconnects_an_account_for_good(acme: ComposedApp, by: str) -> None:
    acme.product.open()
    await give_account(acme)
    acme.clock.advance(timedelta(minutes=1))

    answered, again = await end(by=by), await end(by=by)
    await run_for(acme, timedelta(minutes=1))

    assert (answered.status, again.status) == (204, 204)
    assert await listed() == []
    assert await user_state() == "no_match"
    assert await audited("personal_account.disconnected") == [(by, "ursula")]
    assert any(isinstance(sent, LookUpUsers) for sent in acme.sent.messages)
    assert {sent.asked_for for sent in acme.sent.messages if isinstance(sent, ReleaseMailbox)} == {True}
    (told,) = [event for event in acme.product.received if event.type == "user.disconnected"]
    assert told.data == {
        "user": "ursula",
        "connection": "own-1",
        "registration": "personal",
        "state": None,
        "reason": None,
    }


@pytest.mark.parametrize("by", [None, "nobody"])
async def test_nobody_else_disconnects_an_account(acme: ComposedApp, by: str | None) -> None:
    await give_account(acme)

    answered = await end(by=by)

    assert (answered.status, answered.problem) == (403, "role-required")
    assert await accounts(acme) == {"own-1": ("connected", None)}


async def test_one_account_goes_and_the_other_stays(acme: ComposedApp) -> None:
    await give_account(acme)
    await give_account(acme, name="own-2")

    await end()

    assert await accounts(acme) == {"own-2": ("connected", None)}
    assert await user_state() == "personal"


async def test_an_account_that_a_policy_set_aside_can_be_disconnected_and_is_told_of_once(acme: ComposedApp) -> None:
    acme.product.open()
    await give_account(acme)
    await put_policy(personal_connections="off")
    await run_for(acme, timedelta(minutes=1))

    await end()
    await run_for(acme, timedelta(minutes=1))

    assert (await find_user(acme)).personal == ()
    assert len({event.event for event in acme.product.received if event.type == "user.disconnected"}) == 1
