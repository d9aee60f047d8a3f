"""Orders about whole directories: grants, matches, look-ups, disconnections. And what happened is passed on."""

from datetime import datetime

import azure.functions as func

from functions.orders import carry_out
from shared_code.bootstrap import App
from shared_code.messages import (
    AnyMessage,
    CheckGrant,
    DisconnectUsers,
    ForgetOrganization,
    LookUpUsers,
    ReadMailboxes,
    RelayEvents,
    RepairConnection,
    SettleAccounts,
    SettleEverybody,
    SweepChanges,
    SweepUsers,
)
from shared_code.order_queues import USER_MATCH

blueprint = func.Blueprint()


@blueprint.function_name("user_match")
@blueprint.queue_trigger(arg_name="msg", queue_name=USER_MATCH, connection="AzureWebJobsStorage")
async def user_match(msg: func.QueueMessage) -> None:
    await carry_out(msg, _work)


async def _work(orgcal: App, message: AnyMessage, now: datetime) -> None:
    match message:
        case CheckGrant() as order:
            await orgcal.grant_check.run(order, now)
        case SweepUsers() as order:
            await orgcal.user_match.run(order, now)
        case SweepChanges() as order:
            await orgcal.directory_changes.run(order, now)
        case ReadMailboxes() as order:
            await orgcal.reading_again.run(order, now)
        case LookUpUsers() as order:
            await orgcal.look_up.run(order, now)
        case SettleAccounts() as order:
            await orgcal.settling_accounts.run(order, now)
        case SettleEverybody() as order:
            await orgcal.settling_accounts.walk(order, now)
        case DisconnectUsers() as order:
            await orgcal.disconnecting.run(order, now)
        case RepairConnection() as order:
            await orgcal.repairing.run(order, now)
        case ForgetOrganization() as order:
            await orgcal.disconnecting.forget_organization(order, now)
        case RelayEvents() as order:
            await orgcal.relaying.run(order, now)
        case order:
            raise ValueError(f"{type(order).__name__} does not belong into {USER_MATCH}")
