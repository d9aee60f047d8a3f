"""What a page asks of storage does not grow with the number of people in the organisation."""

import pytest

from shared_code.adapters.tables.names import USERS
from tests.fakes.composed_app import BASE_URL, ComposedApp
from tests.unit.functions.browser import Browser, call
from tests.unit.functions.orders import drain
from tests.unit.functions.test_connection_life import tenant
from tests.unit.functions.test_consent import signed_in as administrator_signed_in
from tests.unit.functions.test_portal import signed_in
from tests.unit.functions.test_portal_confirming import held, reviewed
from tests.unit.functions.test_portal_outlook import OUTLOOK, path

__all__ = ["held", "reviewed", "tenant"]

MORE = 60  # than a page of any list shows


async def add_people(app: ComposedApp) -> None:
    users = [{"user": f"extra{number:02}", "addresses": []} for number in range(MORE)]
    await call("put_users", organization="acme", body={"users": users})
    await drain(app)


async def asked_for(app: ComposedApp, browser: Browser, address: str, table: str | None = None) -> tuple[int, int]:
    """Requests to storage, or to one of its tables, and the rows that were asked for or answered."""
    app.rows.operations.clear()
    assert (await browser.get(address)).status == 200
    asked = [each.rows for each in app.rows.operations if table in (None, each.table)]
    return len(asked), sum(asked)


@pytest.mark.parametrize(
    "page", ["", "/review", "/review?group=will_not", "/review?group=will_not&page=2", "/domains", "/disconnect"]
)
async def test_a_connections_pages_ask_no_more_of_storage_for_more_people(reviewed: ComposedApp, page: str) -> None:
    browser = await signed_in()
    address = await path() + page
    few = await asked_for(reviewed, browser, address)

    await add_people(reviewed)
    many = await asked_for(reviewed, browser, address)

    assert many == few


async def test_a_held_sweep_is_shown_without_the_rows_of_those_whom_it_names(held: ComposedApp) -> None:
    browser = await signed_in()

    overview = await asked_for(held, browser, OUTLOOK, USERS)
    page = await asked_for(held, browser, f"{await path()}/held", USERS)

    assert page == overview


async def test_the_administrator_sees_how_many_people_there_are_without_a_row_of_theirs(acme: ComposedApp) -> None:
    browser = Browser()
    await administrator_signed_in(acme, browser)
    confirmation = f"{BASE_URL}/consent/progress"
    few = await asked_for(acme, browser, confirmation, USERS)

    await add_people(acme)
    many, page = await asked_for(acme, browser, confirmation, USERS), await browser.get(confirmation)

    assert many == few
    assert f"<dd>{MORE + 2}. No more than these" in page.text
