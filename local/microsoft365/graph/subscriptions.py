"""`/subscriptions`: to be told when a mailbox changes (learn.microsoft.com/graph/api/resources/subscription)."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.microsoft365.addressing import subscribed_user
from local.microsoft365.graph.auth import Caller, authorize, mailbox_of, signed_in_person
from local.microsoft365.graph.calendars import READING_ROLES
from local.microsoft365.graph.errors import GraphError, not_implemented
from local.microsoft365.graph.paging import next_link, seal, unseal
from local.microsoft365.graph.preferences import preferences_of
from local.microsoft365.graph.subscription_json import (
    Wish,
    accepted_expiry,
    read_renewal,
    read_wish,
    render_subscription,
)
from local.microsoft365.handshake import shake_hands
from local.microsoft365.mailbox import Mailbox
from local.microsoft365.mailbox_watcher import MailboxWatcher
from local.microsoft365.people import Person
from local.microsoft365.subscriptions import Subscription
from local.microsoft365.web import GraphJson, world_of

_PAGE = "subscriptions"
_OPERATIONS = {"POST": "Create", "GET": "Read", "HEAD": "Read", "PATCH": "Update", "DELETE": "Delete"}


async def create_subscription(request: Request) -> Response:
    caller = _caller(request)
    wish, preferences = await read_wish(request), preferences_of(request)
    person, mailbox = _reached(request, caller, wish.resource)
    expires_at = accepted_expiry(caller.world, wish.expiration_date_time)
    _refuse_too_many(caller, person)
    _refuse_duplicate(caller, person, wish)
    await shake_hands(caller.world, *filter(None, (wish.notification_url, wish.lifecycle_notification_url)))
    _refuse_duplicate(caller, person, wish)  # another request may have made it meanwhile
    now, settings = caller.world.now(), caller.world.settings
    subscription = Subscription(
        id=str(uuid4()),
        tenant=caller.tenant.id,
        user=person.id,
        app=caller.app.client_id,
        creator_id=caller.person or caller.tenant.service_principals[caller.app.client_id].id,
        resource=wish.resource,
        change_type=wish.change_type,
        notification_url=wish.notification_url,
        lifecycle_url=wish.lifecycle_notification_url,
        client_state=wish.client_state,
        tls_version=wish.latest_supported_tls_version or "v1_2",
        expires_at=expires_at,
        token_expires_at=now + timedelta(seconds=settings.subscription_token_seconds),
        immutable_ids=preferences.immutable_ids,
        is_delegated=caller.person is not None,
        acts=[(now, "created")],
    )
    mailbox.watcher = MailboxWatcher(caller.world, caller.tenant.id, person.id, mailbox)
    caller.world.subscriptions.put(subscription, settings)
    return _answer(request, subscription, 201, preferences.headers)


async def list_subscriptions(request: Request) -> Response:
    """This app's in this tenant, by id. Their client states stay untold: only whoever names one sees it
    (microsoftgraph/microsoft-graph-docs#4807, 2019)."""
    caller, world = _caller(request), world_of(request)
    token = request.query_params.get("$skiptoken")
    after = unseal(world, _PAGE, token, str) if token else ""
    mine = sorted((each for each in world.subscriptions if _is_live_of(caller, each)), key=lambda each: each.id)
    page = [each for each in mine if each.id > after][: world.settings.subscription_page_size]
    body: dict[str, Any] = {
        "@odata.context": f"{world.base_url}/v1.0/$metadata#subscriptions",
        "value": [{**render_subscription(each), "clientState": None} for each in page],
    }
    if page and page[-1] is not mine[-1]:
        body["@odata.nextLink"] = next_link(request, world, seal(world, _PAGE, page[-1].id))
    return GraphJson(body)


async def get_subscription(request: Request) -> Response:
    return _answer(request, _named(request, _caller(request)))


async def renew_subscription(request: Request) -> Response:
    """A later expiry, or another address, or both; either way the authorization is fresh again."""
    caller = _caller(request)
    subscription, renewal = _named(request, caller), await read_renewal(request)
    expires_at = subscription.expires_at
    if renewal.expiration_date_time is not None:
        expires_at = accepted_expiry(caller.world, renewal.expiration_date_time)
    if renewal.notification_url is not None:
        await shake_hands(caller.world, renewal.notification_url)
        subscription = _named(request, caller)
        subscription.notification_url = renewal.notification_url
    subscription.expires_at = expires_at
    _authorize_anew(caller, subscription)
    subscription.acts.append((caller.world.now(), "renewed"))
    caller.world.subscriptions.put(subscription, caller.world.settings)
    return _answer(request, subscription)


async def reauthorize_subscription(request: Request) -> Response:
    caller = _caller(request)
    subscription = _named(request, caller)
    _authorize_anew(caller, subscription)
    subscription.acts.append((caller.world.now(), "reauthorized"))
    caller.world.subscriptions.put(subscription, caller.world.settings)
    return Response(status_code=204)


async def delete_subscription(request: Request) -> Response:
    caller = _caller(request)
    caller.world.subscriptions.remove(_named(request, caller))
    return Response(status_code=204)


def _caller(request: Request) -> Caller:
    try:
        return authorize(request, *READING_ROLES)
    except GraphError as error:
        raise _wrapped(request, error) from error


def _reached(request: Request, caller: Caller, resource: str) -> tuple[Person, Mailbox]:
    user = subscribed_user(resource)
    if user is None:
        raise not_implemented(f"subscriptions to {resource}")
    try:
        return mailbox_of(request, caller, signed_in_person(request) if user == "me" else user)
    except GraphError as error:
        raise _wrapped(request, error) from error


def _wrapped(request: Request, error: GraphError) -> GraphError:
    """The service behind subscriptions hands on what Outlook told it; what fails before that comes as it is."""
    inner = {403: "Forbidden", 404: "NotFound"}.get(error.status)
    if inner is None:
        return error
    operation = _OPERATIONS[request.method]
    message = f"Operation: {operation}; Exception: [Status Code: {inner}; Reason: {error.message}]"
    return GraphError(error.status, "ExtensionError", message)


def _refuse_too_many(caller: Caller, person: Person) -> None:
    """Counted over all apps."""
    world = caller.world
    live = [each for each in world.subscriptions.of_mailbox(caller.tenant.id, person.id) if _is_live(caller, each)]
    if len(live) >= world.settings.subscriptions_per_mailbox:
        raise GraphError(403, "Forbidden", "The number of active subscriptions for this mailbox is at its limit.")


def _refuse_duplicate(caller: Caller, person: Person, wish: Wish) -> None:
    if caller.world.settings.duplicate_subscriptions == "allowed":
        return
    for each in caller.world.subscriptions.of_mailbox(caller.tenant.id, person.id):
        if _is_live_of(caller, each) and each.wants_what(wish.change_type, wish.resource):
            message = f"Subscription Id {each.id} already exists for the requested combination"
            raise GraphError(409, "ObjectIdentifierInUse", message)


def _named(request: Request, caller: Caller) -> Subscription:
    """The subscription of the path; gone, and somebody else's, are the same to the caller."""
    subscription = caller.world.subscriptions.find(request.path_params["subscription"])
    if subscription is None or not _is_live_of(caller, subscription):
        raise GraphError(404, "ResourceNotFound", "The object was not found.")
    request.state.user = subscription.user
    return subscription


def _is_live(caller: Caller, subscription: Subscription) -> bool:
    return subscription.expires_at > caller.world.now()


def _is_live_of(caller: Caller, subscription: Subscription) -> bool:
    """The app's own subscriptions for its own token, a person's for theirs."""
    if caller.person not in (None, subscription.creator_id) or (caller.person is None and subscription.is_delegated):
        return False
    owner = (subscription.tenant, subscription.app)
    return owner == (caller.tenant.id, caller.app.client_id) and _is_live(caller, subscription)


def _authorize_anew(caller: Caller, subscription: Subscription) -> None:
    seconds = caller.world.settings.subscription_token_seconds
    subscription.token_expires_at = caller.world.now() + timedelta(seconds=seconds)


def _answer(
    request: Request, subscription: Subscription, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    context = f"{world_of(request).base_url}/v1.0/$metadata#subscriptions/$entity"
    return GraphJson({"@odata.context": context, **render_subscription(subscription)}, status, headers)


_ALL = "/v1.0/subscriptions"
_ONE = _ALL + "/{subscription}"

routes = [
    Route(_ALL, create_subscription, methods=["POST"]),
    Route(_ALL, list_subscriptions),
    Route(_ONE, get_subscription),
    Route(_ONE, renew_subscription, methods=["PATCH"]),
    Route(_ONE, delete_subscription, methods=["DELETE"]),
    Route(_ONE + "/reauthorize", reauthorize_subscription, methods=["POST"]),
]
