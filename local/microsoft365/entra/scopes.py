"""The scopes that the stand-in's Entra knows."""

from local.microsoft365.graph.auth import GRAPH_AUDIENCE
from local.microsoft365.world import World

OPENID_SCOPES = frozenset({"openid", "profile", "email", "offline_access"})
DELEGATED_SCOPES = frozenset({"User.Read", "Calendars.Read", "Calendars.ReadWrite"})


def is_graph_default(world: World, scope: str) -> bool:
    """Everything the registration asks of Graph; Graph is also known by the stand-in's own address."""
    return scope in (f"{GRAPH_AUDIENCE}/.default", f"{world.base_url}/.default")


def delegated_scope(world: World, scope: str) -> str | None:
    """The short name of a delegated scope that exists, or None."""
    name = scope.removeprefix(f"{GRAPH_AUDIENCE}/").removeprefix(f"{world.base_url}/")
    return name if scope in OPENID_SCOPES or name in DELEGATED_SCOPES else None
