"""What axe-core finds in a page."""

from typing import Any

import pytest
from playwright.async_api import Page

from local.stack import ROOT

AXE = ROOT / "local" / "node_modules" / "axe-core" / "axe.min.js"


RUN = """options => "axe" in window && axe.run(document, {...options, resultTypes: ["violations"], selectors: false})"""


async def violations(page: Page, options: dict[str, Any]) -> list[str]:
    """Those that it is sure about; ``options`` as of ``axe.run``. A context may have it in its pages already."""
    if not AXE.exists():
        pytest.fail("axe-core is missing: run `make install`", pytrace=False)
    result: dict[str, Any] | bool = await page.evaluate(RUN, options)
    if isinstance(result, bool):
        await page.evaluate(AXE.read_text())
        result = await page.evaluate(RUN, options)
    assert isinstance(result, dict)
    return [f"{found['id']}: {node['html'][:120]}" for found in result["violations"] for node in found["nodes"]]
