"""The Microsoft administrator's pages: from the activation link to the confirmation."""

import re
from uuid import uuid4

import azure.functions as func

from functions.frames import frame_of
from functions.page_answers import comes_from_us, page_answer, redirect_answer, sign_in_cookie
from functions.page_routes import Step, page_steps
from shared_code.bootstrap import App, app
from shared_code.core.connection import IllegalStep
from shared_code.core.consent_outcomes import Redirection, Refused, Waiting
from shared_code.errors import BadLink, BadState, LinkClosed, OrgcalError
from shared_code.logs import say, warn
from shared_code.pages import consent as pages

blueprint = func.Blueprint()


async def _answer(step: Step, request: func.HttpRequest) -> func.HttpResponse:
    orgcal, reference = app(), uuid4().hex[:16]
    frame = frame_of(orgcal, request)
    try:
        return await step(orgcal, request)
    except BadLink:
        say("link_refused", reason="unknown", reference=reference)
        return _page(orgcal, pages.render_message(frame, "bad_link", reference), 404)
    except IllegalStep as step_refused:
        warn("step_refused", reason=step_refused, reference=reference)
        return _page(orgcal, pages.render_message(frame, "bad_state", reference), 409)
    except LinkClosed as closed:
        say("link_refused", reason=closed.fault, reference=reference)
        return _page(orgcal, pages.render_link_closed(frame, closed.fault, reference), 410)
    except BadState as bad:
        warn("state_refused", reason=bad.reason, reference=reference)
        return _page(orgcal, pages.render_message(frame, "bad_state", reference), 400)
    except OrgcalError as error:
        warn("page_unavailable", error=type(error).__name__, reference=reference)
        return _page(orgcal, pages.render_message(frame, "unavailable", reference), 503)


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
    if isinstance(outcome, Redirection):
        return redirect_answer(outcome.url)
    return _refused(orgcal, request, outcome, query)


@_step("consent_signed_in", "consent/signed-in", "GET")
async def consent_signed_in(orgcal: App, request: func.HttpRequest) -> func.HttpResponse:
    query = dict(request.params)
    outcome = await orgcal.proving.signed_in(query.get("state"), sign_in_cookie(request), query, orgcal.clock.now())
    if isinstance(outcome, Waiting):
        # A page of its own, so that reloading it does not offer the used code again.
        return redirect_answer("/consent/progress")
    return _refused(orgcal, request, outcome, query)


@_step("consent_progress", "consent/progress", "GET")
async def consent_progress(orgcal: App, request: func.HttpRequest) -> func.HttpResponse:
    return _waiting(orgcal, request, await orgcal.confirming.progress(sign_in_cookie(request), orgcal.clock.now()))


@_step("consent_confirm", "consent/confirm", "POST")
async def consent_confirm(orgcal: App, request: func.HttpRequest) -> func.HttpResponse:
    _refuse_foreign_forms(orgcal, request)
    await orgcal.confirming.confirm(sign_in_cookie(request), orgcal.clock.now())
    return redirect_answer("/consent/progress")


def _refuse_foreign_forms(orgcal: App, request: func.HttpRequest) -> None:
    if not comes_from_us(request, orgcal.settings.base_url):
        raise BadState("foreign_form")


def _page(orgcal: App, html: str, status: int = 200) -> func.HttpResponse:
    return page_answer(html, orgcal.settings.endpoints.authority, status)


def _refused(orgcal: App, request: func.HttpRequest, refused: Refused, query: dict[str, str]) -> func.HttpResponse:
    code = re.search(r"AADSTS\d+", query.get("error_description", ""))  # shown, never acted on
    view = pages.RefusalView(
        refused.refusal,
        refused.sign_in,
        orgcal.connections.activation_link(refused.connection, orgcal.clock.now()),
        refused.retry_url,
        code.group() if code else None,
    )
    return _page(orgcal, pages.render_refusal(frame_of(orgcal, request), view), 403)


def _waiting(orgcal: App, request: func.HttpRequest, waiting: Waiting) -> func.HttpResponse:
    frame, organization = frame_of(orgcal, request), waiting.organization.name
    if waiting.sign_in.step != "confirming":
        return _page(orgcal, pages.render_progress(frame, pages.ProgressView(organization, waiting.connection)))
    view = pages.ConfirmationView(
        organization,
        waiting.connection.link.issued_by,
        waiting.sign_in.account or str(waiting.sign_in.user_id),
        str(waiting.sign_in.tenant),
        waiting.users or 0,
    )
    return _page(orgcal, pages.render_confirmation(frame, view))
