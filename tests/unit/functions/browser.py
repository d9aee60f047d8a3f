"""Calls functions the way the host does: a product with a key, an administrator's browser with a cookie."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import azure.functions as func

from functions import consent, portal, product_api
from functions.operations import OPERATIONS
from tests.fakes.composed_app import BASE_URL

Function = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]

# Every module of the room, however many there are.
_MODULES = [module for module in vars(product_api).values() if isinstance(module, ModuleType)]

PAGES: dict[tuple[str, str], Function] = {
    ("GET", "/connect"): consent.open_activation_link,
    ("POST", "/connect"): consent.begin_consent,
    ("GET", "/consent/callback"): consent.consent_callback,
    ("GET", "/consent/signed-in"): consent.consent_signed_in,
    ("GET", "/consent/progress"): consent.consent_progress,
    ("POST", "/consent/confirm"): consent.consent_confirm,
    ("GET", "/portal/open"): portal.look_at_portal_link,
    ("POST", "/portal/open"): portal.open_portal_link,
    ("GET", "/portal"): portal.portal_home,
    ("POST", "/portal/sign-out"): portal.leave_portal,
}


@dataclass
class Answered:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def problem(self) -> str:
        """The stable end of an RFC 9457 type; fails for an answer that is no problem."""
        assert self.headers["content-type"] == "application/problem+json"
        return str(self.json["type"]).removeprefix("urn:orgcal:problem:")

    @property
    def location(self) -> str:
        return self.headers["location"]


async def call(
    name: str,
    *,
    body: object = None,
    raw: bytes | None = None,
    by: str | None = None,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    **route: str,
) -> Answered:
    """One operation of the product API, by its name."""
    operation = next(one for one in OPERATIONS if one.name == name)
    function = next(vars(module)[name] for module in _MODULES if name in vars(module))
    content = raw if raw is not None else (b"" if body is None else json.dumps(body).encode())
    sent = {**(headers or {}), **({"Orgcal-Acting-User": by} if by else {})}
    request = func.HttpRequest(
        operation.method,
        BASE_URL + operation.path,
        headers=sent,
        params=dict(query or {}),
        route_params=route,
        body=content,
    )
    return _answered(await function(request))


@dataclass
class Browser:
    """Keeps the cookies it is given, and posts forms from the page it is on."""

    cookies: dict[str, str] = field(default_factory=dict)
    origin: str | None = BASE_URL

    async def get(self, url: str) -> Answered:
        return await self._go("GET", url, {})

    async def post(self, url: str) -> Answered:
        return await self._go("POST", url, {"Origin": self.origin} if self.origin else {})

    async def _go(self, method: str, url: str, headers: dict[str, str]) -> Answered:
        split = urlsplit(url)
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        params = dict(parse_qsl(split.query, keep_blank_values=True))
        request = func.HttpRequest(method, url, headers=headers, params=params, body=b"")
        answered = _answered(await PAGES[method, split.path](request))
        for name, morsel in SimpleCookie(answered.headers.get("set-cookie", "")).items():
            self.cookies[name] = morsel.value
        return answered


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def _answered(response: func.HttpResponse) -> Answered:
    headers = {name.lower(): value for name, value in response.headers.items()}
    headers["content-type"] = response.mimetype
    return Answered(response.status_code, headers, response.get_body())
