"""Organisations and their audit list."""

from functions import wire, wire_settings
from functions.calls import Call
from functions.operations import Answer, Operation, operation
from functions.product_api.blueprint import ORGANIZATION, blueprint
from functions.product_api.connections import connection_given
from functions.product_api.policies import policy_given, policy_sent
from functions.queries import AFTER, LIMIT
from shared_code.errors import Problem


@operation(
    blueprint,
    Operation(
        "put_organization",
        "PUT",
        ORGANIZATION,
        "Create or change an organization",
        request=wire_settings.OrganizationBody,
        answers={200: wire_settings.OrganizationGiven, 201: wire_settings.OrganizationGiven},
        acting=True,
        problems=(
            Problem.INVALID_ID,
            Problem.ORGANIZATION_NOT_FOUND,  # it is being forgotten
            Problem.ROLE_REQUIRED,
            Problem.CHANGED_MEANWHILE,
        ),
    ),
)
async def put_organization(call: Call) -> Answer:
    body = call.decode(wire_settings.OrganizationBody)
    _, is_new = await call.app.organizations.put(
        call.organization, body.name, policy_sent(body.policy or wire_settings.PolicyBody()), call.by, call.now
    )
    return Answer(await _given(call), 201 if is_new else 200)


@operation(
    blueprint,
    Operation(
        "get_organization",
        "GET",
        ORGANIZATION,
        "An organization with its connections",
        answers={200: wire_settings.OrganizationGiven},
        problems=(Problem.INVALID_ID, Problem.ORGANIZATION_NOT_FOUND),
    ),
)
async def get_organization(call: Call) -> Answer:
    return Answer(await _given(call))


@operation(
    blueprint,
    Operation(
        "delete_organization",
        "DELETE",
        ORGANIZATION,
        "Forget an organization with everything stored for it",
        answers={204: None},
        acting=True,
        problems=(Problem.INVALID_ID, Problem.ROLE_REQUIRED),
    ),
)
async def delete_organization(call: Call) -> Answer:
    await call.app.organizations.forget(call.organization, call.by, call.now)
    return Answer()


@operation(
    blueprint,
    Operation(
        "list_audit",
        "GET",
        ORGANIZATION + "/audit",
        "Who changed consent, policy or connections, newest first",
        answers={200: wire.AuditsGiven},
        query=(AFTER, LIMIT),
        problems=(Problem.INVALID_ID, Problem.INVALID_REQUEST, Problem.ORGANIZATION_NOT_FOUND),
    ),
)
async def list_audit(call: Call) -> Answer:
    page = await call.app.organizations.audit(call.organization, call.text("after"), call.limit())
    entries = [
        wire.AuditGiven(at=e.at, action=e.action, by=e.by, connection=e.connection, detail=e.detail) for e in page.items
    ]
    return Answer(wire.AuditsGiven(audit=entries, next=page.next))


async def _given(call: Call) -> wire_settings.OrganizationGiven:
    records = await call.app.organizations.get(call.organization)
    organization = records.organization.value
    return wire_settings.OrganizationGiven(
        organization=organization.organization,
        name=organization.name,
        policy=policy_given(organization.policy),
        created_at=organization.created_at,
        connections=[connection_given(call, stored.value) for stored in records.connections],
    )
