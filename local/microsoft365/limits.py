"""Which of Microsoft's limits a request is counted against, and what it costs there."""

from datetime import datetime
from urllib.parse import parse_qs

from local.microsoft365.asked import Asked
from local.microsoft365.throttling import IDENTITY_WINDOW, MAILBOX_REQUESTS, MAILBOX_WINDOW, Spent, identity_units
from local.microsoft365.world import World

SHOWN_ABOVE = 0.8


def check_limits(world: World, asked: Asked, query: str, now: datetime) -> Spent | None:
    """What is left after this request; None when no limit counts it."""
    if not world.settings.throttle or asked.tenant is None:
        return None
    if asked.target.is_mailbox:
        return world.throttling.spend(asked.scope, 1, MAILBOX_REQUESTS, MAILBOX_WINDOW, now)
    if asked.target.is_directory:
        limit = world.settings.resource_units or identity_units(len(world.tenants[asked.tenant].directory))
        return world.throttling.spend(asked.scope, _cost(asked, query), limit, IDENTITY_WINDOW, now)
    return None


def resource_units(asked: Asked, spent: Spent, query: str) -> dict[str, str]:
    """Headers of the identity service; the percentage is a fraction of the limit, and shown only near it."""
    if not asked.target.is_directory:
        return {}
    headers = {"x-ms-resource-unit": str(_cost(asked, query))}
    if spent.used > SHOWN_ABOVE:
        headers["x-ms-throttle-limit-percentage"] = f"{min(spent.used, 1.8):.1f}"
    if spent.retry_after is not None:
        headers["x-ms-throttle-scope"] = tenant_throttle_scope(asked)
        headers["x-ms-throttle-information"] = "ResourceUnitLimitExceeded"
    return headers


def tenant_throttle_scope(asked: Asked) -> str:
    return f"Tenant_Application/ReadWrite/{asked.app}/{asked.tenant}"


def _cost(asked: Asked, query: str) -> int:
    """Listing users costs 2, one less with $select, one less with $top under 20, never below 1; the rest costs 1."""
    if asked.target.kind != "users":
        return 1
    options = {name.removeprefix("$"): values[0] for name, values in parse_qs(query).items()}
    small = options.get("top", "").isdecimal() and int(options["top"]) < 20  # noqa: PLR2004 - the documented figure
    return max(1, 2 - ("select" in options) - bool(small))
