"""What the administrator's pages say and hold: forms of their own, references to look up, both languages."""

import logging
import re

import pytest

from shared_code.errors import Disconnected
from tests.fakes.composed_app import BASE_URL, ComposedApp
from tests.unit.functions.browser import Browser, call
from tests.unit.functions.test_consent import (
    TENANT,
    begun,
    callback,
    confirm,
    connection_state,
    consented,
    landed,
    link,
    signed_in,
)

PROGRESS = f"{BASE_URL}/consent/progress"
CONFIRM = f"{BASE_URL}/consent/confirm"
REFERENCE = re.compile(r"Reference for support: <code>([^<]+)</code>")


@pytest.mark.parametrize("form", [None, "", "forged"])
async def test_a_confirmation_without_the_forms_own_token_is_refused(acme: ComposedApp, form: str | None) -> None:
    browser = Browser()
    await signed_in(acme, browser)

    page = await browser.post(CONFIRM, None if form is None else {"form": form})

    assert page.status == 400
    assert await connection_state() == ("pending", None)


async def test_the_token_of_another_browsers_form_confirms_nothing(acme: ComposedApp) -> None:
    mine, theirs = Browser(), Browser()
    await signed_in(acme, mine)
    await signed_in(acme, theirs)
    await theirs.get(PROGRESS)

    page = await mine.post(CONFIRM, {"form": theirs.form_token or ""})

    assert page.status == 400
    assert set(await states()) == {"pending"}


async def test_a_form_that_is_too_large_confirms_nothing(acme: ComposedApp) -> None:
    browser = Browser()
    await signed_in(acme, browser)

    page = await browser.post(CONFIRM, {"form": "x" * 300_000})

    assert page.status == 400
    assert await connection_state() == ("pending", None)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("conditional_access", "A rule of your Microsoft organization blocks this"),
        ("app_disabled", "A rule of your Microsoft organization blocks this"),
        ("credential_refused", "The application is not set up correctly"),
        ("tenant_not_found", "The sign-in could not be verified"),
        ("consent_missing", "Microsoft is still spreading your consent"),
    ],
)
async def test_why_the_sign_in_is_not_taken_is_told_and_it_can_be_tried_again(
    acme: ComposedApp, reason: str, words: str
) -> None:
    browser = Browser()
    asked = await consented(browser)
    acme.microsoft.script.fail("redeem", Disconnected("refused", reason), times=1)

    page = await landed(browser, f"{BASE_URL}/consent/signed-in?code=any&state={asked['state']}")

    assert words in page.text
    assert "Try the sign-in again" in page.text
    assert await connection_state() == ("pending", None)


async def test_microsofts_number_is_shown_and_logged_with_the_pages_reference(
    acme: ComposedApp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    browser = Browser()
    state = await begun(browser)
    refused = f"error=access_denied&error_description=AADSTS53003%3a+blocked&state={state}"

    page = await landed(browser, f"{BASE_URL}/consent/callback?{refused}")

    assert "AADSTS53003" in page.text
    line = next(line for line in caplog.messages if reference_of(page.text) in line)
    assert "code=53003" in line


@pytest.mark.parametrize("path", ["/consent/callback?state=forged", "/consent/progress", "/connect?token=none"])
async def test_the_reference_of_a_page_that_turns_somebody_away_is_in_the_log(
    acme: ComposedApp, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    caplog.set_level(logging.INFO)

    page = await Browser().get(BASE_URL + path)

    assert any(reference_of(page.text) in line for line in caplog.messages)


async def test_the_page_of_a_closed_link_has_its_reference_in_the_log(
    acme: ComposedApp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    url = await link()
    await call("revoke_activation_link", organization="acme", connection=await only_connection(), by="olga")

    page = await Browser().get(url)

    assert any(reference_of(page.text) in line for line in caplog.messages)


async def test_progress_without_anything_begun_says_where_to_ask(acme: ComposedApp) -> None:
    page = await Browser().get(PROGRESS)

    assert page.status == 400
    assert "There is nothing more to show here" in page.text


async def test_an_answer_that_was_taken_before_leads_back_to_where_it_led(acme: ComposedApp) -> None:
    browser = Browser()
    state = await begun(browser)
    await browser.get(callback(state, TENANT))

    page = await browser.get(callback(state, TENANT))

    assert page.status == 400
    assert 'href="/consent/progress"' in page.text


async def test_a_refusal_that_was_overcome_is_not_shown_any_more(acme: ComposedApp) -> None:
    browser = Browser()
    state = await begun(browser)
    await browser.get(f"{BASE_URL}/consent/callback?error=consent_required&state={state}")

    await signed_in(acme, browser)
    page = await confirm(browser)

    assert page.location == "/consent/progress"
    assert "Checking the permissions" in (await browser.follow(page)).text


async def test_a_refusal_of_a_link_that_was_revoked_meanwhile_says_that(acme: ComposedApp) -> None:
    browser = Browser()
    state = await begun(browser)
    await browser.get(f"{BASE_URL}/consent/callback?error=consent_required&state={state}")
    await call("revoke_activation_link", organization="acme", connection=await only_connection(), by="olga")

    page = await browser.get(PROGRESS)

    assert page.status == 410


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr-FR,fr;q=0.9", "Continuer avec Microsoft"),
        ("de", "Continue with Microsoft"),
        (None, "Continue with Microsoft"),
    ],
)
async def test_the_administrator_reads_the_language_of_the_browser(
    acme: ComposedApp, language: str | None, words: str
) -> None:
    page = await Browser(language=language).get(await link())

    assert words in page.text


async def test_the_finished_connection_tells_how_to_limit_it(acme: ComposedApp) -> None:
    browser = Browser()
    await signed_in(acme, browser)

    page = await browser.follow(await confirm(browser))

    assert "New-ManagementRoleAssignment" in page.text


def reference_of(text: str) -> str:
    found = REFERENCE.search(text)
    assert found is not None
    return found[1]


async def states() -> list[str]:
    connections = (await call("list_connections", organization="acme")).json["connections"]
    return [connection["state"] for connection in connections]


async def only_connection() -> str:
    return str((await call("list_connections", organization="acme")).json["connections"][0]["connection"])
