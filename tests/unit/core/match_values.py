"""Product users and directory users to match with each other, in few words."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from shared_code.core.connection import ActivationLink, Connection, ConnectionState
from shared_code.core.directory import DirectoryUser
from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId, TenantId, UserId
from shared_code.core.product_user import Address, Match, MatchRule, ProductUser, UserState

ORGANIZATION = OrganizationId("acme")
CONNECTION = ConnectionId("c1")
OTHER = ConnectionId("c2")
TENANT = TenantId("aaaaaaaa-0000-4000-8000-000000000001")
OTHER_TENANT = TenantId("aaaaaaaa-0000-4000-8000-000000000002")
EARLIER = datetime(2026, 3, 1, 9, tzinfo=UTC)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def oid(number: int) -> UserId:
    return UserId(str(UUID(int=number)))


def person(
    number: int,
    mail: str | None = None,
    upn: str | None = None,
    *aliases: str,
    enabled: bool | None = True,
    user_type: str | None = "Member",
) -> DirectoryUser:
    return DirectoryUser(oid(number), mail, upn, aliases, enabled, user_type)


def product_user(
    name: str = "ann",
    *addresses: str,
    unverified: tuple[str, ...] = (),
    match: Match | None = None,
    state: UserState = UserState.NO_MATCH,
    has_calendar: bool = False,
    reason: str | None = None,
) -> ProductUser:
    verified = tuple(Address(address, verified=True) for address in addresses or (f"{name}@contoso.com",))
    doubtful = tuple(Address(address, verified=False) for address in unverified)
    return ProductUser(
        ORGANIZATION,
        ProductUserId(name),
        verified + doubtful,
        state,
        EARLIER,
        has_calendar=has_calendar,
        match=match,
        reason=reason,
    )


def match(
    number: int,
    address: str = "ann@contoso.com",
    rule: MatchRule = MatchRule.MAIL,
    connection: ConnectionId = CONNECTION,
    tenant: TenantId = TENANT,
) -> Match:
    return Match(connection, tenant, oid(number), rule, address, EARLIER)


def connection(
    name: ConnectionId = CONNECTION,
    tenant: TenantId = TENANT,
    state: ConnectionState = ConnectionState.ACTIVE,
    created_at: datetime = EARLIER,
) -> Connection:
    link = ActivationLink(1, created_at, created_at + timedelta(days=7), ProductUserId("boss"))
    return Connection(name, ORGANIZATION, state, created_at, link, tenant=tenant, calendars_granted=True)
