"""Whoever Microsoft stopped reads who can help, where, and what to send them."""

from dataclasses import replace
from html import unescape
from urllib.parse import unquote

import pytest

from shared_code.core.administrator_links import AdministratorLinks
from shared_code.core.personal_refusals import PersonalRefusal
from shared_code.pages.blocked_texts import CONSENT_AS_WELL, CURED_BY_CONSENT, PLACES, REFUSALS
from shared_code.pages.brand import Brand
from shared_code.pages.frames import Frame, SignedIn
from shared_code.pages.languages import LANGUAGES, catalogue
from shared_code.pages.personal_blocked import BlockedView, ConsentedView, render_blocked, render_consented

FRAME = Frame(Brand("Meetwell"), signed_in=SignedIn("Acme", "ursula@acme.example", False, "token", "https://p.example"))
CONSENT = "https://login.example/organizations/v2.0/adminconsent?client_id=personal"
ACTIVATION = "https://orgcal.example/connect?token=secret"
WITHOUT_AN_ADMINISTRATOR = {
    PersonalRefusal.WRONG_ACCOUNT,
    PersonalRefusal.TOO_LATE,
    PersonalRefusal.MISCONFIGURED,
    PersonalRefusal.MICROSOFT_UNAVAILABLE,
}
MENU = "Microsoft Entra admin center → Enterprise applications →"


def view(refusal: PersonalRefusal = PersonalRefusal.ADMIN_APPROVAL, activation: str | None = None) -> BlockedView:
    links = AdministratorLinks(activation, CONSENT)
    return BlockedView(refusal, "Acme", "client-id", links, "/portal/me/connect", "ref", 90094)


def shown(frame: Frame, blocked: BlockedView) -> str:
    return unescape(render_blocked(frame, blocked))


def test_every_refusal_has_its_words() -> None:
    assert set(REFUSALS) == set(PersonalRefusal)
    assert set(PersonalRefusal) - set(PLACES) == {*WITHOUT_AN_ADMINISTRATOR, PersonalRefusal.DECLINED}
    assert set(PLACES) >= CURED_BY_CONSENT | CONSENT_AS_WELL
    assert CURED_BY_CONSENT.isdisjoint(CONSENT_AS_WELL)


def test_no_two_refusals_look_alike() -> None:
    assert len({text.title for text in REFUSALS.values()}) == len(PersonalRefusal)


@pytest.mark.parametrize("refusal", PersonalRefusal)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_offers_to_try_again_and_leads_back_to_the_product(
    refusal: PersonalRefusal, language: str
) -> None:
    page = shown(replace(FRAME, locale=language), view(refusal))

    assert 'href="/portal/me/connect"' in page
    assert 'href="https://p.example"' in page
    assert "AADSTS90094" in page
    assert "<code>ref</code>" in page


@pytest.mark.parametrize("refusal", PLACES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_where_an_administrator_can_help_the_page_and_the_message_say_where(
    refusal: PersonalRefusal, language: str
) -> None:
    words = catalogue(language).gettext

    page = shown(replace(FRAME, locale=language), view(refusal))
    written = unquote(page)

    for place in PLACES[refusal]:
        assert f"<strong>{words(place.where)}</strong>" in page  # on the page
        assert f"- {words(place.where)}\n  {words(place.todo)}" in page  # in the message to copy
        assert f"- {words(place.where)}\r\n  {words(place.todo)}" in written  # in the e-mail
    assert 'data-copy="message"' in page


@pytest.mark.parametrize("refusal", WITHOUT_AN_ADMINISTRATOR)
def test_where_no_administrator_can_help_none_is_to_be_written_to(refusal: PersonalRefusal) -> None:
    page = shown(FRAME, view(refusal))

    assert "mailto:" not in page
    assert CONSENT not in page
    assert MENU not in page


@pytest.mark.parametrize("refusal", PLACES)
def test_a_consent_is_asked_for_only_where_it_helps_or_may_be_missing_too(refusal: PersonalRefusal) -> None:
    assert (CONSENT in shown(FRAME, view(refusal))) is (refusal in CURED_BY_CONSENT | CONSENT_AS_WELL)


@pytest.mark.parametrize("refusal", CONSENT_AS_WELL)
def test_where_something_else_has_to_be_mended_that_comes_before_the_consent(refusal: PersonalRefusal) -> None:
    with_one, without = shown(FRAME, view(refusal, ACTIVATION)), shown(FRAME, view(refusal))

    assert without.index(PLACES[refusal][-1].todo) < without.index(CONSENT)
    assert "If that alone does not help" in without
    assert CONSENT not in with_one.split("<details>")[0]


def test_an_open_activation_link_goes_before_a_consent_for_everybody() -> None:
    page = shown(FRAME, view(activation=ACTIVATION))
    first, elsewhere = page.split("<details>")

    assert ACTIVATION in first
    assert CONSENT not in first
    assert CONSENT in elsewhere
    assert ACTIVATION not in elsewhere


@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_declined_finds_what_helps_if_it_was_admin_approval_after_all_folded_away(language: str) -> None:
    words = catalogue(language).gettext

    page = shown(replace(FRAME, locale=language), replace(view(PersonalRefusal.DECLINED), code=65004))
    first, _, folded = page.partition("<details>")

    assert words("If that was a mistake, try again and accept.") in first
    assert "mailto:" not in first
    assert words("Did Microsoft say “Need admin approval”, or something like it?") in folded
    for place in PLACES[PersonalRefusal.ADMIN_APPROVAL]:
        assert f"<strong>{words(place.where)}</strong>" in folded
    message = folded.split('<pre id="message"')[1].split("</pre>")[0]
    assert CONSENT in message
    assert "65004" not in message  # which would say that nobody has to do anything


@pytest.mark.parametrize("refusal", PersonalRefusal)
def test_for_an_outlook_com_account_no_administrator_is_named(refusal: PersonalRefusal) -> None:
    page = shown(FRAME, replace(view(refusal, ACTIVATION), is_consumer=True))

    assert ("no administrator has to allow anything" in page) is (refusal in PLACES)
    assert "mailto:" not in page
    assert "Send the message below" not in page
    assert MENU not in page
    assert ACTIVATION not in page


def test_a_name_that_holds_markup_stays_a_name() -> None:
    page = render_blocked(FRAME, replace(view(activation=ACTIVATION), organization="<b>Acme</b>\r\nBcc: all"))

    assert "<b>Acme" not in page
    assert "%0D%0ABcc" not in page.split("mailto:?subject=")[1].split("&amp;body")[0]


@pytest.mark.parametrize("is_given", [True, False])
def test_an_administrator_who_comes_from_microsoft_reads_what_is_so_in_any_case(is_given: bool) -> None:
    page = render_consented(replace(FRAME, signed_in=None), ConsentedView(is_given))

    assert ("Thank you" in page) is is_given
    assert "<form" not in page
