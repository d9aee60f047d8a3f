"""An owner or admin decides the organisation's policy in the portal."""

import re
from dataclasses import replace
from typing import Any

import pytest

from shared_code.core.ids import OrganizationId
from shared_code.core.policy import PersonalConnections, Takeover
from tests.fakes.composed_app import BASE_URL, ComposedApp
from tests.unit.functions.browser import call
from tests.unit.functions.test_portal import signed_in
from tests.unit.functions.test_portal_outlook import audit, said

POLICY = f"{BASE_URL}/portal/policy"
AS_IT_IS: dict[str, str | list[str]] = {
    "activation": "automatic",
    "admin_managed": "yes",
    "allow_user_disconnect": "yes",
    "cohost_decline_cancels": "no",
    "cancellation_sync": "yes",
    "checked_calendars": "default",
}
OF_ACCOUNTS: dict[str, str | list[str]] = {"personal_connections": "allowed", "takeover": "keep"}


@pytest.fixture
def offering(acme: ComposedApp) -> ComposedApp:
    """In this deployment people can connect accounts of their own."""
    acme.settings = replace(acme.settings, personal_client_id="0c9d8e7f-1a2b-4c3d-9e8f-7a6b5c4d3e2f")
    return acme


@pytest.fixture
def offering_none(acme: ComposedApp) -> ComposedApp:
    acme.settings = replace(acme.settings, personal_client_id="")
    return acme


async def policy() -> dict[str, Any]:
    return dict((await call("get_organization", organization="acme")).json["policy"])


async def test_the_form_shows_what_holds(offering: ComposedApp) -> None:
    page = await (await signed_in()).get(POLICY)

    ticked = re.findall(r'name="(\w+)" value="(\w+)"[^>]* checked', page.text)
    assert dict(ticked) == AS_IT_IS | OF_ACCOUNTS


async def test_each_rule_can_be_decided_and_locked(acme: ComposedApp) -> None:
    browser = await signed_in()
    before = await policy()
    await browser.get(POLICY)
    locks = ["checked_calendars", "write_calendar", "busy_statuses", "cancellation_sync"]
    form = {
        "activation": "review",
        "admin_managed": "no",
        "allow_user_disconnect": "no",
        "cohost_decline_cancels": "yes",
        "cancellation_sync": "no",
        "checked_calendars": "all",
        "busy_statuses": ["oof", "tentative"],
        "locked": locks,
    }

    page = await browser.follow(await browser.post(POLICY, form))

    assert said(page) == "Saved."
    assert await policy() == {
        "activation": "review",
        "admin_managed": False,
        "allow_user_disconnect": False,
        "cohost_decline_cancels": True,
        "busy_updates": before["busy_updates"],
        "checked_calendars": {"default": "all", "locked": True},
        "write_calendar": {"default": "default", "locked": True},
        "busy_statuses": {"default": ["busy", "tentative", "out_of_office"], "locked": True},
        "cancellation_sync": {"default": False, "locked": True},
        "personal_connections": before["personal_connections"],
        "takeover": before["takeover"],
    }
    ticked = re.findall(r'name="locked" value="(\w+)" checked', page.text)
    assert ticked == locks
    assert ("policy.changed", "olga") in await audit()


async def test_a_form_undoes_nothing_that_was_decided_while_it_was_open(acme: ComposedApp) -> None:
    browser = await signed_in()
    page = await browser.get(POLICY)
    seen = re.findall(r'name="seen" value="(\w+)"', page.text)
    rules = {"allow_user_disconnect": False}
    await call("put_organization", organization="acme", body={"name": "Acme", "policy": rules}, by="olga")

    refused = await browser.post(POLICY, AS_IT_IS | {"seen": seen, "activation": "review"})
    kept = await policy()
    again = re.findall(r'name="seen" value="(\w+)"', (await browser.get(POLICY)).text)
    taken = await browser.post(POLICY, AS_IT_IS | {"seen": again})

    assert (refused.status, "Somebody was faster" in refused.text) == (409, True)
    assert (kept["allow_user_disconnect"], kept["activation"]) == (False, "automatic")
    assert taken.status == 303


async def test_a_lock_that_is_not_ticked_is_lifted(acme: ComposedApp) -> None:
    rules = {"busy_statuses": {"default": ["busy", "tentative"], "locked": True}}
    await call("put_organization", organization="acme", body={"name": "Acme", "policy": rules}, by="olga")
    browser = await signed_in()
    await browser.get(POLICY)

    await browser.post(POLICY, AS_IT_IS)

    assert (await policy())["busy_statuses"] == {"default": ["busy"], "locked": False}


async def test_what_stays_as_it_is_is_no_change(acme: ComposedApp) -> None:
    browser = await signed_in()
    await browser.get(POLICY)

    page = await browser.follow(await browser.post(POLICY, AS_IT_IS))

    assert said(page) == "Nothing was changed."
    assert await audit() == []


@pytest.mark.parametrize(
    "odd",
    [
        {"activation": "never"},
        {"activation": ""},
        {"admin_managed": "maybe"},
        {"checked_calendars": "some"},
        {"busy_statuses": ["nonsense"]},
    ],
)
async def test_what_the_form_never_sends_is_refused(acme: ComposedApp, odd: dict[str, str | list[str]]) -> None:
    browser = await signed_in()
    await browser.get(POLICY)
    before = await policy()

    refused = await browser.post(POLICY, AS_IT_IS | odd)

    assert refused.status == 400
    assert await policy() == before


async def test_a_member_neither_sees_nor_changes_it(acme: ComposedApp) -> None:
    member = await signed_in("ursula")

    seen, changed = await member.get(POLICY), await member.post(POLICY, AS_IT_IS | {"activation": "review"})

    assert (seen.status, changed.status) == (403, 403)
    assert (await policy())["activation"] == "automatic"


async def test_a_form_of_another_session_changes_nothing(acme: ComposedApp) -> None:
    other = await signed_in()
    await other.get(POLICY)
    browser = await signed_in()

    refused = await browser.post(POLICY, AS_IT_IS | {"activation": "review", "form": other.form_token or ""})

    assert refused.status == 400
    assert (await policy())["activation"] == "automatic"


@pytest.mark.parametrize("rule", ["without_admin_managed", "off", "allowed"])
@pytest.mark.parametrize("takeover", ["replace", "both", "keep"])
async def test_what_becomes_of_accounts_of_peoples_own_is_decided_here(
    offering: ComposedApp, rule: str, takeover: str
) -> None:
    browser = await signed_in()
    await browser.get(POLICY)

    saved = await browser.post(POLICY, AS_IT_IS | {"personal_connections": rule, "takeover": takeover})
    page = await browser.get(POLICY)

    ticked = dict(re.findall(r'name="(\w+)" value="(\w+)"[^>]* checked', page.text))
    assert saved.status == 303
    assert (ticked["personal_connections"], ticked["takeover"]) == (rule, takeover)


async def test_where_nobody_can_connect_an_account_nothing_is_decided_of_them(offering_none: ComposedApp) -> None:
    browser = await signed_in()
    page = await browser.get(POLICY)
    rules: dict[str, str | list[str]] = {"personal_connections": "off", "takeover": "both"}
    await browser.post(POLICY, AS_IT_IS | rules)

    saved = await browser.follow(await browser.post(POLICY, AS_IT_IS | {"activation": "review"}))

    decided = (await offering_none._organizations.find(OrganizationId("acme"))).organization.value.policy  # type: ignore[union-attr]
    assert "of their own" not in page.text.replace("All calendars of their own", "")
    assert said(saved) == "Saved."
    assert (decided.personal_connections, decided.takeover) == (PersonalConnections.OFF, Takeover.BOTH)


@pytest.mark.parametrize("odd", [{"personal_connections": "sometimes"}, {"takeover": "never"}])
async def test_a_word_that_no_rule_has_is_refused(offering: ComposedApp, odd: dict[str, str | list[str]]) -> None:
    browser = await signed_in()
    await browser.get(POLICY)

    assert (await browser.post(POLICY, AS_IT_IS | odd)).status == 400
