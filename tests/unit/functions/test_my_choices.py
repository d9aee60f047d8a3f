"""A person saves what they chose on their own page: all of it or nothing, and nothing that they filled in is lost."""

import re
from typing import Any

import pytest

from shared_code.core.ids import CalendarId
from shared_code.errors import Conflict, TryLater
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.calendar_choices import (
    HOME,
    OUT_OF_THE_BOX,
    busy_hours,
    choose,
    chooser,
    make,
    put_policy,
    shown,
)
from tests.unit.functions.my_page import ME, form_of, opened
from tests.unit.functions.orders import drain
from tests.unit.functions.test_connection_life import MAILBOX
from tests.unit.functions.test_opting_out import audited, opt_out
from tests.unit.functions.test_portal import signed_in

__all__ = ["chooser"]


def remove(app: ComposedApp, calendar: CalendarId) -> None:
    del app.calendars.mailboxes[MAILBOX].calendars[calendar]


# --- saved ---


async def test_what_is_chosen_holds(chooser: ComposedApp) -> None:
    form = await opened()

    saved = await form.changed(
        checked_calendars=["work", "home"],
        write_calendar=["home"],
        busy_statuses=["tentative", "oof"],
        cancellation_sync=[],
    ).save()
    page = await form.browser.follow(saved)
    await drain(chooser)

    assert await shown() == {
        "user": "ursula",
        "checked_calendars": ["home", "work"],
        "write_calendar": "home",
        "busy_statuses": ["busy", "tentative", "out_of_office"],
        "cancellation_sync": False,
        "chosen": ["checked_calendars", "write_calendar", "busy_statuses", "cancellation_sync"],
        "locked": [],
    }
    assert "Saved." in page.text
    assert form_of(form.browser, page).fields["checked_calendars"] == ("work", "home")
    assert await busy_hours(chooser) == [1, 2, 3, 6]
    assert await audited("settings.changed") == []  # it was theirs to change


async def test_among_sixty_calendars_those_that_are_chosen_hold_and_the_page_stays_light(chooser: ComposedApp) -> None:
    names = [f"AAMkAGI2TGuLAAA{'x' * 135}{number:02}" for number in range(60)]
    for name in names:
        make(chooser, name, 8)
    form = await opened()
    page = await form.browser.get(ME)
    marks = dict(re.findall(r'name="checked_calendars" value="([^"]+)"[^>]*>([^<]+)<', page.text))
    mark = next(mark for mark, name in marks.items() if names[7] in name)

    saved = await form.changed(checked_calendars=["work", mark], write_calendar=[mark]).save()
    again = await form.browser.follow(saved)

    settings = await shown()
    assert (settings["checked_calendars"], settings["write_calendar"]) == (sorted([names[7], "work"]), names[7])
    assert f'<option value="{mark}" selected>' in again.text
    assert [name for name in names if f'value="{name}"' in again.text] == []
    untouched = form_of(form.browser, again).changed(write_calendar=[mark])
    assert "Nothing was changed." in (await form.browser.follow(await untouched.save())).text


async def test_what_nobody_touched_does_not_become_a_choice(chooser: ComposedApp) -> None:
    form = await opened()

    untouched = await form.browser.follow(await form.save())
    await form.changed(cancellation_sync=[]).save()

    assert "Nothing was changed." in untouched.text
    assert await shown() == OUT_OF_THE_BOX | {"cancellation_sync": False, "chosen": ["cancellation_sync"]}


async def test_what_others_changed_is_not_undone_by_what_the_page_showed_before(chooser: ComposedApp) -> None:
    form = await opened()
    await choose(busy_statuses=["tentative"])

    saved = await form.changed(cancellation_sync=[]).save()

    assert saved.status == 303
    assert (await shown())["busy_statuses"] == ["busy", "tentative"]


async def test_choosing_no_calendar_is_asked_about_and_then_done(chooser: ComposedApp) -> None:
    form = await opened()

    asked = await form.changed(checked_calendars=[], busy_statuses=["oof"]).save()
    before = await shown()
    again = form_of(form.browser, asked)
    saved = await again.changed(means_nothing_checked=["yes"]).save()
    page = await form.browser.follow(saved)

    assert (asked.status, before) == (422, OUT_OF_THE_BOX)
    assert "nothing in Outlook blocks my time then" in asked.text
    assert again.fields["busy_statuses"] == ("oof",)
    assert "checked_calendars" not in again.fields
    assert (await shown())["checked_calendars"] == []
    assert "you can be booked at any hour" in page.text


async def test_a_form_that_says_nothing_of_a_setting_leaves_it(chooser: ComposedApp) -> None:
    await choose(busy_statuses=["tentative"], cancellation_sync=False)
    before, browser = await shown(), await signed_in("ursula")
    await browser.get(ME)

    saved = await browser.post(f"{ME}/settings", {"busy_statuses": "oof", "write_calendar": "home"})

    assert saved.status == 303
    assert await shown() == before


async def test_whoever_takes_their_choices_back_follows_the_organization_again(chooser: ComposedApp) -> None:
    untouched = await (await signed_in("ursula")).get(ME)
    await choose(busy_statuses=["tentative"], checked_calendars=["home"], cancellation_sync=False)
    await put_policy(cancellation_sync={"default": True, "locked": True}, busy_statuses={"default": ["out_of_office"]})
    browser = await signed_in("ursula")
    offered = await browser.get(ME)

    page = await browser.follow(await browser.post(f"{ME}/defaults"))
    again = await browser.follow(await browser.post(f"{ME}/defaults"))
    await put_policy(cancellation_sync={"locked": False})
    after = await shown()

    words = "Use the defaults of Acme again"
    assert [words in each.text for each in (untouched, offered, page)] == [False, True, False]
    assert "defaults hold for you again" in page.text
    assert "Nothing was changed." in again.text
    assert (after["busy_statuses"], after["checked_calendars"]) == (["busy", "out_of_office"], ["work"])
    assert after["chosen"] == ["cancellation_sync"]  # behind the lock it was not theirs to take back


# --- locked ---


RULES: dict[str, dict[str, Any]] = {
    "checked_calendars": {"locked": True},
    "write_calendar": {"locked": True},
    "busy_statuses": {"default": ["tentative"], "locked": True},
    "cancellation_sync": {"default": True, "locked": True},
}
CHANGES: dict[str, dict[str, list[str]]] = {
    "checked_calendars": {"checked_calendars": ["home"]},
    "write_calendar": {"write_calendar": ["home"]},
    "busy_statuses": {"busy_statuses": ["oof"]},
    "cancellation_sync": {"cancellation_sync": []},
}


@pytest.mark.parametrize("setting", RULES)
async def test_what_is_locked_is_shown_as_locked_and_not_taken(chooser: ComposedApp, setting: str) -> None:
    await put_policy(**{setting: RULES[setting]})
    browser = await signed_in("ursula")
    page = await browser.get(ME)
    before = await shown()

    saved = await form_of(browser, page).changed(**CHANGES[setting]).save()

    fieldset = re.search(rf'<fieldset[^>]*id="{setting}"[^>]* disabled>.*?</fieldset>', page.text, re.DOTALL)
    assert fieldset is not None
    assert "Decided by Acme for everybody" in fieldset[0]
    assert page.text.count("Decided by Acme") == 1
    assert saved.status == 303
    assert await shown() == before


@pytest.mark.parametrize("setting", RULES)
async def test_a_lock_that_came_meanwhile_takes_nothing_and_keeps_the_rest(chooser: ComposedApp, setting: str) -> None:
    form = await opened()
    other = "cancellation_sync" if setting != "cancellation_sync" else "busy_statuses"
    await put_policy(**{setting: RULES[setting]})

    refused = await form.changed(**CHANGES[setting], **CHANGES[other]).save()
    before = await shown()
    again = await form_of(form.browser, refused).save()

    assert refused.status == 422
    assert "has decided this for everybody while the page was open" in refused.text
    assert before["chosen"] == []
    assert setting not in form_of(form.browser, refused).fields
    assert again.status == 303
    assert (await shown())["chosen"] == [other]


# --- overtaken ---


async def test_a_setting_that_was_changed_meanwhile_is_asked_about_with_what_holds_now(chooser: ComposedApp) -> None:
    form = await opened()
    await choose(busy_statuses=["tentative"])

    refused = await form.changed(busy_statuses=["oof"], cancellation_sync=[]).save()
    before = await shown()
    again = form_of(form.browser, refused)
    saved = await again.save()

    assert refused.status == 422
    assert "What holds now: Tentative." in " ".join(refused.text.split())
    assert (before["busy_statuses"], before["cancellation_sync"]) == (["busy", "tentative"], True)
    assert again.fields["busy_statuses"] == ("oof",)
    assert saved.status == 303
    assert ((await shown())["busy_statuses"], (await shown())["cancellation_sync"]) == (
        ["busy", "out_of_office"],
        False,
    )


async def test_the_same_choice_made_elsewhere_is_no_conflict(chooser: ComposedApp) -> None:
    form = await opened()
    await choose(busy_statuses=["out_of_office"])

    saved = await form.changed(busy_statuses=["oof"]).save()

    assert saved.status == 303


async def test_a_calendar_that_is_gone_is_named_beside_the_field_and_the_rest_is_kept(chooser: ComposedApp) -> None:
    form = await opened()
    remove(chooser, HOME.calendar)

    refused = await form.changed(checked_calendars=["club", "home"], busy_statuses=["oof"]).save()
    again = form_of(form.browser, refused)
    saved = await again.save()

    assert refused.status == 422
    assert "is not in Outlook any more" in refused.text
    assert again.fields["checked_calendars"] == ("club",)
    assert again.fields["busy_statuses"] == ("oof",)
    assert saved.status == 303
    assert (await shown())["checked_calendars"] == ["club"]


async def test_a_calendar_that_is_gone_but_nobody_chose_disturbs_nobody(chooser: ComposedApp) -> None:
    await choose(checked_calendars=["work", "home"])
    form = await opened()
    remove(chooser, HOME.calendar)

    saved = await form.changed(cancellation_sync=[]).save()

    assert saved.status == 303


async def test_a_calendar_that_can_no_longer_be_edited_is_not_written_to(chooser: ComposedApp) -> None:
    form = await opened()

    refused = await form.changed(write_calendar=["club"]).save()

    assert refused.status == 422
    assert "Events cannot be added to that calendar" in refused.text
    assert await shown() == OUT_OF_THE_BOX


async def test_a_calendar_that_goes_between_look_and_choice_takes_nothing(chooser: ComposedApp) -> None:
    form = await opened()
    list_calendars = chooser.calendars.list_calendars

    async def without_home(link: Any) -> Any:
        remove(chooser, HOME.calendar)
        return await list_calendars(link)

    chooser.calendars.list_calendars = without_home  # type: ignore[method-assign]
    refused = await form.changed(checked_calendars=["home", "club"], cancellation_sync=[]).save()

    assert refused.status == 422
    assert "is not in Outlook any more" in refused.text
    assert form_of(form.browser, refused).fields["checked_calendars"] == ("club",)
    assert await shown() == OUT_OF_THE_BOX


async def test_without_microsoft_a_choice_of_calendars_waits_on_the_page(chooser: ComposedApp) -> None:
    form = await opened()
    chooser.calendars.script.fail("list_named", TryLater("slow"))

    refused = await form.changed(checked_calendars=["club", "home"], write_calendar=["home"], busy_statuses=[]).save()
    still = await form_of(form.browser, refused).save()
    chooser.calendars.script.heal()
    saved = await form_of(form.browser, still).save()

    assert [refused.status, still.status, saved.status] == [422, 422, 303]
    assert "Your choice is kept on this page" in refused.text
    assert (await shown())["checked_calendars"] == ["club", "home"]
    assert (await shown())["write_calendar"] == "home"


async def test_a_user_who_does_not_hold_still_is_asked_to_save_once_more(
    chooser: ComposedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = await opened()

    async def overtaken(*_: object) -> None:
        raise Conflict("overtaken")

    monkeypatch.setattr(type(chooser.choosing), "choose", overtaken)
    refused = await form.changed(busy_statuses=["oof"]).save()

    assert refused.status == 422
    assert "save once more" in " ".join(refused.text.split())
    assert form_of(form.browser, refused).fields["busy_statuses"] == ("oof",)


async def test_whoever_was_disconnected_meanwhile_is_told_that_there_is_nothing_to_choose(chooser: ComposedApp) -> None:
    form = await opened()
    await opt_out(by="olga")

    refused = await form.changed(busy_statuses=["oof"]).save()

    assert refused.status == 409
    assert (await shown())["chosen"] == []


@pytest.mark.parametrize("word", ["busy", "unknown", "free", "x"])
async def test_a_status_that_nobody_can_choose_is_refused(chooser: ComposedApp, word: str) -> None:
    form = await opened()

    assert (await form.changed(busy_statuses=[word]).save()).status == 400
    assert await shown() == OUT_OF_THE_BOX


async def test_somebody_elses_calendar_cannot_be_chosen(chooser: ComposedApp) -> None:
    make(chooser, "late", 8)
    form = await opened()

    refused = await form.changed(checked_calendars=["work", "bens"]).save()
    taken = await form.changed(checked_calendars=["work", "late"]).save()

    assert (refused.status, taken.status) == (422, 303)
    assert (await shown())["checked_calendars"] == ["late", "work"]


async def test_no_name_of_a_calendar_is_kept_queued_or_logged(
    chooser: ComposedApp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")

    form = await opened()
    await form.changed(checked_calendars=["home"], write_calendar=["home"]).save()
    await drain(chooser)

    assert b"Name of" not in chooser.rows.bytes_at_rest()
    assert "Name of" not in caplog.text + repr(chooser.sent.sent)
