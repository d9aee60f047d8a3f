"""Whatever colour a product has, it can be read, and be written upon."""

import pytest

from shared_code.pages.brand import DARK_PAPER, LIGHT_PAPER, READABLE, accent_on, contrast

COLOURS = ("#000000", "#ffffff", "#1d5bbf", "#ffe600", "#ff5a5f", "#00b894", "#7f7f7f", "#1c222b")


@pytest.mark.parametrize("paper", [LIGHT_PAPER, DARK_PAPER])
@pytest.mark.parametrize("colour", COLOURS)
def test_an_accent_is_readable_on_its_paper_and_under_its_text(paper: str, colour: str) -> None:
    accent = accent_on(paper, colour)

    assert contrast(accent.colour, paper) >= READABLE
    assert contrast(accent.strong, paper) >= READABLE
    assert contrast(accent.on, accent.colour) >= READABLE
    assert contrast(accent.on, accent.strong) >= READABLE


def test_a_colour_that_is_readable_is_left_as_it_is() -> None:
    assert accent_on(LIGHT_PAPER, "#1d5bbf").colour == "#1d5bbf"


def test_contrast_is_measured_as_the_guidelines_do() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48
