"""`/{tenant}/oauth2/v2.0/authorize`: sign-in with a code, silent where session and consent allow it.

learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.microsoft365.entra.accounts import person_in, suggested_accounts
from local.microsoft365.entra.authorize_request import AuthorizeRequest, check_parameters, trusted_request
from local.microsoft365.entra.codes import Code, new_code_value
from local.microsoft365.entra.consents import (
    is_covered,
    may_see_prompt,
    meets_unspread_consent,
    record_user_consent,
)
from local.microsoft365.entra.errors import RedirectedError, ShownError, traced
from local.microsoft365.entra.pages import account_page, approval_page, consent_page, error_page
from local.microsoft365.entra.redirects import send_to
from local.microsoft365.entra.visits import Visit, visit_of
from local.microsoft365.web import world_of
from local.microsoft365.world import Person, Tenant

_INTERACTIVE = frozenset({"login", "select_account"})
_NOT_CONSENTED = "The user or administrator has not consented to use the application."


async def authorize(request: Request) -> Response:
    try:
        wanted = trusted_request(world_of(request), request)
        try:
            check_parameters(wanted)
            visit = await visit_of(request, wanted.tenant)
            return visit.remember(_step(request, wanted, visit))
        except RedirectedError as error:
            return send_to(
                wanted.redirect_uri,
                error=error.error,
                error_description=traced(error.description, world_of(request).now()),
                error_subcode=error.subcode,
                state=wanted.state,
            )
    except ShownError as error:
        return error_page(request, error)


def _step(request: Request, wanted: AuthorizeRequest, visit: Visit) -> Response:
    if visit.action == "cancel":
        raise RedirectedError("access_denied", "AADSTS65004: User declined to consent to access the app.", "cancel")
    if visit.action == "return":
        raise RedirectedError("access_denied", f"AADSTS{visit.refused_with or 90094}: Admin consent is required.")
    if visit.account is None or (visit.action == "" and wanted.prompt in _INTERACTIVE):
        return _ask_who(request, wanted, visit)
    tenant, person = person_in(visit.world, visit.account, wanted.tenant)
    _check_tenant(visit, wanted, tenant)
    covered = is_covered(tenant, wanted.app, person, wanted.scopes)
    if covered and (wanted.prompt != "consent" or visit.action == "accept"):
        return _hand_out_code(wanted, visit, tenant, person)
    return _settle_consent(request, wanted, visit, tenant, person)


def _ask_who(request: Request, wanted: AuthorizeRequest, visit: Visit) -> Response:
    if wanted.prompt == "none":
        raise RedirectedError(
            "login_required", "AADSTS50058: Session information is not sufficient for single-sign-on."
        )
    return account_page(request, wanted.app, suggested_accounts(visit.world, wanted.tenant), wanted.login_hint)


def _check_tenant(visit: Visit, wanted: AuthorizeRequest, tenant: Tenant) -> None:
    principal = tenant.service_principals.get(wanted.app.client_id)
    if principal is not None and principal.disabled:
        raise ShownError(7000112, f"Application '{wanted.app.client_id}'({wanted.app.name}) is disabled.")
    if meets_unspread_consent(visit.world, tenant, principal, "authorize"):
        raise RedirectedError("interaction_required", f"AADSTS65001: {_NOT_CONSENTED}")


def _settle_consent(
    request: Request, wanted: AuthorizeRequest, visit: Visit, tenant: Tenant, person: Person
) -> Response:
    if wanted.prompt == "none":
        raise RedirectedError("interaction_required", f"AADSTS65001: {_NOT_CONSENTED}")
    if tenant.rules.user_consent != "allowed" and not may_see_prompt(person):
        code = 90094 if tenant.rules.user_consent == "admin_only" else 90095
        text = "Admin consent is required for the permissions requested by this application."
        return approval_page(request, wanted.app, person, code, text, return_link=tenant.rules.return_link)
    if visit.action != "accept":
        return consent_page(request, wanted.app, tenant, person, list(wanted.scopes))
    record_user_consent(visit.world, tenant, wanted.app, person, wanted.scopes)
    return _hand_out_code(wanted, visit, tenant, person)


def _hand_out_code(wanted: AuthorizeRequest, visit: Visit, tenant: Tenant, person: Person) -> Response:
    code = Code(
        value=new_code_value(),
        client_id=wanted.app.client_id,
        segment=wanted.segment,
        tenant=tenant.id,
        person=person.id,
        redirect_uri=wanted.redirect_uri,
        scopes=wanted.scopes,
        nonce=wanted.nonce,
        challenge=wanted.challenge,
        challenge_method=wanted.challenge_method,
        issued_at=visit.world.now(),
    )
    visit.world.codes.keep(code)
    return send_to(wanted.redirect_uri, code=code.value, state=wanted.state, session_state=tenant.id)


routes = [Route("/{tenant}/oauth2/v2.0/authorize", authorize, methods=["GET", "POST"])]
