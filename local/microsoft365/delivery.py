"""The posts themselves: what is due leaves, what was not taken in time is tried again for four hours.

Nothing here runs by itself: ``pump`` does what is due now. The process is kept going by ``courier.py``, a test calls it
when it wants to see deliveries.
"""

import asyncio
import itertools
from datetime import datetime

from local.microsoft365.dispatch import lost
from local.microsoft365.endpoint_health import AT_ALL, IN_TIME
from local.microsoft365.notices import Notice, render_body
from local.microsoft365.notification_log import Outcome
from local.microsoft365.outbound import Reply
from local.microsoft365.outbox import Post
from local.microsoft365.subscription_upkeep import look_after
from local.microsoft365.world import World

JSON = "application/json; charset=utf-8"
MOST_AT_ONCE = 16
_MOST_ROUNDS = 1000


async def pump(world: World) -> int:
    """Do all that is due at this instant, and what follows from it at once; answers how many posts left."""
    posted = 0
    for _ in range(_MOST_ROUNDS):
        posts = take_due(world)
        if not posts:
            break
        for some in itertools.batched(posts, MOST_AT_ONCE, strict=False):
            await asyncio.gather(*(send(world, post) for post in some))
        posted += len(posts)
    return posted


def take_due(world: World) -> list[Post]:
    """Whoever takes a post also sends it."""
    look_after(world)
    room = world.mailroom
    posts = room.outbox.take_due(world.now(), room.script, room.chance)
    room.leaving += len(posts)
    return posts


def next_due_at(world: World) -> datetime | None:
    """The next instant at which time alone makes work; None when there is none to come."""
    instants = (world.mailroom.outbox.next_due_at, world.subscriptions.next_look_at)
    return min((each for each in instants if each is not None), default=None)


async def send(world: World, post: Post) -> None:
    """One attempt. A first one has three seconds to be answered, and ten before nobody listens any more."""
    try:
        await _send(world, post)
    finally:
        world.mailroom.leaving -= 1


async def _send(world: World, post: Post) -> None:
    held = tuple(notice for notice in post.notices if _is_held(world, notice))
    if held:
        _try_again(world, Post(held, post.attempts, post.first_at), Reply(None, 0.0), "held")
    going = tuple(notice for notice in post.notices if notice not in held)
    if not going:
        return
    post = Post(going, post.attempts, post.first_at)
    reply = await world.outbound.post(post.url, render_body(*going).encode(), JSON, AT_ALL)
    world.mailroom.health.count(post.url, reply.seconds, world.now(), world.settings.endpoint_sample)
    if reply.is_success and (post.attempts or reply.seconds <= IN_TIME):
        _log(world, post, reply, "delivered")
    else:
        _try_again(world, post, reply, "retried")


def _is_held(world: World, notice: Notice) -> bool:
    """Changes wait while the access token behind the subscription has lapsed."""
    subscription = world.subscriptions.find(notice.subscription)
    return notice.kind == "change" and subscription is not None and subscription.token_expires_at <= world.now()


def _try_again(world: World, post: Post, reply: Reply, outcome: Outcome) -> None:
    if world.mailroom.outbox.retry(post, world.now()):
        _log(world, post, reply, outcome)
        world.outbound.nudge()  # whoever brings the posts may wait for what comes later
        return
    _log(world, post, reply, "given_up")
    lost(world, post.notices)


def _log(world: World, post: Post, reply: Reply, outcome: Outcome) -> None:
    world.mailroom.log.add(
        world.now(),
        post.notices[0].kind,
        post.url,
        outcome,
        subscriptions=post.subscriptions,
        attempt=post.attempts + 1,
        status=reply.status,
        seconds=reply.seconds,
        body=render_body(*post.notices),
    )
