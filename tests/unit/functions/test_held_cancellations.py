"""Held cancellations over the product API."""

from datetime import timedelta

from shared_code.adapters.tables.holds import TableHolds
from shared_code.core.held_cancellation import HeldBooking, Hold, HoldReason
from shared_code.core.ids import BookingId, ConnectionId, MailboxKey, OrganizationId, ProductUserId, TenantId, UserId
from shared_code.messages import CheckBookings
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.browser import call

ACME = OrganizationId("acme")
BOX = MailboxKey("organizations", TenantId("tenant"), UserId("megan"))


async def _hold(app: ComposedApp, name: str = "h-1", later: timedelta = timedelta(0)) -> None:
    bookings = tuple(
        HeldBooking(BookingId(f"b-{each}"), 1, ProductUserId("megan" if each % 2 else "adele"), BOX)
        for each in range(12)
    )
    now = app.clock.now() + later
    await TableHolds(app.rows).save(
        None, Hold(name, ACME, ConnectionId("c-1"), HoldReason.MAILBOX, now, bookings, coming=0)
    )


async def test_they_are_listed_and_shown_with_what_they_hold(acme: ComposedApp) -> None:
    await _hold(acme)
    await _hold(acme, "h-2", timedelta(minutes=1))

    listed = await call("list_held_cancellations", organization="acme", query={"limit": "1"})
    shown = await call("get_held_cancellations", organization="acme", hold="h-2")

    assert listed.json == {"held_cancellations": [shown.json], "next": "h-2"}
    assert shown.json["bookings"][1] == {"booking": "b-1", "host": "megan", "generation": 1}
    assert (shown.json["reason"], shown.json["decision"]) == ("mailbox", None)


async def test_an_owner_decides_once_and_each_mailbox_is_looked_into(acme: ComposedApp) -> None:
    await _hold(acme)
    acme.sent.sent.clear()

    decided = await call(
        "decide_held_cancellations", organization="acme", hold="h-1", body={"decision": "cancel"}, by="olga"
    )
    again = await call(
        "decide_held_cancellations", organization="acme", hold="h-1", body={"decision": "cancel"}, by="olga"
    )
    other = await call(
        "decide_held_cancellations", organization="acme", hold="h-1", body={"decision": "keep"}, by="olga"
    )

    assert (decided.status, again.status, other.status) == (200, 200, 409)
    assert decided.json == again.json
    assert (decided.json["decision"], decided.json["decided_by"]) == ("cancel", "olga")
    orders = [each.message for each in acme.sent.sent]
    assert {(order.user, order.hold) for order in orders if isinstance(order, CheckBookings)} == {
        ("megan", "h-1"),
        ("adele", "h-1"),
    }
    audit = (await call("list_audit", organization="acme")).json["audit"]
    assert [(entry["by"], entry["detail"]) for entry in audit if entry["action"] == "cancellations.cancel"] == [
        ("olga", "h-1")
    ]


async def test_nobody_else_decides_and_nothing_else_is_decided(acme: ComposedApp) -> None:
    await _hold(acme)

    nobody = await call("decide_held_cancellations", organization="acme", hold="h-1", body={"decision": "keep"})
    maybe = await call(
        "decide_held_cancellations", organization="acme", hold="h-1", body={"decision": "maybe"}, by="olga"
    )
    missing = await call("get_held_cancellations", organization="acme", hold="h-9")

    assert [each.json["type"].rpartition(":")[2] for each in (nobody, maybe, missing)] == [
        "role-required",
        "invalid-request",
        "hold-not-found",
    ]
