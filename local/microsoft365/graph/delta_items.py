"""What a page of `/users/delta` holds: people as they are now, and `@removed` for those who are gone."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

from local.microsoft365.directory import Change, Directory
from local.microsoft365.graph.user_properties import ATTRIBUTES, Selection
from local.microsoft365.people import Person

MORE = -1
"""In place of a position: there is no further page."""

type Items = tuple[list[dict[str, Any]], int]


def first_items(directory: Directory, names: Selection, ids: tuple[str, ...], start: int, size: int) -> Items:
    """Everybody, from a position on; a property that was never set is absent."""
    wanted = ((at, person) for at, person in directory.from_position(start) if not ids or person.id in ids)
    rows = list(islice(wanted, size + 1))
    items = [_item(person, names, frozenset(), minimal=False) for _, person in rows[:size]]
    return items, rows[size][0] if len(rows) > size else MORE


def changed_items(
    directory: Directory,
    names: Selection,
    ids: tuple[str, ...],
    changes: Sequence[Change],
    start: int,
    size: int,
    *,
    minimal: bool,
) -> Items:
    """One item for everybody who changed in a way that the selection shows, in the order of the last change."""
    last: dict[str, list[Change]] = {}
    for change in changes:
        last[change.person_id] = [*last.pop(change.person_id, ()), change]
    items = [
        item
        for person_id, each in last.items()
        if (not ids or person_id in ids) and (item := _changed(directory, names, person_id, each, minimal=minimal))
    ]
    return items[start : start + size], start + size if start + size < len(items) else MORE


def _changed(
    directory: Directory, names: Selection, person_id: str, changes: list[Change], *, minimal: bool
) -> dict[str, Any] | None:
    person = directory.find(person_id)
    if person is None:
        reason = "changed" if directory.is_deleted(person_id) else "deleted"
        return {"id": person_id, "@removed": {"reason": reason}}
    if any(change.kind in {"created", "restored"} for change in changes):
        return _item(person, names, frozenset(), minimal=False)
    touched = frozenset[str]().union(*(change.attributes for change in changes))
    selected = {ATTRIBUTES[name] for name in names.names}
    return _item(person, names, touched, minimal=minimal) if touched & selected else None


def _item(person: Person, names: Selection, touched: frozenset[str], *, minimal: bool) -> dict[str, Any]:
    """`id` always; null only for what was set to null since; with ``minimal`` only what changed."""
    item: dict[str, Any] = {}
    for name in names.names:
        attribute = ATTRIBUTES[name]
        value = getattr(person, attribute)
        if attribute in touched or (value is not None and not minimal):
            item[name] = value
    return {**item, "id": person.id}
