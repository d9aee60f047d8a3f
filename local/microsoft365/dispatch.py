"""Where a notice is put on its way: dropped, delayed or repeated as script and endpoint's health will have it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from local.microsoft365.endpoint_health import PENALTY
from local.microsoft365.mailroom import Mailroom
from local.microsoft365.notices import LifecycleEvent, Notice, lifecycle_notice, render_body
from local.microsoft365.subscriptions import Subscription
from local.microsoft365.world import World


def dispatch(world: World, notice: Notice) -> None:
    room, now = world.mailroom, world.now()
    if _is_dropped(room, notice):
        room.log.add(
            now, notice.kind, notice.url, "dropped", subscriptions=[notice.subscription], body=render_body(notice)
        )
        return
    health = room.health.admit(notice.url, now) if notice.kind == "change" else "well"
    if health == "dropping":
        room.log.add(now, notice.kind, notice.url, "discarded", subscriptions=[notice.subscription])
        lost(world, [notice])
        return
    for _ in range(_copies(room, notice)):
        room.outbox.add(notice, _due_at(room, notice, now) + (PENALTY if health == "slow" else timedelta()))
    world.outbound.nudge()


def tell(world: World, subscription: Subscription, event: LifecycleEvent) -> None:
    """A lifecycle notification, if the subscription has an address for it."""
    notice = lifecycle_notice(subscription, event)
    if notice is not None:
        dispatch(world, notice)


def lost(world: World, notices: Iterable[Notice]) -> None:
    """Whoever did not hear of a change is told that something was missed."""
    if not world.settings.missed_notices:
        return
    for subscription_id in sorted({notice.subscription for notice in notices if notice.kind == "change"}):
        subscription = world.subscriptions.find(subscription_id)
        if subscription is not None:
            tell(world, subscription, "missed")


def _is_scripted(room: Mailroom, notice: Notice) -> bool:
    return notice.kind == "change" or room.script.lifecycle_too


def _is_dropped(room: Mailroom, notice: Notice) -> bool:
    if not _is_scripted(room, notice):
        return False
    if room.drops_left:
        room.drops_left -= 1
        return True
    return room.script.drop_share > 0 and room.chance.random() < room.script.drop_share


def _copies(room: Mailroom, notice: Notice) -> int:
    script = room.script
    if not script.repeat or not _is_scripted(room, notice):
        return 1
    return 1 + (script.repeat if room.chance.random() < script.repeat_share else 0)


def _due_at(room: Mailroom, notice: Notice, now: datetime) -> datetime:
    """After the script's delay; where posts are gathered, at the next of the instants at which they leave."""
    if not _is_scripted(room, notice):
        return now
    script = room.script
    seconds = script.delay_seconds
    if script.delay_spread_seconds:
        seconds += room.chance.uniform(0, script.delay_spread_seconds)
    due_at = now + timedelta(seconds=seconds)
    if script.gather_seconds:
        due_at += timedelta(seconds=-due_at.timestamp() % script.gather_seconds)
    return due_at
