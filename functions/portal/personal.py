"""People connect accounts of their own: to Microsoft and back, confirmed, and taken away again."""

from dataclasses import replace
from uuid import uuid4

import azure.functions as func

from functions.page_answers import (
    PERSONAL_COOKIE,
    page_answer,
    personal_cookie,
    portal_cookie,
    redirect_answer,
    with_cookie,
)
from functions.portal.blueprint import open_page, page
from functions.portal.call import PortalCall
from functions.portal.frames import frame_of_browser, frame_of_refused
from shared_code.bootstrap import App
from shared_code.core.ids import ConnectionId
from shared_code.core.personal_refusals import PersonalRefusal, fits_outlook_account
from shared_code.core.personal_sign_in import LIFETIME, PersonalOutcome, PersonalSignIn
from shared_code.core.return_addresses import with_outcome
from shared_code.errors import BadState, PortalClosed
from shared_code.logs import say, warn
from shared_code.pages import personal as pages
from shared_code.pages.frames import Frame
from shared_code.pages.personal_blocked import BlockedView, render_blocked
from shared_code.pages.said import Said

ME = "/portal/me"
CONNECT = "portal/me/connect"
ANSWER = "/portal/me/connect/answer"  # where every answer leads, so that what the browser shows can be reloaded
ACCOUNT = "portal/me/accounts/{connection}"
OF_STATES = {
    "other_person": "personal_other_person",
    "other_window": "personal_other_window",
    "no_cookie": "personal_nothing_begun",
    "expired": "personal_nothing_begun",
}


@page("connect_account", CONNECT)
async def connect_account(call: PortalCall) -> func.HttpResponse:
    if not call.app.settings.personal_client_id:
        return message_page(call.frame, "personal_not_offered", 404)
    again = call.visit.user.find_account(ConnectionId(call.query("account")))
    if bar := call.app.personal_signing.bar(call.visit, None if again is None else again.connection):
        return _outcome(call, bar, None, 409)
    view = pages.ConnectView(
        None if again is None else again.account,
        None if again is None else again.connection,
        _return_to(call, PersonalOutcome.CANCELLED),
        is_consumer=again is not None and again.is_consumer,
    )
    html = pages.render_connect(call.frame, view)
    return page_answer(html, call.app.settings.endpoints.authority)


@page("begin_to_connect_account", CONNECT, "POST")
async def begin_to_connect_account(call: PortalCall) -> func.HttpResponse:
    if not call.app.settings.personal_client_id:
        return message_page(call.frame, "personal_not_offered", 404)
    account = call.visit.user.find_account(ConnectionId(call.field("again")))
    again = None if account is None else account.connection
    if bar := call.app.personal_signing.bar(call.visit, again):
        return _outcome(call, bar, None, 409)
    redirection = await call.app.personal_signing.begin(call.visit, again, call.now)
    return with_cookie(redirect_answer(redirection.url), PERSONAL_COOKIE, redirection.cookie or "", LIFETIME)


@open_page("personal_callback", "personal/callback")
async def personal_callback(orgcal: App, request: func.HttpRequest) -> func.HttpResponse:
    """State and cookie are asked before anything else, the session behind them."""
    query, now = dict(request.params), orgcal.clock.now()
    try:
        stored = await orgcal.personal_signing.returning(query.get("state"), personal_cookie(request), now)
        visit = await orgcal.portal.visit(portal_cookie(request), now)
        await orgcal.personal_signing.returned(stored, visit, query, now)
    except BadState as error:
        if error.reason == "used_already":
            return redirect_answer(ANSWER)  # the very browser that has taken the answer, once more
        return _bad_state(await frame_of_browser(orgcal, request, now), error)
    except PortalClosed as error:
        say("portal_closed", reason=error.fault, at="personal_callback")
        return message_page(frame_of_refused(orgcal, request, error), "personal_signed_out", 401)
    return redirect_answer(ANSWER)


@page("personal_answer", ANSWER.removeprefix("/"))
async def personal_answer(call: PortalCall) -> func.HttpResponse:
    try:
        stored = await call.app.personal_signing.look(personal_cookie(call.request), call.visit, call.now)
    except BadState as error:
        return _bad_state(call.frame, error)
    sign_in = stored.value
    if sign_in.step in {"confirming", "connecting"}:
        return call.page(pages.render_confirm(call.frame, sign_in))
    if sign_in.outcome is None:  # Microsoft has not answered yet
        return call.back("/" + CONNECT)
    if sign_in.refusal is not None:
        return await _blocked(call, sign_in, sign_in.refusal)
    if sign_in.outcome is PersonalOutcome.CONNECTED and not sign_in.is_connected_to(call.visit.user):
        return call.back(ME)  # it was disconnected since; what they have is there
    return _outcome(call, sign_in.outcome, sign_in, 200)


@page("confirm_account", CONNECT + "/confirm", "POST")
async def confirm_account(call: PortalCall) -> func.HttpResponse:
    cookie, shown = personal_cookie(call.request), call.field("sign_in")
    try:
        await call.app.personal_confirming.confirm(cookie, shown, call.visit, call.now)
    except BadState as error:
        return _bad_state(call.frame, error)
    return call.back(ANSWER)


@page("cancel_account", CONNECT + "/cancel", "POST")
async def cancel_account(call: PortalCall) -> func.HttpResponse:
    cookie, shown = personal_cookie(call.request), call.field("sign_in")
    try:
        is_too_late = await call.app.personal_confirming.cancel(cookie, shown, call.visit, call.now)
    except BadState as error:
        return _bad_state(call.frame, error)
    return call.back(ANSWER, Said("account_confirmed_before") if is_too_late else None)


@page("ask_to_disconnect_account", ACCOUNT + "/disconnect")
async def ask_to_disconnect_account(call: PortalCall) -> func.HttpResponse:
    account = call.visit.user.find_account(call.connection)
    if account is None:
        return message_page(call.frame, "personal_account_gone", 404)
    return call.page(pages.render_disconnect(call.frame, account.account, account.connection))


@page("disconnect_account", ACCOUNT + "/disconnect", "POST")
async def disconnect_account(call: PortalCall) -> func.HttpResponse:
    if call.visit.user.find_account(call.connection) is None:
        return message_page(call.frame, "personal_account_gone", 404)
    await call.app.personal_leaving.disconnect(call.organization, call.by, call.connection, call.by, call.now)
    return call.back(ME, Said("account_disconnected"))


def _outcome(
    call: PortalCall, outcome: PersonalOutcome, sign_in: PersonalSignIn | None, status: int
) -> func.HttpResponse:
    view = pages.OutcomeView(
        outcome,
        None if sign_in is None else sign_in.sign_in,
        _return_to(call, outcome, None if sign_in is None else sign_in.connection),
        None if sign_in is None else sign_in.connection,
    )
    return call.page(pages.render_outcome(_leading_back(call, view.return_to), view), status)


async def _blocked(call: PortalCall, sign_in: PersonalSignIn, refusal: PersonalRefusal) -> func.HttpResponse:
    """Who can do something about it, where, and what to send them."""
    again = None if sign_in.again is None else call.visit.user.find_account(sign_in.again)
    tenant = None if again is None or again.is_consumer else again.tenant
    view = BlockedView(
        refusal,
        call.visit.organization.name,
        call.app.settings.personal_client_id,
        await call.app.passing_on.links(call.organization, tenant, call.now),
        f"/{CONNECT}" if again is None else f"/{CONNECT}?account={again.connection}",
        sign_in.sign_in,
        sign_in.code,
        is_consumer=again is not None and again.is_consumer and fits_outlook_account(refusal, sign_in.code),
    )
    return call.page(render_blocked(_leading_back(call, _return_to(call, refusal)), view))


def _leading_back(call: PortalCall, told: str | None) -> Frame:
    """Every way back on the page tells the product, where the product began it."""
    if told is None or call.frame.signed_in is None:
        return call.frame
    return replace(call.frame, signed_in=replace(call.frame.signed_in, return_to=told))


def _return_to(
    call: PortalCall, outcome: PersonalOutcome | PersonalRefusal, connection: ConnectionId | None = None
) -> str | None:
    """Told to the product only where the product began it."""
    session = call.visit.session
    if session.start != "connect" or session.return_to is None:
        return None
    return with_outcome(session.return_to, outcome, connection)


def _bad_state(frame: Frame, error: BadState) -> func.HttpResponse:
    warn("state_refused", reason=error.reason)
    return message_page(frame, OF_STATES.get(error.reason, "personal_bad_state"), 400)


def message_page(frame: Frame, name: str, status: int) -> func.HttpResponse:
    reference = uuid4().hex[:16]
    say("page_refused", page=name, reference=reference)
    return page_answer(pages.render_message(frame, name, reference), status=status)
