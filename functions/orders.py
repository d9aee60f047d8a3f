"""A queue message as its function sees it, and what becomes of one that cannot be carried out for the moment."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import azure.functions as func

from shared_code.bootstrap import App, app
from shared_code.errors import TryLater
from shared_code.logs import say
from shared_code.messages import AnyMessage, decode


async def carry_out(msg: func.QueueMessage, work: Callable[[App, AnyMessage, datetime], Awaitable[None]]) -> None:
    """Do it now. A body that is none of ours raises, and ends in the poison queue after its tries, as does whatever is
    broken for good; what only has to wait does not."""
    orgcal, order, tries = app(), decode(msg.get_body()), msg.dequeue_count or 1
    say("order_received", order=type(order).__name__, message=msg.id, tries=tries)
    try:
        await work(orgcal, order, orgcal.clock.now())
    except TryLater as error:
        await orgcal.putting_off.run(order, error, tries)
