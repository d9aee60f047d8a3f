"""What can only wait for storage to answer again gives its place to a successor, before the host gives it up."""

from dataclasses import dataclass
from datetime import timedelta

from shared_code.errors import TryLater
from shared_code.logs import warn
from shared_code.messages import AnyMessage
from shared_code.ports import Queues

PATIENT_TRIES = 4  # of the eight after which the host gives a message up; they are half a minute apart
PUT_OFF = timedelta(minutes=1)


@dataclass(frozen=True)
class PuttingOff:
    queues: Queues

    async def run(self, order: AnyMessage, error: TryLater, tries: int) -> None:
        """Send a successor, so that an outage poisons nothing however long it lasts; raise ``error`` at the first
        tries, since the host brings the message back sooner, and TryLater if the queue does not answer either."""
        if tries <= PATIENT_TRIES:
            raise error
        await self.queues.send(order, error.retry_after or PUT_OFF)
        warn("order_put_off", order=type(order).__name__, tries=tries, error=type(error).__name__)
