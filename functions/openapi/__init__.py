"""The OpenAPI 3.1 document, generated from the operations and the very structs that validate their input."""

from functools import cache
from typing import Any

import msgspec

from functions.answers import ProblemDetails
from functions.openapi.described import describe_operation, in_order
from functions.openapi.problems import TYPE_SCHEMA, type_schema, with_type
from functions.openapi.samples import read_sample
from functions.openapi.told import describe_webhooks
from functions.operations import OPERATIONS, Operation
from functions.webhooks import WEBHOOKS
from functions.wire import HealthGiven

Json = dict[str, Any]

ABOUT = """Connects a whole organization's Outlook calendars to a scheduling product, with one administrator's consent.

Organizations, users and bookings are named by the product. Every write may be repeated: the same call again leads to
the same state. Calls that change consent, policy or connections name the user who acts in `Orgcal-Acting-User`. Lists
are paged: `next` in an answer goes into `after` for the next page. Whatever cannot be done is answered as
[RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) describes, with a stable `type`; a 503 carries `Retry-After`, and the
call may be repeated as it was.
"""


@cache
def describe(base_url: str) -> Json:
    """The whole document as plain values; not to be changed, since everybody gets the same."""
    references, components = _schemas()
    components["ProblemDetails"] = with_type(components["ProblemDetails"])
    components[TYPE_SCHEMA] = type_schema()
    paths: Json = {}
    for operation in OPERATIONS:
        described = describe_operation(operation, references, references[ProblemDetails])
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    paths["/health"] = {"get": _health(references)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Orgcal product API",
            "version": "1",
            "description": ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": base_url}],
        "security": [{"hostKey": []}],
        "tags": [{"name": tag} for tag in _tags(paths)],
        "paths": paths,
        "webhooks": describe_webhooks(references),
        "components": {
            "schemas": components,
            "securitySchemes": {
                "hostKey": _key("A host key of the deployment: the product's."),
                "operatorKey": _key("The deployment's master key: the operator's."),
            },
        },
    }


def _tags(paths: Json) -> list[str]:
    return in_order(tag for path in paths.values() for one in path.values() for tag in one["tags"])


def _key(about: str) -> Json:
    return {"type": "apiKey", "in": "header", "name": "x-functions-key", "description": about}


def _schemas() -> tuple[dict[Any, Json], Json]:
    of_operations = {kind for operation in OPERATIONS for kind in _kinds(operation)}
    of_events = {webhook.data for webhook in WEBHOOKS.values()}
    kinds = of_operations | of_events | {ProblemDetails, HealthGiven}
    ordered = sorted(kinds, key=lambda kind: str(getattr(kind, "__name__", kind)))
    references, components = msgspec.json.schema_components(ordered, ref_template="#/components/schemas/{name}")
    return dict(zip(ordered, references, strict=True)), components


def _kinds(operation: Operation) -> list[Any]:
    return [kind for kind in (operation.request, *(operation.answers or {}).values()) if kind is not None]


def _health(references: dict[Any, Json]) -> Json:
    schema = {"schema": references[HealthGiven]}
    samples = read_sample("health")["answers"]
    return {
        "operationId": "health",
        "tags": ["Service"],
        "summary": "Whether every part that Orgcal needs answers",
        "security": [],
        "responses": {
            "200": {
                "description": "All is well.",
                "content": {"application/json": {**schema, "example": samples["200"]}},
            },
            "503": {
                "description": "A named part does not answer.",
                "content": {"application/json": {**schema, "example": samples["503"]}},
            },
        },
    }
