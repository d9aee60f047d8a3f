"""Where a person is sent when Entra is done, and how what it says is written into the address."""

import re
from urllib.parse import urlencode, urlsplit, urlunsplit

from starlette.responses import RedirectResponse

from local.microsoft365.entra.errors import ShownError
from local.microsoft365.world import App


def checked_redirect_uri(app: App, redirect_uri: str | None) -> str:
    """Exactly one of the registered addresses; anything else is told to the person, never to that address."""
    if not redirect_uri:
        raise ShownError(900971, "No reply address provided.")
    if not urlsplit(redirect_uri).scheme or not urlsplit(redirect_uri).netloc:
        raise ShownError(90102, "'redirect_uri' value must be a valid absolute Uri.")
    if redirect_uri not in app.redirect_uris:
        raise ShownError(
            50011,
            f"The redirect URI '{redirect_uri}' specified in the request does not match the redirect URIs configured "
            f"for the application '{app.client_id}'.",
        )
    return redirect_uri


def send_to(redirect_uri: str, **query: str | None) -> RedirectResponse:
    """302 with the query added, in Entra's writing: lower-case hex, `+` for spaces; None is left out."""
    parts = urlsplit(redirect_uri)
    added = urlencode({name: value for name, value in query.items() if value is not None})
    lowered = re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), added)
    whole = urlunsplit(parts._replace(query=f"{parts.query}&{lowered}" if parts.query else lowered))
    return RedirectResponse(whole, 302)
