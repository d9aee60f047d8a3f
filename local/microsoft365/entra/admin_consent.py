"""`/{tenant}/v2.0/adminconsent`: one administrator grants for the whole tenant.

learn.microsoft.com/entra/identity-platform/v2-admin-consent; who may: enterprise-apps/grant-admin-consent.
"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.microsoft365.entra.accounts import person_in, suggested_accounts
from local.microsoft365.entra.consents import may_grant_roles, may_see_prompt, record_admin_consent
from local.microsoft365.entra.errors import RedirectedError, ShownError, traced
from local.microsoft365.entra.pages import account_page, approval_page, consent_page, error_page
from local.microsoft365.entra.redirects import checked_redirect_uri, send_to
from local.microsoft365.entra.refusals import REFUSAL_TEXTS, declined
from local.microsoft365.entra.scopes import OPENID_SCOPES, delegated_scope, is_graph_default
from local.microsoft365.entra.tenant_segment import COMMON, CONSUMERS, shown_tenant
from local.microsoft365.entra.visits import Visit, shown_app, visit_of
from local.microsoft365.graph.auth import GRAPH_AUDIENCE
from local.microsoft365.personal_accounts import is_personal
from local.microsoft365.web import world_of
from local.microsoft365.world import App, Person, Tenant, World

_MAY_NOT_GRANT = 90093
_NEEDS_ADMIN = 90094


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """``roles`` are asked for with `.default`, which takes every delegated scope of the registration along."""

    app: App
    tenant: Tenant | None
    redirect_uri: str
    state: str | None
    roles: tuple[str, ...]
    scopes: tuple[str, ...]

    @property
    def granted(self) -> str:
        full = (name if name in OPENID_SCOPES else f"{GRAPH_AUDIENCE}/{name}" for name in (*self.roles, *self.scopes))
        return " ".join(full)


async def admin_consent(request: Request) -> Response:
    world = world_of(request)
    try:
        wanted = _trusted_request(world, request)
        visit = await visit_of(request, wanted.tenant)
        try:
            return visit.remember(_step(request, wanted, visit))
        except RedirectedError as error:
            # Entra says admin_consent=True here as well: only a missing `error` means success.
            return send_to(
                wanted.redirect_uri,
                admin_consent="True",
                error=error.error,
                error_description=error.description,
                error_subcode=error.subcode,
                state=wanted.state,
            )
    except ShownError as error:
        return error_page(request, error)


def _trusted_request(world: World, request: Request) -> ConsentRequest:
    query, segment = request.query_params, request.path_params["tenant"]
    if segment in (COMMON, CONSUMERS) or is_personal(world.find_tenant(segment)):
        raise ShownError(90130, f"The admin consent endpoint is not supported over the /{segment} endpoint.")
    tenant = shown_tenant(world, segment)
    app = shown_app(world, query.get("client_id"), tenant)
    request.state.app = app.client_id
    redirect_uri = checked_redirect_uri(app, query.get("redirect_uri"))
    roles, scopes = _asked_for(world, app, query.get("scope", "").split())
    return ConsentRequest(app, tenant, redirect_uri, query.get("state"), roles, scopes)


def _asked_for(world: World, app: App, asked: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if not asked:
        raise ShownError(900144, "The request body must contain the following parameter: 'scope'.")
    unknown = [each for each in asked if not is_graph_default(world, each) and not delegated_scope(world, each)]
    if unknown:
        raise ShownError(70011, f"The provided value for the input parameter 'scope' is not valid. {unknown[0]}")
    named = [name for each in asked if (name := delegated_scope(world, each))]
    if not any(is_graph_default(world, each) for each in asked):
        return (), tuple(named)
    if not app.required_roles and not app.delegated_scopes:
        raise ShownError(650056, "Misconfigured application: it requests no permissions of the resource.")
    return app.required_roles, tuple(dict.fromkeys((*app.delegated_scopes, *named)))


def _step(request: Request, wanted: ConsentRequest, visit: Visit) -> Response:
    if visit.account is None and visit.action != "cancel":
        return account_page(request, wanted.app, suggested_accounts(visit.world, wanted.tenant), None)
    if visit.account is None:
        raise declined(visit.world, "consent_required")
    tenant, person = person_in(visit.world, visit.account, wanted.tenant)
    request.state.tenant = tenant.id
    if visit.action == "cancel":
        raise declined(visit.world, tenant.rules.declined_as)
    if visit.action == "return":
        code = visit.refused_with or _NEEDS_ADMIN
        raise RedirectedError("access_denied", traced(f"AADSTS{code}: {REFUSAL_TEXTS[code]}", visit.world.now()))
    if not may_see_prompt(person):
        code = 90095 if tenant.rules.user_consent == "request_workflow" else _NEEDS_ADMIN
        return _needs_approval(request, wanted, tenant, person, code)
    if visit.action != "accept":
        return consent_page(request, wanted.app, tenant, person, wanted.granted.split())
    return _accept(request, wanted, visit, tenant, person)


def _accept(request: Request, wanted: ConsentRequest, visit: Visit, tenant: Tenant, person: Person) -> Response:
    if wanted.roles and not may_grant_roles(person):
        return _needs_approval(request, wanted, tenant, person, _MAY_NOT_GRANT)
    if tenant.rules.consent_refusal is not None:
        return _needs_approval(request, wanted, tenant, person, tenant.rules.consent_refusal)
    record_admin_consent(visit.world, tenant, wanted.app, roles=bool(wanted.roles), scopes=wanted.scopes)
    return send_to(
        wanted.redirect_uri, admin_consent="True", tenant=tenant.id, scope=wanted.granted, state=wanted.state
    )


def _needs_approval(request: Request, wanted: ConsentRequest, tenant: Tenant, person: Person, code: int) -> Response:
    link = tenant.rules.return_link
    return approval_page(request, wanted.app, person, code, REFUSAL_TEXTS[code], return_link=link)


routes = [Route("/{tenant}/v2.0/adminconsent", admin_consent, methods=["GET", "POST"])]
