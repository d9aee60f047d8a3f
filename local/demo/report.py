"""What each step took, as lines while the story goes on, a table at its end, and a file if asked for."""

import json
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from local.demo.world import World

ENTRA_KINDS = frozenset({"openid_configuration", "jwks", "authorize", "adminconsent", "token"})
VERDICTS = {True: "yes", False: "NO", None: "-"}
RUNS = {"table": "table operations", "queue": "queue operations"}


@dataclass(frozen=True)
class Cost:
    seconds: float
    graph_requests: int
    storage_operations: int


@dataclass(frozen=True)
class Done:
    id: str
    ok: bool | None  # None: what it needs is not on this machine, so it was not tried
    seconds: float
    graph_requests: int
    storage_operations: int


class Meter:
    """Counts Microsoft's requests and the app's storage operations between two looks."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._look()

    def _look(self) -> None:
        self._at = time.monotonic()
        self._graph = graph_requests(self._world).total()
        self._storage = storage_operations(self._world).total()

    def lap(self) -> Cost:
        at, graph, storage = self._at, self._graph, self._storage
        self._look()
        return Cost(round(self._at - at, 1), self._graph - graph, self._storage - storage)


def graph_requests(world: World) -> Counter[str]:
    """By kind."""
    return Counter(kind for kind in _kinds(world) if kind not in ENTRA_KINDS)


def entra_requests(world: World) -> Counter[str]:
    return Counter(kind for kind in _kinds(world) if kind in ENTRA_KINDS)


def _kinds(world: World) -> list[str]:
    return [request["kind"] for request in world.control("GET", "/requests")["requests"]]


def storage_operations(world: World) -> Counter[str]:
    """The app's own operations by service and kind; the host's polling is not counted."""
    meter = world.stack.storage_operations()
    return Counter({f"{service} {kind}": count for service in RUNS for kind, count in meter.get(service, {}).items()})


def print_table(world: World, done: list[Done], seconds: float) -> None:
    print(f"\n{'step':40}{'ok':6}{'seconds':>8}{'graph':>10}{'storage':>9}")
    for step in done:
        verdict = VERDICTS[step.ok]
        print(f"{step.id:40}{verdict:6}{step.seconds:8.1f}{step.graph_requests:10}{step.storage_operations:9}")
    print(f"\nGraph requests: {_listed(graph_requests(world))}")
    print(f"Entra requests, browsers' included: {_listed(entra_requests(world))}")
    print(f"Storage operations: {_listed(storage_operations(world))}")
    print(f"Seconds in all: {seconds:.0f}")


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in counts.most_common())


def write_report(path: Path, done: list[Done], mismatches: list[str]) -> None:
    path.write_text(json.dumps({"steps": [asdict(step) for step in done], "mismatches": mismatches}, indent=2) + "\n")
