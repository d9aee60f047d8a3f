"""Ids that are the same in each repetition of a run."""

import itertools
import uuid
from random import Random
from types import SimpleNamespace


def draw_uuids_from(chance: Random) -> None:
    """Whoever asks ``uuid.uuid4``, as the stand-in does, gets ids of this run's own: some things go by their order."""
    uuid.os = SimpleNamespace(urandom=chance.randbytes)  # type: ignore[attr-defined]  # where uuid4 takes its bytes


class Ids:
    """Ids in the order of their making; no two processes make the same."""

    def __init__(self, numbers: "itertools.count[int]") -> None:
        self._numbers = numbers

    def new_id(self) -> str:
        return f"id{next(self._numbers):024}"

    def new_secret(self) -> str:
        return f"secret-{next(self._numbers):036}"
