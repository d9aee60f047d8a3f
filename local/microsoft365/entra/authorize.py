"""`/{tenant}/oauth2/v2.0/authorize`: sign-in with a code, silent where session and consent allow it.

learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.microsoft365.entra.accounts import person_in, suggested_accounts
from local.microsoft365.entra.approval import refuse_consent
from local.microsoft365.entra.authorize_request import AuthorizeRequest, check_parameters, trusted_request
from local.microsoft365.entra.codes import Code, new_code_value
from local.microsoft365.entra.consents import (
    is_covered,
    may_consent,
    may_see_prompt,
    meets_unspread_consent,
    record_consent_for_everybody,
    record_user_consent,
)
from local.microsoft365.entra.errors import PersonalAccountError, RedirectedError, ShownError
from local.microsoft365.entra.gatekeeping import check_account_kind, sign_in_refusal
from local.microsoft365.entra.pages import account_page, consent_page, error_page, second_factor_page
from local.microsoft365.entra.redirects import send_to
from local.microsoft365.entra.sessions import Account
from local.microsoft365.entra.user_answers import client_info
from local.microsoft365.entra.visits import Visit, visit_of
from local.microsoft365.personal_accounts import is_personal
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
                error_description=error.described(world_of(request).now()),
                error_subcode=error.subcode,
                state=wanted.state,
            )
    except ShownError as error:
        return error_page(request, error)


def _step(request: Request, wanted: AuthorizeRequest, visit: Visit) -> Response:
    if visit.action == "cancel":
        raise _declined(wanted, visit)
    if visit.action == "return":
        raise RedirectedError("access_denied", f"AADSTS{visit.refused_with or 90094}: Admin consent is required.")
    if visit.account is None or (visit.action == "" and not _is_silent(wanted, visit, visit.account)):
        return _ask_who(request, wanted, visit)
    tenant, person = person_in(visit.world, visit.account, wanted.tenant)
    check_account_kind(wanted.app, wanted.segment, tenant)
    _check_tenant(visit, wanted, tenant, person)
    if tenant.rules.requires_mfa and not visit.with_mfa:
        return _ask_more(request, wanted, person)
    covered = is_covered(tenant, wanted.app, person, wanted.scopes)
    if covered and (wanted.prompt != "consent" or visit.action == "accept"):
        return _hand_out_code(wanted, visit, visit.account, tenant, person)
    return _settle_consent(request, wanted, visit, tenant, person)


def _declined(wanted: AuthorizeRequest, visit: Visit) -> RedirectedError:
    home = None if visit.account is None else visit.world.tenants[visit.account.tenant]
    if is_personal(wanted.tenant or home):
        text = "The user has denied access to the scope requested by the client application."
        return PersonalAccountError("access_denied", text)
    return RedirectedError("access_denied", "AADSTS65004: User declined to consent to access the app.", "cancel")


def _is_silent(wanted: AuthorizeRequest, visit: Visit, account: Account) -> bool:
    """Whoever is signed in is taken without a question, if an account of that kind may come."""
    try:
        check_account_kind(wanted.app, wanted.segment, visit.world.tenants[account.tenant])
    except ShownError:
        return False
    return wanted.prompt not in _INTERACTIVE


def _ask_who(request: Request, wanted: AuthorizeRequest, visit: Visit) -> Response:
    if wanted.prompt == "none":
        raise RedirectedError(
            "login_required", "AADSTS50058: Session information is not sufficient for single-sign-on."
        )
    remembered = person_in(visit.world, visit.account, wanted.tenant)[1] if visit.account else None
    people = suggested_accounts(visit.world, wanted.tenant)
    return account_page(request, wanted.app, people, wanted.login_hint, remembered)


def _ask_more(request: Request, wanted: AuthorizeRequest, person: Person) -> Response:
    if wanted.prompt == "none":
        text = "AADSTS50076: You must use multi-factor authentication to access the resource."
        raise RedirectedError("interaction_required", text)
    return second_factor_page(request, wanted.app, person)


def _check_tenant(visit: Visit, wanted: AuthorizeRequest, tenant: Tenant, person: Person) -> None:
    principal = tenant.service_principals.get(wanted.app.client_id)
    if principal is not None and principal.disabled:
        raise ShownError(7000112, f"Application '{wanted.app.client_id}'({wanted.app.name}) is disabled.")
    if meets_unspread_consent(visit.world, tenant, principal, "authorize"):
        raise RedirectedError("interaction_required", f"AADSTS65001: {_NOT_CONSENTED}")
    refusal = sign_in_refusal(tenant, wanted.app, person)
    if refusal is not None and wanted.prompt == "none":
        raise RedirectedError("interaction_required", f"AADSTS{refusal.code}: {refusal.text}")
    if refusal is not None and tenant.rules.sign_in_refusals_return:
        raise RedirectedError("access_denied", f"AADSTS{refusal.code}: {refusal.text}")
    if refusal is not None:
        raise ShownError(refusal.code, refusal.text, status=200)


def _settle_consent(
    request: Request, wanted: AuthorizeRequest, visit: Visit, tenant: Tenant, person: Person
) -> Response:
    if wanted.prompt == "none":
        raise RedirectedError("interaction_required", f"AADSTS65001: {_NOT_CONSENTED}")
    if tenant.rules.consent_refusal is not None or not may_consent(tenant, wanted.app, person):
        return refuse_consent(request, wanted, visit, tenant, person, tenant.rules.consent_refusal)
    if visit.action != "accept" or visit.account is None:
        for_everybody = may_see_prompt(person)
        return consent_page(request, wanted.app, tenant, person, list(wanted.scopes), for_everybody=for_everybody)
    if visit.for_everybody and may_see_prompt(person):
        record_consent_for_everybody(visit.world, tenant, wanted.app, wanted.scopes)
    else:
        record_user_consent(visit.world, tenant, wanted.app, person, wanted.scopes)
    return _hand_out_code(wanted, visit, visit.account, tenant, person)


def _hand_out_code(wanted: AuthorizeRequest, visit: Visit, home: Account, tenant: Tenant, person: Person) -> Response:
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
        home=home,
        with_mfa=visit.with_mfa,
    )
    visit.world.codes.keep(code)
    told = client_info(home) if wanted.wants_client_info else None
    return send_to(wanted.redirect_uri, code=code.value, client_info=told, state=wanted.state, session_state=tenant.id)


routes = [Route("/{tenant}/oauth2/v2.0/authorize", authorize, methods=["GET", "POST"])]
