"""What looks again by itself is a part of a page, and takes nothing from whoever reads the rest."""

import re

from tests.browser.gallery import gallery

PAGES = gallery()
REGION = re.compile(r'<(?:div|main) id="(\w[\w-]*)"[^>]* data-live=')


def test_no_page_is_loaded_again_under_somebodys_hands() -> None:
    assert [name for name, html in PAGES.items() if "http-equiv" in html] == []


def test_whoever_has_no_script_finds_a_link_wherever_something_is_followed() -> None:
    followed = {name for name, html in PAGES.items() if "data-live" in html}

    assert followed
    assert followed == {name for name, html in PAGES.items() if "Look again now" in html}


def test_what_is_followed_is_a_part_of_the_page_with_a_name_of_its_own() -> None:
    followed = {name: REGION.findall(html) for name, html in PAGES.items() if "data-live" in html}

    assert [name for name, regions in followed.items() if "main" in regions] == []
    assert [name for name, regions in followed.items() if len(regions) != PAGES[name].count("data-live=")] == []
    assert [name for name, regions in followed.items() if len(set(regions)) != len(regions)] == []
