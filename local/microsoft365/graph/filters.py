"""The `$filter` forms of `/users` that the stand-in knows: equality of a few properties, joined by and/or.

Anything that Graph knows beyond them is 501, what is no filter at all is 400.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from local.microsoft365.directory import Directory
from local.microsoft365.graph.errors import GraphError, not_implemented
from local.microsoft365.graph.user_properties import ATTRIBUTES
from local.microsoft365.people import Person

MOST_CLAUSES = 15
"""Graph refuses more clauses joined by `or` (recorded in forum answers, not documented)."""

_TOKEN = re.compile(r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<sign>[():/,])|(?P<word>[^\s():/,']+))")
_ADDRESSES = {"mail": "mail", "userprincipalname": "user_principal_name"}
_FLAGS = {"accountenabled": "account_enabled"}
_KNOWN = {name.lower() for name in ATTRIBUTES}


class Filter(Protocol):
    def matches(self, person: Person) -> bool: ...

    def candidates(self, directory: Directory) -> Iterable[Person] | None:
        """Everybody who could match, found by index; None when the whole directory has to be gone through."""
        ...


@dataclass(frozen=True, slots=True)
class IsObject:
    object_id: str

    def matches(self, person: Person) -> bool:
        return person.id == self.object_id

    def candidates(self, directory: Directory) -> Iterable[Person] | None:
        person = directory.find(self.object_id)
        return [person] if person else []


@dataclass(frozen=True, slots=True)
class HasAddress:
    """``attribute`` is compared as a whole, without regard to case."""

    attribute: str
    address: str

    def matches(self, person: Person) -> bool:
        value: str | None = getattr(person, self.attribute)
        return value is not None and value.lower() == self.address

    def candidates(self, directory: Directory) -> Iterable[Person] | None:
        return directory.with_address(self.address)


@dataclass(frozen=True, slots=True)
class HasProxyAddress:
    """The prefix `smtp:` belongs to the value; Graph compares it without regard to case, too."""

    proxy: str

    def matches(self, person: Person) -> bool:
        return any(each.lower() == self.proxy for each in person.proxy_addresses)

    def candidates(self, directory: Directory) -> Iterable[Person] | None:
        return directory.with_address(self.proxy.partition(":")[2])


@dataclass(frozen=True, slots=True)
class HasValue:
    attribute: str
    value: bool | str

    def matches(self, person: Person) -> bool:
        held = getattr(person, self.attribute)
        return bool(held.lower() == self.value if isinstance(held, str) else held is self.value)

    def candidates(self, directory: Directory) -> Iterable[Person] | None:  # noqa: ARG002 - as the protocol says
        return None


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Filter, ...]

    def matches(self, person: Person) -> bool:
        return all(part.matches(person) for part in self.parts)

    def candidates(self, directory: Directory) -> Iterable[Person] | None:
        return next((found for part in self.parts if (found := part.candidates(directory)) is not None), None)


@dataclass(frozen=True, slots=True)
class Any:
    parts: tuple[Filter, ...]

    def matches(self, person: Person) -> bool:
        return any(part.matches(person) for part in self.parts)

    def candidates(self, directory: Directory) -> Iterable[Person] | None:
        found: dict[str, Person] = {}
        for part in self.parts:
            people = part.candidates(directory)
            if people is None:
                return None
            found.update((person.id, person) for person in people)
        return found.values()


def parse_filter(text: str, most_clauses: int = MOST_CLAUSES) -> Filter:
    return _Parser(text, most_clauses).whole()


class _Parser:
    """Recursive descent: or ← and ← comparison."""

    def __init__(self, text: str, most_clauses: int) -> None:
        self._most_clauses = most_clauses
        self._tokens = _tokens(text)
        self._at = 0

    def whole(self) -> Filter:
        found = self._any()
        if self._at < len(self._tokens):
            raise _invalid()
        return found

    def _any(self) -> Filter:
        parts = self._joined("or", self._all)
        if len(parts) > self._most_clauses:
            raise GraphError(
                400,
                "Request_UnsupportedQuery",
                "Too many child clauses specified in search filter expression containing 'OR' operators: "
                f"{len(parts)}. Max allowed: {self._most_clauses}.",
            )
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def _all(self) -> Filter:
        parts = self._joined("and", self._comparison)
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _joined(self, word: str, read: Callable[[], Filter]) -> list[Filter]:
        parts = [read()]
        while self._peek() == word:
            self._at += 1
            parts.append(read())
        return parts

    def _comparison(self) -> Filter:
        if self._peek() == "(":
            self._at += 1
            inner = self._any()
            self._expect(")")
            return inner
        name = self._take()
        if self._peek() == "/":
            return self._any_proxy_address(name)
        if self._peek() == "(" or name == "not":
            raise not_implemented(f"the filter function '{name}'")
        operator = self._take()
        if operator != "eq":
            raise not_implemented(f"the filter operator '{operator}'") if operator in _OPERATORS else _invalid()
        return _equality(name, self._take())

    def _any_proxy_address(self, name: str) -> Filter:
        """`proxyAddresses/any(x:x eq 'smtp:…')`."""
        self._expect("/")
        function = self._take()
        if name.lower() != "proxyaddresses" or function != "any":
            raise not_implemented(f"the filter '{name}/{function}'")
        self._expect("(")
        variable = self._take()
        self._expect(":")
        self._expect(variable)
        if (operator := self._take()) != "eq":
            raise not_implemented(f"the filter operator '{operator}' on proxyAddresses")
        value = _string(self._take())
        self._expect(")")
        return HasProxyAddress(value)

    def _peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self) -> str:
        token = self._peek()
        if token is None:
            raise _invalid()
        self._at += 1
        return token

    def _expect(self, token: str) -> None:
        if self._take() != token:
            raise _invalid()


_OPERATORS = frozenset({"ne", "gt", "ge", "lt", "le", "in", "has"})


def _equality(name: str, value: str) -> Filter:
    folded = name.lower()
    if folded == "id":
        return IsObject(_string(value))
    if folded in _ADDRESSES:
        return HasAddress(_ADDRESSES[folded], _string(value))
    if folded == "usertype":
        return HasValue("user_type", _string(value))
    if folded in _FLAGS:
        if value not in {"true", "false"}:
            raise _invalid()
        return HasValue(_FLAGS[folded], value == "true")
    if folded in _KNOWN:
        raise not_implemented(f"a filter on '{name}'")
    raise GraphError(400, "BadRequest", f"Could not find a property named '{name}' on type 'microsoft.graph.user'.")


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            raise _invalid()
        tokens.append(found[0].strip())
        at = found.end()
    return tokens


def _string(token: str) -> str:
    """The folded value of a quoted literal; a quote inside is doubled."""
    if not token.startswith("'") or len(token) < 2:  # noqa: PLR2004 - two quotes
        raise _invalid()
    return token[1:-1].replace("''", "'").lower()


def _invalid() -> GraphError:
    return GraphError(400, "BadRequest", "Invalid filter clause: the expression could not be parsed.")
