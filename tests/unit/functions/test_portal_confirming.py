"""What waits for an admin in the portal: a first match, a held sweep, domains."""

from datetime import timedelta

import pytest

from shared_code.core.directory import DirectoryUser
from shared_code.core.ids import LinkKey, MailboxKey, OrganizationId, ProductUserId, UserId
from shared_code.core.product_user import UserState
from shared_code.flows.user_states import UserStates
from tests.fakes.composed_app import BASE_URL, ComposedApp
from tests.unit.functions.browser import Browser, call
from tests.unit.functions.orders import run_for
from tests.unit.functions.test_connection_life import connected, tenant, the_connection, user_state
from tests.unit.functions.test_consent import TENANT
from tests.unit.functions.test_portal import signed_in
from tests.unit.functions.test_portal_outlook import OUTLOOK, audit, path, said

__all__ = ["tenant"]

URSULA = UserId("7e2c0a8e-3b39-4d7a-8f3f-1b8a9a3d0002")
VERA = DirectoryUser(UserId("7e2c0a8e-3b39-4d7a-8f3f-1b8a9a3d0009"), "vera@new.example", "vera@acme.example")


@pytest.fixture
async def reviewed(tenant: ComposedApp) -> ComposedApp:
    """The first match waits for an admin."""
    body = {"name": "Acme", "policy": {"activation": "review"}}
    await call("put_organization", organization="acme", body=body, by="olga")
    await connected(tenant)
    return tenant


@pytest.fixture
async def held(tenant: ComposedApp) -> ComposedApp:
    """Everybody who is connected has left the directory."""
    await connected(tenant)
    tenant.directory.remove(TENANT, URSULA)
    name = str((await the_connection())["connection"])
    await call("sweep_connection", organization="acme", connection=name)
    await run_for(tenant, timedelta(minutes=2))
    return tenant


@pytest.fixture
async def unproven(tenant: ComposedApp) -> ComposedApp:
    """Vera was found, in a domain that Microsoft does not show to be the organisation's."""
    addresses = [{"address": "vera@new.example", "verified": True}]
    await call("put_user", organization="acme", user="vera", body={"addresses": addresses})
    tenant.directory.put(TENANT, VERA)
    await connected(tenant)
    return tenant


async def test_a_review_shows_who_would_be_connected_and_how_they_were_found(reviewed: ComposedApp) -> None:
    browser = await signed_in()

    cards, page = await browser.get(OUTLOOK), await browser.get(f"{await path()}/review")

    assert "Review who would be connected" in cards.text
    assert "ursula@acme.example" in page.text
    assert "The address is the main mail address of the account" in page.text
    assert "Connect this 1 person" in page.text
    assert "olga@acme.example" not in page.text.partition("<footer")[0]


async def test_a_review_shows_who_would_not_and_what_can_be_done(reviewed: ComposedApp) -> None:
    page = await (await signed_in()).get(f"{await path()}/review?group=will_not")

    assert "olga@acme.example" in page.text
    assert "Nobody in your Microsoft 365 has their address." in page.text
    assert "ursula@acme.example" not in page.text


async def test_a_disconnection_before_the_review_takes_nothing_from_anybody(reviewed: ComposedApp) -> None:
    browser = await signed_in()

    asked = await browser.get(f"{await path()}/disconnect")
    page = await browser.follow(await browser.post(f"{await path()}/disconnect", {"typed": "Acme"}))

    assert "Nobody has a calendar by it at present." in asked.text
    assert "no longer knows when they are busy" not in asked.text
    assert said(page) == "The connection is being ended. Nobody had a calendar from there."


async def test_a_review_goes_page_by_page(reviewed: ComposedApp) -> None:
    for number in range(60):
        await call("put_user", organization="acme", user=f"extra{number:02}", body={"addresses": []})
    browser = await signed_in()
    review = f"{await path()}/review?group=will_not"

    first, second = await browser.get(review), await browser.get(f"{review}&page=2")
    beyond, odd = await browser.get(f"{review}&page=99"), await browser.get(f"{review}&page=²")

    assert ("Page 1 of 2" in first.text, 'rel="next"' in first.text, 'rel="prev"' in first.text) == (True, True, False)
    assert ("Page 2 of 2" in second.text, 'rel="prev"' in second.text) == (True, True)
    assert ("Page 2 of 2" in beyond.text, "Page 1 of 2" in odd.text) == (True, True)


async def test_a_tenant_that_shows_no_domain_of_the_organization_is_to_be_looked_at(tenant: ComposedApp) -> None:
    tenant.directory.put(TENANT, DirectoryUser(UserId("7e2c0a8e-3b39-4d7a-8f3f-1b8a9a3d0002"), None, "u@else.example"))
    await connected(tenant)

    page = await (await signed_in()).get(f"{await path()}/review")

    assert "Is this your Microsoft organization?" in page.text
    assert TENANT in page.text


async def test_confirming_connects_those_who_were_found(reviewed: ComposedApp) -> None:
    browser = await signed_in()

    page = await browser.follow(await browser.post(f"{await path()}/review"))
    await run_for(reviewed, timedelta(minutes=2))

    assert said(page) == "Confirmed. Calendars are being connected."
    assert await user_state() == "connected"
    assert ("activation.confirmed", "olga") in await audit()


async def test_what_waits_for_no_review_has_no_such_page(tenant: ComposedApp) -> None:
    await connected(tenant)
    browser = await signed_in()

    for page in ("review", "held"):
        answered = await browser.get(f"{await path()}/{page}")
        assert (answered.status, answered.location) == (303, (await path()).removeprefix(BASE_URL))


async def test_what_waits_for_no_review_cannot_be_confirmed(tenant: ComposedApp) -> None:
    await connected(tenant)
    browser = await signed_in()

    refused = [await browser.post(f"{await path()}/{page}") for page in ("review", "held")]

    assert [each.status for each in refused] == [409, 409]


async def test_a_held_sweep_names_who_would_lose_their_calendar(held: ComposedApp) -> None:
    browser = await signed_in()

    card, page = await browser.get(OUTLOOK), await browser.get(f"{await path()}/held")

    assert "It would take the calendar from 1 of 1 people." in card.text
    assert '<a href="/portal/users/ursula">ursula@acme.example</a>' in page.text
    assert await user_state() == "connected"


async def test_whoever_has_no_calendar_any_more_is_not_said_to_lose_it(held: ComposedApp) -> None:
    browser = await signed_in()
    await browser.get(OUTLOOK)
    await browser.post(f"{BASE_URL}/portal/users/ursula/disconnect")

    page = await browser.get(f"{await path()}/held")

    assert ("Who would lose their calendar" in page.text, "And 1 more." in page.text) == (False, False)


async def test_whoever_has_lost_the_mailbox_meanwhile_is_named_as_the_count_counts_them(held: ComposedApp) -> None:
    link = LinkKey(MailboxKey("organizations", TENANT, URSULA), OrganizationId("acme"), ProductUserId("ursula"))
    await UserStates(held._users, held.sent).close(link, UserState.NO_MAILBOX, held.clock.now())
    browser = await signed_in()

    page = await browser.get(f"{await path()}/held")

    assert '<a href="/portal/users/ursula">ursula@acme.example</a>' in page.text


async def test_a_held_sweep_is_let_through_by_an_admin(held: ComposedApp) -> None:
    browser = await signed_in()

    page = await browser.follow(await browser.post(f"{await path()}/held", {"losing": "1"}))
    after = await browser.get(f"{await path()}/held")
    await run_for(held, timedelta(minutes=2))

    assert said(page) == "It is let through. That takes a minute."
    assert "It was let through, and is being carried out." in after.text
    assert await user_state() == "no_match"
    assert ("sweep.confirmed", "olga") in await audit()


async def test_a_held_sweep_that_has_grown_while_the_page_was_open_is_not_let_through(held: ComposedApp) -> None:
    browser = await signed_in()

    page = await browser.get(f"{await path()}/held")
    refused = [await browser.post(f"{await path()}/held", {"losing": shown}) for shown in ("0", "", "x")]
    await run_for(held, timedelta(minutes=2))

    assert '<input type="hidden" name="losing" value="1">' in page.text
    assert [each.status for each in refused] == [409, 409, 409]
    assert "look at it once more" in refused[0].text
    assert await user_state() == "connected"


async def test_a_domain_that_people_wait_for_is_confirmed(unproven: ComposedApp) -> None:
    browser = await signed_in()

    card, page = await browser.get(await path()), await browser.get(f"{await path()}/domains")
    confirmed = await browser.follow(await browser.post(f"{await path()}/domains", {"domain": "new.example"}))
    unproven.calendars.add_mailbox(MailboxKey("organizations", TENANT, VERA.user_id))
    await run_for(unproven, timedelta(minutes=3))

    assert "1 person waits until you confirm the domain of their address." in card.text
    assert ("new.example" in page.text, "1 person waits" in page.text) == (True, True)
    assert said(confirmed) == "The domain is confirmed. People are being matched again."
    assert await user_state("vera") == "connected"
    assert ("domain.confirmed", "olga") in await audit()


@pytest.mark.parametrize("domain", ["", "evil.example", "NEW.example"])
async def test_a_domain_that_nobody_waits_for_is_not_confirmed(unproven: ComposedApp, domain: str) -> None:
    browser = await signed_in()

    page = await browser.follow(await browser.post(f"{await path()}/domains", {"domain": domain}))

    assert said(page) == "Nothing was changed."
    assert (await the_connection())["confirmed_domains"] == []


async def test_a_member_confirms_nothing(reviewed: ComposedApp) -> None:
    member = Browser()
    opened = await call("begin_portal_session", organization="acme", body={"user": "ursula"})
    await member.follow(await member.post(str(opened.json["link"])))

    answered = await member.post(f"{await path()}/review")

    assert answered.status == 403
    assert (await the_connection())["state"] == "review"
