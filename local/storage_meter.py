"""What a storage request is, read from its method and path; how many of each kind there were; which are to fail."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Literal

type Service = Literal["table", "queue"]

_ENTITY = re.compile(r"\w+\(.+\)")
_ENTITY_KINDS = {
    "GET": "get",
    "PUT": "update",
    "MERGE": "update",
    "PATCH": "update",
    "DELETE": "delete",
}
_MESSAGES_KINDS = {"POST": "put", "GET": "receive", "DELETE": "clear"}
_MESSAGE_KINDS = {"PUT": "update", "DELETE": "delete"}


def table_kind(method: str, resource: str) -> str:
    """``resource``: the path after the account, as ``users(PartitionKey='a',RowKey='b')``."""
    if resource == "$batch":
        return "transaction"
    if resource.startswith("Tables"):
        return "tables"
    if resource.endswith("()") and method == "GET":
        return "query"
    if _ENTITY.fullmatch(resource):
        return _ENTITY_KINDS.get(method, "other")
    return {"POST": "insert", "GET": "query"}.get(method, "other")


def queue_kind(method: str, resource: str, *, peeks: bool) -> str:
    """``resource``: ``queue``, ``queue/messages`` or ``queue/messages/id``."""
    parts = resource.split("/")
    if parts[1:] == ["messages"]:
        return "peek" if peeks else _MESSAGES_KINDS.get(method, "other")
    if len(parts) == 3:  # noqa: PLR2004 - one message
        return _MESSAGE_KINDS.get(method, "other")
    return "queues"


class Meter:
    """Operations by caller: the app's by service, the host's own queue traffic apart."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = defaultdict(Counter)

    def count(self, caller: str, kind: str) -> None:
        self._counts[caller][kind] += 1

    def reset(self) -> None:
        self._counts.clear()

    def totals(self) -> dict[str, dict[str, int]]:
        return {caller: dict(self._counts[caller]) for caller in ("table", "queue", "host")}


@dataclass
class Fault:
    """Fails the app's next ``times`` requests of a service (all of them without ``times``), or of one kind only."""

    service: Service
    status: int = 503
    times: int | None = None
    kind: str | None = None

    def strikes(self, service: Service, kind: str) -> bool:
        if service != self.service or (self.kind is not None and kind != self.kind) or self.times == 0:
            return False
        if self.times is not None:
            self.times -= 1
        return True
