"""What happens to notifications on their way. Nothing is lost by those of the first list."""

from local.microsoft365.delivery_script import DeliveryScript
from local.microsoft365.mailroom import Mailroom
from tests.simulation.tally import Tally

KEEPING: dict[str, DeliveryScript] = {
    "at once": DeliveryScript(),
    "delayed": DeliveryScript(delay_seconds=40),
    "reordered": DeliveryScript(delay_spread_seconds=60, reorder=True, gather_seconds=5, batch_size=3),
    "doubled": DeliveryScript(repeat=2, delay_spread_seconds=20),
    "batched": DeliveryScript(batch_size=50, gather_seconds=7, mix=True),
    "stale reads": DeliveryScript(stale_seconds=45),
    "stale reads, delayed": DeliveryScript(stale_seconds=30, delay_seconds=10),
    "all of it": DeliveryScript(
        delay_seconds=5, delay_spread_seconds=30, repeat=1, repeat_share=0.5, batch_size=10, mix=True, stale_seconds=20
    ),
}
NEXT_TWO = "the next two lost"
LOSING: dict[str, DeliveryScript] = {
    "all lost": DeliveryScript(drop_share=1),
    "half lost": DeliveryScript(drop_share=0.5),
    "half lost, lifecycle too": DeliveryScript(drop_share=0.5, lifecycle_too=True),
    NEXT_TWO: DeliveryScript(drop_next=2),
}
NONE = "none, ever"
LOSING[NONE] = DeliveryScript(drop_share=1, lifecycle_too=True)
SCRIPTS = {**KEEPING, **LOSING}


def lag_of(script: DeliveryScript) -> float:
    """Seconds by which a read may be behind."""
    return script.delay_seconds + script.stale_seconds if script.stale_seconds else 0.0


def count(room: Mailroom, tally: Tally) -> None:
    """What became of this run's notifications."""
    seen: set[str | None] = set()
    for post in room.log.after(0):
        tally.note(f"notification: {post.outcome}")
        if post.kind == "lifecycle":
            tally.note("notification: lifecycle")
        if post.outcome == "delivered" and post.kind == "change":
            tally.note("notification: repeated", post.body in seen)
            tally.note("notification: batched", (post.body or "").count('"changeType"') > 1)
            seen.add(post.body)
