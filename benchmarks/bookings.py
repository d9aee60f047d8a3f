"""What a booking asks of Microsoft and of storage: made, made if free, moved, repeated, cancelled.

Counted in one process over the stand-in, on a clock that is moved; nothing here is timed.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from benchmarks.counted_world import MINUTE, CountedWorld, counted_world
from benchmarks.storage import ORGANIZATION
from benchmarks.table import Row
from shared_code.core.sync_rules import CALM
from tests.unit.functions.browser import call

SETTLED = timedelta(minutes=20)


@dataclass(frozen=True)
class Step:
    """One call of the product, and the most requests that it may take."""

    what: str
    budget: int
    hour: int = 0  # 0: a cancellation
    changes: tuple[tuple[str, object], ...] = ()
    booking: str = "b-1"


STEPS = (
    Step("a booking", 1, 9),
    Step("the same request again", 0, 9),
    Step("a booking moved", 1, 10),
    Step("a booking cancelled", 2),  # looked for by its mark first: the host may have cut and pasted it
    Step("a booking if free", 2, 11, (("if_free", True),), "b-2"),
    Step("a booking if free, with a co-host", 3, 13, (("if_free", True), ("cohosts", ["user1"])), "b-3"),
)


async def run() -> list[Row]:
    with counted_world(2) as world:
        await world.populate()
        await world.connect()
        await world.run_for(SETTLED)
        return [await _row(world, step) for step in STEPS]


async def _row(world: CountedWorld, step: Step) -> Row:
    world.forget_counts()
    if step.hour:
        answered = await call(
            "put_booking", body=_meeting(world, step), organization=ORGANIZATION, booking=step.booking
        )
    else:
        answered = await call("cancel_booking", organization=ORGANIZATION, booking=step.booking)
    assert answered.status in {200, 201, 204}, answered.text
    requests, rows = world.requests(), world.rows
    row = Row(
        step.what,
        f"{requests.total()} Graph requests; {rows.count()} table operations ({rows.count('commit')} transactions)",
        f"{step.budget} requests",
        within=requests.total() <= step.budget,
    )
    await world.run_for(CALM + MINUTE)  # what Graph tells of it is not part of the next step
    return row


def _meeting(world: CountedWorld, step: Step) -> dict[str, Any]:
    start = world.clock.now().replace(hour=step.hour, minute=0, second=0, microsecond=0) + timedelta(days=2)
    return {
        "host": "user0",
        "start": start.isoformat(),
        "end": (start + timedelta(minutes=30)).isoformat(),
        "zone": "Europe/Paris",
        "title": "A meeting",
        "attendees": [{"address": "guest@outside.example"}],
        **dict(step.changes),
    }
