"""A mailbox that somebody has connected themself, and that their organisation's connection comes to read as well."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.core.ids import ConnectionId, LinkKey, MailboxKey
from shared_code.core.personal_account import PersonalAccount, PersonalState
from shared_code.core.product_user import UserState
from shared_code.flows.mailbox_connect import connect_of
from shared_code.ports import UserChange
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.account_way import begun
from tests.unit.functions.orders import run_for
from tests.unit.functions.own_accounts import ACME, accounts, find_user
from tests.unit.functions.test_connection_life import URSULA, connected, tenant, user_state
from tests.unit.functions.test_consent import TENANT
from tests.unit.functions.test_opting_out import opt_out, put_policy, reconnect
from tests.unit.functions.test_portal import signed_in

__all__ = ["tenant"]

SOON = timedelta(minutes=4)
SAME = MailboxKey("personal", TENANT, URSULA)


async def connect_themself(app: ComposedApp) -> None:
    """With the work account that the directory has for them, too."""
    user, now = await find_user(app), app.clock.now()
    stored = await app._users.find(ACME, user.user)
    assert stored is not None
    account = PersonalAccount(
        ConnectionId("own-1"), TENANT, URSULA, "ursula@acme.example", PersonalState.PENDING, now, now
    )
    assert not await app._users.save([UserChange(stored, replace(user, personal=(account,)))])
    app.calendars.add_mailbox(SAME)
    await app.sent.send(connect_of(LinkKey(SAME, ACME, user.user)))
    await run_for(app, SOON)


@pytest.fixture
async def beside(tenant: ComposedApp) -> ComposedApp:
    """Ursula went without the organisation's calendar, and connected the same mailbox herself."""
    await connected(tenant)
    await opt_out()
    await run_for(tenant, SOON)
    await connect_themself(tenant)
    return tenant


async def test_while_they_are_out_the_account_is_read(beside: ComposedApp) -> None:
    assert await user_state() == "opted_out"
    assert await accounts(beside) == {"own-1": ("connected", None)}


@pytest.mark.parametrize("takeover", ["keep", "both"])
async def test_no_mailbox_is_read_twice_for_one_person(beside: ComposedApp, takeover: str) -> None:
    await put_policy(takeover=takeover)

    await reconnect()
    await run_for(beside, SOON)

    assert await user_state() == "connected"
    assert await accounts(beside) == {"own-1": ("set_aside", "admin_managed")}
    assert await beside._mailboxes.find(SAME) is None


async def test_the_account_is_back_once_the_organisations_calendar_goes_again(beside: ComposedApp) -> None:
    await reconnect()
    await run_for(beside, SOON)

    await opt_out()
    await run_for(beside, SOON)

    assert await accounts(beside) == {"own-1": ("connected", None)}


@pytest.mark.by_hand
@pytest.mark.parametrize("state", [UserState.EXCLUDED_BY_POLICY, UserState.NO_MAILBOX, UserState.PENDING])
async def test_what_the_organisations_connection_cannot_open_its_owner_may(
    tenant: ComposedApp, state: UserState
) -> None:
    await connected(tenant)
    stored = await tenant._users.find(ACME, (await find_user(tenant)).user)
    assert stored is not None
    assert not await tenant._users.save([UserChange(stored, replace(stored.value, state=state))])
    way = await begun(tenant, await signed_in("ursula"))

    page = await way.connected("ursula@acme.example", URSULA, TENANT)

    assert "Your account is connected" in page.text
    assert [account.mailbox for account in (await find_user(tenant)).personal] == [SAME]
