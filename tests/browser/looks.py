"""The ways in which pictures are taken: language, size and colours."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from playwright.async_api import Browser, BrowserContext, Page

type Scheme = Literal["light", "dark"]


@dataclass(frozen=True)
class Look:
    language: str
    width: int  # CSS pixels
    height: int
    scheme: Scheme = "light"

    @property
    def name(self) -> str:
        return f"{self.language}-{self.width}-{self.scheme}"

    async def context(self, browser: Browser) -> BrowserContext:
        return await browser.new_context(
            ignore_https_errors=True,
            locale=self.language,
            viewport={"width": self.width, "height": self.height},
            color_scheme=self.scheme,
            reduced_motion="reduce",
        )

    async def take(self, page: Page, folder: Path, name: str) -> None:
        """The whole page, however long it is."""
        await page.screenshot(path=folder / f"{name}--{self.name}.png", full_page=True)


LOOKS: Final = tuple(Look(language, *size) for language in ("en", "fr") for size in ((1280, 800), (390, 844)))
DARK: Final = (Look("en", 1280, 800, "dark"), Look("fr", 390, 844, "dark"))
IN_THE_DARK: Final = 8  # every eighth page, so that each kind is among them
EXAMPLE: Final = LOOKS[0]
