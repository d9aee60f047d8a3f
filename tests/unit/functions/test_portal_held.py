"""An admin looks at cancellations that were held back, and decides, in the portal."""

import re

import pytest

from shared_code.adapters.tables.holds import TableHolds
from shared_code.core.held_cancellation import HeldBooking, Hold, HoldReason
from shared_code.core.ids import BookingId, ConnectionId, OrganizationId, ProductUserId
from shared_code.messages import CheckBookings
from tests.fakes.composed_app import BASE_URL, ComposedApp
from tests.unit.functions.booking_calls import SECRETS, book, booker, mailbox_of, row
from tests.unit.functions.browser import Browser, call
from tests.unit.functions.test_portal import signed_in
from tests.unit.functions.test_portal_outlook import OUTLOOK, audit, said

__all__ = ["booker"]

HELD = f"{BASE_URL}/portal/held"
ACME = OrganizationId("acme")


async def hold(app: ComposedApp, bookings: int = 2, generation: int = 1, name: str = "h-1") -> None:
    box, anna = mailbox_of("anna"), ProductUserId("anna")
    names = (BookingId(f"b-{each}") for each in range(1, bookings + 1))
    held = tuple(HeldBooking(each, generation, anna, box) for each in names)
    kept = Hold(name, ACME, ConnectionId("c"), HoldReason.MAILBOX, app.clock.now(), held, coming=0)
    await TableHolds(app.rows).save(None, kept)


async def test_nothing_held_back_is_said_to_be_so(acme: ComposedApp) -> None:
    page = await (await signed_in()).get(HELD)

    assert "Nothing is held back." in page.text


async def test_what_waits_is_said_on_the_first_page_and_listed(acme: ComposedApp) -> None:
    browser = await signed_in()
    await hold(acme)

    first, listed = await browser.get(OUTLOOK), await browser.get(HELD)

    assert "1 group of cancellations waits for your decision." in first.text
    assert ('data-label="Bookings">2<' in listed.text, "Waits for you" in listed.text) == (True, True)
    assert "Too many bookings vanished from one mailbox at once." in listed.text


async def test_all_that_waits_is_counted_however_much_it_is(acme: ComposedApp) -> None:
    for number in range(1, 61):
        await hold(acme, bookings=1, name=f"h-{number}")

    page = await (await signed_in()).get(OUTLOOK)

    assert "60 groups of cancellations wait for your decision." in page.text


@pytest.mark.by_hand
async def test_bookings_are_shown_by_name_and_time_and_nothing_else_of_them(booker: ComposedApp) -> None:
    await _owner()
    await book(booker)
    made = await row(booker)
    assert made is not None
    await hold(booker, generation=made.generation)

    page = await (await signed_in()).get(f"{HELD}/h-1")

    cells = re.findall(r"<td[^>]*>(?:<code>)?([^<]*)", page.text)
    assert cells[:2] == ["b-1", "anna"]
    assert all(cells[2:4])
    assert cells[4:] == ["b-2", "anna", "Not there any more"]
    assert [secret for secret in SECRETS if secret in page.text] == []


async def test_many_bookings_are_shown_page_by_page(acme: ComposedApp) -> None:
    await hold(acme, bookings=60)
    browser = await signed_in()

    first, second = await browser.get(f"{HELD}/h-1"), await browser.get(f"{HELD}/h-1?page=2")

    assert (first.text.count("<code>b-"), second.text.count("<code>b-")) == (20, 20)
    assert "Page 2 of 3" in second.text


@pytest.mark.parametrize(
    ("decision", "words"),
    [("cancel", "2 bookings are being cancelled."), ("keep", "2 bookings stay.")],
)
async def test_an_admin_decides_and_each_mailbox_is_looked_into(acme: ComposedApp, decision: str, words: str) -> None:
    await hold(acme)
    browser = await signed_in()
    acme.sent.sent.clear()

    page = await browser.follow(await browser.post(f"{HELD}/h-1", {"decision": decision}))
    after = await browser.get(f"{HELD}/h-1")

    assert said(page) == words
    assert "olga decided on" in after.text
    assert 'name="decision"' not in after.text
    assert [type(order.message) for order in acme.sent.sent] == [CheckBookings]
    assert (f"cancellations.{decision}", "olga") in await audit()


async def test_what_was_decided_is_not_decided_otherwise(acme: ComposedApp) -> None:
    await hold(acme)
    browser = await signed_in()
    await browser.post(f"{HELD}/h-1", {"decision": "keep"})

    again = await browser.post(f"{HELD}/h-1", {"decision": "keep"})
    otherwise = await browser.post(f"{HELD}/h-1", {"decision": "cancel"})

    assert (again.status, otherwise.status) == (303, 409)


async def test_what_is_no_decision_or_no_hold_is_refused(acme: ComposedApp) -> None:
    await hold(acme)
    browser = await signed_in()

    odd = await browser.post(f"{HELD}/h-1", {"decision": "maybe"})
    missing = await browser.get(f"{HELD}/h-9")
    forged = await browser.post(f"{HELD}/h-1", {"decision": "cancel", "form": "forged"})

    assert (odd.status, missing.status, forged.status) == (400, 404, 400)


async def test_a_member_neither_sees_nor_decides(acme: ComposedApp) -> None:
    await hold(acme)
    member = await signed_in("ursula")

    answers = [
        await member.get(HELD),
        await member.get(f"{HELD}/h-1"),
        await member.post(f"{HELD}/h-1", {"decision": "cancel"}),
    ]

    assert [each.status for each in answers] == [403, 403, 403]


async def test_another_organizations_hold_is_not_there(acme: ComposedApp) -> None:
    await hold(acme)
    await call("put_organization", organization="other", body={"name": "Other"})
    await call("put_user", organization="other", user="otto", body={"addresses": [], "role": "owner"})
    opened = await call("begin_portal_session", organization="other", body={"user": "otto"})
    browser = Browser()
    await browser.follow(await browser.post(str(opened.json["link"])))

    assert (await browser.get(f"{HELD}/h-1")).status == 404
    assert (await browser.post(f"{HELD}/h-1", {"decision": "cancel"})).status == 404


async def _owner() -> None:
    await call("put_user", organization="acme", user="olga", body={"addresses": [], "role": "owner"})
