"""The queues; Bicep makes them, each with its poison queue, and a test holds the two lists together."""

from shared_code.order_queues import QUEUES

__all__ = ["QUEUES"]
