"""The handshake: an address is taken only if it says back what it is told.

learn.microsoft.com/graph/change-notifications-delivery-webhooks#notificationurl-validation
"""

import asyncio
from urllib.parse import quote
from uuid import uuid4

from local.microsoft365.endpoint_health import AT_ALL
from local.microsoft365.graph.errors import GraphError
from local.microsoft365.world import World

REFUSED = (
    "Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request."
)
_OK = 200


async def shake_hands(world: World, *urls: str) -> None:
    """With each address, at the same time. Raises: 400 ValidationError."""
    if not all(await asyncio.gather(*(_answers(world, url) for url in urls))):
        raise GraphError(400, "ValidationError", REFUSED)


async def _answers(world: World, url: str) -> bool:
    """The token has blanks and a colon in it, as Graph's own, so an address that does not decode it is found out."""
    token = f"Validation: Testing client application reachability for subscription Request-Id: {uuid4()}"
    joint = "&" if "?" in url else "?"
    asked_at = world.now()
    reply = await world.outbound.post(
        f"{url}{joint}validationToken={quote(token, safe='')}", b"", "text/plain; charset=utf-8", AT_ALL
    )
    is_plain = reply.content_type.partition(";")[0].strip().lower() == "text/plain"
    passed = reply.status == _OK and is_plain and reply.text == token
    world.mailroom.log.add(
        asked_at,
        "handshake",
        url,
        "delivered" if passed else "failed",
        subscriptions=[],
        status=reply.status,
        seconds=reply.seconds,
        body=token,
    )
    return passed
