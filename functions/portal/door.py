"""The way into the signed-in pages, by a one-time link, and out of them again."""

import re

import azure.functions as func

from functions.frames import frame_of
from functions.page_answers import (
    PORTAL_COOKIE,
    PORTAL_WORD,
    page_answer,
    portal_cookie,
    redirect_answer,
    with_cookie,
    without_cookie,
)
from functions.portal.blueprint import open_page, page
from functions.portal.call import PortalCall
from shared_code.bootstrap import App
from shared_code.core.portal_session import LONGEST
from shared_code.core.product_user import called
from shared_code.pages import door as pages


@open_page("look_at_portal_link", "portal/open")
async def look_at_portal_link(orgcal: App, request: func.HttpRequest) -> func.HttpResponse:
    token = _token(request)
    if await orgcal.portal.is_opened_by(token, portal_cookie(request)):
        return redirect_answer(await _first_page(orgcal, portal_cookie(request)))
    visit = await orgcal.portal.look(token, orgcal.clock.now())
    view = pages.DoorView(visit.organization.name, called(visit.user), visit.session.role, token or "")
    return page_answer(pages.render_door(frame_of(orgcal, request, visit.session.locale), view))


@open_page("open_portal_link", "portal/open", "POST")
async def open_portal_link(orgcal: App, request: func.HttpRequest) -> func.HttpResponse:
    token, now = _token(request), orgcal.clock.now()
    cookie = await orgcal.portal.open(token, portal_cookie(request), now)
    return with_cookie(redirect_answer(await _first_page(orgcal, cookie)), PORTAL_COOKIE, cookie, LONGEST)


@page("portal_home", "portal")
async def portal_home(call: PortalCall) -> func.HttpResponse:
    """To where whoever is in can do something."""
    return call.back("/portal/outlook" if call.visit.acts_as_admin else "/portal/me")


@page("leave_portal", "portal/sign-out", "POST")
async def leave_portal(call: PortalCall) -> func.HttpResponse:
    visit = await call.app.portal.leave(portal_cookie(call.request), call.now)
    frame = frame_of(call.app, call.request, visit.session.locale)
    return without_cookie(page_answer(pages.render_left(frame, visit.session.return_to)), PORTAL_COOKIE)


async def _first_page(orgcal: App, cookie: str | None) -> str:
    visit = await orgcal.portal.visit(cookie, orgcal.clock.now())
    return "/portal/me/connect" if visit.session.start == "connect" else "/portal"


def _token(request: func.HttpRequest) -> str | None:
    """None for what cannot be one of ours, and so would be no key of a table."""
    token = request.params.get("token", "")
    return token if re.fullmatch(PORTAL_WORD, token) else None
