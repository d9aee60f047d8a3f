"""``make pictures``: every page in every state, as people see it, into an ignored folder, with an index of them all.

Names on the command line are beginnings of names. Without any, everything is taken, and from the running local stack
what the gallery has not: Microsoft's pages, and the API's reference.
"""

# ruff: noqa: T201 - what it prints is what it is for

import asyncio
import shutil
import sys
from collections.abc import Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, async_playwright

from local.chromium import FLAGS, HOW_TO_INSTALL, find_chromium
from local.stack import ROOT
from tests.browser.live_pictures import take_live_pictures
from tests.browser.looks import DARK, IN_THE_DARK, LOOKS, Look
from tests.browser.served_gallery import GALLERIES, GallerySite, gallery_site

FOLDER: Final = ROOT / ".local" / "pictures"
KNOWN: Final = tuple(GALLERIES["en"])


async def main(beginnings: Sequence[str]) -> int:
    names = [name for name in KNOWN if not beginnings or name.startswith(tuple(beginnings))]
    if not names:
        print(f"no page's name begins with {' or '.join(beginnings)}; there are: {', '.join(KNOWN)}")
        return 2
    async with async_playwright() as playwright:
        chromium = find_chromium(playwright.chromium.executable_path)
        if chromium is None:
            print(HOW_TO_INSTALL, file=sys.stderr)
            return 1
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir(parents=True)
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        with gallery_site() as site:
            await _take_all(browser, site, names)
        if not beginnings:
            await take_live_pictures(browser, FOLDER)
        await browser.close()
    index = FOLDER / "index.html"
    index.write_text(_index(FOLDER))
    print(f"{len(list(FOLDER.glob('*.png')))} pictures, to be seen at {index}")
    return 0


async def _take_all(browser: Browser, site: GallerySite, names: Sequence[str]) -> None:
    looks = [(look, names) for look in LOOKS] + [(look, names[::IN_THE_DARK]) for look in DARK]
    await asyncio.gather(*(_take(browser, site, look, its) for look, its in looks))


async def _take(browser: Browser, site: GallerySite, look: Look, names: Sequence[str]) -> None:
    context = await look.context(browser)
    page = await context.new_page()
    for name in names:
        await page.goto(site.address(look.language, name))
        await look.take(page, FOLDER, name)
    await context.close()


def _index(folder: Path) -> str:
    """Each page's pictures beside each other, as long as they are, in a box that scrolls."""
    pictures = sorted(path.name for path in folder.glob("*.png"))
    rows = [
        f'<h2 id="{escape(name)}">{escape(name)}</h2><p>' + "".join(map(_figure, its)) + "</p>"
        for name, its in groupby(pictures, lambda picture: picture.partition("--")[0])
    ]
    style = (
        "body{font:1rem system-ui;margin:2rem}p{display:flex;gap:1rem;align-items:start;overflow-x:auto}"
        "a{flex:none}img{display:block;border:1px solid #888;max-height:60rem;max-width:40rem}"
    )
    head = f'<meta charset="utf-8"><title>Pictures</title><style>{style}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body><h1>Pictures</h1>{"".join(rows)}</body></html>\n'


def _figure(picture: str) -> str:
    look = picture.removesuffix(".png").partition("--")[2]
    return f'<a href="{escape(picture)}">{escape(look)}<img loading="lazy" alt="" src="{escape(picture)}"></a>'


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
