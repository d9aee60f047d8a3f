"""What may stand behind the question mark: described for OpenAPI; read, and refused, by ``calls.Call``."""

from collections.abc import Iterable
from typing import Any, NamedTuple


class Query(NamedTuple):
    name: str
    about: str
    schema: dict[str, Any] = {"type": "string"}  # noqa: RUF012 - never written to


AFTER = Query("after", "The previous page's `next`.")
LIMIT = Query(
    "limit",
    "How many at most.",
    {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
)


def flag(name: str, about: str) -> Query:
    return Query(name, about, {"type": "boolean", "default": False})


def one_of(name: str, about: str, words: Iterable[str]) -> Query:
    return Query(name, about, {"type": "string", "enum": [str(word) for word in words]})
