"""Whoever has several connections sees and chooses the calendars of all of them."""

from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from shared_code.core.ids import CalendarId
from shared_code.core.personal_account import PersonalState
from shared_code.core.product_user import UserState
from shared_code.core.user_settings import CalendarWish
from shared_code.errors import Refused, TryLater
from shared_code.messages import SyncMailbox
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.browser import call
from tests.unit.functions.calendar_choices import (
    CLUB,
    HOME,
    OUT_OF_THE_BOX,
    WORK,
    busy_hours,
    choose,
    chooser,
    forget_traces,
    put_policy,
    shown,
)
from tests.unit.functions.orders import run_for
from tests.unit.functions.own_outlook import (
    BAND,
    OWN_CONNECTION,
    OWN_MAILBOX,
    PRIVATE,
    SCHOOL,
    add_own_account,
    change_account,
    change_ursula,
    have_only_own,
    ursula,
)
from tests.unit.functions.test_connection_life import MAILBOX, the_connection

__all__ = ["chooser"]
pytestmark = pytest.mark.by_hand  # accounts appear in the tables, and nobody is told


@pytest_asyncio.fixture
async def both(chooser: ComposedApp) -> ComposedApp:
    await add_own_account(chooser)
    forget_traces(chooser)
    return chooser


async def _listed() -> dict[str, Any]:
    return dict((await call("list_calendars", organization="acme", user="ursula")).json)


def _ordered(app: ComposedApp) -> set[object]:
    """The mailboxes whose calendars are to be looked at anew."""
    return {sent.message.mailbox for sent in app.sent.sent if isinstance(sent.message, SyncMailbox)}


async def test_calendars_of_all_connections_are_listed_with_their_connection(both: ComposedApp) -> None:
    listed = await _listed()

    of_the_organization = (await the_connection())["connection"]
    assert [(each["calendar"], each["connection"]) for each in listed["calendars"]] == [
        *((each.calendar, of_the_organization) for each in (WORK, HOME, CLUB)),
        *((each.calendar, OWN_CONNECTION) for each in (PRIVATE, BAND, SCHOOL)),
    ]
    assert listed["unseen"] == []
    assert both.calendars.script.operations() == ["list_named", "list_named"]


async def test_calendars_of_others_are_offered_in_an_own_account_and_marked_as_polled(both: ComposedApp) -> None:
    listed = await _listed()

    (school,) = (each for each in listed["calendars"] if each["polled"])
    assert (school["calendar"], school["can_edit"]) == (SCHOOL.calendar, False)  # whatever its owner lets them do


async def test_by_default_each_default_calendar_is_checked_and_the_organizations_is_written_to(
    both: ComposedApp,
) -> None:
    listed = await _listed()

    assert [each["calendar"] for each in listed["calendars"] if each["checked"]] == ["work", "private"]
    assert [each["calendar"] for each in listed["calendars"] if each["written"]] == ["work"]
    assert await shown() == {**OUT_OF_THE_BOX, "checked_calendars": ["private", "work"]}


async def test_whoever_has_only_an_account_of_their_own_writes_to_it(both: ComposedApp) -> None:
    await have_only_own(both)

    assert await shown() == {**OUT_OF_THE_BOX, "checked_calendars": ["private"], "write_calendar": "private"}


async def test_one_choice_is_kept_for_each_mailbox(both: ComposedApp) -> None:
    answered = await choose(checked_calendars=["home", "school"], write_calendar="band")

    assert (answered.status, answered.json) == (200, await shown())
    assert answered.json == {
        **OUT_OF_THE_BOX,
        "checked_calendars": ["home", "school"],
        "write_calendar": "band",
        "chosen": ["checked_calendars", "write_calendar"],
    }
    settings = (await ursula(both)).settings
    assert settings.written_mailbox == OWN_MAILBOX
    managed, (own,) = settings.calendars, settings.personal_calendars
    assert managed == CalendarWish(MAILBOX, both.clock.now(), (HOME.calendar,), (CLUB.calendar, WORK.calendar))
    assert own == CalendarWish(
        OWN_MAILBOX, own.chosen_at, (SCHOOL.calendar,), (BAND.calendar, PRIVATE.calendar), BAND.calendar
    )


async def test_each_mailbox_that_is_used_otherwise_is_looked_at_anew_and_no_other(both: ComposedApp) -> None:
    await choose(checked_calendars=["work", "private"], write_calendar="work")
    both.sent.sent.clear()

    await choose(checked_calendars=["work", "private", "band"])
    of_one = _ordered(both)
    await choose(write_calendar="private")

    assert of_one == {OWN_MAILBOX}
    assert _ordered(both) == {OWN_MAILBOX, MAILBOX}


async def test_choosing_twice_is_choosing_once(both: ComposedApp) -> None:
    first = await choose(checked_calendars=["home", "school"], write_calendar="band")
    forget_traces(both)

    second = await choose(checked_calendars=["school", "home"], write_calendar="band")

    assert second.json == first.json
    assert both.calendars.script.operations() == []
    assert both.rows.count("commit") == 0


async def test_an_account_that_came_after_a_choice_is_part_of_the_next_one(chooser: ComposedApp) -> None:
    await choose(checked_calendars=["home"])
    await add_own_account(chooser)
    before = await shown()

    await choose(checked_calendars=["home"])

    assert before["checked_calendars"] == ["home", "private"]
    assert (await shown())["checked_calendars"] == ["home"]


async def test_taking_choices_back_holds_for_all_mailboxes(both: ComposedApp) -> None:
    await choose(checked_calendars=["home", "school"], write_calendar="band")

    answered = await choose(checked_calendars=None, write_calendar=None)

    assert answered.json == {**OUT_OF_THE_BOX, "checked_calendars": ["private", "work"]}


async def test_writing_to_the_organizations_calendar_again_is_a_choice_like_any(both: ComposedApp) -> None:
    await choose(write_calendar="home")
    await choose(write_calendar="band")

    answered = await choose(write_calendar="home")

    assert answered.json["write_calendar"] == "home"
    assert (await ursula(both)).settings.written_mailbox is None


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"checked_calendars": ["private", "bens"]}, "calendar-unknown"),
        ({"write_calendar": "nobodys"}, "calendar-unknown"),
        ({"write_calendar": "school"}, "calendar-not-editable"),
    ],
)
async def test_a_calendar_that_is_in_none_of_their_mailboxes_or_is_not_theirs_to_edit_is_refused(
    both: ComposedApp, settings: dict[str, Any], problem: str
) -> None:
    answered = await choose(**settings, busy_statuses=["tentative"])

    assert answered.json["type"] == f"urn:orgcal:problem:{problem}"
    assert (await ursula(both)).settings.busy_statuses is None


async def test_what_cannot_be_seen_is_said_and_stays_as_it_is(both: ComposedApp) -> None:
    await choose(checked_calendars=["work", "private", "band"])
    await change_account(both, state=PersonalState.NEEDS_RECONNECT)

    listed = await _listed()
    answered = await choose(checked_calendars=["home"])
    with_them = await choose(checked_calendars=["home", "band", "private"])

    assert [each["calendar"] for each in listed["calendars"]] == ["work", "home", "club"]
    assert listed["unseen"] == [OWN_CONNECTION]
    assert answered.json["checked_calendars"] == with_them.json["checked_calendars"] == ["band", "home", "private"]


async def test_nothing_can_be_written_to_what_cannot_be_seen(both: ComposedApp) -> None:
    await change_account(both, state=PersonalState.NEEDS_RECONNECT)

    answered = await choose(write_calendar="band")

    assert answered.json["type"] == "urn:orgcal:problem:not-connected"


async def test_a_mailbox_that_is_found_closed_is_unseen_and_looked_into(both: ComposedApp) -> None:
    both.calendars.script.fail("list_named", Refused("403"), about=str(MAILBOX))

    listed = await _listed()

    assert listed["unseen"] == [(await the_connection())["connection"]]
    assert [each["calendar"] for each in listed["calendars"]] == ["private", "band", "school"]
    assert _ordered(both) == {MAILBOX}


async def test_while_one_of_several_does_not_answer_nothing_is_shown_or_chosen(both: ComposedApp) -> None:
    for operation in ("list_named", "list_calendars"):
        both.calendars.script.fail(operation, TryLater("503", timedelta(seconds=7)), about=str(OWN_MAILBOX))

    looked = await call("list_calendars", organization="acme", user="ursula")
    chosen = await choose(checked_calendars=["home"])

    assert (looked.status, chosen.status) == (503, 503)
    assert (await shown())["chosen"] == []


async def test_a_lock_holds_for_accounts_of_their_own_as_well(both: ComposedApp) -> None:
    await choose(checked_calendars=["home", "school"], write_calendar="band")
    await put_policy(checked_calendars={"locked": True}, write_calendar={"locked": True})

    refused = await choose(checked_calendars=["work", "school"])
    written = await choose(write_calendar="private")

    assert (await shown())["checked_calendars"] == ["private", "work"]
    assert (await shown())["write_calendar"] == "work"
    assert [each.json["fields"] for each in (refused, written)] == [
        {"policy": "checked_calendars"},
        {"policy": "write_calendar"},
    ]


async def test_another_rule_for_calendars_is_carried_out_in_accounts_of_their_own_within_a_quarter_of_an_hour(
    both: ComposedApp,
) -> None:
    await put_policy(checked_calendars={"default": "all"})
    meanwhile = await busy_hours(both)

    await run_for(both, timedelta(minutes=16))

    assert meanwhile == "not_read_yet"
    assert await busy_hours(both) == [1, 6, 7, 8]
    assert (await shown())["checked_calendars"] == ["band", "club", "home", "private", "work"]  # nobody else's


async def test_a_choice_in_an_account_is_there_when_it_comes_back(both: ComposedApp) -> None:
    await choose(checked_calendars=["home", "school"], write_calendar="band")
    accounts = (await ursula(both)).personal

    await change_ursula(both, personal=())
    without = await shown()
    await change_ursula(both, personal=accounts)

    assert (without["checked_calendars"], without["write_calendar"]) == (["home"], "work")
    again = await shown()
    assert (again["checked_calendars"], again["write_calendar"]) == (["home", "school"], "band")


async def test_an_account_that_is_set_aside_has_nothing_to_be_chosen(both: ComposedApp) -> None:
    await change_account(both, state=PersonalState.SET_ASIDE)

    listed, refused = await _listed(), await choose(checked_calendars=["private"])

    assert [each["calendar"] for each in listed["calendars"]] == ["work", "home", "club"]
    assert refused.json["type"] == "urn:orgcal:problem:calendar-unknown"


async def test_one_mailbox_that_is_reached_in_two_ways_is_listed_once(both: ComposedApp) -> None:
    own = both.calendars.mailboxes[OWN_MAILBOX]
    own.calendars = {each.calendar: each for each in (WORK, HOME)}

    listed = await _listed()

    assert [each["calendar"] for each in listed["calendars"]] == ["work", "home", "club"]


async def test_whoever_opted_out_chooses_in_their_own_accounts(both: ComposedApp) -> None:
    await change_ursula(both, state=UserState.OPTED_OUT)

    answered = await choose(checked_calendars=["band"])

    assert answered.json["checked_calendars"] == ["band"]
    assert CalendarId("work") not in {each["calendar"] for each in (await _listed())["calendars"]}
