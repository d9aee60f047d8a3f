"""Ids of single-value extended properties, as MAPI names them and Graph writes them.

learn.microsoft.com/graph/api/resources/extended-properties-overview
"""

import re

_TYPES = (
    "ApplicationTime",
    "Binary",
    "Boolean",
    "CLSID",
    "Currency",
    "Double",
    "Error",
    "Float",
    "Integer",
    "Long",
    "Null",
    "Object",
    "Short",
    "String",
    "SystemTime",
)
_GUID = r"\{[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}"
_NAMED = re.compile(rf"({'|'.join(_TYPES)}) ({_GUID}) (Name .+|Id 0x[0-9A-Fa-f]{{1,4}})")
_TAGGED = re.compile(rf"({'|'.join(_TYPES)}) 0x[0-9A-Fa-f]{{1,4}}")


def canonical_id(text: str) -> str:
    """One spelling for each property: Graph answers with the GUID in lower case. Raises ValueError for no id."""
    if _TAGGED.fullmatch(text):
        return text
    named = _NAMED.fullmatch(text)
    if named is None:
        raise ValueError(f"'{text}' is not the id of an extended property")
    return f"{named[1]} {named[2].lower()} {named[3]}"
