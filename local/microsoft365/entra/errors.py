"""Entra's refusals: the body of the token endpoint, the redirect to the app, the page that a person sees.

Texts and `error` words follow learn.microsoft.com/entra/identity-platform/reference-error-codes, the status follows
recorded answers.
"""

from datetime import datetime
from typing import Any
from uuid import uuid4


class TokenError(Exception):
    """A refusal of the token endpoint: 401 for ``invalid_client``, else 400.

    ``claims`` is what a new sign-in has to be asked for, as JSON.
    """

    def __init__(
        self, code: int, error: str, text: str, suberror: str | None = None, claims: str | None = None
    ) -> None:
        super().__init__(f"AADSTS{code}: {text}")
        self.code = code
        self.error = error
        self.suberror = suberror
        self.claims = claims

    @property
    def status(self) -> int:
        return 401 if self.error == "invalid_client" else 400


class ShownError(Exception):
    """A refusal on Microsoft's own page: the redirect address is not trusted, or there is nothing to go back with."""

    def __init__(self, code: int, text: str, status: int = 400) -> None:
        super().__init__(f"AADSTS{code}: {text}")
        self.code = code
        self.text = text
        self.status = status


class RedirectedError(Exception):
    """A refusal that the app gets to see, in the query of its redirect address."""

    def __init__(self, error: str, description: str, subcode: str | None = None) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.subcode = subcode

    def described(self, now: datetime) -> str:
        return traced(self.description, now)


class PersonalAccountError(RedirectedError):
    """Of a personal account, whose sign-in is another service: no number, and not the lines that end Entra's texts."""

    def described(self, now: datetime) -> str:  # noqa: ARG002 - there is no time in it
        return self.description


def token_error_body(error: TokenError, now: datetime, base_url: str, correlation_id: str | None) -> dict[str, Any]:
    trace, correlation = str(uuid4()), correlation_id or str(uuid4())
    body: dict[str, Any] = {
        "error": error.error,
        "error_description": traced(str(error), now, trace, correlation),
        "error_codes": [error.code],
        "timestamp": _timestamp(now),
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": f"{base_url}/error?code={error.code}",
    }
    if error.suberror is not None:
        body["suberror"] = error.suberror
    if error.claims is not None:
        body["claims"] = error.claims
    return body


def traced(text: str, now: datetime, trace: str | None = None, correlation: str | None = None) -> str:
    """The text with the three lines that end every description; they are parted by CRLF."""
    return "\r\n".join(
        (
            text,
            f"Trace ID: {trace or uuid4()}",
            f"Correlation ID: {correlation or uuid4()}",
            f"Timestamp: {_timestamp(now)}",
        )
    )


def _timestamp(now: datetime) -> str:
    return now.strftime("%Y-%m-%d %H:%M:%SZ")
