"""Orders about mailboxes, in two queues so that a person never waits behind bulk work."""

from datetime import datetime

import azure.functions as func

from functions.orders import carry_out
from shared_code.bootstrap import App
from shared_code.messages import (
    AnyMessage,
    CheckBookings,
    CheckCopies,
    ConfirmDrift,
    ConnectMailbox,
    DropSubscription,
    EndForCohost,
    FeedFirstReads,
    KeepSubscription,
    ReleaseMailbox,
    SettleBooking,
    SyncMailbox,
)
from shared_code.order_queues import CALENDAR_BACKFILL, CALENDAR_SYNC

blueprint = func.Blueprint()


@blueprint.function_name("calendar_sync")
@blueprint.queue_trigger(arg_name="msg", queue_name=CALENDAR_SYNC, connection="AzureWebJobsStorage")
async def calendar_sync(msg: func.QueueMessage) -> None:
    await carry_out(msg, _work)


@blueprint.function_name("calendar_backfill")
@blueprint.queue_trigger(arg_name="msg", queue_name=CALENDAR_BACKFILL, connection="AzureWebJobsStorage")
async def calendar_backfill(msg: func.QueueMessage) -> None:
    await carry_out(msg, _work)


async def _work(orgcal: App, message: AnyMessage, now: datetime) -> None:
    match message:
        case SyncMailbox() as order:
            await orgcal.mailbox_sync.run(order, now)
        case ConnectMailbox() as order:
            await orgcal.mailbox_connect.run(order, now)
        case FeedFirstReads() as order:
            await orgcal.feeding.run(order, now)
        case ReleaseMailbox() as order:
            await orgcal.mailbox_release.run(order, now)
        case ConfirmDrift() as order:
            await orgcal.drift.confirm(order, now)
        case KeepSubscription() as order:
            await orgcal.subscribing.keep(order, now)
        case DropSubscription() as order:
            await orgcal.subscribing.drop(order, now)
        case CheckBookings() | CheckCopies() | EndForCohost() | SettleBooking() as order:
            await _look_after(orgcal, order, now)
        case order:
            raise ValueError(f"{type(order).__name__} is no order about mailboxes")


async def _look_after(
    orgcal: App, message: CheckBookings | CheckCopies | EndForCohost | SettleBooking, now: datetime
) -> None:
    """Booked meetings."""
    match message:
        case CheckBookings() as order:
            await orgcal.booking_check.run(order, now)
        case CheckCopies() as order:
            await orgcal.copy_check.run(order, now)
        case EndForCohost() as order:
            await orgcal.booking_ending.end_for_cohost(order, now)
        case SettleBooking() as order:
            await orgcal.booking_settling.run(order, now)
