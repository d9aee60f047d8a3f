"""Outlook accounts that people connected themselves: read with their own tokens, lost, connected again and left."""

from datetime import timedelta

import pytest
import pytest_asyncio

from shared_code.core.calendar import Calendar, CalendarState
from shared_code.core.ids import LinkKey, ProductUserId
from shared_code.core.personal_account import PersonalReason, PersonalState
from shared_code.core.sync_rules import SYNC_EVERY
from shared_code.errors import Conflict, Disconnected, NoMailbox, OrgcalError, Refused, Throttled, TryLater
from shared_code.flows.drift import Drift
from shared_code.messages import ConfirmDrift, ConnectMailbox, KeepSubscription, ReleaseMailbox, SyncMailbox
from shared_code.personal_ports import SealedToken
from tests.fakes.fake_calendars import said
from tests.unit.flows.calendar_world import ACME, OTHER, meeting
from tests.unit.flows.personal_world import HOME, MAX, ZOE, PersonalWorld, link_of

SOON = timedelta(hours=2)
OWN = {"user": "zoe", "connection": "own-zoe", "registration": "personal"}


@pytest_asyncio.fixture
async def world() -> PersonalWorld:
    """Zoe has just signed in; nothing was read yet."""
    world = PersonalWorld()
    await world.add_organization()
    await world.begin()
    world.fill(meeting(SOON))
    world.forget_traces()
    return world


@pytest_asyncio.fixture
async def connected(world: PersonalWorld) -> PersonalWorld:
    await world.first_read()
    world.wait(minutes=20)
    world.forget_traces()
    return world


@pytest_asyncio.fixture
async def shared(connected: PersonalWorld) -> PersonalWorld:
    """Max has connected the very same Outlook account."""
    await connected.begin(MAX)
    await connected.first_read(MAX)
    connected.wait(minutes=20)
    connected.forget_traces()
    return connected


async def test_a_first_read_connects_the_account_and_tells_the_product(world: PersonalWorld) -> None:
    await world.first_read()

    account, link = await world.account(), await world.link()
    assert (account.state, account.reason) == (PersonalState.CONNECTED, None)
    assert link is not None
    assert (link.connection, [each.state for each in link.calendars]) == ("own-zoe", [CalendarState.OK])
    assert HOME in world.graph.live
    assert await world.told() == [("user.connected", OWN)]


async def test_an_outlook_com_account_is_not_asked_for_a_zone_that_microsoft_would_not_say(
    world: PersonalWorld,
) -> None:
    await world.first_read()

    assert world.asked() == ["list_calendars", "read_window", "create"]


async def test_nobody_but_its_owners_links_are_asked_through(world: PersonalWorld) -> None:
    await world.first_read()

    calls = [*world.calendars.script.calls, *world.graph.script.calls]
    assert {call.about[-1] for call in calls} == {said(link_of())}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Disconnected("refused", "revoked"), PersonalReason.REVOKED),
        (Disconnected("refused", "inactive"), PersonalReason.INACTIVE),
        (Disconnected("403", "permission_missing"), PersonalReason.CONSENT_REQUIRED),
        (Disconnected("401", "conditional_access"), PersonalReason.CONDITIONAL_ACCESS),
        (Disconnected("?", "something_new"), PersonalReason.TOKEN_REFUSED),
        (NoMailbox("404"), PersonalReason.MAILBOX_MISSING),
        (Refused("403"), PersonalReason.ACCESS_DENIED),
    ],
    ids=str,
)
async def test_an_account_that_is_shut_needs_its_owner_and_the_product_is_told_once(
    connected: PersonalWorld, error: OrgcalError, reason: PersonalReason
) -> None:
    connected.calendars.script.fail("read_window", error)

    await connected.read()
    await connected.read("notified")

    account = await connected.account()
    assert (account.state, account.reason) == (PersonalState.NEEDS_RECONNECT, reason)
    lost = {**OWN, "state": "needs_reconnect", "reason": str(reason)}
    assert await connected.told() == [("user.connected", OWN), ("user.attention_needed", lost)]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Disconnected("refused", "mfa_required"), PersonalReason.MFA_REQUIRED),
        (NoMailbox("404"), PersonalReason.MAILBOX_MISSING),
        (Refused("403"), PersonalReason.ACCESS_DENIED),
    ],
    ids=str,
)
async def test_a_first_read_that_is_refused_leaves_nothing_behind_but_the_reason(
    world: PersonalWorld, error: OrgcalError, reason: PersonalReason
) -> None:
    world.calendars.script.fail("read_window", error)

    await world.first_read()

    assert (await world.account()).reason is reason
    assert await world.mailboxes.find(HOME) is None
    assert world.graph.live == {}


async def test_nothing_more_is_asked_until_the_owner_comes_back(connected: PersonalWorld) -> None:
    connected.calendars.script.fail("read_window", Disconnected("refused", "revoked"))
    await connected.read()
    connected.forget_traces()

    for _ in range(4):
        connected.wait(hours=7)
        await connected.turn()
        await connected.read("notified")
        await connected.read("interactive")
        await connected.keep("removed")
        await connected.first_read()

    assert connected.asked() == []
    assert [type(message) for message, _ in connected.sent()] == []


async def test_an_account_that_needs_its_owner_has_a_turn_a_day(connected: PersonalWorld) -> None:
    await connected.change(state=PersonalState.NEEDS_RECONNECT)

    again = await connected.turn()

    assert again is not None
    assert again - connected.now > timedelta(hours=1)


async def test_the_owner_comes_back_and_what_changed_meanwhile_is_read(connected: PersonalWorld) -> None:
    connected.calendars.script.fail("read_window", Disconnected("refused", "revoked"))
    await connected.read()
    connected.calendars.script.heal()
    connected.wait(hours=30)
    connected.forget_traces()

    await connected.come_back()
    await connected.first_read()

    assert (await connected.account()).state is PersonalState.CONNECTED
    assert connected.asked() == ["list_calendars", "read_window"]
    assert [message.occasion for message, _ in connected.sent() if isinstance(message, KeepSubscription)] == [
        "recovered"
    ]
    assert [kind for kind, _ in await connected.told()] == ["user.connected", "user.attention_needed", "user.connected"]


async def test_whoever_comes_back_while_the_old_token_is_refused_is_not_lost_again(connected: PersonalWorld) -> None:
    async def refused_meanwhile(*_: object) -> object:
        connected.wait(seconds=2)
        await connected.come_back()
        raise Disconnected("the old one was refused", "revoked")

    connected.calendars.read_window = refused_meanwhile  # type: ignore[method-assign, assignment]
    await connected.read()

    assert (await connected.account()).state is PersonalState.PENDING


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Disconnected("the old one was refused", "revoked"), PersonalState.CONNECTED),
        (Refused("403"), PersonalState.NEEDS_RECONNECT),
    ],
    ids=str,
)
async def test_a_refusal_of_an_old_token_says_nothing_of_whoever_signs_in_meanwhile_and_a_shut_mailbox_does(
    connected: PersonalWorld, error: OrgcalError, state: PersonalState
) -> None:
    read_window = connected.calendars.read_window

    async def refused_meanwhile(*_: object) -> object:
        await connected.sign_in_anew()
        raise error

    connected.calendars.read_window = refused_meanwhile  # type: ignore[method-assign, assignment]
    await connected.read()
    connected.calendars.read_window = read_window  # type: ignore[method-assign]

    account, mailbox = await connected.account(), await connected.mailboxes.find(HOME)
    assert (account.state, account.signed_in_at) == (state, connected.now)
    assert mailbox is not None
    assert mailbox.lease.value.is_behind is (state is PersonalState.CONNECTED)


async def test_a_first_read_with_the_old_token_leaves_the_account_to_the_one_that_is_ordered_anew(
    world: PersonalWorld,
) -> None:
    read_window = world.calendars.read_window

    async def refused_meanwhile(*_: object) -> object:
        await world.sign_in_anew()
        raise Disconnected("the old one was refused", "revoked")

    world.calendars.read_window = refused_meanwhile  # type: ignore[method-assign, assignment]
    await world.first_read()
    waiting = await world.account()
    world.calendars.read_window = read_window  # type: ignore[method-assign]
    await world.first_read()

    assert waiting.state is PersonalState.PENDING
    assert (await world.account()).state is PersonalState.CONNECTED


async def test_a_first_read_serves_the_account_also_where_its_owner_signs_in_meanwhile(world: PersonalWorld) -> None:
    list_calendars = world.calendars.list_calendars

    async def listed_meanwhile(link: LinkKey) -> object:
        await world.sign_in_anew()
        return await list_calendars(link)

    world.calendars.list_calendars = listed_meanwhile  # type: ignore[method-assign, assignment]
    await world.first_read()

    account = await world.account()
    assert (account.state, account.signed_in_at) == (PersonalState.CONNECTED, world.now)


async def test_a_passing_fault_of_a_first_read_is_tried_again_for_a_day_ever_more_slowly(world: PersonalWorld) -> None:
    world.calendars.script.fail("list_calendars", TryLater("503"))
    tries = 0

    while not tries or world.queues.sent:
        world.clock.advance(sum((delay for _, delay in world.sent()), timedelta(0)))
        world.queues.sent.clear()
        await world.first_read()
        tries += 1

    assert world.now - (await world.account()).changed_at > timedelta(hours=12)
    assert tries < 60
    assert (await world.account()).state is PersonalState.PENDING


async def test_a_limit_of_the_consumers_tenant_holds_up_one_mailbox_alone(connected: PersonalWorld) -> None:
    connected.calendars.script.fail("read_window", Throttled("429", timedelta(minutes=3), whole_tenant=True))

    await connected.read()

    lease = (await connected.mailboxes.find(HOME)).lease.value  # type: ignore[union-attr]
    assert lease.not_before == connected.now + timedelta(minutes=3)
    assert (await connected.connection()).not_before is None


async def test_one_token_refused_says_nothing_of_another_persons_link_to_the_same_mailbox(
    shared: PersonalWorld,
) -> None:
    shared.calendars.script.fail("read_window", Disconnected("refused", "revoked"), about=said(link_of(ZOE)))
    shared.calendars.put(HOME, (await shared.link(MAX)).calendars[0].calendar, meeting(SOON * 2))  # type: ignore[union-attr]

    await shared.read("notified")

    found = await shared.mailboxes.find_link(link_of(MAX))
    assert found is not None
    assert found.link.calendars[0].events == 2
    assert (await shared.account(ZOE)).state is PersonalState.NEEDS_RECONNECT
    assert (await shared.account(MAX)).state is PersonalState.CONNECTED


@pytest.mark.parametrize("user", [ZOE, MAX])
async def test_a_token_that_cannot_be_had_just_now_keeps_nobody_elses_link_from_being_read(
    shared: PersonalWorld, user: ProductUserId
) -> None:
    """As long as its key is missing, nobody knows for how long."""
    shared.calendars.script.fail("read_window", TryLater("no key"), about=said(link_of(user)))

    await shared.read()

    asked = [call.about[-1] for call in shared.calendars.script.calls]
    assert sorted(map(str, asked)) == [said(link_of(MAX)), said(link_of(ZOE))]
    other = await shared.link(MAX if user == ZOE else ZOE)
    assert other is not None
    assert other.calendars[0].read_at == shared.now


async def test_a_limit_that_one_link_meets_holds_the_others_up(shared: PersonalWorld) -> None:
    shared.calendars.script.fail("read_window", Throttled("429", timedelta(minutes=2)))

    await shared.read()

    assert len(shared.calendars.script.calls) == 1


@pytest.mark.parametrize("error", [Disconnected("refused", "inactive"), TryLater("no key")], ids=str)
@pytest.mark.parametrize("user", [ZOE, MAX])
async def test_a_subscription_is_renewed_through_whichever_link_can(
    shared: PersonalWorld, user: ProductUserId, error: OrgcalError
) -> None:
    shared.wait(days=6, hours=12)
    shared.graph.script.fail("renew", error, about=said(link_of(user)))

    await shared.keep()

    lease = (await shared.mailboxes.find(HOME)).lease.value  # type: ignore[union-attr]
    assert lease.subscription is not None
    assert lease.subscription.renewed_at == shared.now
    assert shared.sent() == []


async def test_whose_token_is_refused_at_a_renewal_needs_its_owner_and_nobody_else(shared: PersonalWorld) -> None:
    shared.wait(days=6, hours=12)
    shared.graph.script.fail("renew", Disconnected("refused", "inactive"), about=said(link_of(MAX)))

    await shared.keep()

    assert (await shared.account(MAX)).reason is PersonalReason.INACTIVE
    assert (await shared.account(ZOE)).state is PersonalState.CONNECTED


async def test_the_turn_of_a_mailbox_goes_on_for_those_who_are_served(shared: PersonalWorld) -> None:
    await shared.change(ZOE, state=PersonalState.NEEDS_RECONNECT)
    shared.wait(hours=6)

    again = await shared.turn()

    assert [message.cause for message, _ in shared.sent() if isinstance(message, SyncMailbox)] == ["swept"]
    assert again is not None
    assert again - shared.now <= SYNC_EVERY


@pytest.mark.parametrize("state", [PersonalState.PENDING, PersonalState.CONNECTED])
async def test_whoever_disconnects_while_their_mailbox_is_read_for_the_first_time_keeps_no_link(
    world: PersonalWorld, state: PersonalState
) -> None:
    await world.change(state=state)
    listed = world.calendars.list_calendars

    async def list_while_they_leave(link: LinkKey) -> tuple[Calendar, ...]:
        await world.change_user(ZOE, personal=())
        return await listed(link)

    world.calendars.list_calendars = list_while_they_leave  # type: ignore[method-assign]
    await world.first_read()

    assert [message.link for message, _ in world.sent() if isinstance(message, ReleaseMailbox)] == [link_of()]


async def test_a_subscription_that_is_gone_without_a_word_is_made_anew_once_a_change_was_untold(
    connected: PersonalWorld,
) -> None:
    connected.wait(hours=6)
    del connected.graph.live[HOME]  # after a new password, of which Outlook.com tells nobody
    connected.fill(meeting(SOON), meeting(SOON * 2))
    await connected.read()
    order = next(message for message, _ in connected.sent() if isinstance(message, ConfirmDrift))
    connected.wait(minutes=5)
    connected.forget_traces()

    await Drift(connected.mailboxes, connected.queues).confirm(order, connected.now)
    await connected.keep("recovered")

    assert [message.occasion for message, _ in connected.sent() if isinstance(message, KeepSubscription)] == [
        "recovered"
    ]
    assert HOME in connected.graph.live
    mailbox = await connected.mailboxes.find(HOME)
    assert mailbox is not None
    assert mailbox.lease.value.subscription is not None
    assert mailbox.lease.value.subscription.generation == 2


async def test_the_last_link_takes_subscription_record_and_token_with_it(connected: PersonalWorld) -> None:
    await connected.change_user(ZOE, personal=())

    await connected.let_go()

    assert connected.graph.live == {}
    assert connected.vault.kept == {}
    assert await connected.mailboxes.find(HOME) is None
    assert connected.asked() == ["delete"]


async def test_the_token_goes_even_where_the_subscription_cannot(connected: PersonalWorld) -> None:
    await connected.change_user(ZOE, personal=())
    connected.graph.script.fail("delete", TryLater("503"))

    await connected.let_go()

    assert connected.vault.kept == {}
    assert await connected.mailboxes.find(HOME) is None


async def test_an_account_that_the_policy_sets_aside_keeps_its_token_and_nothing_else(connected: PersonalWorld) -> None:
    await connected.change(state=PersonalState.SET_ASIDE, reason=PersonalReason.NOT_ALLOWED)

    await connected.let_go()

    assert list(connected.vault.kept) == [link_of()]
    assert connected.graph.live == {}
    assert await connected.mailboxes.find(HOME) is None


async def test_whoever_leaves_takes_nothing_from_the_other_who_has_the_same_account(shared: PersonalWorld) -> None:
    await shared.change_user(ZOE, personal=())

    await shared.let_go(ZOE)

    assert HOME in shared.graph.live
    assert list(shared.vault.kept) == [link_of(MAX)]
    assert await shared.link(ZOE) is None
    assert await shared.link(MAX) is not None


async def test_a_release_that_comes_late_takes_nothing_from_an_account_that_is_there_again(
    connected: PersonalWorld,
) -> None:
    await connected.let_go()

    assert await connected.link() is not None
    assert list(connected.vault.kept) == [link_of()]


async def test_a_token_that_comes_while_the_old_one_is_forgotten_stays(connected: PersonalWorld) -> None:
    account = await connected.account()
    await connected.change_user(ZOE, personal=())
    find = connected.users.find

    async def find_just_before_they_come_back(*key: object) -> object:
        found = await find(*key)  # type: ignore[arg-type]
        if found is not None and await connected.mailboxes.find(HOME) is None:
            connected.users.find = find  # type: ignore[method-assign]
            await connected.vault.keep(link_of(), SealedToken("key", "newer"))
            await connected.change_user(ZOE, personal=(account,))
        return found

    connected.users.find = find_just_before_they_come_back  # type: ignore[method-assign, assignment]
    with pytest.raises(Conflict):
        await connected.let_go()
    await connected.let_go()

    assert connected.vault.kept == {link_of(): SealedToken("key", "newer")}


@pytest.mark.parametrize("state", [None, PersonalState.SET_ASIDE])
async def test_a_turn_releases_what_its_user_no_longer_has(
    connected: PersonalWorld, state: PersonalState | None
) -> None:
    if state is None:
        await connected.change_user(ZOE, personal=())
    else:
        await connected.change(state=state)

    await connected.turn()

    assert [message.link for message, _ in connected.sent() if isinstance(message, ReleaseMailbox)] == [link_of()]


async def test_people_of_two_organisations_read_the_same_mailbox_each_with_their_own_token(
    connected: PersonalWorld,
) -> None:
    await connected.add_organization(OTHER)
    await connected.begin(MAX, OTHER)

    await connected.connect_flow().run(_order(), connected.now)
    connected.wait(minutes=20)
    connected.forget_traces()
    await connected.read()

    asked = [call.about[-1] for call in connected.calendars.script.calls]
    assert sorted(asked) == sorted([said(link_of(ZOE, ACME)), said(link_of(MAX, OTHER))])  # type: ignore[type-var]


def _order() -> ConnectMailbox:
    key = link_of(MAX, OTHER)
    return ConnectMailbox(
        organization=key.organization,
        user=key.user,
        tenant=HOME.tenant,
        user_id=HOME.user_id,
        registration="personal",
    )
