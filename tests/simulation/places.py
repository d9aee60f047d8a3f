"""Who and what there is: two tenants, two customers of the product, and the people whom both know.

Anna is a user of both organisations, so her mailbox has two links. Carl and Dan are nobody's users, and Gus has a
calendar elsewhere: what they have in their mailboxes is nobody's business.
"""

from dataclasses import dataclass

from shared_code.core.ids import ConnectionId, MailboxKey, OrganizationId, ProductUserId, TenantId, UserId
from shared_code.core.personal_account import CONSUMERS

MICROSOFT = "https://graph.example"
ORGCAL = "https://orgcal.example"
CLIENT = "0b7c7e6c-1111-4222-8333-944444444444"
PERSONAL_CLIENT = "0c9d8e7f-1a2b-4c3d-9e8f-7a6b5c4d3e2f"
ROLES = ("User.Read.All", "Calendars.ReadWrite")
WINDOW_DAYS = 14

CONTOSO = TenantId("11111111-1111-4111-8111-111111111111")
FABRIKAM = TenantId("22222222-2222-4222-8222-222222222222")
DOMAINS = {CONTOSO: "contoso.example", FABRIKAM: "fabrikam.example"}
ADDRESSES = {**DOMAINS, CONSUMERS: "outlook.com"}


@dataclass(frozen=True, repr=False)
class Person:
    """Somebody in a tenant's directory."""

    name: str
    tenant: TenantId
    user_id: UserId
    zone: str  # of their mailbox, as Outlook names it

    def __repr__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        return f"{self.name}@{ADDRESSES[self.tenant]}"

    @property
    def mailbox(self) -> MailboxKey:
        return MailboxKey("organizations", self.tenant, self.user_id)

    @property
    def own_mailbox(self) -> MailboxKey:
        """As whoever connects it themself has it."""
        return MailboxKey("personal", self.tenant, self.user_id)


ANNA = Person("anna", CONTOSO, UserId("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"), "Romance Standard Time")
BEN = Person("ben", CONTOSO, UserId("bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"), "Eastern Standard Time")
CARL = Person("carl", CONTOSO, UserId("cccccccc-cccc-4ccc-8ccc-cccccccccccc"), "UTC")
GUS = Person("gus", CONTOSO, UserId("99999999-9999-4999-8999-999999999999"), "UTC")
DORA = Person("dora", FABRIKAM, UserId("dddddddd-dddd-4ddd-8ddd-dddddddddddd"), "New Zealand Standard Time")
DAN = Person("dan", FABRIKAM, UserId("eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee"), "UTC")
ZOE = Person("zoe", CONSUMERS, UserId("00000000-0000-0000-2222-333333333333"), "Tokyo Standard Time")
PEOPLE = (ANNA, BEN, CARL, GUS, DORA, DAN)
MATCHED = (ANNA, BEN, DORA)
UNMATCHED = frozenset({CARL.user_id, GUS.user_id, DAN.user_id})

ACME, GLOBEX = OrganizationId("acme"), OrganizationId("globex")
BOSS = ProductUserId("boss")


@dataclass(frozen=True, repr=False)
class Seat:
    """A person as a user of an organisation: what a link belongs to."""

    organization: OrganizationId
    person: Person
    time_zone: str | None = None  # as the product knows it
    known_as: ProductUserId | None = None  # by the product, if not by the person's name

    def __repr__(self) -> str:
        return f"{self.organization}/{self.user}"

    @property
    def user(self) -> ProductUserId:
        return self.known_as or ProductUserId(self.person.name)


SEATS = (Seat(ACME, ANNA), Seat(ACME, BEN, "America/New_York"), Seat(ACME, DORA), Seat(GLOBEX, ANNA))


@dataclass(frozen=True)
class Bond:
    """An organisation's connection to a tenant."""

    organization: OrganizationId
    connection: ConnectionId
    tenant: TenantId


BONDS = (
    Bond(ACME, ConnectionId("acme-contoso"), CONTOSO),
    Bond(ACME, ConnectionId("acme-fabrikam"), FABRIKAM),
    Bond(GLOBEX, ConnectionId("globex-contoso"), CONTOSO),
)

# Accounts that users may connect themselves: the mailbox that two organisations manage, by its own user and by another
# one, and an Outlook.com account of two users.
OWNS = (
    SEATS[3],
    Seat(ACME, ANNA, "Europe/Paris", ProductUserId("gus")),
    Seat(ACME, ZOE, "Asia/Tokyo", ProductUserId("zed")),
    Seat(GLOBEX, ZOE, "Asia/Tokyo", ProductUserId("zed")),
)
