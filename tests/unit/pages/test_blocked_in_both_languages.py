"""Each way in which Microsoft stops somebody, from its own words to a page and a message in the user's language."""

from dataclasses import dataclass
from html import unescape

import pytest

from shared_code.core.administrator_links import AdministratorLinks
from shared_code.core.personal_refusals import PersonalRefusal, personal_refusal
from shared_code.pages.blocked_texts import REFUSALS
from shared_code.pages.brand import Brand
from shared_code.pages.frames import Frame, SignedIn
from shared_code.pages.languages import LANGUAGES, catalogue
from shared_code.pages.personal_blocked import BlockedView, render_blocked

CONSENT = "https://login.example/organizations/v2.0/adminconsent?client_id=personal"
ACTIVATION = "https://orgcal.example/connect?token=secret"


@dataclass(frozen=True)
class Answer:
    """What comes back instead of a code."""

    error: str
    code: int | None = None
    subcode: str | None = None

    @property
    def refusal(self) -> PersonalRefusal:
        return personal_refusal(self.error, self.subcode, self.code)


ANSWERS = {
    "65001": Answer("interaction_required", 65001),
    "65004": Answer("access_denied", 65004, "cancel"),
    "90093": Answer("access_denied", 90093),
    "90094": Answer("access_denied", 90094),
    "90095": Answer("access_denied", 90095),
    "900941": Answer("access_denied", 900941),
    "650052": Answer("access_denied", 650052),
    "650056": Answer("access_denied", 650056),
    "50105": Answer("access_denied", 50105),
    "53003": Answer("access_denied", 53003),
    "700016": Answer("access_denied", 700016),
    "access_denied": Answer("access_denied"),
    "access_denied, cancel": Answer("access_denied", subcode="cancel"),
    "access_denied, of later years": Answer("access_denied", 123456789, "something_new"),
}
# A heading of Microsoft's menus, as its administrators read it; every way has at least one page below it.
MENUS = {
    "en": ("Microsoft Entra admin center → ", "Microsoft 365 admin center → "),
    "fr": ("Centre d’administration Microsoft Entra → ", "Centre d’administration Microsoft 365 → "),
}


def shown(language: str, refusal: PersonalRefusal, code: int | None, activation: str | None = None) -> str:
    signed_in = SignedIn("Acme", "ursula@acme.example", False, "token", None)
    links = AdministratorLinks(activation, CONSENT)
    view = BlockedView(refusal, "Acme", "client-id", links, "/portal/me/connect", "ref", code)
    return unescape(render_blocked(Frame(Brand("Meetwell"), locale=language, signed_in=signed_in), view))


def message_of(page: str) -> str:
    return page.split('<pre id="message"')[1].partition(">")[2].split("</pre>")[0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_the_page_says_what_happened_what_to_do_and_where_an_administrator_does_it(
    answer: Answer, language: str
) -> None:
    text, words = REFUSALS[answer.refusal], catalogue(language).gettext

    page = shown(language, answer.refusal, answer.code)

    assert f'<html lang="{language}"' in page
    assert f"{words(text.title)}</h1>" in page
    assert words(text.happened) in page
    assert words(text.next) in page
    assert any(f"<li><strong>{menu}" in page for menu in MENUS[language])
    assert (answer.code is None) or f"AADSTS{answer.code}" in page


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_the_message_to_copy_says_where_with_the_activation_link_or_else_a_consent_for_everybody(
    answer: Answer, language: str
) -> None:
    with_one = message_of(shown(language, answer.refusal, answer.code, ACTIVATION))
    without = message_of(shown(language, answer.refusal, answer.code))

    assert (ACTIVATION in with_one, CONSENT in with_one) == (True, False)
    assert (ACTIVATION in without, CONSENT in without) == (False, True)
    assert any(f"- {menu}" in without for menu in MENUS[language])
    assert "client-id" in without
    assert without.strip().startswith({"en": "Hello,", "fr": "Bonjour,"}[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_so_does_the_help_for_who_never_came_back(language: str) -> None:
    page = shown(language, PersonalRefusal.NEVER_CAME_BACK, None)

    assert catalogue(language).gettext(REFUSALS[PersonalRefusal.NEVER_CAME_BACK].title) in page
    assert all(f"- {menu}" in message_of(page) for menu in MENUS[language])
    assert CONSENT in message_of(page)


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_nothing_of_it_is_english_in_french(answer: Answer) -> None:
    text, french = REFUSALS[answer.refusal], catalogue("fr").gettext

    page = shown("fr", answer.refusal, answer.code)

    for english in (text.title, text.happened, text.next):
        assert french(english) != english
        assert english not in page
    assert "admin center" not in page
