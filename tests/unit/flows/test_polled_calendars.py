"""Calendars that others share with an account's owner, or of the internet: nobody tells of their changes."""

from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from shared_code.core.calendar import Calendar, CalendarState
from shared_code.core.freshness import state_now
from shared_code.core.ids import CalendarId
from shared_code.core.personal_account import PersonalState
from shared_code.core.sync_rules import SYNC_EVERY
from shared_code.core.user_settings import CalendarWish
from shared_code.errors import Gone, NoMailbox, OrgcalError, Refused
from shared_code.messages import ConfirmDrift, SyncMailbox
from tests.unit.flows.calendar_world import meeting
from tests.unit.flows.personal_world import HOME, ZOE, PersonalWorld

ZOES = Calendar(CalendarId("zoes"), is_default=True, can_edit=True, owner_address="zoe@outlook.example")
BENS = Calendar(CalendarId("bens"), is_default=False, can_edit=True, owner_address="ben@outlook.example")
SOON = timedelta(hours=2)


@pytest_asyncio.fixture
async def world() -> PersonalWorld:
    """Zoe has her own calendar checked, and Ben's, who shares it with her."""
    world = PersonalWorld()
    await world.add_organization()
    await world.begin()
    world.calendars.add_mailbox(HOME, ZOES, BENS)
    world.calendars.put(HOME, ZOES.calendar, meeting(SOON))
    wish = CalendarWish(HOME, world.now, (BENS.calendar, ZOES.calendar))
    await world.change_user(ZOE, settings=replace((await world.user(ZOE)).settings, personal_calendars=(wish,)))
    await world.first_read()
    world.wait(minutes=20)
    await world.read()
    world.forget_traces()
    return world


async def states(world: PersonalWorld) -> dict[str, CalendarState]:
    link = await world.link()
    assert link is not None
    return {each.calendar: each.state for each in link.calendars if each.checked}


async def test_they_are_read_like_ones_own(world: PersonalWorld) -> None:
    assert await states(world) == {"zoes": CalendarState.OK, "bens": CalendarState.OK}


async def test_the_mailbox_has_its_turn_every_quarter_of_an_hour_although_it_is_subscribed_to(
    world: PersonalWorld,
) -> None:
    world.wait(minutes=15)

    again = await world.turn()

    assert [message.cause for message, _ in world.sent() if isinstance(message, SyncMailbox)] == ["swept"]
    assert again is not None
    assert again - world.now <= SYNC_EVERY


async def test_what_is_polled_is_stale_after_half_an_hour_and_what_is_told_is_not(world: PersonalWorld) -> None:
    found = await world.mailboxes.find(HOME)
    assert found is not None
    later, teller = world.now + timedelta(minutes=31), found.lease.value.subscription

    now = {each.calendar: state_now(each, teller, later, None) for each in found.links[0].value.calendars}

    assert now == {"zoes": CalendarState.OK, "bens": CalendarState.STALE}


async def test_a_change_that_nobody_could_tell_of_is_no_drift(world: PersonalWorld) -> None:
    world.wait(minutes=15)
    world.calendars.put(HOME, BENS.calendar, meeting(SOON * 2))

    await world.read()

    link = await world.link()
    assert link is not None
    assert {each.calendar: each.events for each in link.calendars} == {"zoes": 1, "bens": 1}
    assert [message for message, _ in world.sent() if isinstance(message, ConfirmDrift)] == []


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Refused("no longer shared"), CalendarState.DENIED),
        (NoMailbox("Ben has left"), CalendarState.DENIED),
        (Gone("no longer there"), CalendarState.GONE),
    ],
    ids=str,
)
async def test_what_somebody_no_longer_shares_shuts_nobody_elses_account(
    world: PersonalWorld, error: OrgcalError, state: CalendarState
) -> None:
    world.calendars.script.fail("read_window", error, about=BENS.calendar)
    world.wait(minutes=15)

    await world.read()

    assert (await world.account()).state is PersonalState.CONNECTED
    assert await states(world) == {"zoes": CalendarState.OK, "bens": state}


async def test_an_account_comes_back_without_what_is_no_longer_shared(world: PersonalWorld) -> None:
    world.calendars.script.fail("read_window", Refused("no longer shared"), about=BENS.calendar)
    await world.come_back()

    await world.first_read()

    assert (await world.account()).state is PersonalState.CONNECTED
    assert await states(world) == {"zoes": CalendarState.OK, "bens": CalendarState.DENIED}
