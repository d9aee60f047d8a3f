"""The people of one tenant, with what changed since when: what `/users` lists and `/users/delta` tells."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from local.microsoft365.people import Person

type ChangeKind = Literal["created", "edited", "deleted", "restored", "purged"]


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the change log; ``attributes`` names what an edit changed."""

    person_id: str
    kind: ChangeKind
    attributes: frozenset[str] = frozenset()


class Directory:
    """People in the order they were added, indexed by every address, with a log of all changes.

    Positions never move, so a page may start at any of them while people come and go.
    """

    def __init__(self) -> None:
        self._rows: list[Person | None] = []
        self._position: dict[str, int] = {}
        self._deleted: set[str] = set()
        self._by_address: dict[str, set[str]] = {}
        self.changes: list[Change] = []

    def __len__(self) -> int:
        return len(self._position) - len(self._deleted)

    def __iter__(self) -> Iterator[Person]:
        return (person for _, person in self.from_position(0))

    def from_position(self, start: int) -> Iterator[tuple[int, Person]]:
        """Every person who is not deleted, from a position on, with the position."""
        for position in range(start, len(self._rows)):
            person = self._rows[position]
            if person is not None and person.id not in self._deleted:
                yield position, person

    def find(self, object_id: str) -> Person | None:
        return None if object_id in self._deleted else self.find_deleted_too(object_id)

    def find_deleted_too(self, object_id: str) -> Person | None:
        position = self._position.get(object_id)
        return None if position is None else self._rows[position]

    def find_by_key(self, key: str) -> Person | None:
        """By object id or userPrincipalName, as the path of a Graph request names a user."""
        folded = key.lower()
        return self.find(folded) or next(
            (each for each in self.with_address(folded) if each.user_principal_name.lower() == folded), None
        )

    def with_address(self, address: str) -> list[Person]:
        """Everybody whose mail, userPrincipalName or one of whose proxy addresses is this one, in listing order."""
        ids = self._by_address.get(address.lower(), set())
        found = [person for object_id in ids if (person := self.find(object_id)) is not None]
        return sorted(found, key=lambda person: self._position[person.id])

    def position_of(self, person: Person) -> int:
        return self._position[person.id]

    def put(self, person: Person) -> None:
        """Add the person, or replace the one with the same id; the log then names what is different."""
        before = self.find_deleted_too(person.id)
        if before is None:
            self._position[person.id] = len(self._rows)
            self._rows.append(person)
            self.changes.append(Change(person.id, "created"))
        else:
            self._unindex(before)
            self._rows[self._position[person.id]] = person
            self.changes.append(Change(person.id, "edited", _different(before, person)))
        self._index(person)

    def delete(self, object_id: str) -> None:
        """Soft-delete: the person disappears, and may be restored."""
        self._deleted.add(object_id)
        self.changes.append(Change(object_id, "deleted"))

    def restore(self, object_id: str) -> None:
        self._deleted.discard(object_id)
        self.changes.append(Change(object_id, "restored"))

    def purge(self, object_id: str) -> None:
        """Delete for good."""
        person = self.find_deleted_too(object_id)
        if person is None:
            return
        self._unindex(person)
        self._rows[self._position.pop(object_id)] = None
        self._deleted.discard(object_id)
        self.changes.append(Change(object_id, "purged"))

    def is_deleted(self, object_id: str) -> bool:
        return object_id in self._deleted

    def _index(self, person: Person) -> None:
        for address in _addresses(person):
            self._by_address.setdefault(address, set()).add(person.id)

    def _unindex(self, person: Person) -> None:
        for address in _addresses(person):
            self._by_address[address].discard(person.id)


def _addresses(person: Person) -> set[str]:
    proxies = (proxy.partition(":")[2] for proxy in person.proxy_addresses)
    return {each.lower() for each in (person.user_principal_name, person.mail, *proxies) if each}


def _different(before: Person, after: Person) -> frozenset[str]:
    return frozenset(
        name
        for name in Person.__dataclass_fields__
        if name != "mailbox" and getattr(before, name) != getattr(after, name)
    )
