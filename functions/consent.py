"""The Microsoft administrator's pages: from the activation link to the confirmation."""

from uuid import uuid4

import azure.functions as func

from functions.forms import read_form
from functions.frames import frame_of
from functions.page_answers import comes_from_us, page_answer, redirect_answer, sign_in_cookie
from functions.page_routes import Step, page_steps
from shared_code.bootstrap import App, app
from shared_code.core.connection import IllegalStep
from shared_code.core.consent_outcomes import Redirection, Refused, Waiting
from shared_code.errors import BadLink, BadState, LinkClosed, OrgcalError, Rejected
from shared_code.logs import say, warn
from shared_code.pages import consent as pages

# Microsoft's answers lead here, so that what the browser shows can be reloaded: an answer is taken once.
PROGRESS = "/consent/progress"
# Whoever comes twice with the same answer can go on from where the first one led.
MESSAGES_OF_STATES = {"used_already": "used_state", "nothing_begun": "progress_over"}

blueprint = func.Blueprint()


async def _answer(step: Step, request: func.HttpRequest) -> func.HttpResponse:
    orgcal = app()
    try:
        return await step(orgcal, request)
    except (OrgcalError, IllegalStep) as error:
        return _explained(orgcal, request, error)


_step = page_steps(blueprint, _answer)


@_step("open_activation_link", "connect", "GET")
async def open_activation_link(orgcal: App, request: func.HttpRequest) -> func.HttpResponse:
    token = request.params.get("token", "")
    invitation = await orgcal.inviting.open_link(token, orgcal.clock.now())
    view = pages.InvitationView(
        invitation.organization.name,
        invitation.connection.link.issued_by,
        invitation.connection.link.expires_at,
        orgcal.settings.client_id,
        token,
    )
    return _page(orgcal, pages.render_invitation(frame_of(orgcal, request), view))


@_step("begin_consent", "connect", "POST")
async def begin_consent(orgcal: App, request: func.HttpRequest) -> func.HttpResponse:
    _refuse_foreign_forms(orgcal, request)
    redirection = await orgcal.inviting.begin(request.params.get("token", ""), orgcal.clock.now())
    return redirect_answer(redirection.url, redirection.cookie)


@_step("consent_callback", "consent/callback", "GET")
async def consent_callback(orgcal: App, request: func.HttpRequest) -> func.HttpResponse:
    query = dict(request.params)
    outcome = await orgcal.proving.called_back(query.get("state"), sign_in_cookie(request), query, orgcal.clock.now())
    return redirect_answer(outcome.url if isinstance(outcome, Redirection) else PROGRESS)


@_step("consent_signed_in", "consent/signed-in", "GET")
async def consent_signed_in(orgcal: App, request: func.HttpRequest) -> func.HttpResponse:
    query = dict(request.params)
    await orgcal.proving.signed_in(query.get("state"), sign_in_cookie(request), query, orgcal.clock.now())
    return redirect_answer(PROGRESS)


@_step("consent_progress", "consent/progress", "GET")
async def consent_progress(orgcal: App, request: func.HttpRequest) -> func.HttpResponse:
    outcome = await orgcal.proving.progress(sign_in_cookie(request), orgcal.clock.now())
    if isinstance(outcome, Refused):
        return _refused(orgcal, request, outcome)
    return _waiting(orgcal, request, outcome)


@_step("consent_confirm", "consent/confirm", "POST")
async def consent_confirm(orgcal: App, request: func.HttpRequest) -> func.HttpResponse:
    _refuse_foreign_forms(orgcal, request)
    form = read_form(request).get("form", [""])[0]
    await orgcal.confirming.confirm(sign_in_cookie(request), form, orgcal.clock.now())
    return redirect_answer(PROGRESS)


def _refuse_foreign_forms(orgcal: App, request: func.HttpRequest) -> None:
    if not comes_from_us(request, orgcal.settings.base_url):
        raise BadState("foreign_form")


def _explained(orgcal: App, request: func.HttpRequest, error: Exception) -> func.HttpResponse:
    """A page that says what happened; the reference leads support to the line in the log."""
    frame, reference = frame_of(orgcal, request), uuid4().hex[:16]
    match error:
        case LinkClosed():
            say("link_refused", reason=error.fault, reference=reference)
            return _page(orgcal, pages.render_link_closed(frame, error.fault, reference), 410)
        case BadLink():
            say("link_refused", reason="unknown", reference=reference)
            name, status = "bad_link", 404
        case BadState():
            warn("state_refused", reason=error.reason, reference=reference)
            name, status = MESSAGES_OF_STATES.get(error.reason, "bad_state"), 400
        case IllegalStep():
            warn("step_refused", reason=error, reference=reference)
            name, status = "bad_state", 409
        case Rejected():
            say("page_refused", problem=error.problem, reference=reference)
            name, status = "bad_state", 400
        case _:
            warn("page_unavailable", error=type(error).__name__, reference=reference)
            name, status = "unavailable", 503
    return _page(orgcal, pages.render_message(frame, name, reference), status)


def _page(orgcal: App, html: str, status: int = 200) -> func.HttpResponse:
    return page_answer(html, orgcal.settings.endpoints.authority, status)


def _refused(orgcal: App, request: func.HttpRequest, refused: Refused) -> func.HttpResponse:
    view = pages.RefusalView(
        refused.refusal,
        refused.sign_in,
        orgcal.connections.activation_link(refused.connection, orgcal.clock.now()),
        refused.retry_url,
        f"AADSTS{refused.code}" if refused.code else None,
    )
    return _page(orgcal, pages.render_refusal(frame_of(orgcal, request), view), 403)


def _waiting(orgcal: App, request: func.HttpRequest, waiting: Waiting) -> func.HttpResponse:
    frame, organization = frame_of(orgcal, request), waiting.organization.name
    if waiting.sign_in.step != "confirming":
        progress = pages.ProgressView(organization, waiting.connection, orgcal.settings.client_id)
        return _page(orgcal, pages.render_progress(frame, progress))
    view = pages.ConfirmationView(
        organization,
        waiting.connection.link.issued_by,
        waiting.sign_in.account or str(waiting.sign_in.user_id),
        str(waiting.sign_in.tenant),
        waiting.users or 0,
        waiting.form_token,
    )
    return _page(orgcal, pages.render_confirmation(frame, view))
