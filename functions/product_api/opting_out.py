"""A person's own calendar: disconnected, and connected again."""

from functions import wire
from functions.calls import Call
from functions.operations import Answer, Operation, operation
from functions.product_api.blueprint import USER, blueprint
from functions.product_api.users import READ, user_given
from shared_code.errors import Problem

CHANGE = (*READ, Problem.ROLE_REQUIRED, Problem.CHANGED_MEANWHILE)


@operation(
    blueprint,
    Operation(
        "disconnect_user",
        "POST",
        USER + "/disconnect",
        "Disconnect a user's calendar, as that user or as an owner or admin; only a reconnect brings it back",
        answers={200: wire.UserGiven},
        acting=True,
        problems=(*CHANGE, Problem.POLICY_FORBIDS),
    ),
)
async def disconnect_user(call: Call) -> Answer:
    user = await call.app.opting_out.disconnect(call.organization, call.user, call.by, call.now)
    return Answer(user_given(user))


@operation(
    blueprint,
    Operation(
        "reconnect_user",
        "POST",
        USER + "/reconnect",
        "Connect again a user who was disconnected, as that user or as an owner or admin",
        answers={200: wire.UserGiven},
        acting=True,
        problems=CHANGE,
    ),
)
async def reconnect_user(call: Call) -> Answer:
    user = await call.app.opting_out.reconnect(call.organization, call.user, call.by, call.now)
    return Answer(user_given(user))
