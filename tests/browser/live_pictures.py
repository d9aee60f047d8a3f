"""What the gallery has not, from the running local stack: Microsoft's pages, and the API's reference."""

from contextlib import closing
from pathlib import Path

from playwright.async_api import Browser

from local.demo.product import Product
from local.stack import ROOT, Stack
from tests.browser.looks import LOOKS, Look
from tests.browser.places import new_organization, new_tenant
from tests.browser.visitor import Visitor


async def take_live_pictures(browser: Browser, folder: Path) -> None:
    with (
        Stack(ROOT / ".local" / "pictures-stack") as stack,
        closing(Product(stack.addresses.app_http_url, stack.addresses.function_key)) as product,
    ):
        for look in LOOKS:
            await _take(browser, look, folder, stack, product)


async def _take(browser: Browser, look: Look, folder: Path, stack: Stack, product: Product) -> None:
    context = await look.context(browser)
    visitor, tenant = Visitor(await context.new_page()), new_tenant(stack)
    link = new_organization(product, tenant).link
    await visitor.open(f"{stack.addresses.app_url}/docs")
    await look.take(visitor.page, folder, "live_reference")
    await visitor.open(link)
    await visitor.go_on()
    await look.take(visitor.page, folder, "live_microsoft_sign_in")
    await visitor.sign_in(tenant.account())
    await look.take(visitor.page, folder, "live_microsoft_consent")
    await context.clear_cookies()
    await visitor.open(link)
    await visitor.go_on()
    await visitor.sign_in(tenant.account("member"))
    await look.take(visitor.page, folder, "live_microsoft_approval_needed")
    await context.close()
