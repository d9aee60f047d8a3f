"""Plays the Functions host for queue messages: whatever shows is handed to its function, until nothing shows."""

from datetime import timedelta

import azure.functions as func

from functions.calendar_sync import calendar_backfill, calendar_sync
from functions.product_delivery import product_delivery
from functions.user_match import user_match
from functions.user_match_sweep import user_match_sweep
from shared_code.messages import AnyMessage, encode
from shared_code.order_queues import CALENDAR_BACKFILL, CALENDAR_SYNC, PRODUCT_DELIVERY, USER_MATCH, queue_of
from tests.fakes.composed_app import ComposedApp

FUNCTIONS = {
    USER_MATCH: user_match,
    CALENDAR_SYNC: calendar_sync,
    CALENDAR_BACKFILL: calendar_backfill,
    PRODUCT_DELIVERY: product_delivery,
}
MOST_ORDERS = 500


async def carry_out(message: AnyMessage) -> None:
    await FUNCTIONS[queue_of(message)](func.QueueMessage(id="m1", body=encode(message)))


async def drain(app: ComposedApp) -> int:
    """How many orders were carried out; ends when nothing is visible now."""
    for done in range(MOST_ORDERS):
        message = app.sent.take()
        if message is None:
            return done
        await carry_out(message)
    raise AssertionError("the queues never ran empty")


async def run_for(app: ComposedApp, period: timedelta) -> None:
    """Let the clock go on, minute by minute, with its timer and the queues."""
    end = app.clock.now() + period
    while app.clock.now() < end:
        app.clock.advance(min(timedelta(minutes=1), end - app.clock.now()))
        await user_match_sweep(func.TimerRequest())
        await drain(app)
