"""Delivery in the process: on its feet as soon as something is due, asleep while nothing can come."""

import asyncio

from local.microsoft365.delivery import MOST_AT_ONCE, next_due_at, send, take_due
from local.microsoft365.outbox import Post
from local.microsoft365.world import World

LOOK_EVERY_SECONDS = 0.25
"""How soon a move of the clock is seen that somebody else made; looking costs one look at a file."""


async def deliver_forever(world: World) -> None:
    """Posts do not wait for one another, so a slow address holds up nobody else."""
    places = asyncio.Semaphore(MOST_AT_ONCE)
    async with asyncio.TaskGroup() as under_way:
        while True:
            due_at = next_due_at(world)
            if due_at is None:
                await world.outbound.wait_for_nudge(None)
            elif due_at > world.now():
                await world.outbound.wait_for_nudge(LOOK_EVERY_SECONDS)
            else:
                for post in take_due(world):
                    under_way.create_task(_send(world, post, places))
                await asyncio.sleep(0)


async def _send(world: World, post: Post, places: asyncio.Semaphore) -> None:
    async with places:
        await send(world, post)
