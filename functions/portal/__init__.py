"""The signed-in pages, under /portal: in by a one-time link, and out again."""

from functions.portal import confirming, door, held, me, outlook, people, personal, policy, stopped
from functions.portal.blueprint import blueprint

__all__ = ["blueprint", "confirming", "door", "held", "me", "outlook", "people", "personal", "policy", "stopped"]
