"""What Graph posts on its own account. The handshake comes before everything else: Graph waits ten seconds for it.

https://learn.microsoft.com/graph/change-notifications-delivery-webhooks (2026-04)
"""

import azure.functions as func
import msgspec

from functions.answers import error_answer, problem_answer
from functions.calls import BODY_LIMIT, decode
from shared_code.core.ids import TenantId
from shared_code.core.notices import Notice
from shared_code.errors import OrgcalError, Problem, Rejected

blueprint = func.Blueprint()

LONGEST_TOKEN = 2048  # characters; what an address holds anyhow


class Item(msgspec.Struct, rename="camel"):
    """Of a change or of a lifecycle notification; the two are told apart by ``lifecycleEvent`` alone.

    https://learn.microsoft.com/graph/api/resources/changenotification (2026-04). Lifecycle notifications come with
    ``organizationId`` instead of ``tenantId``, whatever their page says (recorded by third parties, 2023 to 2026-04:
    microsoftgraph/msgraph-sdk-java#1551, msgraph-sdk-dotnet#3103).
    """

    client_state: str | None = None
    tenant_id: str | None = None
    organization_id: str | None = None
    lifecycle_event: str | None = None
    subscription_id: str | None = None

    def notice(self) -> Notice:
        tenant = self.tenant_id or self.organization_id
        named = TenantId(tenant.lower()) if tenant else None
        return Notice(self.client_state, named, self.lifecycle_event, self.subscription_id)


class Collection(msgspec.Struct):
    value: list[Item]


@blueprint.function_name("graph_notifications")
@blueprint.route(route="graph/notifications", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def graph_notifications(req: func.HttpRequest) -> func.HttpResponse:
    return await _receive(req)


@blueprint.function_name("graph_lifecycle")
@blueprint.route(route="graph/lifecycle", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def graph_lifecycle(req: func.HttpRequest) -> func.HttpResponse:
    """An address of its own, so that Graph's rules for slow addresses count it apart; it takes the same."""
    return await _receive(req)


async def _receive(request: func.HttpRequest) -> func.HttpResponse:
    token = request.params.get("validationToken")
    if token is not None:
        return _handshake(token)
    try:
        await _take(request.get_body())
    except OrgcalError as error:
        return error_answer(error)
    return func.HttpResponse(status_code=202, headers={"Cache-Control": "no-store"})


def _handshake(token: str) -> func.HttpResponse:
    """Give the token back, as plain text that no browser may take for anything else."""
    if not 0 < len(token) <= LONGEST_TOKEN:
        return problem_answer(
            Rejected(Problem.INVALID_REQUEST, f"validationToken has 1 to {LONGEST_TOKEN} characters.")
        )
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return func.HttpResponse(token, mimetype="text/plain", charset="utf-8", headers=headers)


async def _take(body: bytes) -> None:
    if len(body) > BODY_LIMIT:
        raise Rejected(Problem.BODY_TOO_LARGE, f"The body has {len(body)} bytes; at most {BODY_LIMIT} are taken.")
    collection = decode(body, Collection)

    from shared_code.bootstrap import app

    orgcal = app()
    await orgcal.notified.take([item.notice() for item in collection.value], orgcal.clock.now())
