"""Route templates as the Functions host reads them, a subset of ASP.NET Core's.

``{name}``, ``{name?}``, ``{*rest}`` and ``{name:constraint}``; literals match without regard to case, and
the template that is more specific at the first segment where two differ is tried first:
https://learn.microsoft.com/aspnet/core/fundamentals/routing#route-template-precedence-and-endpoint-selection-order
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from local.host.functions import Function, HttpTrigger

_GUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
_CONSTRAINTS: dict[str, Callable[[str], object]] = {
    "int": re.compile(r"-?\d{1,10}").fullmatch,
    "long": re.compile(r"-?\d{1,19}").fullmatch,
    "alpha": re.compile(r"[A-Za-z]+").fullmatch,
    "bool": re.compile(r"true|false", re.IGNORECASE).fullmatch,
    "guid": re.compile(_GUID).fullmatch,
}
_PARAMETER = re.compile(r"\{(\*{0,2})(\w+)(?::(\w+))?(\?)?\}")
_LITERAL, _CONSTRAINED, _PLAIN, _CATCH_ALL = range(4)


@dataclass(frozen=True)
class _Segment:
    rank: int
    text: str  # the literal, or the parameter's name
    constraint: str = ""
    optional: bool = False

    def accepts(self, value: str) -> bool:
        if self.rank == _LITERAL:
            return value.lower() == self.text.lower()
        return value != "" and (not self.constraint or bool(_CONSTRAINTS[self.constraint](value)))


@dataclass(frozen=True)
class Match:
    function: Function
    trigger: HttpTrigger
    parameters: dict[str, str]


class RouteTable:
    """All HTTP functions of an app, the most specific route first."""

    def __init__(self, functions: Iterable[Function], prefix: str) -> None:
        routes = [
            (_parse_template(f"{prefix}/{function.trigger.route}"), function, function.trigger)
            for function in functions
            if isinstance(function.trigger, HttpTrigger)
        ]
        self._routes = sorted(routes, key=lambda route: [segment.rank for segment in route[0]])

    def find(self, method: str, raw_path: str) -> Match | None:
        """The function for a request; a path that exists for other methods only is not found, as on Azure."""
        values = [_decode(segment) for segment in raw_path.strip("/").split("/")] if raw_path.strip("/") else []
        for segments, function, trigger in self._routes:
            parameters = _match(segments, values)
            if parameters is not None and method in trigger.methods:
                return Match(function, trigger, parameters)
        return None


def _parse_template(template: str) -> list[_Segment]:
    return [_parse_segment(part) for part in template.strip("/").split("/") if part]


def _parse_segment(part: str) -> _Segment:
    match = _PARAMETER.fullmatch(part)
    if match is None:
        if "{" in part:
            raise ValueError(f"the local host does not know the route segment {part!r}")
        return _Segment(_LITERAL, part)
    stars, name, constraint, optional = match.groups(default="")
    if constraint and constraint not in _CONSTRAINTS:
        raise ValueError(f"the local host does not know the route constraint {constraint!r} of {part!r}")
    rank = _CATCH_ALL if stars else _CONSTRAINED if constraint else _PLAIN
    return _Segment(rank, name, constraint, optional=bool(optional))


def _match(segments: list[_Segment], values: list[str]) -> dict[str, str] | None:
    parameters: dict[str, str] = {}
    for at, segment in enumerate(segments):
        if segment.rank == _CATCH_ALL:
            parameters[segment.text] = "/".join(values[at:])
            return parameters
        if at >= len(values):
            return parameters if segment.optional else None
        if not segment.accepts(values[at]):
            return None
        if segment.rank != _LITERAL:
            parameters[segment.text] = values[at]
    return parameters if len(values) == len(segments) else None


def _decode(segment: str) -> str:
    """ASP.NET Core decodes a path but leaves an encoded slash encoded."""
    return unquote(re.sub("%2f", "%252F", segment, flags=re.IGNORECASE))
