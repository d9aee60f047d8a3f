"""What is broken by hand about people's own accounts the daily walk finds too, once an organisation; and a policy that
says anew which calendars are read reaches them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.adapters.tables.mailboxes import TableMailboxes
from shared_code.core.calendar import Calendar
from shared_code.core.ids import CalendarId, MailboxKey
from shared_code.core.personal_account import PersonalAccount, PersonalState
from shared_code.core.upkeep import Settled
from shared_code.flows.personal_hints import connect_order
from shared_code.flows.telling import told
from shared_code.mailbox_ports import StoredMailbox
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.orders import carry_out, drain, run_for
from tests.unit.functions.own_accounts import find_user, give_account
from tests.unit.functions.test_connection_life import tenant
from tests.unit.functions.test_opting_out import put_policy
from tests.unit.functions.test_repair import lose, walk, whole

__all__ = ["tenant", "whole"]


@pytest.fixture
async def own(whole: ComposedApp) -> PersonalAccount:
    """Ursula has an account of her own beside, read two hours ago."""
    account = await give_account(whole, state=PersonalState.PENDING)
    await carry_out(connect_order(await find_user(whole), account))
    await run_for(whole, timedelta(minutes=5))
    whole.clock.advance(timedelta(hours=2))
    return (await find_user(whole)).personal[0]


async def record_of(app: ComposedApp, mailbox: MailboxKey) -> StoredMailbox | None:
    return await TableMailboxes(app.rows).find(mailbox)


async def test_where_nothing_is_broken_nothing_is_counted_and_microsoft_is_not_asked(
    whole: ComposedApp, own: PersonalAccount
) -> None:
    whole.calendars.script.calls.clear()

    assert await walk(whole) == {}
    assert own.state is PersonalState.CONNECTED
    assert whole.calendars.script.calls == []


async def test_an_account_whose_record_is_gone_is_read_anew(whole: ComposedApp, own: PersonalAccount) -> None:
    await lose(whole, "mailboxes", str(own.mailbox))

    assert await walk(whole) == {"mailboxes": 1}
    assert await record_of(whole, own.mailbox) is not None
    assert await walk(whole) == {}


async def test_a_subscription_that_is_not_noted_is_made(whole: ComposedApp, own: PersonalAccount) -> None:
    record = await record_of(whole, own.mailbox)
    assert record is not None
    lease = replace(record.lease.value, subscription=None)
    await TableMailboxes(whole.rows).save_lease(record.lease, lease)
    del whole.subscriptions.live[own.mailbox]

    assert await walk(whole) == {"subscriptions": 1}
    assert own.mailbox in whole.subscriptions.live


async def test_a_lost_turn_is_set_again(whole: ComposedApp, own: PersonalAccount) -> None:
    subject = str(own.mailbox)
    for due in await whole._upkeep.find_due(whole.clock.now() + timedelta(hours=12), 100):
        if due.subject == subject:
            await whole._upkeep.settle([Settled(due)])
    whole.clock.advance(timedelta(hours=6))

    assert (await walk(whole))["turns"] >= 1
    later = await whole._upkeep.find_due(whole.clock.now() + timedelta(hours=1), 100)
    assert [due for due in later if (due.kind, due.subject) == ("mailbox", subject)] != []


async def test_one_that_needs_its_owner_is_no_damage(whole: ComposedApp, own: PersonalAccount) -> None:
    user = await find_user(whole)
    stored = await whole._users.find(user.organization, user.user)
    assert stored is not None
    lost = replace(own, state=PersonalState.NEEDS_RECONNECT)
    await whole._users.save([told(stored, replace(stored.value, personal=(lost,)))])
    await lose(whole, "mailboxes", str(own.mailbox))

    assert await walk(whole) == {}


async def test_all_calendars_of_an_account_are_read_once_the_policy_says_so(
    whole: ComposedApp, own: PersonalAccount
) -> None:
    listed = whole.calendars.mailboxes[own.mailbox]
    (default,) = listed.calendars.values()
    garden = Calendar(CalendarId("garden"), is_default=False, can_edit=True, owner_address=None)
    mine = replace(default, owner_address="ursula@outlook.com")
    listed.calendars.update({mine.calendar: mine, garden.calendar: replace(garden, owner_address=mine.owner_address)})
    listed.events[garden.calendar] = {}

    await put_policy(checked_calendars={"default": "all", "locked": False})
    await run_for(whole, timedelta(minutes=20))
    await drain(whole)

    record = await record_of(whole, own.mailbox)
    assert record is not None
    assert {each.calendar for each in record.links[0].value.calendars if each.read_at} == {
        mine.calendar,
        garden.calendar,
    }
