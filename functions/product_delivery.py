"""Orders about product events that are recorded: delivered, replayed."""

from datetime import datetime

import azure.functions as func

from functions.orders import carry_out
from shared_code.bootstrap import App
from shared_code.messages import AnyMessage, DeliverEvent, DeliverUnlisted, RelayEvents, ReplayEvents
from shared_code.order_queues import PRODUCT_DELIVERY

blueprint = func.Blueprint()


@blueprint.function_name("product_delivery")
@blueprint.queue_trigger(arg_name="msg", queue_name=PRODUCT_DELIVERY, connection="AzureWebJobsStorage")
async def product_delivery(msg: func.QueueMessage) -> None:
    await carry_out(msg, _work)


async def _work(orgcal: App, message: AnyMessage, now: datetime) -> None:
    match message:
        case RelayEvents() as order:  # of an earlier release, which put them here
            await orgcal.relaying.run(order, now)
        case DeliverEvent() as order:
            await orgcal.delivering.run(order, now)
        case DeliverUnlisted() as order:
            await orgcal.delivering.run_unlisted(order, now)
        case ReplayEvents() as order:
            await orgcal.product_events.go_on(order)
        case order:
            raise ValueError(f"{type(order).__name__} does not belong into {PRODUCT_DELIVERY}")
