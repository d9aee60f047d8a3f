"""The document describes what is there, and is one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

import function_app
from functions.answers import PROBLEM_BASE, STATUSES, TITLES
from functions.openapi import describe
from functions.openapi.samples import IDS, read_sample
from functions.operations import OPERATIONS, Operation
from functions.webhooks import WEBHOOKS
from functions.wire import HealthGiven
from shared_code.core.product_event import EventType
from shared_code.errors import Problem

BY_NAME = {operation.name: operation for operation in OPERATIONS}
SAMPLES = sorted((Path(__file__).parents[3] / "functions" / "openapi" / "samples").glob("*.json"))


def test_the_document_is_valid_openapi_3_1() -> None:
    errors = list(OpenAPIV31SpecValidator(describe("https://orgcal.example")).iter_errors())

    assert errors == []


def test_every_operation_is_described_under_its_path_and_method() -> None:
    paths = describe("https://orgcal.example")["paths"]

    described = {(path, method): one["operationId"] for path, item in paths.items() for method, one in item.items()}

    for operation in OPERATIONS:
        assert described[operation.path, operation.method.lower()] == operation.name
    assert described["/health", "get"] == "health"


def test_every_problem_has_a_status_and_a_title() -> None:
    assert set(STATUSES) == set(TITLES) == set(Problem)


def test_every_answer_refers_to_a_schema_that_is_there() -> None:
    document = describe("https://orgcal.example")
    schemas = set(document["components"]["schemas"])

    references = set(_references(document))

    assert {reference.removeprefix("#/components/schemas/") for reference in references} <= schemas
    assert references


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_every_request_and_every_answer_has_an_example(name: str) -> None:
    operation, sample = BY_NAME[name], read_sample(name)
    with_content = {str(status) for status, kind in (operation.answers or {}).items() if kind is not None}

    assert set(sample.get("answers", {})) == with_content
    assert ("request" in sample) == (operation.request is not None)


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_every_example_is_what_its_struct_takes_and_gives(name: str) -> None:
    for kind, example in _examples(BY_NAME[name]):
        assert _read_and_written(kind, example) == example


def test_the_examples_of_health_are_what_it_gives() -> None:
    for example in read_sample("health")["answers"].values():
        assert _read_and_written(HealthGiven, example) == example


def test_every_type_of_event_is_told_as_a_webhook() -> None:
    assert set(WEBHOOKS) == set(EventType)


@pytest.mark.parametrize("kind", sorted(EventType))
def test_every_webhook_has_an_example_of_what_is_told(kind: EventType) -> None:
    webhook, example = WEBHOOKS[kind], read_sample(kind)

    assert example["type"] == kind
    assert _read_and_written(webhook.data, example["data"]) == example["data"]


def test_every_file_of_examples_belongs_to_something() -> None:
    assert {file.stem for file in SAMPLES} <= {*BY_NAME, *map(str, WEBHOOKS), "health"}


def test_every_example_is_valid_by_the_document_itself() -> None:
    document = describe("https://orgcal.example")

    faults = [
        f"{content['example']}: {error.message}"
        for content in _contents(document["paths"])
        if "example" in content and not isinstance(content["example"], str)
        for error in Draft202012Validator({**content["schema"], **_definitions(document)}).iter_errors(
            content["example"]
        )
    ]

    assert faults == []


def test_every_id_of_a_path_has_an_example() -> None:
    parameters = {one["name"] for path in _operations() for one in path["parameters"] if one["in"] == "path"}

    assert parameters <= set(IDS)


def test_the_document_enumerates_the_stable_types_of_problems_with_their_titles() -> None:
    listed = describe("https://orgcal.example")["components"]["schemas"]["ProblemType"]["oneOf"]

    assert {one["const"]: one["title"] for one in listed} == {PROBLEM_BASE + one: TITLES[one] for one in Problem}


def test_every_operation_says_which_types_of_problem_it_answers_with() -> None:
    for operation, described in zip(OPERATIONS, _operations(), strict=False):
        told = {
            kind
            for answer in described["responses"].values()
            for kind in _problem_types(answer.get("content", {}).get("application/problem+json"))
        }
        assert {PROBLEM_BASE + problem for problem in operation.problems} <= told, operation.name


def _problem_types(content: dict[str, Any] | None) -> list[str]:
    return [] if content is None else list(content["schema"]["allOf"][1]["properties"]["type"]["enum"])


def _operations() -> list[dict[str, Any]]:
    """In the order of OPERATIONS; the service's own are not among them."""
    assert function_app.app is not None  # its import registers the operations
    paths = describe("https://orgcal.example")["paths"]
    return [paths[operation.path][operation.method.lower()] for operation in OPERATIONS]


def _examples(operation: Operation) -> Iterator[tuple[Any, Any]]:
    """Each with the struct that it is of."""
    sample = read_sample(operation.name)
    if operation.request is not None:
        yield operation.request, sample["request"]
    for status, example in sample.get("answers", {}).items():
        yield (operation.answers or {})[int(status)], example


def _read_and_written(kind: Any, example: Any) -> Any:
    """What is left out of an example of a request is added by the struct, and so left out here too."""
    written = msgspec.to_builtins(msgspec.convert(example, kind, strict=True), str_keys=True)
    return _only(example, written)


def _only(example: Any, written: Any) -> Any:
    if isinstance(example, dict):
        return {name: _only(one, written[name]) for name, one in example.items() if name in written}
    if isinstance(example, list):
        return [_only(one, other) for one, other in zip(example, written, strict=True)]
    return written


def _contents(node: Any) -> Iterator[dict[str, Any]]:
    """Every media type of the document: what has a schema and may have an example."""
    if isinstance(node, dict):
        if "schema" in node and "in" not in node:
            yield node
        for value in node.values():
            yield from _contents(value)
    elif isinstance(node, list):
        for value in node:
            yield from _contents(value)


def _definitions(document: dict[str, Any]) -> dict[str, Any]:
    return {"components": document["components"]}


def _references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [one for value in node.values() for one in _references(value)]
    if isinstance(node, list):
        return [one for value in node for one in _references(value)]
    return []
