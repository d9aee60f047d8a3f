"""Fixtures for what is read in each language: a browser in it, and what a text of the pages is in it.

A module that imports them runs each of its tests once in each language.
"""

from collections.abc import Callable

import pytest
import pytest_asyncio

from shared_code.pages.languages import LANGUAGES, catalogue
from tests.browser.conftest import NewVisitor
from tests.browser.visitor import Visitor

type Words = Callable[[str], str]


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    """That of the browser: who opens a link is not known yet."""
    return str(request.param)


@pytest.fixture
def said(language: str) -> Words:
    return catalogue(language).gettext


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(new_visitor: NewVisitor, language: str) -> Visitor:
    return await new_visitor(locale=language)
