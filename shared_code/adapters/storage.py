"""The storage account: one HTTP session for tables and queues, and the meaning of what goes wrong with it."""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from io import BytesIO

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError
from azure.core.pipeline.transport import AioHttpTransport

from shared_code.errors import Conflict, Gone, OrgcalError, TryLater, Unexpected
from shared_code.settings import Storage

CONNECTION_SECONDS = 5
READ_SECONDS = 30  # the service itself gives up after 30
LARGE_BODY_BYTES = 2**20
LONGEST_RETRY_PAUSE = 0.2  # seconds; a longer wait is a message with a delay

QUICK_RETRIES = 2  # for what may be done twice; anything else is sent once

_CONFLICT = {409, 412}
_PASSING = {408, 429, 500, 502, 503, 504}


class StorageAccount:
    """Says where the account is and lends the HTTP session, which opens with the first request, inside its loop."""

    def __init__(self, settings: Storage) -> None:
        self.settings = settings
        # The SDKs would write some ten lines for each request, with its address and so with the ids in it.
        logging.getLogger("azure.core.pipeline.policies.http_logging_policy").setLevel(logging.WARNING)

    @cached_property
    def transport(self) -> AioHttpTransport:
        # With the environment's settings aiohttp looks for ~/.netrc before every request, a third of what one costs.
        return _Transport(connection_timeout=CONNECTION_SECONDS, read_timeout=READ_SECONDS, use_env_settings=False)

    @cached_property
    def credential(self) -> AsyncTokenCredential:
        from azure.identity.aio import ManagedIdentityCredential  # noqa: PLC0415 - 0.5 s that a local stack does not pay

        return ManagedIdentityCredential(
            client_id=self.settings.identity or None, transport=self.transport, retry_total=QUICK_RETRIES
        )

    async def close(self) -> None:
        if "transport" in self.__dict__:
            await self.transport.close()


class _Transport(AioHttpTransport):  # type: ignore[misc]  # azure.core hands the class out by __getattr__
    async def sleep(self, duration: float) -> None:
        """The SDKs pause here between tries, for as long as a Retry-After says; a function must not."""
        await asyncio.sleep(min(duration, LONGEST_RETRY_PAUSE))

    def _get_request_data(self, request: object) -> object:
        """aiohttp would write more than 1 MiB of bytes in one piece, and warns of it; a stream goes piece by piece."""
        content = super()._get_request_data(request)
        return BytesIO(content) if isinstance(content, bytes) and len(content) > LARGE_BODY_BYTES else content


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Raise Conflict, Gone, TryLater or Unexpected for what the SDKs raise; ``doing`` begins the message."""
    try:
        yield
    except HttpResponseError as error:
        raise _meaning_of(error, doing) from error
    except AzureError as error:  # no answer: connections refused, broken off, timed out
        raise TryLater(f"{doing}: no answer from storage ({type(error).__name__})") from error


def _meaning_of(error: HttpResponseError, doing: str) -> OrgcalError:
    status, code = error.status_code, _code_of(error)
    said = f"{doing}: {status} {code}"
    if status in _PASSING or (status is None and isinstance(error, ClientAuthenticationError)):
        return TryLater(said, _retry_after(error))
    if status in _CONFLICT:
        return Conflict(said)
    if status == 404 and code not in {"TableNotFound", "QueueNotFound"}:  # noqa: PLR2004
        return Gone(said)
    return Unexpected(said)


def _code_of(error: HttpResponseError) -> str:
    """Storage's own name for the error; one way of failing in the tables SDK leaves it in the text of the answer."""
    code = getattr(error, "error_code", None)
    if code is None and "TableNotFound" in str(error):
        return "TableNotFound"
    return str(getattr(code, "value", code))


def _retry_after(error: HttpResponseError) -> timedelta | None:
    headers: Mapping[str, str] = getattr(error.response, "headers", {})
    seconds = headers.get("Retry-After", "")
    return timedelta(seconds=int(seconds)) if seconds.isascii() and seconds.isdigit() else None
