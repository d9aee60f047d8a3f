"""Who may not consent, and what they can do about it: ask their administrator, go back, or never return.

learn.microsoft.com/entra/identity/enterprise-apps/configure-admin-consent-workflow, …/configure-user-consent
"""

from starlette.requests import Request
from starlette.responses import Response

from local.microsoft365.entra.authorize_request import AuthorizeRequest
from local.microsoft365.entra.pages import approval_page, requested_page
from local.microsoft365.entra.refusals import REFUSAL_TEXTS
from local.microsoft365.entra.visits import Visit
from local.microsoft365.tenants import ApprovalRequest
from local.microsoft365.world import Person, Tenant

NEEDS_ADMIN, ASK_ADMIN = 90094, 90095


def refuse_consent(
    request: Request, wanted: AuthorizeRequest, visit: Visit, tenant: Tenant, person: Person, scripted: int | None
) -> Response:
    """The page "Need admin approval", or, once somebody has asked there, that the request is on its way."""
    has_workflow = tenant.rules.user_consent == "request_workflow" and scripted is None
    if visit.action == "request" and has_workflow:
        asked = ApprovalRequest(wanted.app.client_id, person.id, visit.reason, visit.world.now())
        tenant.approval_requests.append(asked)
        return requested_page(request, wanted.app, person, ASK_ADMIN, return_link=tenant.rules.return_link)
    code = scripted or (ASK_ADMIN if has_workflow else NEEDS_ADMIN)
    return approval_page(
        request,
        wanted.app,
        person,
        code,
        REFUSAL_TEXTS[code],
        return_link=tenant.rules.return_link,
        has_workflow=has_workflow,
    )
