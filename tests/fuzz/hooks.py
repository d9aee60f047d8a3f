"""What schemathesis is told beside its configuration: what it must leave standing, and what it cannot know."""

import os
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

import httpx
import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

from functions.openapi.samples import IDS

ORGANIZATION = "/v1/organizations/{organization}"
CONNECTION = ORGANIZATION + "/connections/{connection}"
USER = ORGANIZATION + "/users/{user}"
FUZZED = IDS["organization"]  # what the document's examples name is there, and connected
STAYING = {"owner", IDS["user"]}
HOURS = 24 * 30


@schemathesis.hook
def before_load_schema(context: HookContext, raw_schema: dict[str, Any]) -> None:
    """OpenAPI 3.1 has no words for lines of JSON; tests/unit/functions/test_bad_input.py tries them."""
    for methods in raw_schema["paths"].values():
        for operation in methods.values():
            operation.get("requestBody", {}).get("content", {}).pop("application/x-ndjson", None)


@schemathesis.hook
def filter_case(context: HookContext, case: Case[Any]) -> bool:
    """The Functions host passes on no header and no query parameter that is empty: to us they were not sent."""
    sent = [*(case.headers or {}).values(), *(case.query or {}).values()]
    return not any(map(_is_sent_empty, sent))


def _is_sent_empty(value: object) -> bool:
    """A list is written as its items, an object in a query as its keys: ``limit=`` is also ``{"": 1}``."""
    return value == "" or (isinstance(value, list | dict) and (not value or "" in value))


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """What must stay, or all that comes after would find nothing and nobody: the organization, its connection, its
    owner, and one who is connected."""
    case.body = _with_whole_numbers(case.body)
    _bring_near(case.body)
    named, goes = case.path_parameters, case.method == "DELETE"
    if goes and case.path == ORGANIZATION and named["organization"] == FUZZED:
        named["organization"] = "another"
    if named.get("connection") == IDS["connection"] and not (goes and case.path == CONNECTION):
        named["connection"] = os.environ["ORGCAL_CONNECTION"]
    changes = case.method == "PUT" and case.path == USER
    if named.get("user") in STAYING and (goes or changes or case.path == USER + "/disconnect"):
        named["user"] = "another"


def _with_whole_numbers(body: Any) -> Any:
    """710.0 as 710: to a JSON Schema both are integers, to msgspec, and to most typed clients, the first is not."""
    if isinstance(body, dict):
        return {name: _with_whole_numbers(value) for name, value in body.items()}
    if isinstance(body, list):
        return [_with_whole_numbers(value) for value in body]
    return int(body) if isinstance(body, float) and body.is_integer() else body


def _bring_near(body: object) -> None:
    """A window that the document allows, and the horizon as a rule does not, becomes an hour of the next weeks."""
    if not isinstance(body, dict) or not all(_is_instant(body.get(name)) for name in ("start", "end")):
        return
    hours = crc32(repr(body).encode()) % HOURS
    first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=24 + hours)
    body["start"], body["end"] = first.isoformat(), (first + timedelta(hours=1)).isoformat()


def _is_instant(value: object) -> bool:
    try:
        return datetime.fromisoformat(str(value)).tzinfo is not None
    except ValueError:
        return False


@schemathesis.check
def never_a_fault_of_our_own(context: CheckContext, response: Response, case: Case[Any]) -> None:
    """Also while Microsoft fails: 503 says that it does, any other that we do."""
    status = response.status_code
    if status >= httpx.codes.INTERNAL_SERVER_ERROR and status != httpx.codes.SERVICE_UNAVAILABLE:
        raise AssertionError(f"{status}: {response.text}")
