"""A person's own calendar: seen, chosen for, disconnected and connected again, by nobody but themself."""

from dataclasses import replace

import azure.functions as func

from functions.page_answers import personal_cookie
from functions.portal.blueprint import page
from functions.portal.call import PortalCall
from shared_code.core.calendar import ShowAs
from shared_code.core.choosing import SETTINGS
from shared_code.core.my_calendar import MyCalendar
from shared_code.core.opting_out import may_disconnect
from shared_code.core.person import account_of
from shared_code.core.product_user import UserState
from shared_code.core.settings import BY_CHOICE
from shared_code.core.settings_form import FilledIn, short
from shared_code.errors import Problem, Rejected
from shared_code.pages import me as pages
from shared_code.pages.frames import Frame
from shared_code.pages.said import Said

HERE = "/portal/me"


@page("my_calendar", "portal/me")
async def my_calendar(call: PortalCall) -> func.HttpResponse:
    mine = await call.app.my_calendars.look(call.organization, call.by, call.now)
    return call.page(pages.render_me(_frame(call, mine), await _view(call, mine)))


@page("my_settings", "portal/me/settings")
async def my_settings(call: PortalCall) -> func.HttpResponse:
    """For whoever goes once more to the address of a form that was not taken."""
    return call.back(HERE)


@page("save_my_settings", "portal/me/settings", "POST")
async def save_my_settings(call: PortalCall) -> func.HttpResponse:
    """What is not taken is shown again as it was filled in, with a word beside each setting that stood in the way."""
    filled = _filled_in(call)
    saved = await call.app.my_calendars.save(call.organization, call.by, filled, call.now)
    if not saved.faults:
        return call.back(HERE, Said("saved" if saved.is_changed else "nothing_changed"))
    view = replace(await _view(call, saved.mine), filled=filled, faults=saved.faults)
    return call.page(pages.render_me(_frame(call, saved.mine), view), status=422)


@page("follow_defaults", "portal/me/defaults", "POST")
async def follow_defaults(call: PortalCall) -> func.HttpResponse:
    is_changed = await call.app.my_calendars.follow_defaults(call.organization, call.by, call.now)
    return call.back(HERE, Said("me_follows" if is_changed else "nothing_changed"))


@page("ask_to_disconnect_me", "portal/me/disconnect")
async def ask_to_disconnect_me(call: PortalCall) -> func.HttpResponse:
    user = call.visit.user
    if user.state is UserState.OPTED_OUT:
        return call.back(HERE)
    if not may_disconnect(user, call.visit.organization.policy):
        raise Rejected(Problem.POLICY_FORBIDS, f"{user.user} may not disconnect themself.")
    return call.page(pages.render_disconnect(call.frame, account_of(user)))


@page("disconnect_me", "portal/me/disconnect", "POST")
async def disconnect_me(call: PortalCall) -> func.HttpResponse:
    await call.app.opting_out.disconnect(call.organization, call.by, call.by, call.now)
    return call.back(HERE, Said("me_disconnected"))


@page("reconnect_me", "portal/me/reconnect", "POST")
async def reconnect_me(call: PortalCall) -> func.HttpResponse:
    await call.app.opting_out.reconnect(call.organization, call.by, call.by, call.now)
    return call.back(HERE, Said("me_reconnecting"))


async def _view(call: PortalCall, mine: MyCalendar) -> pages.MeView:
    if not call.app.settings.personal_client_id:
        return pages.MeView(mine, call.now)
    cookie = personal_cookie(call.request)
    is_unanswered = await call.app.personal_signing.is_unanswered(cookie, call.visit, call.now)
    return pages.MeView(mine, call.now, offers_accounts=True, is_unanswered=is_unanswered)


def _frame(call: PortalCall, mine: MyCalendar) -> Frame:
    """Times as the person lives them, even where only their mailbox says where that is."""
    return call.frame if mine.zone.name is None else replace(call.frame, zone=mine.zone.name)


def _filled_in(call: PortalCall) -> FilledIn:
    known = {str(status): status for status in BY_CHOICE}
    statuses = frozenset(call.fields("busy_statuses"))
    if not statuses <= known.keys():
        raise Rejected(Problem.INVALID_REQUEST, "The form has a status that nobody can choose.")
    written = call.field("write_calendar")
    return FilledIn(
        seen={setting: seen for setting in SETTINGS if (seen := call.field(f"seen_{setting}"))},
        checked_calendars=frozenset(map(short, call.fields("checked_calendars"))),
        write_calendar=short(written) if written else None,
        busy_statuses=tuple(ShowAs(status) for status in known if status in statuses),
        cancellation_sync=call.field("cancellation_sync") == "on",
        means_nothing_checked=call.field("means_nothing_checked") == "yes",
    )
