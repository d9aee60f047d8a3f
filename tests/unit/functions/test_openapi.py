"""The document describes what is there, and is one."""

from openapi_spec_validator import OpenAPIV31SpecValidator

from functions.answers import STATUSES, TITLES
from functions.openapi import describe
from functions.operations import OPERATIONS
from shared_code.errors import Problem


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


def _references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [one for value in node.values() for one in _references(value)]
    if isinstance(node, list):
        return [one for value in node for one in _references(value)]
    return []
