"""The way out: posts to addresses that apps have given, over HTTPS or, inside a test, over any transport."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

_MOST_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Reply:
    """``status`` is None when no answer came in time, or none at all."""

    status: int | None
    seconds: float
    content_type: str = ""
    text: str = ""

    @property
    def is_success(self) -> bool:
        return self.status is not None and httpx.codes.is_success(self.status)


class Outbound:
    """``trust`` names the authorities of the receivers (PEM); it is read when the first post leaves.

    ``stopwatch`` counts seconds; by default it is the event loop's own, so virtual time counts too. In one of these
    ``pace`` of the world's seconds pass.
    """

    def __init__(
        self,
        *,
        trust: Path | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        stopwatch: Callable[[], float] | None = None,
        pace: Callable[[], float] = lambda: 1.0,
    ) -> None:
        self._trust = trust
        self._transport = transport
        self._stopwatch = stopwatch
        self._pace = pace
        self._client: httpx.AsyncClient | None = None
        self._nudged = asyncio.Event()

    async def post(self, url: str, content: bytes, content_type: str, limit: float) -> Reply:
        """Wait at most ``limit`` of the world's seconds. Redirects are not followed."""
        began = self._time()
        try:
            async with asyncio.timeout(limit / self._pace()):
                answer = await self._open().post(url, content=content, headers={"Content-Type": content_type})
        except (httpx.HTTPError, httpx.InvalidURL, OSError):  # a TimeoutError is an OSError, so is a missing file
            return Reply(None, self._time() - began)
        return Reply(answer.status_code, self._time() - began, answer.headers.get("content-type", ""), answer.text)

    def nudge(self) -> None:
        """There may be something to do."""
        self._nudged.set()

    async def wait_for_nudge(self, seconds: float | None) -> None:
        """Until the next nudge, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._nudged.wait()
        except TimeoutError:
            return
        self._nudged.clear()

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _time(self) -> float:
        return (self._stopwatch() if self._stopwatch else asyncio.get_running_loop().time()) * self._pace()

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            limits = httpx.Limits(max_connections=_MOST_AT_ONCE)
            self._client = (
                httpx.AsyncClient(transport=self._transport, timeout=None)  # noqa: S113 - the limit above holds
                if self._transport is not None
                else httpx.AsyncClient(verify=self._context(), limits=limits, timeout=None, trust_env=False)  # noqa: S113
            )
        return self._client

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=None if self._trust is None else str(self._trust))
