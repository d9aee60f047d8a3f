"""The page of one's own calendar, filled in as a browser would."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import unescape

from tests.fakes.composed_app import BASE_URL
from tests.unit.functions.browser import Answered, Browser
from tests.unit.functions.test_portal import signed_in

ME = f"{BASE_URL}/portal/me"
_INPUT = re.compile(r"<input ([^>]*)>")
_ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')


@dataclass(frozen=True)
class Form:
    """The page's form of settings as a browser would send it, and what a person changes in it."""

    browser: Browser
    fields: dict[str, tuple[str, ...]]

    def changed(self, **fields: Sequence[str]) -> "Form":
        return replace(self, fields=self.fields | {name: tuple(values) for name, values in fields.items()})

    async def save(self) -> Answered:
        return await self.browser.post(f"{ME}/settings", self.fields)


def form_of(browser: Browser, page: Answered) -> Form:
    """What is disabled is not sent, nor what is not checked."""
    html = re.sub(r"<fieldset[^>]* disabled>.*?</fieldset>", "", page.text, flags=re.DOTALL)
    fields: dict[str, tuple[str, ...]] = {}
    for match in _INPUT.finditer(html.partition('action="/portal/me/settings"')[2]):
        one = {name: unescape(value) for name, value in _ATTRIBUTE.findall(match[1])}
        is_box = one["type"] in {"checkbox", "radio"}
        if "name" in one and "disabled" not in one and (not is_box or "checked" in one):
            fields[one["name"]] = (*fields.get(one["name"], ()), one["value"])
    return Form(browser, fields)


async def opened(user: str = "ursula") -> Form:
    browser = await signed_in(user)
    return form_of(browser, await browser.get(ME))
