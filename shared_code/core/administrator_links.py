"""What somebody whom Microsoft stopped can pass on to their Microsoft administrator."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from shared_code.core.activation_link import is_open
from shared_code.core.connection import Connection


@dataclass(frozen=True)
class AdministratorLinks:
    activation: str | None  # of the organisation's admin-managed connection, while a link of it works
    consent: str  # allows the app for everybody in the account's own tenant


def newest_open(connections: Iterable[Connection], now: datetime) -> Connection | None:
    """The connection whose activation link was issued last and still leads to a consent."""
    still_open = [each for each in connections if is_open(each, now)]
    return max(still_open, key=lambda each: each.link.issued_at, default=None)
