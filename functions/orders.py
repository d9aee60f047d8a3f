"""A queue message as its function sees it."""

import azure.functions as func

from shared_code.logs import say
from shared_code.messages import AnyMessage, decode


def read_order(msg: func.QueueMessage) -> AnyMessage:
    """Decode the body; one that is none of ours raises, and ends in the poison queue after its tries."""
    order = decode(msg.get_body())
    say("order_received", order=type(order).__name__, message=msg.id, tries=msg.dequeue_count)
    return order
