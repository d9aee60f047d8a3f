"""What goes back to a browser: pages and redirections, with the headers that keep them safe."""

import re
from datetime import timedelta

import azure.functions as func

from shared_code.pages.said import Said, read_said, said_word

COOKIE = "__Host-orgcal-signin"  # the prefix makes browsers insist on Secure, Path=/ and this very host
COOKIE_SECONDS = 3600
PORTAL_COOKIE = "__Host-orgcal-portal"
_COOKIE = re.compile(rf"; ?{COOKIE}=([a-z0-9]{{26}}\.[A-Za-z0-9_-]{{43}});")
PORTAL_WORD = r"portal-[a-z0-9]{26}\.[A-Za-z0-9_-]{43}"  # of a link as of a cookie
_PORTAL_COOKIE = re.compile(rf"; ?{PORTAL_COOKIE}=({PORTAL_WORD});")
PERSONAL_COOKIE = "__Host-orgcal-personal"
_PERSONAL_COOKIE = re.compile(rf"; ?{PERSONAL_COOKIE}=(personal-[a-z0-9]{{26}}\.[A-Za-z0-9_-]{{43}});")
SAID_COOKIE = "__Host-orgcal-said"
_SAID_COOKIE = re.compile(rf"; ?{SAID_COOKIE}=([a-z_0-9.]{{1,50}});")
_OWN = ("style-src", "script-src", "img-src", "connect-src")


def page_answer(html: str, authority: str = "", status: int = 200) -> func.HttpResponse:
    """``authority``: where forms may lead in the end; Chromium applies form-action to the redirect that answers one."""
    headers = _headers() | {"Content-Security-Policy": content_policy(f"'self' {authority}".rstrip())}
    return func.HttpResponse(html, status_code=status, mimetype="text/html", charset="utf-8", headers=headers)


def content_policy(form_action: str) -> str:
    """Style, script and pictures come from /assets alone; nothing that stands in a page runs."""
    own = "; ".join(f"{kind} 'self'" for kind in _OWN)
    return f"default-src 'none'; {own}; form-action {form_action}; base-uri 'none'; frame-ancestors 'none'"


def file_answer(content: bytes, media_type: str, name: str) -> func.HttpResponse:
    """To be kept by the browser as a file. ``name``: of letters, digits, ``.``, ``_`` and ``-``."""
    headers = _headers() | {"Content-Disposition": f'attachment; filename="{name}"'}
    return func.HttpResponse(content, mimetype=media_type, charset="utf-8", headers=headers)


def redirect_answer(url: str, cookie: str | None = None) -> func.HttpResponse:
    answer = func.HttpResponse(status_code=303, headers=_headers() | {"Location": url})
    return answer if cookie is None else with_cookie(answer, COOKIE, cookie, timedelta(seconds=COOKIE_SECONDS))


def with_cookie(answer: func.HttpResponse, name: str, value: str, lifetime: timedelta) -> func.HttpResponse:
    """Lax, not Strict: the browser must bring it along when Microsoft, or the product, sends it back."""
    seconds = int(lifetime.total_seconds())
    answer.headers["Set-Cookie"] = f"{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}"
    return answer


def without_cookie(answer: func.HttpResponse, name: str) -> func.HttpResponse:
    return with_cookie(answer, name, "", timedelta(0))


def saying(answer: func.HttpResponse, said: Said) -> func.HttpResponse:
    """For the next page to say; it may be there in a minute or not at all."""
    return with_cookie(answer, SAID_COOKIE, said_word(said), timedelta(minutes=1))


def said_cookie(request: func.HttpRequest) -> Said | None:
    return read_said(_cookie(_SAID_COOKIE, request))


def sign_in_cookie(request: func.HttpRequest) -> str | None:
    """Ours alone, whatever else the browser brings: parsers give up on all cookies when one of them is odd."""
    return _cookie(_COOKIE, request)


def personal_cookie(request: func.HttpRequest) -> str | None:
    """Of whoever is on the way to an account of their own."""
    return _cookie(_PERSONAL_COOKIE, request)


def portal_cookie(request: func.HttpRequest) -> str | None:
    return _cookie(_PORTAL_COOKIE, request)


def _cookie(pattern: re.Pattern[str], request: func.HttpRequest) -> str | None:
    found = pattern.search("; " + request.headers.get("Cookie", "") + ";")
    return found[1] if found else None


def comes_from_us(request: func.HttpRequest, base_url: str) -> bool:
    """Whether a form was posted from our own page, as far as the browser says.

    Under no-referrer a browser sends ``Origin: null`` even to ourselves (https://fetch.spec.whatwg.org/#origin-header),
    so Sec-Fetch-Site, which no page can set, is asked first.
    """
    site = request.headers.get("Sec-Fetch-Site")
    return site == "same-origin" if site is not None else request.headers.get("Origin") in {None, base_url}


def _headers() -> dict[str, str]:
    return {
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
