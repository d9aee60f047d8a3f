"""The way to an account of one's own, gone as a browser would; Microsoft's part is played."""

import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from shared_code.core.ids import OrganizationId, ProductUserId
from shared_code.core.personal_account import CONSUMERS, PersonalAccount
from shared_code.core.portal_session import AskedSession
from shared_code.core.product_user import ProductUser
from tests.fakes.composed_app import BASE_URL, ComposedApp
from tests.unit.functions.browser import Answered, Browser, query_of

CONNECT = f"{BASE_URL}/portal/me/connect"
ANSWER = f"{CONNECT}/answer"
CALLBACK = f"{BASE_URL}/personal/callback"
OUTLOOK = "ursula@outlook.com"
OUTLOOK_ID = "00000000-0000-0000-1234-567890abcdef"
_SIGN_IN = re.compile(r'name="sign_in" value="([^"]+)"')


@dataclass
class Way:
    """``asked``: the query with which the browser was sent to Microsoft."""

    app: ComposedApp
    browser: Browser
    asked: dict[str, str]

    def code(self, account: str = OUTLOOK, user_id: str = OUTLOOK_ID, tenant: str = CONSUMERS) -> str:
        asked = self.asked
        return self.app.outlook.sign_in(tenant, user_id, account, asked["nonce"], asked["code_challenge"])

    async def back(self, **query: str) -> Answered:
        """What the browser gets when Microsoft sends it back."""
        return await self.browser.get(f"{CALLBACK}?{urlencode({'state': self.asked['state'], **query})}")

    async def signed_in(self, account: str = OUTLOOK, user_id: str = OUTLOOK_ID, tenant: str = CONSUMERS) -> Answered:
        """The page after the sign-in at Microsoft."""
        answered = await self.back(code=self.code(account, user_id, tenant))
        return await self.browser.follow(answered)

    async def press(self, page: Answered, what: str = "confirm") -> Answered:
        """Send the form of ``page``; what it was redirected to."""
        found = _SIGN_IN.search(page.text)
        assert found, page.text
        sent = await self.browser.post(f"{CONNECT}/{what}", {"sign_in": found[1]})
        return await self.browser.follow(sent) if sent.status == 303 else sent

    async def connected(self, account: str = OUTLOOK, user_id: str = OUTLOOK_ID, tenant: str = CONSUMERS) -> Answered:
        return await self.press(await self.signed_in(account, user_id, tenant))


async def begun(app: ComposedApp, browser: Browser, account: str | None = None) -> Way:
    """At Microsoft, with a cookie for the way back."""
    again = {"again": account} if account else {}
    page = await browser.get(CONNECT + (f"?account={account}" if account else ""))
    assert page.status == 200, page.text
    sent = await browser.post(CONNECT, again)
    assert sent.status == 303, sent.text
    return Way(app, browser, query_of(sent.location))


async def sent_by_product(app: ComposedApp, user: str = "ursula", **more: Any) -> Browser:
    """In a session that begins on the way to an account."""
    asked = AskedSession(ProductUserId(user), start="connect", **more)
    link = (await app.portal.issue(OrganizationId("acme"), asked, app.clock.now())).link
    browser = Browser()
    await browser.follow(await browser.post(link))
    return browser


async def user_of(app: ComposedApp, user: str = "ursula") -> ProductUser:
    stored = await app._users.find(OrganizationId("acme"), ProductUserId(user))
    assert stored is not None
    return stored.value


async def accounts_of(app: ComposedApp, user: str = "ursula") -> tuple[PersonalAccount, ...]:
    return (await user_of(app, user)).personal


async def decided(app: ComposedApp, **changes: Any) -> None:
    """Another policy, from this moment on."""
    records = await app._organizations.find(OrganizationId("acme"))
    assert records is not None
    known = records.organization.value
    await app._organizations.save(records.organization, replace(known, policy=replace(known.policy, **changes)))
