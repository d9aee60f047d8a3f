"""Sends what msgraph-sdk's request builders build, and hands back Graph's bytes.

The SDK's typed models cost about 10 ms an object and its middleware sleeps and follows redirects, so only its builders
and its adapter are used: the answer is taken as it came (the SDK's own ``ResponseHandler`` seam) and decoded here.
"""

import asyncio
import logging
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, Protocol

import httpx
from kiota_abstractions.authentication import AnonymousAuthenticationProvider
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from kiota_http.kiota_client_factory import KiotaClientFactory
from kiota_http.middleware import ParametersNameDecodingHandler, UrlReplaceHandler
from kiota_http.middleware.options import (
    ParametersNameDecodingHandlerOption,
    ResponseHandlerOption,
    UrlReplaceHandlerOption,
)
from msgraph import GraphRequestAdapter, GraphServiceClient

from shared_code.adapters.graph.http import Answer, Question, check_link, decode, refusal
from shared_code.adapters.graph.pacing import Pacing
from shared_code.core.ids import LinkKey, Through
from shared_code.errors import Throttled, TryLater, Unexpected
from shared_code.ports import Clock

# httpcore 1.0 imports sniffio for every lock that it makes, and where that is missing looks through the whole path:
# one twentieth of what a request costs. A name that is known to be missing is not looked for.
if find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]  # which is how Python marks it

CONNECT_SECONDS = 10
READ_SECONDS = 40
WHOLE_CALL_SECONDS = 90

# A link is opaque, also in its escapes.
_LEAVE_AS_IT_IS = (ParametersNameDecodingHandlerOption(enable=False), UrlReplaceHandlerOption(enabled=False))
# The SDK has one set of builders for users, and writes ``/me`` in place of this one, which is nobody's id.
_ME = "me-token-to-replace"
_AS_ME = UrlReplaceHandlerOption(replacement_pairs={f"/users/{_ME}": "/me"})


class Tokens(Protocol):
    """Graph tokens by the right that is used: the app's own in a tenant, or one person's."""

    async def get(self, through: Through) -> str: ...

    async def replace(self, through: Through, refused: str) -> str:
        """Another token than the one that Graph has just refused; the same if another would fare no better."""
        ...

    async def replace_old(self, through: Through, denied: str) -> str | None:
        """Another token than one that opened too little; None if that one is young: another would open no more."""
        ...


class GraphClient:
    """One pool of connections to one Graph. ``builders`` is the SDK's client; ``send`` is the only way out."""

    def __init__(
        self, graph: str, tokens: Tokens, clock: Clock, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._graph = graph
        self._tokens = tokens
        self._clock = clock
        self._pacing = Pacing()
        # httpx writes every address it calls into the log: people's addresses stand in filters, tokens in links.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        self._http = KiotaClientFactory.create_with_custom_middleware(
            [UrlReplaceHandler(_AS_ME), ParametersNameDecodingHandler()],
            client=httpx.AsyncClient(timeout=timeout, follow_redirects=False, transport=transport),
        )
        # The token is set by ``_call``, after the address has been checked, and not by the adapter.
        self._adapter = GraphRequestAdapter(AnonymousAuthenticationProvider(), client=self._http)
        self._adapter.base_url = f"{graph}/v1.0"
        self.builders = GraphServiceClient(request_adapter=self._adapter)

    async def send[T](self, question: Question, request: RequestInformation, of: type[T]) -> T:
        """The decoded body of a 2xx answer, or one of the port's errors."""
        return decode(question, (await self._succeed(question, request)).body, of)

    async def tell(self, question: Question, request: RequestInformation) -> None:
        """A request whose answer has no body; one of the port's errors unless it is a 2xx."""
        await self._succeed(question, request)

    async def follow[T](
        self, question: Question, link: str, of: type[T], headers: Mapping[str, str] | None = None
    ) -> T:
        """Read a next or delta link exactly as it was given."""
        request = RequestInformation(Method.GET)
        request.url = check_link(question, link, self._graph)
        request.headers.add("Accept", "application/json")
        for name, value in (headers or {}).items():
            request.headers.add(name, value)
        request.add_request_options([*_LEAVE_AS_IT_IS])
        return await self.send(question, request, of)

    def check(self, question: Question, link: str | None) -> str | None:
        """A link that may be stored and followed later; Unexpected if it leads away from Graph."""
        return None if link is None else check_link(question, link, self._graph)

    async def close(self) -> None:
        await self._http.aclose()

    async def _succeed(self, question: Question, request: RequestInformation) -> Answer:
        """Throttled, without a request, while the tenant is to be left alone."""
        self._pacing.check(question, self._clock.now())
        answer = await self._ask(question, request)
        now = self._clock.now()
        if not answer.is_success:
            error = refusal(question, answer, now)
            if isinstance(error, Throttled):
                self._pacing.hold(question, error, now)
            raise error
        self._pacing.learn(question, answer, now)
        return answer

    async def _ask(self, question: Question, request: RequestInformation) -> Answer:
        token = await self._tokens.get(question.through)
        answer = await self._call(question, request, token)
        if answer.status == httpx.codes.UNAUTHORIZED:
            another = await self._tokens.replace(question.through, token)
            if another != token:
                token, answer = another, await self._call(question, request, another)
        if answer.status == httpx.codes.FORBIDDEN:
            # A token holds the roles of the hour in which it was given; those granted since are in the next one.
            younger = await self._tokens.replace_old(question.through, token)
            answer = answer if younger is None else await self._call(question, request, younger)
        return answer

    async def _call(self, question: Question, request: RequestInformation, token: str) -> Answer:
        catcher = _Catcher()
        request.add_request_options([ResponseHandlerOption(catcher)])
        request.headers.remove("Authorization")
        request.headers.add("Authorization", f"Bearer {token}")
        # httpx's own messages may repeat a header, the token among them, or an address: they go no further.
        try:
            async with asyncio.timeout(WHOLE_CALL_SECONDS):
                answer: Answer = await self._adapter.send_primitive_async(request, "bytes", {})
        except (httpx.TransportError, httpx.DecodingError, TimeoutError) as error:
            raise TryLater(f"{question.about}: Graph cannot be reached ({type(error).__name__})") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unexpected(f"{question.about}: the request to Graph failed ({type(error).__name__})") from None
        return answer


def whose(builders: GraphServiceClient, link: LinkKey) -> Any:
    """The builders of the link's mailbox: a person's own token opens theirs, whatever its id, as ``/me``."""
    return builders.users.by_user_id(_ME if link.mailbox.is_personal else link.mailbox.user_id)


class _Catcher:
    """The SDK's seam for the native answer: nothing is parsed, no error is raised for a status."""

    async def handle_response_async(self, response: httpx.Response, error_map: Any) -> Answer:  # noqa: ARG002
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, response.content)
