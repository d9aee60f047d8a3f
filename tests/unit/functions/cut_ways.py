"""What happens right before one of a flow's requests to storage, or instead of it."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from typing import Any

from shared_code.errors import TryLater
from tests.fakes.composed_app import ComposedApp

ALL = ("find", "page", "page_keys", "commit", "discard")
WRITES = ("commit",)


def before(app: ComposedApp, number: int, happens: Callable[[], Awaitable[object]], kinds: Sequence[str] = ALL) -> None:
    """Once, right before the request of this number that goes to storage."""
    passed = count()

    def watched(ask: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def asked(*args: Any, **named: Any) -> Any:
            if next(passed) == number:
                await happens()
            return await ask(*args, **named)

        return asked

    for kind in kinds:
        setattr(app.rows, kind, watched(getattr(app.rows, kind)))


async def cut_off() -> None:
    raise TryLater("by script")
