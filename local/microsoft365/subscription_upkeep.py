"""What happens to subscriptions without anybody asking: they expire, end with the access, and want a new token."""

from datetime import datetime

from local.microsoft365.dispatch import tell
from local.microsoft365.subscription_access import still_reaches
from local.microsoft365.subscriptions import Subscription
from local.microsoft365.world import World


def reconsider(world: World) -> None:
    """Something about consent, people or settings may have changed: look at every subscription."""
    now = world.now()
    for each in world.subscriptions:
        if each.expires_at > now and not still_reaches(world, each):
            end(world, each)
        else:
            world.subscriptions.look_at(each.looks_up_at(world.settings))
    look_after(world)


def look_after(world: World) -> None:
    """What time alone does: subscriptions end, and reminders fall due."""
    subscriptions, now = world.subscriptions, world.now()
    if subscriptions.next_look_at is None or now < subscriptions.next_look_at:
        return
    subscriptions.next_look_at = None
    for each in subscriptions:
        _look_at(world, each, now)


def end(world: World, subscription: Subscription) -> None:
    """It is gone because the mailbox cannot be reached any more, and the app hears of it."""
    world.subscriptions.remove(subscription)
    if world.settings.removal_notices:
        tell(world, subscription, "subscriptionRemoved")


def _look_at(world: World, subscription: Subscription, now: datetime) -> None:
    if subscription.expires_at <= now:
        world.subscriptions.remove(subscription)
        return
    if subscription.lifecycle_url is not None and subscription.remind_at(world.settings) <= now:
        subscription.acts.append((now, "told"))
        tell(world, subscription, "reauthorizationRequired")
    world.subscriptions.look_at(subscription.looks_up_at(world.settings))
