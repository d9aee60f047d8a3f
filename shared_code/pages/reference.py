"""The product API's reference page, from its OpenAPI document: one page that needs neither script nor another host."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared_code.pages.frames import Frame
from shared_code.pages.rendering import render

_PROSE = re.compile(r"`(?P<code>[^`]+)`|\[(?P<text>[^\]]+)\]\((?P<link>https://[^)\s]+)\)")


@dataclass(frozen=True)
class OperationView:
    method: str
    path: str
    described: Mapping[str, Any]
    answers: tuple[tuple[str, Mapping[str, Any]], ...]  # that are no problems, by status
    problems: tuple[tuple[str, str], ...]  # status and the type's last word


@dataclass(frozen=True)
class Group:
    name: str
    operations: tuple[OperationView, ...]


@dataclass(frozen=True)
class ReferenceView:
    info: Mapping[str, Any]
    server: str
    groups: tuple[Group, ...]
    webhooks: tuple[tuple[str, Mapping[str, Any]], ...]
    problems: tuple[tuple[str, Mapping[str, Any]], ...]  # last word of the type, and its member of the enumeration
    types: tuple[tuple[str, Mapping[str, Any]], ...]


def reference_view(document: Mapping[str, Any]) -> ReferenceView:
    schemas = document["components"]["schemas"]
    operations = [
        _operation(method, path, described)
        for path, methods in document["paths"].items()
        for method, described in methods.items()
    ]
    return ReferenceView(
        document["info"],
        document["servers"][0]["url"],
        tuple(_group(tag["name"], operations) for tag in document["tags"]),
        tuple((name, hook["post"]) for name, hook in document["webhooks"].items()),
        tuple((_last_word(one["const"]), one) for one in schemas["ProblemType"]["oneOf"]),
        tuple((name, schema) for name, schema in sorted(schemas.items()) if name != "ProblemType"),
    )


def render_reference(frame: Frame, view: ReferenceView) -> str:
    """In English, which the API itself is written in."""
    return render(frame, "reference.html", view=view, prose=prose, pretty=pretty)


def prose(text: str) -> list[list[tuple[str, str | None, str]]]:
    """Paragraphs of (kind, address, words): what descriptions use of Markdown, and no more."""
    return [_pieces(" ".join(paragraph.split())) for paragraph in text.strip().split("\n\n")]


def pretty(example: object) -> str:
    return example if isinstance(example, str) else json.dumps(example, indent=2, ensure_ascii=False)


def _pieces(text: str) -> list[tuple[str, str | None, str]]:
    pieces: list[tuple[str, str | None, str]] = []
    at = 0
    for found in _PROSE.finditer(text):
        pieces.append(("words", None, text[at : found.start()]))
        code = found["code"]
        pieces.append(("code", None, code) if code else ("link", found["link"], found["text"]))
        at = found.end()
    return [*pieces, ("words", None, text[at:])]


def _group(name: str, operations: list[OperationView]) -> Group:
    return Group(name, tuple(one for one in operations if name in one.described["tags"]))


def _operation(method: str, path: str, described: Mapping[str, Any]) -> OperationView:
    answers, problems = [], []
    for status, answer in described["responses"].items():
        problem = answer.get("content", {}).get("application/problem+json")
        if problem is None:
            answers.append((status, answer))
        else:
            types = problem["schema"]["allOf"][1]["properties"]["type"]["enum"]
            problems += [(status, _last_word(one)) for one in types]
    return OperationView(method.upper(), path, described, tuple(answers), tuple(problems))


def _last_word(problem_type: str) -> str:
    return problem_type.rpartition(":")[2]
