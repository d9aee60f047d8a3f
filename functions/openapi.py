"""The OpenAPI 3.1 document, generated from the operations and the very structs that validate their input."""

import re
from typing import Any

import msgspec

from functions.answers import PROBLEM_BASE, STATUSES, TITLES, ProblemDetails
from functions.calls import ID_PATTERN
from functions.operations import BODY_PROBLEMS, OPERATIONS, Operation
from functions.wire import HealthGiven
from shared_code.errors import Problem

Json = dict[str, Any]


def describe(base_url: str) -> Json:
    """The whole document as plain values."""
    references, components = _schemas()
    paths: Json = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, references)
    paths["/health"] = {"get": _health(references)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Orgcal product API",
            "version": "1",
            "description": "Connects a whole organization's Outlook calendars to a scheduling product.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": base_url}],
        "security": [{"hostKey": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "hostKey": _key("A host key of the deployment: the product's."),
                "operatorKey": _key("The deployment's master key: the operator's."),
            },
        },
    }


def _key(about: str) -> Json:
    return {"type": "apiKey", "in": "header", "name": "x-functions-key", "description": about}


def _schemas() -> tuple[dict[Any, Json], Json]:
    kinds = {kind for operation in OPERATIONS for kind in _kinds(operation)} | {ProblemDetails, HealthGiven}
    ordered = sorted(kinds, key=lambda kind: str(kind.__name__))
    references, components = msgspec.json.schema_components(ordered, ref_template="#/components/schemas/{name}")
    return dict(zip(ordered, references, strict=True)), components


def _kinds(operation: Operation) -> list[Any]:
    return [kind for kind in (operation.request, *(operation.answers or {}).values()) if kind is not None]


def _operation(operation: Operation, references: dict[Any, Json]) -> Json:
    described: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": _answers(operation, references) | _problems(operation, references),
    }
    if operation.request is not None:
        described["requestBody"] = _request(operation, references)
    if operation.operator:
        described["security"] = [{"operatorKey": []}]
    return described


def _parameters(operation: Operation) -> list[Json]:
    identity = {"type": "string", "pattern": ID_PATTERN}
    parameters: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": identity}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]
    parameters += [
        {"name": name, "in": "query", "description": what, "schema": {"type": "string"}}
        for name, what in operation.query
    ]
    if operation.acting:
        about = "Id of the user who acts; the role is read from the organization's users."
        parameters.append({"name": "Orgcal-Acting-User", "in": "header", "description": about, "schema": identity})
    if operation.creates:
        about = "Repeat a request with the same key, and it is carried out once."
        parameters.append({"name": "Idempotency-Key", "in": "header", "description": about, "schema": identity})
    return parameters


def _request(operation: Operation, references: dict[Any, Json]) -> Json:
    content: Json = {"application/json": {"schema": references[operation.request]}}
    if operation.ndjson:
        content["application/x-ndjson"] = {"schema": {"type": "string", "description": "One user object a line."}}
    return {"required": True, "content": content}


def _answers(operation: Operation, references: dict[Any, Json]) -> Json:
    return {
        str(status): {"description": "Done."}
        if kind is None
        else {"description": "Done.", "content": {"application/json": {"schema": references[kind]}}}
        for status, kind in (operation.answers or {}).items()
    }


def _problems(operation: Operation, references: dict[Any, Json]) -> Json:
    by_status: dict[int, list[Problem]] = {401: []}
    of_body = BODY_PROBLEMS if operation.request is not None else ()
    for problem in sorted({*operation.problems, *of_body, Problem.UNAVAILABLE, Problem.INTERNAL_ERROR}):
        by_status.setdefault(STATUSES[problem], []).append(problem)
    return {str(status): _problem(problems, references) for status, problems in sorted(by_status.items())}


def _problem(problems: list[Problem], references: dict[Any, Json]) -> Json:
    if not problems:
        return {"description": "The key is missing or wrong."}
    about = " ".join(f"`{PROBLEM_BASE}{problem}`: {TITLES[problem]}." for problem in problems)
    return {"description": about, "content": {"application/problem+json": {"schema": references[ProblemDetails]}}}


def _health(references: dict[Any, Json]) -> Json:
    content = {"application/json": {"schema": references[HealthGiven]}}
    return {
        "operationId": "health",
        "summary": "Whether every part that Orgcal needs answers",
        "security": [],
        "responses": {
            "200": {"description": "All is well.", "content": content},
            "503": {"description": "A named part does not answer.", "content": content},
        },
    }
