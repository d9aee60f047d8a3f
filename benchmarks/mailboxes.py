"""What a mailbox costs when it is connected, when it changes in a burst, and while nothing happens to it.

Counted in one process over the stand-in, on a clock that is moved; nothing here is timed.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from benchmarks.counted_world import MINUTE, CountedWorld, counted_world
from benchmarks.table import Row
from local.microsoft365.delivery_script import DeliveryScript
from local.microsoft365.settings import Settings
from shared_code.core.subscription import LIFETIME

BURST, BURST_TIME = 50, timedelta(seconds=5)
CONNECT_BUDGET = 4  # calendars, zone, subscription, window
BURST_BUDGET = 3  # two syncs and an echo
RENEWED_EVERY = timedelta(days=6)
SOME, MORE = 5, 10  # mailboxes of two worlds, whose difference is what each costs
MANY = 100_000
RESTED = timedelta(days=2)
SETTLED = timedelta(minutes=20)  # after which a connected mailbox had its first turn
WATCHED = 4 * LIFETIME  # long enough for several renewals
QUEUE_OPERATIONS = 3  # at most, for a message: put, received, deleted


@dataclass(frozen=True)
class Rested:
    """What one more mailbox adds to a day."""

    reads: float
    authorizations: float
    table_operations: float
    messages: float

    @property
    def storage_operations(self) -> float:
        return self.table_operations + QUEUE_OPERATIONS * self.messages


async def run() -> list[Row]:
    return [await _connect_row(), *await _burst_rows(), await _renewal_row(), await _idle_row(), *await _rest_rows()]


async def _connect_row() -> Row:
    with counted_world(1) as world:
        await world.populate()
        world.forget_counts()
        await world.connect()
        requests, operations = world.requests(), world.rows.count()
    return Row(
        "connect one mailbox",
        f"{requests.total()} Graph requests ({_listed(requests)}); {operations} table operations",
        f"{CONNECT_BUDGET} requests",
        within=requests.total() <= CONNECT_BUDGET,
    )


async def _burst_rows() -> list[Row]:
    """Fifty changes in five seconds; and one change of which Graph tells fifty times, which ends in an echo."""
    with counted_world(1) as world:
        await _connected(world)
        for _ in range(BURST):
            world.add_meeting(0)
            await world.run_for(BURST_TIME / BURST)
        changes = await _burst_row(world, f"burst of {BURST} changes in {BURST_TIME.seconds} s, one mailbox")
    with counted_world(1) as world:
        await _connected(world)
        world.graph.mailroom.follow(DeliveryScript(repeat=BURST - 1, delay_spread_seconds=BURST_TIME.total_seconds()))
        world.add_meeting(0)
        repeats = await _burst_row(world, f"one change told {BURST} times in {BURST_TIME.seconds} s")
    return [changes, repeats]


async def _burst_row(world: CountedWorld, what: str) -> Row:
    await world.run_for(3 * MINUTE)
    requests, posts = world.requests(), world.graph.mailroom.log.after(0)
    told = sum(post.kind == "change" for post in posts)
    assert told == BURST, "not every notification came, so the count says nothing"
    return Row(
        what,
        f"{requests.total()} Graph requests; {world.rows.count('page')} reads, {len(world.sent.sent)} messages",
        f"{BURST_BUDGET} requests (two syncs and an echo)",
        within=0 < requests.total() <= BURST_BUDGET,
    )


async def _renewal_row() -> Row:
    """By the mailbox's own turns alone: Graph asks for no authorization meanwhile."""
    with counted_world(1) as world:
        world.graph.settings = Settings(subscription_token_seconds=2 * int(WATCHED.total_seconds()))
        await _connected(world)
        await world.run_for(WATCHED)
        renewals = world.requests()["subscriptions"]
    allowed = WATCHED / RENEWED_EVERY
    return Row(
        "renewal of a subscription",
        f"{renewals} Graph requests a mailbox in {WATCHED.days} days",
        f"1 a mailbox a {RENEWED_EVERY.days} days",
        f"{WATCHED // LIFETIME} (each at its very end)",
        within=0 < renewals <= allowed,
    )


async def _idle_row() -> Row:
    """Whatever is due is found without a look at what is not."""
    alone, many = await _idle(1), await _idle(MORE)
    return Row(
        f"a minute in which nothing is due, {MORE} mailboxes",
        f"{many} table operations",
        "as many as with 1 mailbox",
        f"{alone}",
        within=many <= alone,
    )


async def _idle(people: int) -> int:
    with counted_world(people) as world:
        await _connected(world)
        await world.run_for(MINUTE)
        return world.rows.count()


async def _rest_rows() -> list[Row]:
    fewer, more = await _rest(SOME), await _rest(MORE)
    days = RESTED / timedelta(days=1) * (MORE - SOME)
    each = Rested(*((more[name] - fewer[name]) / days for name in ("reads", "subscriptions", "operations", "messages")))
    a_second = MANY * each.storage_operations / timedelta(days=1).total_seconds()
    return [
        Row(
            "a mailbox at rest, a day",
            f"{each.reads:.1f} reads and {each.authorizations:.1f} authorizations of Graph; "
            f"{each.table_operations:.0f} table operations, {each.messages:.0f} messages",
            comparison="96 reads (each quarter of an hour)",
        ),
        Row(
            f"  {MANY:,} of them, worked out from that",
            f"{MANY * each.storage_operations / 1e6:.1f} million storage operations a day, {a_second:.0f} a second; "
            f"{MANY * (each.reads + each.authorizations) / 86_400:.0f} Graph requests a second",
        ),
    ]


async def _rest(people: int) -> Counter[str]:
    with counted_world(people) as world:
        await _connected(world)
        await world.run_for(RESTED)
        requests = world.requests()
        return Counter(
            reads=requests["calendar_view"],
            subscriptions=requests["subscriptions"],
            operations=world.rows.count(),
            messages=len(world.sent.sent),
        )


async def _connected(world: CountedWorld) -> None:
    """Connected long enough ago that nothing of it is under way."""
    await world.populate()
    await world.connect()
    await world.run_for(SETTLED)
    world.forget_counts()


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in counts.items())
