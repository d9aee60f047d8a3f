"""The documented shapes of Microsoft's answers, in our own words: one JSON Schema each, with its page in `$comment`.

`x-answers` is a pattern for the requests that a schema describes: the method, a blank, and the path after the version.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

FOLDER = Path(__file__).parent


def validator(name: str) -> Draft202012Validator:
    """The validator of one schema file, which may refer to the others by file name."""
    return Draft202012Validator(_schemas()[name], registry=_registry())


def shape_of(method: str, url: str) -> str | None:
    """The schema file that describes the answer to a request."""
    request = f"{method.upper()} {re.sub(r'^/(v1[.]0|beta)', '', urlsplit(url).path)}"
    return next((name for name, schema in _schemas().items() if _answers(schema, request)), None)


def faults(name: str, body: Any) -> Iterator[str]:
    """Where the body is not of that shape, and why."""
    for error in validator(name).iter_errors(body):
        yield f"{error.json_path}: {error.message}"


def _answers(schema: dict[str, Any], request: str) -> bool:
    return "x-answers" in schema and re.fullmatch(schema["x-answers"], request) is not None


@cache
def _schemas() -> dict[str, dict[str, Any]]:
    return {path.name: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


@cache
def _registry() -> Registry[Any]:
    return Registry().with_resources((name, Resource.from_contents(schema)) for name, schema in _schemas().items())
