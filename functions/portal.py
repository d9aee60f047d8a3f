"""The signed-in pages: in by a one-time link, and out again."""

import re

import azure.functions as func

from functions.page_answers import (
    PORTAL_COOKIE,
    PORTAL_WORD,
    comes_from_us,
    page_answer,
    portal_cookie,
    redirect_answer,
    with_cookie,
    without_cookie,
)
from functions.page_routes import Step, page_steps
from shared_code.bootstrap import App, app
from shared_code.core.portal_session import LONGEST, PortalFault
from shared_code.errors import OrgcalError, PortalClosed
from shared_code.logs import say, warn
from shared_code.pages import consent as messages
from shared_code.pages import portal as pages

blueprint = func.Blueprint()

STATUSES = {
    PortalFault.LINK_UNKNOWN: 404,
    PortalFault.LINK_EXPIRED: 410,
    PortalFault.LINK_USED: 410,
    PortalFault.SESSION_OVER: 401,
    PortalFault.FOREIGN_FORM: 400,
}


async def _answer(step: Step, request: func.HttpRequest) -> func.HttpResponse:
    orgcal = app()
    product = orgcal.settings.product_name
    try:
        _refuse_foreign_forms(orgcal, request)
        return await step(orgcal, request)
    except PortalClosed as closed:
        say("portal_closed", reason=closed.fault)
        return page_answer(pages.render_closed(product, closed.fault), status=STATUSES[closed.fault])
    except OrgcalError as error:
        warn("page_unavailable", error=type(error).__name__)
        return page_answer(messages.render_message(product, "unavailable"), status=503)


def _refuse_foreign_forms(orgcal: App, request: func.HttpRequest) -> None:
    if request.method == "POST" and not comes_from_us(request, orgcal.settings.base_url):
        raise PortalClosed(PortalFault.FOREIGN_FORM)


_step = page_steps(blueprint, _answer)


@_step("look_at_portal_link", "portal/open", "GET")
async def look_at_portal_link(orgcal: App, request: func.HttpRequest) -> func.HttpResponse:
    token = _token(request)
    if await orgcal.portal.is_opened_by(token, portal_cookie(request)):
        return redirect_answer("/portal")
    visit = await orgcal.portal.look(token, orgcal.clock.now())
    view = pages.DoorView(
        orgcal.settings.product_name, visit.organization.name, visit.user.user, visit.session.role, token or ""
    )
    return page_answer(pages.render_door(view))


@_step("open_portal_link", "portal/open", "POST")
async def open_portal_link(orgcal: App, request: func.HttpRequest) -> func.HttpResponse:
    token, now = _token(request), orgcal.clock.now()
    cookie = await orgcal.portal.open(token, portal_cookie(request), now)
    return with_cookie(redirect_answer("/portal"), PORTAL_COOKIE, cookie, LONGEST)


@_step("portal_home", "portal", "GET")
async def portal_home(orgcal: App, request: func.HttpRequest) -> func.HttpResponse:
    visit = await orgcal.portal.visit(portal_cookie(request), orgcal.clock.now())
    return page_answer(
        pages.render_home(
            pages.HomeView(
                orgcal.settings.product_name,
                visit.organization.name,
                visit.user.user,
                visit.session.role,
                visit.session.return_to,
            )
        )
    )


@_step("leave_portal", "portal/sign-out", "POST")
async def leave_portal(orgcal: App, request: func.HttpRequest) -> func.HttpResponse:
    visit = await orgcal.portal.leave(portal_cookie(request), orgcal.clock.now())
    page = pages.render_left(orgcal.settings.product_name, visit.session.return_to)
    return without_cookie(page_answer(page), PORTAL_COOKIE)


def _token(request: func.HttpRequest) -> str | None:
    """None for what cannot be one of ours, and so would be no key of a table."""
    token = request.params.get("token", "")
    return token if re.fullmatch(PORTAL_WORD, token) else None
