"""Which parts of the templates, and which of the pages' texts, are in the pages that somebody renders."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from gettext import NullTranslations
from itertools import count
from typing import Any

import jinja2
import pytest
from jinja2 import nodes

from shared_code.pages import rendering


@dataclass
class Reached:
    """A part is what a condition, a loop, a macro or a block lets be written: its template, its line, and its place."""

    there: set[str] = field(default_factory=set)
    reached: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)  # in English

    @property
    def missed(self) -> list[str]:
        return sorted(self.there - self.reached)


@contextmanager
def what_is_reached(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reached]:
    """While pages are rendered in English; templates that no page needs are looked through as well."""
    found = Reached()
    with monkeypatch.context() as patched:
        patched.setattr(jinja2, "Environment", _tracing(found))
        patched.setattr(NullTranslations, "gettext", _noting(found))
        patched.setattr(NullTranslations, "ngettext", _counting(found))
        rendering._environment.cache_clear()  # what was compiled before tells nothing
        environment = rendering._environment("en")
        for template in environment.list_templates(["html"]):
            environment.get_template(template)
        yield found
    rendering._environment.cache_clear()


def _noting(found: Reached) -> Any:
    def gettext(_: object, text: str) -> str:
        found.texts.add(text)
        return text

    return gettext


def _counting(found: Reached) -> Any:
    def ngettext(_: object, one: str, several: str, number: int) -> str:
        found.texts.add(one)
        return one if number == 1 else several

    return ngettext


def _tracing(found: Reached) -> type[jinja2.Environment]:
    class Tracing(jinja2.Environment):
        def _generate(self, source: nodes.Template, name: str | None, *more: Any, **others: Any) -> str:
            _Marks(name or "", found.there).mark(source)
            return super()._generate(source, name, *more, **others)

        def pass_by(self, mark: str, value: object = None) -> object:
            """What templates call; whatever they then say is the value."""
            found.reached.add(mark)
            return value

    return Tracing


class _Marks:
    """Puts a call before every part of a template."""

    def __init__(self, template: str, there: set[str]) -> None:
        self._template, self._there, self._numbers = template, there, count(1)

    def mark(self, node: nodes.Node) -> None:
        for each in node.iter_child_nodes():
            self.mark(each)
        match node:
            case nodes.If():
                self._mark_bodies(node.body, node.else_)
            case nodes.For():
                self._mark_bodies(node.body, node.else_)
            case nodes.Macro() | nodes.Block():
                self._mark_bodies(node.body)
            case nodes.CondExpr():
                node.expr1 = self._marked(node.expr1)
                node.expr2 = None if node.expr2 is None else self._marked(node.expr2)

    def _mark_bodies(self, *bodies: list[nodes.Node]) -> None:
        for body in bodies:
            if _says_anything(body):
                body.insert(0, nodes.ExprStmt(self._call(body[0].lineno), lineno=body[0].lineno))

    def _marked(self, expression: nodes.Expr) -> nodes.Expr:
        """What says nothing needs no page."""
        if isinstance(expression, nodes.Const) and not expression.value:
            return expression
        return self._call(expression.lineno, expression)

    def _call(self, line: int, *value: nodes.Expr) -> nodes.Expr:
        mark = f"{self._template}:{line} #{next(self._numbers)}"
        self._there.add(mark)
        method = nodes.EnvironmentAttribute("pass_by", lineno=line)
        return nodes.Call(method, [nodes.Const(mark, lineno=line), *value], [], None, None, lineno=line)


def _says_anything(body: Sequence[nodes.Node]) -> bool:
    said = [data for each in body for output in [each, *each.find_all(nodes.Output)] for data in _outputs(output)]
    return any(not isinstance(data, nodes.TemplateData) or data.data.strip() for data in said)


def _outputs(node: nodes.Node) -> list[nodes.Expr]:
    return node.nodes if isinstance(node, nodes.Output) else []
