"""What axe-core finds in a page, and a way to show it many pages that costs a third of opening each."""

from typing import Any

import pytest
from playwright.async_api import Page

from local.stack import ROOT

AXE = ROOT / "local" / "node_modules" / "axe-core" / "axe.min.js"


RUN = """options => "axe" in window && axe.run(document, {...options, resultTypes: ["violations"], selectors: false})"""
# The whole document is another one, with its own stylesheets; what has been read stays: axe-core, by now well compiled,
# and the pages' own script, which is asked for what it does to a page that has just been opened. A parser that runs no
# script reads what is there for those who have none.
PUT_IN_PLACE = """async address => {
  const answer = await fetch(address, {headers: {Accept: "text/html"}});
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const one of page.querySelectorAll("noscript")) one.textContent = one.innerHTML;
  const root = document.importNode(page.documentElement, true);
  const sheets = [...root.querySelectorAll("link[rel=stylesheet]")];
  const loaded = sheets.map(sheet => new Promise(then => { sheet.onload = sheet.onerror = then; }));
  document.documentElement.replaceWith(root);
  await Promise.all(loaded);
  offerCopies(document);
}"""


async def put_in_place(page: Page, address: str) -> None:
    """What stands at ``address`` in place of a page of ours that was opened, and has nothing going on."""
    await page.evaluate(PUT_IN_PLACE, address)


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
