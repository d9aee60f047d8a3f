"""The running stack and one Chromium for all tests; an organisation, a tenant and a browser context for each."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from local.chromium import FLAGS, HOW_TO_INSTALL, find_chromium
from local.demo.product import Product
from local.stack import ROOT, Stack
from tests.browser.places import Organization, Tenant, new_organization, new_tenant
from tests.browser.visitor import Visitor
from tests.scenarios.scene import PACE

MILLISECONDS = 15_000
# A page that waits looks again every five seconds, which is as long as ``expect`` has patience by itself.
expect.set_options(timeout=MILLISECONDS)

NewVisitor = Callable[..., Awaitable[Visitor]]


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    with Stack(ROOT / ".local" / "browser", meters_tables=False, pace=PACE) as running:
        yield running


@pytest.fixture(scope="session")
def product(stack: Stack) -> Iterator[Product]:
    with closing(Product(stack.addresses.app_http_url, stack.addresses.function_key)) as product:
        yield product


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = find_chromium(playwright.chromium.executable_path)
        if chromium is None:
            pytest.fail(HOW_TO_INSTALL, pytrace=False)
        running = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="session")
async def new_visitor(browser: Browser) -> AsyncIterator[NewVisitor]:
    """Makes visitors, each with a browser context of their own; options as of ``Browser.new_context``."""
    contexts = []

    async def make(**options: object) -> Visitor:
        context = await browser.new_context(ignore_https_errors=True, **options)  # type: ignore[arg-type]  # passed on as given
        context.set_default_timeout(MILLISECONDS)
        contexts.append(context)
        return Visitor(await context.new_page())

    yield make
    for context in contexts:
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(new_visitor: NewVisitor) -> Visitor:
    return await new_visitor()


@pytest.fixture
def tenant(stack: Stack) -> Iterator[Tenant]:
    """Gone afterwards: a later test that moves the clock by days would make all that is due for it due at once."""
    tenant = new_tenant(stack)
    yield tenant
    tenant.leave()


@pytest.fixture
def organization(product: Product, tenant: Tenant) -> Iterator[Organization]:
    organization = new_organization(product, tenant)
    yield organization
    organization.leave()
