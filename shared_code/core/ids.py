"""The identities that Orgcal tells apart, each with a type of its own so that none is taken for another."""

from dataclasses import dataclass
from typing import Literal, NewType

OrganizationId = NewType("OrganizationId", str)  # the product's name for its customer
ProductUserId = NewType("ProductUserId", str)  # the product's name for one of that customer's people
ConnectionId = NewType("ConnectionId", str)
TenantId = NewType("TenantId", str)  # Entra directory id, a lower-case GUID
UserId = NewType("UserId", str)  # Entra object id, a lower-case GUID
CalendarId = NewType("CalendarId", str)  # Graph's; case-sensitive
BookingId = NewType("BookingId", str)  # the product's name for one of an organisation's meetings

Registration = Literal["organizations", "personal"]  # which app registration reaches a mailbox


@dataclass(frozen=True)
class MailboxKey:
    """One mailbox as one app registration sees it: Graph counts limits and subscriptions by this."""

    registration: Registration
    tenant: TenantId
    user_id: UserId

    @property
    def is_personal(self) -> bool:
        """Reached through what its own person has granted, and not through their organisation."""
        return self.registration == "personal"

    def __str__(self) -> str:
        return f"{self.registration}!{self.tenant}!{self.user_id}"


@dataclass(frozen=True)
class LinkKey:
    """One product user's link to one mailbox."""

    mailbox: MailboxKey
    organization: OrganizationId
    user: ProductUserId


type Through = TenantId | LinkKey
"""By which right Graph is asked: the app's own in a tenant, or that by which one link reads its mailbox."""


def tenant_of(through: Through) -> TenantId:
    return through.mailbox.tenant if isinstance(through, LinkKey) else through
