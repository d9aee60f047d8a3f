"""Users put together into transactions: as many as one takes, those of one slice of the roster side by side."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from shared_code.adapters.tables.handing_over import Bundle
from shared_code.adapters.tables.roster_slices import Slices, slices_of
from shared_code.adapters.tables.rows import TRANSACTION_ROWS
from shared_code.adapters.tables.transactions import TRANSACTION_BYTES, size_of

MOST_BYTES = TRANSACTION_BYTES * 3 // 4  # a slice grows by the users that are written with it


@dataclass
class _Group:
    """What one transaction is to hold; no row comes twice, but for the slices, which many users share."""

    bundles: list[Bundle] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    slices: set[str] = field(default_factory=set)
    size: int = 0

    def takes(self, bundle: Bundle, size: int) -> bool:
        keys, slices = _own_keys(bundle), self.slices | slices_of(bundle)
        fits = len(self.keys) + len(keys) + len(slices) <= TRANSACTION_ROWS and self.size + size <= MOST_BYTES
        return not self.bundles or (fits and self.keys.isdisjoint(keys))

    def add(self, bundle: Bundle, size: int) -> None:
        self.bundles.append(bundle)
        self.keys |= _own_keys(bundle)
        self.slices |= slices_of(bundle)
        self.size += size


def groups(bundled: Sequence[Bundle], slices: Slices) -> Iterator[list[Bundle]]:
    group = _Group()
    for bundle in _side_by_side(bundled):
        own = sum(size_of(row) for write in bundle for row in write.rows)
        if not group.takes(bundle, own + _size(slices_of(bundle) - group.slices, slices)):
            yield group.bundles
            group = _Group()
        group.add(bundle, own + _size(slices_of(bundle) - group.slices, slices))
    if group.bundles:
        yield group.bundles


def _side_by_side(bundled: Sequence[Bundle]) -> list[Bundle]:
    """In the order of their slices; after them whoever claims what another claims, too, in the order of the call."""
    claims = Counter(key for bundle in bundled for key in _own_keys(bundle))

    def place(bundle: Bundle) -> tuple[bool, str]:
        is_contended = any(claims[key] > 1 for key in _own_keys(bundle))
        return is_contended, "" if is_contended else min(slices_of(bundle), default="")

    return sorted(bundled, key=place)


def _own_keys(bundle: Bundle) -> set[str]:
    return {row.key for write in bundle for row in write.rows}


def _size(keys: set[str], slices: Slices) -> int:
    return sum(slices.size_of(key) for key in keys)
