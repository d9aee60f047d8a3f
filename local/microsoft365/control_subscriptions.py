"""Control of subscriptions and of what is posted for them. CONTROL-subscriptions.md describes it."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.microsoft365.control_requests import control_errors, read
from local.microsoft365.delivery import JSON, next_due_at, pump
from local.microsoft365.delivery_script import DeliveryScript
from local.microsoft365.dispatch import tell
from local.microsoft365.endpoint_health import AT_ALL, EndpointHealth
from local.microsoft365.graph.subscription_json import render_subscription
from local.microsoft365.notices import LifecycleEvent
from local.microsoft365.outbox import Outbox
from local.microsoft365.seeding import NotPlausible
from local.microsoft365.subscription_upkeep import end
from local.microsoft365.subscriptions import Subscription
from local.microsoft365.web import Json, world_of


class TimesChange(msgspec.Struct, forbid_unknown_fields=True):
    expires_at: datetime | None = None
    token_expires_at: datetime | None = None


class LifecycleWish(msgspec.Struct, forbid_unknown_fields=True):
    event: LifecycleEvent


class MadePost(msgspec.Struct, forbid_unknown_fields=True):
    """``to`` says which address of ``subscription``; ``url`` is for one that is gone. ``text`` goes as it stands."""

    subscription: str | None = None
    to: Literal["notifications", "lifecycle"] = "notifications"
    url: str | None = None
    body: Any = None
    text: str | None = None
    content_type: str = JSON


@control_errors
async def list_subscriptions(request: Request) -> Response:
    return Json({"subscriptions": [_described(each) for each in _chosen(request)]})


@control_errors
async def remove_subscriptions(request: Request) -> Response:
    """They vanish, and nobody is told."""
    chosen = _chosen(request)
    for each in chosen:
        world_of(request).subscriptions.remove(each)
    return Json({"removed": len(chosen)})


@control_errors
async def remove_subscription(request: Request) -> Response:
    world_of(request).subscriptions.remove(_named(request, request.path_params["subscription"]))
    return Response(status_code=204)


@control_errors
async def change_times(request: Request) -> Response:
    change, world = await read(request, TimesChange), world_of(request)
    subscription = _named(request, request.path_params["subscription"])
    subscription.expires_at = change.expires_at or subscription.expires_at
    subscription.token_expires_at = change.token_expires_at or subscription.token_expires_at
    world.subscriptions.put(subscription, world.settings)
    return Json(_described(subscription))


@control_errors
async def send_lifecycle(request: Request) -> Response:
    """A genuine one; `subscriptionRemoved` also removes it."""
    wish, world = await read(request, LifecycleWish), world_of(request)
    subscription = _named(request, request.path_params["subscription"])
    if subscription.lifecycle_url is None:
        raise NotPlausible("this subscription has no lifecycleNotificationUrl")
    if wish.event == "subscriptionRemoved":
        end(world, subscription)
    else:
        tell(world, subscription, wish.event)
    return Response(status_code=204)


@control_errors
async def list_posts(request: Request) -> Response:
    log = world_of(request).mailroom.log
    after = int(request.query_params.get("after", "0"))
    return Json({"posts": list(log.after(after)), "last": log.last})


async def clear_posts(request: Request) -> Response:
    world_of(request).mailroom.log.clear()
    return Response(status_code=204)


@control_errors
async def send_made(request: Request) -> Response:
    """At once and once, past script and rules."""
    made, world = await read(request, MadePost), world_of(request)
    url = made.url or _address(request, made)
    content = made.text if made.text is not None else msgspec.json.encode(made.body).decode()
    reply = await world.outbound.post(url, content.encode(), made.content_type, AT_ALL)
    world.mailroom.log.add(
        world.now(),
        "made",
        url,
        "delivered" if reply.is_success else "failed",
        subscriptions=[made.subscription] if made.subscription else [],
        status=reply.status,
        seconds=reply.seconds,
        body=content,
    )
    return Json({"status": reply.status, "seconds": reply.seconds, "text": reply.text})


async def show_script(request: Request) -> Response:
    room = world_of(request).mailroom
    return Json({**msgspec.to_builtins(room.script), "drop_next": room.drops_left})


@control_errors
async def replace_script(request: Request) -> Response:
    world_of(request).mailroom.follow(await read(request, DeliveryScript))
    return await show_script(request)


async def end_script(request: Request) -> Response:
    world_of(request).mailroom.follow(DeliveryScript())
    return Response(status_code=204)


@control_errors
async def deliver(request: Request) -> Response:
    return Json({"posts": await pump(world_of(request))})


async def show_waiting(request: Request) -> Response:
    world = world_of(request)
    room = world.mailroom
    health = room.health.shown(world.now())
    return Json(
        {
            "waiting": len(room.outbox),
            "leaving": room.leaving,
            "next_due_at": next_due_at(world),
            "endpoints": health,
        }
    )


async def forget_waiting(request: Request) -> Response:
    """What waits is lost without a trace, and every endpoint is well again."""
    room = world_of(request).mailroom
    room.outbox, room.health = Outbox(), EndpointHealth()
    room.past.clear()
    return Response(status_code=204)


def _chosen(request: Request) -> list[Subscription]:
    """By the query's ``tenant``, ``user`` and ``app``; without it all."""
    now, query = world_of(request).now(), request.query_params
    wanted = {name: query[name] for name in ("tenant", "user", "app") if name in query}
    live = (each for each in world_of(request).subscriptions if each.expires_at > now)
    return [each for each in live if all(getattr(each, name) == value for name, value in wanted.items())]


def _named(request: Request, subscription_id: str) -> Subscription:
    found = world_of(request).subscriptions.find(subscription_id)
    if found is None or found.expires_at <= world_of(request).now():
        raise HTTPException(404, f"there is no subscription {subscription_id}")
    return found


def _address(request: Request, made: MadePost) -> str:
    if made.subscription is None:
        raise NotPlausible("a subscription or a url is needed")
    subscription = _named(request, made.subscription)
    url = subscription.notification_url if made.to == "notifications" else subscription.lifecycle_url
    if url is None:
        raise NotPlausible("this subscription has no lifecycleNotificationUrl")
    return url


def _described(subscription: Subscription) -> dict[str, Any]:
    return {
        **render_subscription(subscription),
        "tenant": subscription.tenant,
        "user": subscription.user,
        "immutable_ids": subscription.immutable_ids,
        "token_expires_at": subscription.token_expires_at,
        "acts": [{"at": at, "act": act} for at, act in subscription.acts],
    }


_SUBSCRIPTIONS = "/control/subscriptions"
_SUBSCRIPTION = _SUBSCRIPTIONS + "/{subscription}"
_NOTIFICATIONS = "/control/notifications"

routes = [
    Route(_SUBSCRIPTIONS, list_subscriptions),
    Route(_SUBSCRIPTIONS, remove_subscriptions, methods=["DELETE"]),
    Route(_SUBSCRIPTION, remove_subscription, methods=["DELETE"]),
    Route(_SUBSCRIPTION, change_times, methods=["PATCH"]),
    Route(_SUBSCRIPTION + "/lifecycle", send_lifecycle, methods=["POST"]),
    Route(_NOTIFICATIONS, list_posts),
    Route(_NOTIFICATIONS, send_made, methods=["POST"]),
    Route(_NOTIFICATIONS, clear_posts, methods=["DELETE"]),
    Route(_NOTIFICATIONS + "/script", show_script),
    Route(_NOTIFICATIONS + "/script", replace_script, methods=["PUT"]),
    Route(_NOTIFICATIONS + "/script", end_script, methods=["DELETE"]),
    Route(_NOTIFICATIONS + "/deliver", deliver, methods=["POST"]),
    Route(_NOTIFICATIONS + "/waiting", show_waiting),
    Route(_NOTIFICATIONS + "/waiting", forget_waiting, methods=["DELETE"]),
]
