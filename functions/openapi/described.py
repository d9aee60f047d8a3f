"""One operation as OpenAPI describes it."""

import json
import re
from collections.abc import Iterable
from typing import Any

from functions.calls import ID_PATTERN
from functions.openapi.problems import problem_answers
from functions.openapi.samples import IDS, read_sample
from functions.operations import Operation

Json = dict[str, Any]

IDENTITY = {"type": "string", "pattern": ID_PATTERN}
ACTING = "Id of the user who acts; the role is read from the organization's users."
REPEATING = "Repeat a request with the same key, and it is carried out once."


# What is met first comes first; any other tag comes after these.
TAGS = (
    "Organizations",
    "Users",
    "Connections",
    "Availability",
    "Bookings",
    "Held cancellations",
    "Portal sessions",
    "Events",
    "Audit",
)


def in_order(tags: Iterable[str]) -> list[str]:
    return sorted(set(tags), key=lambda tag: (TAGS.index(tag) if tag in TAGS else len(TAGS), tag))


def tag_of(path: str) -> str:
    """The first word behind the organization, or behind the version: ``Held cancellations``."""
    words = [part for part in path.split("/")[2:] if not part.startswith("{")]
    nearest = words[1] if words[0] == "organizations" and len(words) > 1 else words[0]
    return nearest.replace("-", " ").capitalize()


def describe_operation(operation: Operation, references: dict[Any, Json], problem: Json) -> Json:
    sample = read_sample(operation.name)
    described: Json = {
        "operationId": operation.name,
        "tags": [tag_of(operation.path)],
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": _answers(operation, references, sample) | problem_answers(operation, problem),
    }
    if operation.about:
        described["description"] = operation.about
    if operation.request is not None:
        described["requestBody"] = _request(operation, references, sample)
    if operation.operator:
        described["security"] = [{"operatorKey": []}]
    return described


def _parameters(operation: Operation) -> list[Json]:
    parameters: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": IDENTITY, "example": IDS[name]}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]
    for query in operation.query:
        name, about, schema = query
        parameters.append({"name": name, "in": "query", "description": about, "schema": schema})
    if operation.acting:
        parameters.append(_header("Orgcal-Acting-User", ACTING))
    if operation.creates:
        parameters.append(_header("Idempotency-Key", REPEATING))
    return parameters


def _header(name: str, about: str) -> Json:
    return {"name": name, "in": "header", "description": about, "schema": IDENTITY}


def _request(operation: Operation, references: dict[Any, Json], sample: Json) -> Json:
    example = {"example": sample["request"]} if "request" in sample else {}
    content: Json = {"application/json": {"schema": references[operation.request], **example}}
    if operation.ndjson:
        content["application/x-ndjson"] = {
            "schema": {"type": "string", "description": "One user object a line."},
            "example": _lines(sample.get("request", {})),
        }
    return {"required": not operation.has_optional_body, "content": content}


def _lines(request: Json) -> str:
    """The members of the request's one list, one a line."""
    return "".join(f"{json.dumps(one)}\n" for many in request.values() for one in many)


def _answers(operation: Operation, references: dict[Any, Json], sample: Json) -> Json:
    return {
        str(status): _answer(status, kind, references, sample.get("answers", {}).get(str(status)))
        for status, kind in (operation.answers or {}).items()
    }


WORDS = {200: "Done.", 201: "Created.", 202: "Begun; it goes on by itself.", 204: "Done; there is nothing to say."}


def _answer(status: int, kind: Any, references: dict[Any, Json], example: Any) -> Json:
    if kind is None:
        return {"description": WORDS[status]}
    content: Json = {"schema": references[kind]}
    if example is not None:
        content["example"] = example
    return {"description": WORDS[status], "content": {"application/json": content}}
