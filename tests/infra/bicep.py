"""Reads what the tests ask of a Bicep file from its syntax tree, since no Bicep compiler comes with the packages."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser, Tree

INFRA = Path(__file__).parents[2] / "infra"
MAIN = INFRA / "main.bicep"
FILES = tuple(sorted(INFRA.rglob("*.bicep")))

type Value = str | int | bool | list[Value] | dict[str, Value] | Expression | None


@dataclass(frozen=True)
class Expression:
    """A value that only a deployment knows, as it is written."""

    text: str


@dataclass(frozen=True)
class Parameter:
    name: str
    is_described: bool
    is_secure: bool
    has_default: bool


@dataclass(frozen=True)
class Resource:
    """``target`` is the type with its version, or the path of a module."""

    symbol: str
    target: str
    is_existing: bool
    body: dict[str, Value]


@dataclass(frozen=True)
class Bicep:
    parameters: dict[str, Parameter]
    variables: dict[str, Value]
    resources: dict[str, Resource]
    modules: dict[str, Resource]
    outputs: dict[str, Value]


@cache
def parse(path: Path) -> Tree:
    return Parser(Language(tree_sitter_bicep.language())).parse(path.read_bytes())


@cache
def read(path: Path) -> Bicep:
    """The declarations of one file."""
    bicep = Bicep({}, {}, {}, {}, {})
    decorators = ""
    for node in parse(path).root_node.named_children:
        match node.type:
            case "parameter_declaration":
                parameter = _parameter(node, decorators)
                bicep.parameters[parameter.name] = parameter
            case "variable_declaration":
                bicep.variables[_symbol(node)] = value(node.named_children[-1])
            case "resource_declaration":
                bicep.resources[_symbol(node)] = _resource(node)
            case "module_declaration":
                bicep.modules[_symbol(node)] = _resource(node)
            case "output_declaration":
                bicep.outputs[_symbol(node)] = value(node.named_children[-1])
        decorators = text(node) if node.type == "decorators" else ""
    return bicep


def nodes(node: Node) -> Iterator[Node]:
    """The node and everything below it, in the order of the text."""
    yield node
    for child in node.children:
        yield from nodes(child)


def text(node: Node) -> str:
    return (node.text or b"").decode()


def value(node: Node) -> Value:
    match node.type:
        case "number":
            return int(text(node))
        case "boolean":
            return text(node) == "true"
        case "string" if all(child.type == "string_content" for child in node.named_children):
            return "".join(text(child) for child in node.named_children)
        case "array":
            return [value(child) for child in _values(node)]
        case "object":
            return {_key(child): value(child.named_children[-1]) for child in _values(node)}
        case _:
            return Expression(text(node))


def _values(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type not in ("comment", "diagnostic_comment")]


def _key(node: Node) -> str:
    return text(node.named_children[0]).strip("'")


def _symbol(node: Node) -> str:
    return next(text(child) for child in node.named_children if child.type == "identifier")


def _parameter(node: Node, decorators: str) -> Parameter:
    has_default = any(child.type == "=" for child in node.children)
    return Parameter(_symbol(node), "@description('" in decorators, "@secure()" in decorators, has_default)


def _resource(node: Node) -> Resource:
    target = next(value(child) for child in node.named_children if child.type == "string")
    found = next(child for child in nodes(node) if child.type == "object")
    body = value(found)
    assert isinstance(target, str)
    assert isinstance(body, dict)
    return Resource(_symbol(node), target, any(child.type == "existing" for child in node.children), body)
