"""One organisation's thousands, of first reads or of releases, do not stand before another's ten."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from math import ceil
from uuid import NAMESPACE_DNS, uuid5

import pytest

from shared_code import bootstrap
from shared_code.core.connection import ActivationLink, Connection, ConnectionState
from shared_code.core.directory import DirectoryUser
from shared_code.core.ids import ConnectionId, MailboxKey, OrganizationId, ProductUserId, TenantId, UserId
from shared_code.core.organization import AuditEntry, Organization
from shared_code.core.product_user import Address, Match, MatchRule, ProductUser, UserState
from shared_code.core.reasons import Reason
from shared_code.flows.releasing import RELEASES_A_SECOND
from shared_code.messages import ConnectMailbox, DisconnectUsers, ForgetOrganization, ReleaseMailbox, SweepUsers
from shared_code.order_queues import USER_MATCH
from shared_code.ports import UserChange
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.orders import carry_out

A_MESSAGE = timedelta(milliseconds=100)  # what one takes; the queue has one reader


@pytest.fixture
def app() -> Iterator[ComposedApp]:
    composed = ComposedApp()
    bootstrap.serve(composed)
    yield composed
    bootstrap.serve(None)


async def settle_in(app: ComposedApp, organization: OrganizationId, number: int) -> SweepUsers:
    """An organisation whose users are all in a tenant that has just been connected; the order of its first match."""
    tenant, name, now = TenantId(str(uuid5(NAMESPACE_DNS, organization))), ConnectionId("c1"), app.clock.now()
    await app._organizations.create(Organization(organization, organization, now))
    link = ActivationLink(1, now, now, ProductUserId("boss"))
    connection = Connection(name, organization, ConnectionState.ACTIVE, now, link, tenant=tenant)
    await app._organizations.add_connection(connection, AuditEntry(now, "connection.requested", "boss"))
    people, users = [], []
    for place in range(number):
        user, address = ProductUserId(f"user{place}"), f"user{place}@{organization}.example"
        people.append(DirectoryUser(_oid(organization, user), address, address, (), True, "Member"))
        app.calendars.add_mailbox(MailboxKey("organizations", tenant, _oid(organization, user)))
        verified = (Address(address, verified=True),)
        users.append(ProductUser(organization, user, verified, UserState.NO_MATCH, now, reason=Reason.AWAITING_LOOK_UP))
    app.directory.put(tenant, *people)
    await app._users.save([UserChange(None, user) for user in users])
    return SweepUsers(organization=organization, connection=name)


async def connected(app: ComposedApp, organization: OrganizationId) -> int:
    page = await app._users.page(organization, None)
    return sum(stored.value.state is UserState.CONNECTED for stored in page.items)


async def carry_out_next(app: ComposedApp) -> list[OrganizationId]:
    """The message that has been showing longest, whatever its queue; whose first read it was, if it was one."""
    while (message := app.sent.take()) is None:
        following = app.sent.next_visible_at()
        assert following is not None, "the queues ran empty"
        app.clock.move_to(following)
    await carry_out(message)
    app.clock.advance(A_MESSAGE)
    return [message.organization] if isinstance(message, ConnectMailbox) else []


async def test_ten_users_are_read_before_a_hundred_of_another_organizations_thousands(app: ComposedApp) -> None:
    large, small = OrganizationId("large"), OrganizationId("small")
    await app.sent.send(await settle_in(app, large, 2_000))
    reads: Counter[str] = Counter()
    while reads[large] < 60:
        reads.update(await carry_out_next(app))
    await app.sent.send(await settle_in(app, small, 10))
    reads.clear()

    while reads[small] < 10:
        reads.update(await carry_out_next(app))

    assert await connected(app, small) == 10
    assert reads[large] <= 100


async def test_everybody_of_a_large_organization_is_read_in_the_end(app: ComposedApp) -> None:
    large = OrganizationId("large")
    await app.sent.send(await settle_in(app, large, 300))

    while await connected(app, large) < 300:
        await carry_out_next(app)

    assert app.rows.rows_in("mailboxes") == 900  # a lease, a link and a calendar each


@pytest.mark.parametrize("way", ["disconnected", "forgotten"])
async def test_who_leaves_with_hundreds_leaves_room_for_others_reads(app: ComposedApp, way: str) -> None:
    large = OrganizationId("large")
    await settle_in(app, large, 450)
    await match_everybody(app, large)
    records = await app._organizations.find(large)
    assert records is not None
    if way == "disconnected":
        (stored,) = records.connections
        await app._organizations.save_connection(stored, replace(stored.value, state=ConnectionState.DISCONNECTING))
        await app.sent.send(DisconnectUsers(organization=large, connection=ConnectionId("c1")))
    else:
        await app._organizations.save(records.organization, replace(records.organization.value, leaving=True))
        await app.sent.send(ForgetOrganization(organization=large))

    while (message := app.sent.take(USER_MATCH)) is not None:
        await carry_out(message)

    a_second = Counter(sent.delay for sent in app.sent.sent if isinstance(sent.message, ReleaseMailbox))
    assert len(a_second) == ceil(450 / RELEASES_A_SECOND)
    assert max(a_second.values()) == RELEASES_A_SECOND
    assert sum(a_second.values()) == 450


async def match_everybody(app: ComposedApp, organization: OrganizationId) -> None:
    page, tenant = await app._users.page(organization, None), TenantId(str(uuid5(NAMESPACE_DNS, organization)))
    changes = []
    for stored in page.items:
        user, address = stored.value, stored.value.addresses[0].address
        match = Match(
            ConnectionId("c1"), tenant, _oid(organization, user.user), MatchRule.MAIL, address, user.changed_at
        )
        changes.append(UserChange(stored, replace(user, state=UserState.CONNECTED, reason=None, match=match)))
    await app._users.save(changes)


def _oid(organization: OrganizationId, user: ProductUserId) -> UserId:
    return UserId(str(uuid5(NAMESPACE_DNS, f"{user}.{organization}")))
