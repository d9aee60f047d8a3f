"""Accounts that somebody connected themself, on their own page and in the eyes of their admins."""

from dataclasses import replace

import pytest

from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId, TenantId, UserId
from shared_code.core.personal_account import CONSUMERS, PersonalAccount, PersonalReason, PersonalState
from shared_code.flows.telling import told
from tests.fakes.composed_app import BASE_URL, ComposedApp
from tests.unit.functions.browser import call
from tests.unit.functions.test_connection_life import connected, tenant
from tests.unit.functions.test_portal import signed_in

__all__ = ["tenant"]

ME, USERS = f"{BASE_URL}/portal/me", f"{BASE_URL}/portal/users"
OUTSIDE, INSIDE = "ursula.at.home@outlook.com", "second.mailbox@acme.example"
STRANGE = "An account outside the organization"


async def give(app: ComposedApp, *accounts: PersonalAccount, user: str = "ursula") -> None:
    """As if they had connected them."""
    stored = await app._users.find(OrganizationId("acme"), ProductUserId(user))
    assert stored is not None
    await app._users.save([told(stored, replace(stored.value, personal=accounts))])


def account(
    app: ComposedApp,
    address: str,
    state: PersonalState,
    reason: PersonalReason | None = None,
    tenant: str = CONSUMERS,
) -> PersonalAccount:
    now = app.clock.now()
    name = address.partition("@")[0]
    return PersonalAccount(ConnectionId(name), TenantId(tenant), UserId(name), address, state, now, now, reason)


@pytest.mark.by_hand
async def test_admins_see_accounts_by_state_and_addresses_of_their_own_domains_only(tenant: ComposedApp) -> None:
    await connected(tenant)
    lost = account(tenant, OUTSIDE, PersonalState.NEEDS_RECONNECT, PersonalReason.REVOKED)
    await give(tenant, account(tenant, INSIDE, PersonalState.CONNECTED), lost)
    admin = await signed_in()

    listed, person = (await admin.get(USERS)).text, (await admin.get(f"{USERS}/ursula")).text
    file = (await admin.get(f"{USERS}.csv")).text

    assert "1 own account connected, 1 own account needs its owner" in listed
    assert "1 own account connected, 1 own account needs its owner" in file
    assert INSIDE in person
    assert STRANGE in person
    assert "Microsoft has ended all sign-ins of this account." in person
    assert [page for page in (listed, person, file) if OUTSIDE in page] == []
    assert [page for page in (listed, file) if INSIDE in page] == []


@pytest.mark.by_hand
async def test_without_a_connection_no_address_of_an_account_is_the_organisations(acme: ComposedApp) -> None:
    await give(acme, account(acme, INSIDE, PersonalState.CONNECTED))

    person = (await (await signed_in()).get(f"{USERS}/ursula")).text

    assert STRANGE in person
    assert INSIDE not in person


@pytest.mark.by_hand
async def test_their_owner_sees_which_accounts_they_are(acme: ComposedApp) -> None:
    lost = account(acme, OUTSIDE, PersonalState.NEEDS_RECONNECT, PersonalReason.MFA_REQUIRED)
    await give(acme, lost)
    acme.settings = replace(acme.settings, personal_client_id="0c9d8e7f-1a2b-4c3d-9e8f-7a6b5c4d3e2f")

    page = await (await signed_in("ursula")).get(ME)

    assert OUTSIDE in page.text
    assert "Microsoft wants a second step from you" in page.text
    assert f'href="/portal/me/connect?account={lost.connection}"' in page.text


async def test_where_nobody_can_connect_an_account_ones_page_says_nothing_of_it(acme: ComposedApp) -> None:
    acme.settings = replace(acme.settings, personal_client_id="")

    page = await (await signed_in("ursula")).get(ME)

    assert "/portal/me/connect" not in page.text


@pytest.mark.parametrize(("rule", "is_offered"), [("allowed", True), ("without_admin_managed", True), ("off", False)])
async def test_the_policy_decides_whether_one_is_offered(acme: ComposedApp, rule: str, is_offered: bool) -> None:
    acme.settings = replace(acme.settings, personal_client_id="0c9d8e7f-1a2b-4c3d-9e8f-7a6b5c4d3e2f")
    policy = {"personal_connections": rule}
    await call("put_organization", organization="acme", body={"name": "Acme", "policy": policy}, by="olga")

    page = await (await signed_in("ursula")).get(ME)

    assert ('href="/portal/me/connect"' in page.text) is is_offered
