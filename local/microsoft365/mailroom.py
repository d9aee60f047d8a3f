"""All that is under way between a change and the address that hears of it."""

from dataclasses import dataclass, field
from random import Random

from local.microsoft365.delivery_script import DeliveryScript
from local.microsoft365.endpoint_health import EndpointHealth
from local.microsoft365.notification_log import NotificationLog
from local.microsoft365.outbox import Outbox
from local.microsoft365.stale_reads import StaleReads


@dataclass(slots=True)
class Mailroom:
    """``drops_left``: how many of the script's ``drop_next`` are still to come. ``leaving``: posts not answered yet."""

    script: DeliveryScript = field(default_factory=DeliveryScript)
    drops_left: int = 0
    leaving: int = 0
    chance: Random = field(default_factory=lambda: Random(0))  # noqa: S311 - a script, the same each time
    outbox: Outbox = field(default_factory=Outbox)
    health: EndpointHealth = field(default_factory=EndpointHealth)
    log: NotificationLog = field(default_factory=NotificationLog)
    past: StaleReads = field(default_factory=StaleReads)

    def follow(self, script: DeliveryScript) -> None:
        """From now on; what is under way already is not touched."""
        self.script, self.drops_left = script, script.drop_next
        self.chance = Random(script.seed)  # noqa: S311 - a script, the same each time
