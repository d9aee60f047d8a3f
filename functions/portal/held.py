"""Cancellations that were held back, and an admin's decision."""

import azure.functions as func

from functions.calls import checked_id
from functions.portal.blueprint import page
from functions.portal.call import PortalCall
from functions.portal.outlook import page_number
from shared_code.core.held_cancellation import HoldDecision
from shared_code.errors import Problem, Rejected
from shared_code.pages import admin_review as pages
from shared_code.pages.said import Said

HELD = "portal/held"
PAGE = 50  # holds
SAID = {HoldDecision.CANCEL: "bookings_cancelled", HoldDecision.KEEP: "bookings_kept"}


@page("held_bookings", HELD, admin=True)
async def held_bookings(call: PortalCall) -> func.HttpResponse:
    found = await call.app.held_cancellations.page(call.organization, call.query("after") or None, PAGE)
    return call.page(pages.render_holds(call.frame, pages.HoldsView(found.items, found.next)))


@page("held_booking_group", HELD + "/{hold}", admin=True)
async def held_booking_group(call: PortalCall) -> func.HttpResponse:
    shown = await call.app.held_bookings.look(call.organization, _hold(call), page_number(call))
    return call.page(pages.render_hold(call.frame, pages.HoldView(shown, call.now)))


@page("decide_held_bookings", HELD + "/{hold}", "POST", admin=True)
async def decide_held_bookings(call: PortalCall) -> func.HttpResponse:
    try:
        decision = HoldDecision(call.field("decision"))
    except ValueError as error:
        raise Rejected(Problem.INVALID_REQUEST, "A decision is cancel or keep.") from error
    hold = await call.app.held_cancellations.decide(call.organization, _hold(call), decision, call.by, call.now)
    return call.back("/" + HELD, Said(SAID[decision], len(hold.bookings)))


def _hold(call: PortalCall) -> str:
    return checked_id(call.request.route_params.get("hold", ""), "hold")
