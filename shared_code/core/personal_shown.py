"""What the organisation, and the product that works for it, may see of an account that somebody connected themself."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from shared_code.core.addresses import domain_of, normalise
from shared_code.core.connection import Connection
from shared_code.core.match_outcomes import LIVING
from shared_code.core.personal_account import PersonalAccount
from shared_code.core.sweep import Sweep


@dataclass(frozen=True)
class ListedAccount:
    account: PersonalAccount
    address: str | None  # None: it is in no domain of the organisation


def own_domains(connections: Iterable[tuple[Connection, Sweep | None]]) -> frozenset[str]:
    """The domains of which a tenant has proven, or an administrator confirmed, that they are the organisation's."""
    living = [(connection, sweep) for connection, sweep in connections if connection.state in LIVING]
    confirmed = {domain for connection, _ in living for domain in connection.confirmed_domains}
    proven = {domain for _, sweep in living if sweep is not None for domain in sweep.proven_domains}
    return frozenset(confirmed | proven)


def shown_address(account: PersonalAccount, domains: Collection[str]) -> str | None:
    """Its address, if that is one of the organisation's; what somebody has beside their work is theirs to know."""
    return account.account if domain_of(normalise(account.account)) in domains else None
