"""Pages are light: they open at once, on a phone in a train as well."""

from shared_code.pages.assets import assets_of, names
from shared_code.pages.languages import LANGUAGES
from tests.browser.gallery import FRAME, gallery

HEAVIEST = 40_000  # bytes, uncompressed, with stylesheet and script


def test_every_page_with_its_stylesheet_and_script_weighs_less_than_forty_kilobytes() -> None:
    its, assets = names(FRAME.brand), assets_of(FRAME.brand)
    beside = len(assets[its.stylesheet].content) + len(assets[its.script].content)

    weights = {
        f"{language}/{name}": beside + len(html.encode())
        for language in LANGUAGES
        for name, html in gallery(language).items()
    }

    assert {page: weight for page, weight in weights.items() if weight > HEAVIEST} == {}
