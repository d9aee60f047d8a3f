"""One decorator makes a function a signed-in page: session, role and form checked, errors turned into pages."""

from collections.abc import Awaitable, Callable
from typing import Final, Literal
from uuid import uuid4

import azure.functions as func

from functions.answers import STATUSES
from functions.forms import read_form
from functions.page_answers import (
    SAID_COOKIE,
    comes_from_us,
    page_answer,
    portal_cookie,
    said_cookie,
    without_cookie,
)
from functions.page_routes import page_steps
from functions.portal.call import PortalCall
from functions.portal.frames import frame_of_refused, frame_of_visit
from shared_code.bootstrap import App, app
from shared_code.core.connection import IllegalStep
from shared_code.core.portal_session import PortalFault
from shared_code.errors import Conflict, OrgcalError, PortalClosed, Problem, Rejected, TryLater
from shared_code.logs import say, warn
from shared_code.pages import door as pages
from shared_code.pages.frames import Frame

Page = Callable[[PortalCall], Awaitable[func.HttpResponse]]
Function = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]
Step = Callable[[App, func.HttpRequest], Awaitable[func.HttpResponse]]

blueprint = func.Blueprint()

REDIRECT: Final = 303  # the page to which it leads says what was done
STATUSES_OF_FAULTS: Final[dict[PortalFault, int]] = {
    PortalFault.LINK_UNKNOWN: 404,
    PortalFault.LINK_EXPIRED: 410,
    PortalFault.LINK_USED: 410,
    PortalFault.SESSION_OVER: 401,
    PortalFault.FOREIGN_FORM: 400,
    PortalFault.NOT_ALLOWED: 403,
}


def page(
    name: str, route: str, method: Literal["GET", "POST"] = "GET", *, admin: bool = False
) -> Callable[[Page], Function]:
    """``admin``: for sessions of an owner or admin. A POST must come from a form of the same session."""

    def register(function: Page) -> Function:
        async def signed_in(orgcal: App, request: func.HttpRequest) -> func.HttpResponse:
            return await _in_session(function, orgcal, request, needs_admin=admin)

        return _step(name, route, method)(signed_in)

    return register


def open_page(name: str, route: str, method: Literal["GET", "POST"] = "GET") -> Callable[[Step], Function]:
    """A page of the way in, for whoever has no session yet."""
    return _step(name, route, method)


async def _answer(step: Step, request: func.HttpRequest) -> func.HttpResponse:
    orgcal = app()
    try:
        if request.method == "POST" and not comes_from_us(request, orgcal.settings.base_url):
            raise PortalClosed(PortalFault.FOREIGN_FORM)
        return await step(orgcal, request)
    except (OrgcalError, IllegalStep) as error:
        return _refused(frame_of_refused(orgcal, request, error), error)


_step = page_steps(blueprint, _answer)


async def _in_session(
    function: Page, orgcal: App, request: func.HttpRequest, *, needs_admin: bool
) -> func.HttpResponse:
    now = orgcal.clock.now()
    visit = await orgcal.portal.visit(portal_cookie(request), now)
    said = said_cookie(request)
    frame = frame_of_visit(orgcal, request, visit, said)
    try:
        if needs_admin and not visit.acts_as_admin:
            raise PortalClosed(PortalFault.NOT_ALLOWED)
        if request.method == "POST":
            orgcal.portal.check_form(visit, read_form(request).get("form", [""])[0])
        answer = await function(PortalCall(orgcal, request, visit, frame, now))
    except (OrgcalError, IllegalStep) as error:
        return _refused(frame, error)
    is_shown = said is not None and answer.status_code != REDIRECT and "Set-Cookie" not in answer.headers
    return without_cookie(answer, SAID_COOKIE) if is_shown else answer


def _refused(frame: Frame, error: Exception) -> func.HttpResponse:
    """A page that says what happened; the reference leads support to the line in the log."""
    reference = uuid4().hex[:16]
    match error:
        case PortalClosed():
            say("portal_closed", reason=error.fault, reference=reference)
            return page_answer(
                pages.render_closed(frame, error.fault, reference), status=STATUSES_OF_FAULTS[error.fault]
            )
        case Rejected():
            return _page_of(frame, error.problem, STATUSES[error.problem], reference)
        case Conflict() | IllegalStep():
            return _page_of(frame, Problem.CHANGED_MEANWHILE, 409, reference)
        case _:
            warn("page_unavailable", error=type(error).__name__, reference=reference)
            problem = Problem.UNAVAILABLE if isinstance(error, TryLater) else Problem.INTERNAL_ERROR
            return page_answer(pages.render_refused(frame, problem, reference), status=STATUSES[problem])


def _page_of(frame: Frame, problem: Problem, status: int, reference: str) -> func.HttpResponse:
    say("page_refused", problem=problem, reference=reference)
    return page_answer(pages.render_refused(frame, problem, reference), status=status)
