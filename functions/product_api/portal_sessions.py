"""One-time links into the signed-in pages."""

from functions.calls import Call
from functions.operations import Answer, Operation, operation
from functions.product_api.blueprint import ORGANIZATION, blueprint
from functions.wire_portal import PortalSessionBody, PortalSessionGiven
from shared_code.core.ids import ProductUserId
from shared_code.core.portal_session import AskedSession
from shared_code.errors import Problem


@operation(
    blueprint,
    Operation(
        "begin_portal_session",
        "POST",
        ORGANIZATION + "/portal-sessions",
        "A link that signs one user in, once, within five minutes",
        request=PortalSessionBody,
        answers={201: PortalSessionGiven},
        problems=(
            Problem.INVALID_ID,
            Problem.ORGANIZATION_NOT_FOUND,
            Problem.USER_NOT_FOUND,
            Problem.ROLE_REQUIRED,
            Problem.RETURN_ADDRESS_REFUSED,
        ),
    ),
)
async def begin_portal_session(call: Call) -> Answer:
    body = call.decode(PortalSessionBody)
    asked = AskedSession(ProductUserId(body.user), body.role, body.locale, body.return_to)
    issued = await call.app.portal.issue(call.organization, asked, call.now)
    return Answer(PortalSessionGiven(link=issued.link, expires_at=issued.expires_at), 201)
