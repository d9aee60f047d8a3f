"""The form on one's own page, of people with several connections."""

import re

import pytest
import pytest_asyncio

from shared_code.core.personal_account import PersonalState
from shared_code.errors import TryLater
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.browser import Answered
from tests.unit.functions.calendar_choices import OWN, choose, chooser, shown
from tests.unit.functions.my_page import ME, opened
from tests.unit.functions.own_outlook import OWN_MAILBOX, add_own_account, change_account, have_only_own
from tests.unit.functions.test_portal import signed_in

__all__ = ["chooser"]
pytestmark = pytest.mark.by_hand  # accounts appear in the tables, and nobody is told


@pytest_asyncio.fixture
async def both(chooser: ComposedApp) -> ComposedApp:
    await add_own_account(chooser)
    return chooser


async def _looked() -> Answered:
    return await (await signed_in("ursula")).get(ME)


def _groups(page: Answered) -> list[str]:
    return re.findall(r'id="check-group-\d">([^<]*)<', page.text)


def _values(page: Answered, setting: str) -> list[str]:
    return re.findall(rf'name="{setting}" value="([^"]*)"', page.text)


async def test_calendars_stand_below_their_account(both: ComposedApp) -> None:
    page = await _looked()

    assert _groups(page) == [OWN, "ursula@outlook.example"]
    assert _values(page, "checked_calendars") == ["work", "club", "home", "private", "band", "school"]
    assert _values(page, "write_calendar") == ["work", "home", "private", "band"]
    assert page.text.count("so it is read every quarter of an hour") == 1


async def test_with_one_connection_nobody_has_to_be_told_which_it_is(both: ComposedApp) -> None:
    await have_only_own(both)

    page = await _looked()

    assert _groups(page) == []
    assert _values(page, "checked_calendars") == ["private", "band", "school"]


async def test_what_is_chosen_across_connections_holds(both: ComposedApp) -> None:
    form = await opened()

    saved = await form.changed(checked_calendars=["home", "school"], write_calendar=["band"]).save()

    assert saved.status == 303
    settings = await shown()
    assert (settings["checked_calendars"], settings["write_calendar"]) == (["home", "school"], "band")


async def test_whoever_takes_their_choices_back_follows_the_organization_everywhere(both: ComposedApp) -> None:
    await choose(checked_calendars=["home", "school"], write_calendar="band")
    browser = await signed_in("ursula")
    await browser.get(ME)

    await browser.post(f"{ME}/defaults", {})

    settings = await shown()
    assert (settings["checked_calendars"], settings["write_calendar"], settings["chosen"]) == (
        ["private", "work"],
        "work",
        [],
    )


async def test_an_account_that_needs_its_owner_is_named_and_its_choices_stay(both: ComposedApp) -> None:
    await choose(checked_calendars=["work", "band"])
    await change_account(both, state=PersonalState.NEEDS_RECONNECT)
    form = await opened()

    page = await _looked()
    saved = await form.changed(checked_calendars=["home"]).save()

    assert _groups(page) == [OWN, "ursula@outlook.example"]
    assert "Your calendars cannot be listed at present. What you had chosen still holds." in page.text
    assert saved.status == 303
    assert (await shown())["checked_calendars"] == ["band", "home"]


async def test_an_account_that_comes_back_while_the_form_is_filled_in_loses_no_choice(both: ComposedApp) -> None:
    await choose(checked_calendars=["work", "band"])
    await change_account(both, state=PersonalState.NEEDS_RECONNECT)
    form = await opened()
    await change_account(both, state=PersonalState.CONNECTED)

    saved = await form.changed(checked_calendars=["home"]).save()

    assert saved.status == 422
    assert (await shown())["checked_calendars"] == ["band", "work"]


async def test_while_one_of_several_does_not_answer_no_calendar_can_be_chosen(both: ComposedApp) -> None:
    both.calendars.script.fail("list_named", TryLater("503"), about=str(OWN_MAILBOX))

    page = await _looked()

    assert "Microsoft does not answer just now" in page.text
    assert _values(page, "checked_calendars") == []
