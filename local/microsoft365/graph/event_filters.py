"""`$filter` and `$expand` of events, as far as an app needs them to find its own event again.

learn.microsoft.com/graph/api/singlevaluelegacyextendedproperty-get
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from local.microsoft365.events import Event
from local.microsoft365.extended_properties import canonical_id
from local.microsoft365.graph.errors import GraphError, not_implemented

type IsWanted = Callable[[Event], bool]

_STRING = r"'((?:[^']|'')*)'"
_MARKED = re.compile(
    rf"singleValueExtendedProperties/any\(\s*(\w+)\s*:\s*\1/id\s+eq\s+{_STRING}\s+and\s+\1/value\s+eq\s+{_STRING}\s*\)",
    re.IGNORECASE,
)
_EQUALS = re.compile(rf"(\w+)\s+eq\s+{_STRING}")
_EXPANDED = re.compile(r"singleValueExtendedProperties\(\s*\$filter\s*=\s*(.+)\)")
_NAMED = re.compile(rf"id\s+eq\s+{_STRING}")
_NOT_FILTERABLE = frozenset({"transactionId"})


def parse_event_filter(text: str) -> IsWanted:
    """By an extended property's value, or by iCalUId."""
    marked = _MARKED.fullmatch(text.strip())
    if marked is not None:
        name, value = _property_id(marked[2]), _unquoted(marked[3])
        return lambda event: event.content.properties.get(name) == value
    equals = _EQUALS.fullmatch(text.strip())
    if equals is None:
        raise not_implemented(f"the filter '{text}' on events")
    if equals[1] in _NOT_FILTERABLE:
        raise GraphError(400, "ErrorInvalidProperty", f"The property '{equals[1]}' does not support filtering.")
    if equals[1] != "iCalUId":
        raise not_implemented(f"a filter on '{equals[1]}' of events")
    return lambda event: event.uid == _unquoted(equals[2])


def parse_expand(options: Mapping[str, str]) -> tuple[str, ...]:
    """The ids of the extended properties to show, which have to be named."""
    text = options.get("expand")
    if text is None:
        return ()
    expanded = _EXPANDED.fullmatch(text.strip())
    if expanded is None:
        raise not_implemented(f"$expand={text} on events")
    found = [_NAMED.fullmatch(each.strip()) for each in re.split(r"\s+or\s+", expanded[1])]
    if not all(found):
        raise not_implemented(f"$expand={text} on events")
    return tuple(_property_id(each[1]) for each in found if each)


def render_expanded(event: Event, names: tuple[str, ...]) -> dict[str, Any]:
    """Nothing at all where the event has none of them."""
    properties = event.content.properties
    held = [{"id": name, "value": properties[name]} for name in names if name in properties]
    return {"singleValueExtendedProperties": held} if held else {}


def _property_id(text: str) -> str:
    try:
        return canonical_id(_unquoted(text))
    except ValueError as error:
        raise GraphError(400, "ErrorInvalidProperty", str(error)) from error


def _unquoted(text: str) -> str:
    return text.replace("''", "'")
