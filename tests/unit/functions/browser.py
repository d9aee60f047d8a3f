"""Calls functions the way the host does: a product with a key, an administrator's browser with a cookie."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import azure.functions as func
from azure.functions.decorators.http import HttpTrigger

import function_app
from functions import product_api
from functions.operations import OPERATIONS
from tests.fakes.composed_app import BASE_URL

Function = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]

# Every module of the room, however many there are.
_MODULES = [module for module in vars(product_api).values() if isinstance(module, ModuleType)]

_FORM_TOKEN = re.compile(r'name="form" value="([^"]+)"')


def _pages() -> list[tuple[str, re.Pattern[str], Function]]:
    """Method, path and function of everything that the app serves to whoever asks."""
    found = []
    for function in function_app.app.get_functions():
        trigger = function.get_trigger()
        if isinstance(trigger, HttpTrigger) and trigger.route:
            path = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", trigger.route)
            found += [
                (str(method), re.compile(f"/{path}"), function.get_user_function()) for method in trigger.methods or ()
            ]
    return found


PAGES = _pages()


def page_at(method: str, path: str) -> tuple[Function, dict[str, str]]:
    """The function, and what the path names."""
    return next(
        (function, match.groupdict())
        for its, route, function in PAGES
        if its == method and (match := route.fullmatch(path))
    )


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
    form_token: str | None = None  # of the last page that had a form
    language: str | None = None

    async def get(self, url: str) -> Answered:
        return await self._go("GET", url, {})

    async def post(self, url: str, form: Mapping[str, str | Sequence[str]] | None = None) -> Answered:
        """With the token of the session's forms, unless ``form`` has another one."""
        fields = ({"form": self.form_token} if self.form_token else {}) | dict(form or {})
        body = urlencode(fields, doseq=True).encode()
        return await self._go("POST", url, {"Origin": self.origin} if self.origin else {}, body)

    async def follow(self, answered: Answered) -> Answered:
        """To where a redirect leads."""
        return await self.get(urljoin(BASE_URL, answered.location))

    async def _go(self, method: str, url: str, headers: dict[str, str], body: bytes = b"") -> Answered:
        split = urlsplit(url)
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self.language:
            headers["Accept-Language"] = self.language
        params = dict(parse_qsl(split.query, keep_blank_values=True))
        function, route = page_at(method, split.path)
        request = func.HttpRequest(method, url, headers=headers, params=params, route_params=route, body=body)
        answered = _answered(await function(request))
        self._keep(answered)
        return answered

    def _keep(self, answered: Answered) -> None:
        if "html" in answered.headers["content-type"] and (found := _FORM_TOKEN.search(answered.text)):
            self.form_token = found[1]
        for name, morsel in SimpleCookie(answered.headers.get("set-cookie", "")).items():
            if morsel["max-age"] == "0":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def _answered(response: func.HttpResponse) -> Answered:
    headers = {name.lower(): value for name, value in response.headers.items()}
    headers["content-type"] = response.mimetype
    return Answered(response.status_code, headers, response.get_body())
