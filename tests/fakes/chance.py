"""Ids and secrets that come in a known order."""

from itertools import count


class CountingChance:
    def __init__(self) -> None:
        self._ids = count(1)
        self._secrets = count(1)

    def new_id(self) -> str:
        return f"id{next(self._ids):024}"

    def new_secret(self) -> str:
        return f"secret-{next(self._secrets):036}"
