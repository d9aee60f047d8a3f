"""A request of the product as its function sees it: ids checked, body decoded, clock read once."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import azure.functions as func
import msgspec

from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId
from shared_code.errors import Problem, Rejected

if TYPE_CHECKING:
    from shared_code.bootstrap import App

# For ECMAScript, and so OpenAPI, the end says it all; Python's `$` also stands before a line feed that ends the text.
ID_PATTERN = r"^[A-Za-z0-9_.-]{1,64}(?!\n)$"
_ID = re.compile(ID_PATTERN)
_LIMIT = re.compile(r"[0-9]{1,4}")
BODY_LIMIT = 1024 * 1024  # bytes
BULK_LIMIT = 8 * 1024 * 1024
LARGEST_PAGE = 1000


@dataclass(frozen=True)
class Call:
    """One request; every accessor refuses what is not well formed."""

    app: "App"
    request: func.HttpRequest
    now: datetime

    @property
    def organization(self) -> OrganizationId:
        return OrganizationId(self.id("organization"))

    @property
    def connection(self) -> ConnectionId:
        return ConnectionId(self.id("connection"))

    @property
    def user(self) -> ProductUserId:
        return ProductUserId(self.id("user"))

    @property
    def by(self) -> ProductUserId | None:
        """Who acts, from ``Orgcal-Acting-User``; the role is looked up, never believed."""
        header = self.request.headers.get("Orgcal-Acting-User")
        return None if header is None else ProductUserId(checked_id(header, "Orgcal-Acting-User"))

    @property
    def idempotency_key(self) -> str | None:
        header = self.request.headers.get("Idempotency-Key")
        return None if header is None else checked_id(header, "Idempotency-Key")

    def id(self, name: str) -> str:
        return checked_id(self.request.route_params.get(name, ""), name)

    def text(self, name: str) -> str | None:
        return self.request.params.get(name) or None

    def limit(self) -> int:
        value = self.text("limit") or "100"
        if not _LIMIT.fullmatch(value) or not 1 <= int(value) <= LARGEST_PAGE:
            raise Rejected(Problem.INVALID_REQUEST, f"limit is a whole number from 1 to {LARGEST_PAGE}.")
        return int(value)

    def flag(self, name: str) -> bool:
        value = self.text(name) or "false"
        if value not in {"true", "false"}:
            raise Rejected(Problem.INVALID_REQUEST, f"{name} is true or false.")
        return value == "true"

    def body(self, limit: int = BODY_LIMIT) -> bytes:
        body = self.request.get_body()
        if len(body) > limit:
            raise Rejected(Problem.BODY_TOO_LARGE, f"The body has {len(body)} bytes; at most {limit} are taken.")
        return body

    def decode[T](self, kind: type[T], limit: int = BODY_LIMIT) -> T:
        return decode(self.body(limit), kind)

    def decode_any(self, union: Any) -> Any:
        """One of several structs, told apart by their tags; the type of a union has no type of its own."""
        return decode(self.body(), union)


def decode[T](body: bytes, kind: type[T], where: str = "The body") -> T:
    """Raise ``Rejected`` naming the first field that is not as described."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise Rejected(_problem_of(error), f"{where} is not as described: {error}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Rejected(Problem.MALFORMED_JSON, f"{where} is not JSON: {error}.") from error


def _problem_of(error: msgspec.ValidationError) -> Problem:
    """msgspec tells its kinds of fault apart by text alone; a test holds the pinned version to these words."""
    text = str(error)
    if text.startswith("Object contains unknown field"):
        return Problem.UNKNOWN_FIELD
    if "timezone component" in text:
        return Problem.NAIVE_TIME
    if f"matching regex {ID_PATTERN!r}" in text:
        return Problem.INVALID_ID
    return Problem.INVALID_REQUEST


def checked_id(value: str, name: str) -> str:
    if not _ID.match(value):
        raise Rejected(Problem.INVALID_ID, f"{name} must be 1 to 64 of A-Z a-z 0-9 _ . -")
    return value
