"""Connections: activation link, state, sweep, confirmation, disconnection."""

from functions import wire
from functions.calls import Call
from functions.operations import Answer, Operation, operation
from functions.product_api.blueprint import CONNECTION, ORGANIZATION, blueprint
from functions.queries import flag
from shared_code.core.connection import Connection
from shared_code.core.mended import RepairWalk
from shared_code.errors import Problem

NOT_FOUND = (Problem.INVALID_ID, Problem.ORGANIZATION_NOT_FOUND, Problem.CONNECTION_NOT_FOUND)
CHANGE = (*NOT_FOUND, Problem.ROLE_REQUIRED, Problem.ILLEGAL_STATE, Problem.CHANGED_MEANWHILE)


@operation(
    blueprint,
    Operation(
        "begin_connection",
        "POST",
        ORGANIZATION + "/connections",
        "Ask for an activation link",
        answers={201: wire.ConnectionGiven},
        acting=True,
        creates=True,
        problems=(Problem.INVALID_ID, Problem.ORGANIZATION_NOT_FOUND, Problem.ROLE_REQUIRED),
    ),
)
async def begin_connection(call: Call) -> Answer:
    connection = await call.app.connections.begin(call.organization, call.by, call.idempotency_key, call.now)
    return Answer(connection_given(call, connection), 201)


@operation(
    blueprint,
    Operation(
        "list_connections",
        "GET",
        ORGANIZATION + "/connections",
        "All connections of an organization",
        answers={200: wire.ConnectionsGiven},
        problems=(Problem.INVALID_ID, Problem.ORGANIZATION_NOT_FOUND),
    ),
)
async def list_connections(call: Call) -> Answer:
    connections = await call.app.connections.list(call.organization)
    return Answer(wire.ConnectionsGiven(connections=[connection_given(call, one) for one in connections]))


@operation(
    blueprint,
    Operation(
        "get_connection",
        "GET",
        CONNECTION,
        "One connection, with its activation link while that works",
        answers={200: wire.ConnectionGiven},
        problems=NOT_FOUND,
    ),
)
async def get_connection(call: Call) -> Answer:
    stored = await call.app.connections.get(call.organization, call.connection)
    return Answer(connection_given(call, stored.value))


@operation(
    blueprint,
    Operation(
        "delete_connection",
        "DELETE",
        CONNECTION,
        "Disconnect: nobody is served from now on, and what was read is forgotten",
        answers={202: wire.ConnectionGiven},
        query=(flag("purge", "Forget the connection itself as well."),),
        acting=True,
        problems=CHANGE,
    ),
)
async def delete_connection(call: Call) -> Answer:
    purge = call.flag("purge")
    connection = await call.app.disconnecting.begin(call.organization, call.connection, call.by, call.now, purge=purge)
    return Answer(connection_given(call, connection), 202)


@operation(
    blueprint,
    Operation(
        "issue_activation_link",
        "POST",
        CONNECTION + "/activation-link",
        "Issue the link again; the one before stops working",
        answers={200: wire.ConnectionGiven},
        acting=True,
        creates=True,
        problems=CHANGE,
    ),
)
async def issue_activation_link(call: Call) -> Answer:
    connection = await call.app.connections.reissue(
        call.organization, call.connection, call.by, call.idempotency_key, call.now
    )
    return Answer(connection_given(call, connection))


@operation(
    blueprint,
    Operation(
        "revoke_activation_link",
        "DELETE",
        CONNECTION + "/activation-link",
        "Revoke the link",
        answers={200: wire.ConnectionGiven},
        acting=True,
        problems=CHANGE,
    ),
)
async def revoke_activation_link(call: Call) -> Answer:
    connection = await call.app.connections.revoke(call.organization, call.connection, call.by, call.now)
    return Answer(connection_given(call, connection))


@operation(
    blueprint,
    Operation(
        "sweep_connection",
        "POST",
        CONNECTION + "/sweep",
        "Match all users again, now",
        answers={202: wire.ConnectionGiven},
        problems=(*NOT_FOUND, Problem.ILLEGAL_STATE),
    ),
)
async def sweep_connection(call: Call) -> Answer:
    await call.app.connections.sweep_now(call.organization, call.connection)
    return Answer((await get_connection_given(call)), 202)


@operation(
    blueprint,
    Operation(
        "confirm_connection",
        "POST",
        CONNECTION + "/confirm",
        "Confirm what waits for a person: the first match, a held sweep, or an unproven domain",
        request=wire.ConfirmBody,
        answers={200: wire.ConnectionGiven},
        acting=True,
        problems=CHANGE,
    ),
)
async def confirm_connection(call: Call) -> Answer:
    body: wire.ConfirmBody = call.decode_any(wire.ConfirmBody)
    return Answer(connection_given(call, await _confirm(call, body)))


async def _confirm(call: Call, body: wire.ConfirmBody) -> Connection:
    flow = call.app.connections
    match body:
        case wire.ConfirmActivation():
            return await flow.confirm_activation(call.organization, call.connection, call.by, call.now)
        case wire.ConfirmSweep():
            return await flow.confirm_sweep(call.organization, call.connection, call.by, call.now)
        case wire.ConfirmDomain():
            return await flow.confirm_domain(call.organization, call.connection, body.domain, call.by, call.now)


async def get_connection_given(call: Call) -> wire.ConnectionGiven:
    return connection_given(call, (await call.app.connections.get(call.organization, call.connection)).value)


def connection_given(call: Call, connection: Connection) -> wire.ConnectionGiven:
    held, repaired = connection.held, connection.repaired
    return wire.ConnectionGiven(
        connection=connection.connection,
        state=connection.state,
        reason=connection.reason,
        tenant=connection.tenant,
        activation_link=call.app.connections.activation_link(connection, call.now),
        link_expires_at=connection.link.expires_at,
        link_last_opened_at=connection.link.last_opened_at,
        activated_by=connection.activated_by,
        activated_at=connection.activated_at,
        scoped_by_exchange=connection.scoped_by_exchange,
        confirmed_domains=list(connection.confirmed_domains),
        held=wire.HeldGiven(held_at=held.held_at, losing=held.losing, connected=held.connected) if held else None,
        repair=_repair_given(repaired) if repaired else None,
        created_at=connection.created_at,
    )


def _repair_given(walk: RepairWalk) -> wire.RepairGiven:
    mended = wire.MendedGiven(**walk.mended.by_kind())
    return wire.RepairGiven(began_at=walk.began_at, finished_at=walk.finished_at, mended=mended)
