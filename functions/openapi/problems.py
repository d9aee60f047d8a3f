"""The problem answers: their types are an enumeration of their own, and each operation says which it has."""

from typing import Any

from functions.answers import PROBLEM_BASE, STATUSES, TITLES
from functions.operations import BODY_PROBLEMS, Operation
from shared_code.errors import Problem

Json = dict[str, Any]

TYPE_SCHEMA = "ProblemType"
_TYPE_REFERENCE = {"$ref": f"#/components/schemas/{TYPE_SCHEMA}"}
RETRY_AFTER = {
    "Retry-After": {"description": "Seconds to wait.", "required": True, "schema": {"type": "integer", "minimum": 1}}
}


def type_schema() -> Json:
    return {
        "type": "string",
        "description": "Stable; what a program decides by.",
        "oneOf": [
            {"const": PROBLEM_BASE + problem, "title": TITLES[problem], "description": f"Status {STATUSES[problem]}."}
            for problem in sorted(Problem)
        ],
    }


def with_type(details: Json) -> Json:
    """The schema of problem details, whose ``type`` is one of the enumeration."""
    return {**details, "properties": {**details["properties"], "type": _TYPE_REFERENCE}}


def problem_answers(operation: Operation, reference: Json) -> Json:
    """By status; 401 comes from the Functions host, which says nothing more."""
    by_status: dict[int, list[Problem]] = {}
    of_body = BODY_PROBLEMS if operation.request is not None else ()
    of_query = (Problem.INVALID_REQUEST,) if operation.query else ()
    for problem in sorted({*operation.problems, *of_body, *of_query, Problem.UNAVAILABLE, Problem.INTERNAL_ERROR}):
        by_status.setdefault(STATUSES[problem], []).append(problem)
    refused: Json = {"401": {"description": "The key is missing or wrong."}}
    return refused | {str(status): _answer(problems, reference) for status, problems in sorted(by_status.items())}


def _answer(problems: list[Problem], reference: Json) -> Json:
    types = {"properties": {"type": {"enum": [PROBLEM_BASE + problem for problem in problems]}}}
    answer: Json = {
        "description": " ".join(f"{TITLES[problem]}." for problem in problems),
        "content": {
            "application/problem+json": {
                "schema": {"allOf": [reference, types]},
                "examples": {str(problem): {"value": _example(problem)} for problem in problems},
            }
        },
    }
    return answer | {"headers": RETRY_AFTER} if Problem.UNAVAILABLE in problems else answer


def _example(problem: Problem) -> Json:
    title, status = TITLES[problem], STATUSES[problem]
    return {"type": PROBLEM_BASE + problem, "title": title, "status": status, "detail": f"{title}."}
