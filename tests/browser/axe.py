"""What axe-core finds in a page."""

from typing import Any

import pytest
from playwright.async_api import Page

from local.stack import ROOT

AXE = ROOT / "local" / "node_modules" / "axe-core" / "axe.min.js"


async def violations(page: Page, options: dict[str, Any]) -> list[str]:
    """Those that it is sure about; ``options`` as of ``axe.run``."""
    if not AXE.exists():
        pytest.fail("axe-core is missing: run `make install`", pytrace=False)
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    result: dict[str, Any] = await page.evaluate("options => axe.run(document, options)", options)
    return [f"{found['id']}: {node['html'][:120]}" for found in result["violations"] for node in found["nodes"]]
