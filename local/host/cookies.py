"""Set-Cookie headers as the Functions host writes them.

The worker takes Set-Cookie headers apart into cookie messages and the host writes them out again with ASP.NET Core's
ResponseCookies, which escapes the value: a value outside unreserved characters does not come back as the app sent it.
"""

from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote

from local.host.protos import RpcHttpCookie

# An absent Domain reaches the host as an empty one. Whether Azure then writes "domain=" is not confirmed; browsers
# ignore it, cookie jars of Python refuse the cookie, so it is left out here.


def render_cookie(cookie: RpcHttpCookie) -> str:
    parts = [f"{cookie.name}={quote(cookie.value, safe='-._~')}"]
    if cookie.expires is not None:
        expires = datetime.fromtimestamp(cookie.expires.value.seconds, UTC)
        parts.append(f"expires={format_datetime(expires, usegmt=True)}")
    if cookie.max_age is not None:
        parts.append(f"max-age={int(cookie.max_age.value)}")
    if cookie.domain is not None and cookie.domain.value:
        parts.append(f"domain={cookie.domain.value}")
    if cookie.path is not None and cookie.path.value:
        parts.append(f"path={cookie.path.value}")
    if cookie.secure is not None and cookie.secure.value:
        parts.append("secure")
    if cookie.same_site:
        parts.append(f"samesite={cookie.same_site}")
    if cookie.http_only is not None and cookie.http_only.value:
        parts.append("httponly")
    return "; ".join(parts)
