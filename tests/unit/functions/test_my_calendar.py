"""A person on their own calendar's page: what it shows in each state, and how they leave and come back."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.core.calendar import NamedCalendar
from shared_code.core.directory import DirectoryUser
from shared_code.core.ids import LinkKey
from shared_code.errors import Disconnected, OrgcalError, Refused, TryLater, Unexpected
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.browser import Answered, call
from tests.unit.functions.calendar_choices import BENS, OUT_OF_THE_BOX, OWN, WORK, choose, chooser, put_policy, shown
from tests.unit.functions.my_page import ME, opened
from tests.unit.functions.orders import run_for
from tests.unit.functions.test_connection_life import MAILBOX, URSULA, connected, disconnect, user_state
from tests.unit.functions.test_consent import TENANT
from tests.unit.functions.test_opting_out import opt_out
from tests.unit.functions.test_portal import signed_in

__all__ = ["chooser"]

ACTIONS = ("Disconnect my calendar", "Connect again", ">Save<")


async def looked(user: str = "ursula", **session: object) -> Answered:
    return await (await signed_in(user, **session)).get(ME)


def offered(page: Answered) -> list[str]:
    return [action for action in ACTIONS if action in page.text]


# --- what is shown ---


async def test_whoever_is_connected_sees_their_account_and_their_own_calendars(chooser: ComposedApp) -> None:
    browser = await signed_in("ursula")
    chooser.calendars.script.calls.clear()

    page = await browser.get(ME)

    assert page.status == 200
    assert all(words in page.text for words in (OWN, "Connected since", "Last read", "Acme, for everybody"))
    assert [name for name in ("work", "home", "club") if f"Name of {name}" in page.text] == ["work", "home", "club"]
    assert BENS.calendar not in page.text
    assert offered(page) == ["Disconnect my calendar", ">Save<"]
    assert chooser.calendars.script.operations() == ["list_named"]


async def test_only_calendars_that_can_be_edited_are_offered_for_new_meetings(chooser: ComposedApp) -> None:
    page = await looked()

    assert sorted(re.findall(r'name="write_calendar" value="(\w+)"', page.text)) == ["home", "work"]
    assert sorted(re.findall(r'name="checked_calendars" value="(\w+)"', page.text)) == ["club", "home", "work"]


async def test_a_calendars_colour_is_drawn_and_no_style_stands_in_the_page(chooser: ComposedApp) -> None:
    page = await looked()

    assert 'fill="#0078d4"' in page.text
    assert "style=" not in page.text


async def test_admins_see_the_same_page_of_themselves(chooser: ComposedApp) -> None:
    page = await looked("olga")

    assert page.status == 200
    assert "Nobody in your organization’s Microsoft 365 has your e-mail address." in page.text
    assert OWN not in page.text


async def test_a_calendar_that_is_not_read_as_it_should_be_says_so(chooser: ComposedApp) -> None:
    chooser.clock.advance(timedelta(hours=7))

    page = await looked()

    assert "Not read for a while" in page.text


@pytest.mark.parametrize(
    ("product", "mailbox", "words"),
    [
        ("Europe/Paris", "America/New_York", "<strong>Europe/Paris</strong>, as Meetwell knows it"),
        (None, "America/New_York", "<strong>America/New York</strong>, from the working hours"),
        (None, None, "Neither Meetwell nor your mailbox"),
    ],
)
async def test_the_time_zone_is_named_with_where_it_comes_from(
    acme: ComposedApp, product: str | None, mailbox: str | None, words: str
) -> None:
    body = {"addresses": [{"address": OWN, "verified": True}], "time_zone": product}
    await call("put_user", organization="acme", user="ursula", body=body)
    acme.directory.put(TENANT, DirectoryUser(URSULA, OWN, OWN))
    acme.calendars.add_mailbox(MAILBOX, WORK, zone=mailbox)
    await connected(acme)

    page = await looked()

    assert words in page.text


@pytest.mark.parametrize(
    "error", [TryLater("slow"), Refused("closed"), Disconnected("gone", "app_disabled"), Unexpected("odd")]
)
async def test_without_microsoft_everything_else_is_shown_and_can_be_chosen(
    chooser: ComposedApp, error: OrgcalError
) -> None:
    chooser.calendars.script.fail("list_named", error)
    form = await opened()

    page = await form.browser.get(ME)
    saved = await form.changed(busy_statuses=["oof"]).save()

    assert "cannot be listed" in page.text
    assert OWN in page.text
    assert offered(page) == ["Disconnect my calendar", ">Save<"]
    assert saved.status == 303
    assert await shown() == OUT_OF_THE_BOX | {"busy_statuses": ["busy", "out_of_office"], "chosen": ["busy_statuses"]}


async def test_a_page_does_not_wait_long_for_microsoft(chooser: ComposedApp) -> None:
    async def hang(link: LinkKey) -> tuple[NamedCalendar, ...]:
        return await asyncio.Future()

    chooser.calendars.list_named = hang  # type: ignore[method-assign]
    chooser.my_calendars = replace(chooser.my_calendars, patience=timedelta(0))

    page = await looked()

    assert "Microsoft does not answer just now" in page.text
    assert offered(page) == ["Disconnect my calendar", ">Save<"]


# --- whoever is not connected ---


async def test_before_anything_is_connected_people_are_told_that_it_is_not_up_to_them(acme: ComposedApp) -> None:
    page = await looked()

    assert "Your organization has not connected Outlook yet." in page.text
    assert offered(page) == []
    assert "data-live" not in page.text


async def test_whoever_is_being_connected_sees_it_happen(acme: ComposedApp) -> None:
    acme.directory.put(TENANT, DirectoryUser(URSULA, OWN, OWN))
    acme.calendars.add_mailbox(MAILBOX, WORK)
    await connected(acme)
    await opt_out()
    browser = await signed_in("ursula")

    page = await browser.follow(await browser.post(f"{ME}/reconnect"))
    await run_for(acme, timedelta(minutes=2))
    later = await browser.get(ME)

    assert "Your calendar is being connected again." in page.text
    assert 'data-live="5"' in page.text
    assert "data-live" not in later.text
    assert ">Connected<" in later.text


async def test_a_page_that_waits_in_vain_does_not_keep_its_session_alive(chooser: ComposedApp) -> None:
    await opt_out()
    browser = await signed_in("ursula")
    await browser.get(ME)
    await browser.post(f"{ME}/reconnect")
    chooser.clock.advance(timedelta(minutes=11))

    page = await browser.get(ME)

    assert "data-live" not in page.text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"addresses": []}, "no confirmed e-mail address of yours"),
        ({"addresses": [{"address": OWN, "verified": True}], "has_calendar": True}, "connected a calendar in Meetwell"),
        ({"addresses": [{"address": "u@elsewhere.example", "verified": True}]}, "Nobody in your organization’s"),
    ],
)
async def test_whoever_is_not_connected_is_told_why(chooser: ComposedApp, body: dict[str, object], words: str) -> None:
    await call("put_user", organization="acme", user="ursula", body=body)
    await run_for(chooser, timedelta(minutes=2))

    page = await looked()

    assert words in page.text
    assert offered(page) == []


async def test_once_the_organization_has_disconnected_people_are_told(chooser: ComposedApp) -> None:
    await disconnect()
    await run_for(chooser, timedelta(minutes=20))

    page = await looked()

    assert "Your organization has disconnected Outlook." in page.text
    assert offered(page) == []


async def test_while_the_organizations_connection_does_not_serve_people_are_told_so(chooser: ComposedApp) -> None:
    for script in (chooser.directory.script, chooser.microsoft.script):
        for operation in ("read_changes", "read_grant"):
            script.fail(operation, Disconnected("disabled", "app_disabled"))
    await run_for(chooser, timedelta(hours=1))
    chooser.calendars.script.calls.clear()

    page = await looked()

    assert ">Interrupted<" in page.text
    assert chooser.calendars.script.calls == []


# --- leaving and coming back ---


async def test_whoever_disconnects_is_asked_first_and_told_what_follows(chooser: ComposedApp) -> None:
    browser = await signed_in("ursula")

    asked = await browser.get(f"{ME}/disconnect")
    before = await user_state()
    done = await browser.follow(await browser.post(f"{ME}/disconnect"))

    assert "What follows" in asked.text
    assert before == "connected"
    assert await user_state() == "opted_out"
    assert "Your calendar is disconnected." in done.text
    assert offered(done) == ["Connect again"]


async def test_who_disconnected_comes_back_to_what_they_chose(chooser: ComposedApp) -> None:
    await choose(busy_statuses=["tentative"])
    await opt_out()
    browser = await signed_in("ursula")

    await browser.post(f"{ME}/reconnect")
    await run_for(chooser, timedelta(minutes=2))
    page = await browser.get(ME)

    assert await user_state() == "connected"
    assert 'value="tentative" checked' in page.text


async def test_who_is_out_has_nothing_to_be_disconnected(chooser: ComposedApp) -> None:
    await opt_out()

    answered = await (await signed_in("ursula")).get(f"{ME}/disconnect")

    assert (answered.status, answered.location) == (303, "/portal/me")


async def test_where_the_organization_keeps_people_connected_they_are_told_who_can_help(chooser: ComposedApp) -> None:
    await put_policy(allow_user_disconnect=False)
    browser = await signed_in("ursula")

    page = await browser.get(ME)
    asked = await browser.get(f"{ME}/disconnect")
    done = await browser.post(f"{ME}/disconnect")

    assert offered(page) == [">Save<"]
    assert "has decided that people do not disconnect" in page.text
    assert [asked.status, done.status] == [403, 403]
    assert "Your organization has decided this" in done.text
    assert await user_state() == "connected"


async def test_an_admin_disconnects_themself_whatever_the_policy_says(chooser: ComposedApp) -> None:
    await put_policy(allow_user_disconnect=False)
    body = {"addresses": [{"address": OWN, "verified": True}], "role": "admin"}
    await call("put_user", organization="acme", user="ursula", body=body)
    browser = await signed_in("ursula")
    page = await browser.get(ME)

    await browser.post(f"{ME}/disconnect")

    assert "Disconnect my calendar" in page.text
    assert await user_state() == "opted_out"


@pytest.mark.parametrize("act", ["settings", "defaults", "disconnect", "reconnect"])
async def test_without_the_sessions_token_nothing_happens(chooser: ComposedApp, act: str) -> None:
    browser = await signed_in("ursula")

    answered = await browser.post(f"{ME}/{act}", {"form": "forged", "seen_busy_statuses": "x", "busy_statuses": "oof"})

    assert answered.status == 400
    assert (await user_state(), await shown()) == ("connected", OUT_OF_THE_BOX)


async def test_the_forms_own_address_leads_back_to_the_page(chooser: ComposedApp) -> None:
    answered = await (await signed_in("ursula")).get(f"{ME}/settings")

    assert (answered.status, answered.location) == (303, "/portal/me")


async def test_the_page_speaks_french(chooser: ComposedApp) -> None:
    page = await looked(locale="fr")

    assert '<html lang="fr">' in page.text
    assert "Mon calendrier Outlook" in page.text
