"""The mailbox: ids, moves, edits, and the truth about what is busy."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from local.microsoft365.busy_truth import ALL_BUT_FREE, busy_intervals, merged
from local.microsoft365.event_input import InvalidEvent, edit_of, parse_draft
from local.microsoft365.events import Party
from local.microsoft365.item_ids import MalformedId, instance_uid
from local.microsoft365.mailbox import ItemNotFound, Mailbox
from local.microsoft365.recurrence_json import parse_recurrence
from local.microsoft365.seed import seed_events
from local.microsoft365.time_zones import find_zone
from tests.unit.local.calendar_world import NOW, SPRING, add, event, open_mailbox, recurring, starts

NINE = ("2026-03-16T09:00:00", "2026-03-16T10:00:00")


def test_moving_an_event_changes_its_ordinary_id_and_keeps_its_immutable_one() -> None:
    mailbox = open_mailbox()
    placed = add(mailbox, event(*NINE))
    ordinary, immutable = mailbox.item_id(placed, immutable=False), mailbox.item_id(placed, immutable=True)

    moved = mailbox.move(ordinary, mailbox.add_calendar("Project"))

    assert mailbox.item_id(moved, immutable=False) != ordinary
    assert mailbox.item_id(moved, immutable=True) == immutable
    assert mailbox.get_item(immutable).calendar.name == "Project"
    with pytest.raises(ItemNotFound):
        mailbox.get_item(ordinary)


def test_ids_are_case_sensitive() -> None:
    mailbox = open_mailbox()
    item_id = mailbox.item_id(add(mailbox, event(*NINE)), immutable=False)

    with pytest.raises(MalformedId):
        mailbox.get_item(item_id.swapcase())


@pytest.mark.parametrize("text", ["", "x", "AAMkAGI2TGuLAAA=", "AAMk" * 12, "not base 64!", "é"])
def test_what_is_no_id_is_malformed(text: str) -> None:
    with pytest.raises(MalformedId):
        open_mailbox().get_item(text)


def test_an_id_of_another_mailbox_is_malformed() -> None:
    mailbox = open_mailbox()
    item_id = mailbox.item_id(add(mailbox, event(*NINE)), immutable=True)

    with pytest.raises(MalformedId):
        Mailbox("Bob", "bob@contoso.example", "UTC").get_item(item_id)


def test_the_default_calendar_cannot_be_deleted() -> None:
    mailbox = open_mailbox()

    with pytest.raises(ValueError, match="default calendar"):
        mailbox.remove_calendar(mailbox.calendar_id(mailbox.default_calendar))


def test_a_deleted_calendar_takes_its_events_along() -> None:
    mailbox = open_mailbox()
    project = mailbox.add_calendar("Project")
    placed = mailbox.add(project, parse_draft(event(*NINE)), NOW)

    mailbox.remove_calendar(mailbox.calendar_id(project))

    assert mailbox.get_item(mailbox.item_id(placed, immutable=True)).calendar is mailbox.deleted_items
    with pytest.raises(ItemNotFound):
        mailbox.get_item(mailbox.item_id(placed, immutable=False))


def test_a_mailbox_in_the_place_of_another_is_empty_and_knows_none_of_its_ids() -> None:
    mailbox = open_mailbox()
    item_id = mailbox.item_id(add(mailbox, event(*NINE)), immutable=True)

    after = mailbox.successor()

    assert starts(after) == []
    assert after.owner == mailbox.owner
    with pytest.raises(MalformedId):
        after.get_item(item_id)
    with pytest.raises(MalformedId):
        after.get_calendar(mailbox.calendar_id(mailbox.default_calendar))


def test_another_pattern_forgets_exceptions_and_deleted_occurrences() -> None:
    mailbox = open_mailbox()
    daily = recurring({"type": "daily"}, numberOfOccurrences=3)
    master = mailbox.item_id(add(mailbox, event(*NINE, recurrence=daily)), immutable=True)
    mailbox.remove(mailbox.occurrence_id(master, datetime(2026, 3, 17, 9)), NOW)  # noqa: DTZ001 - a wall time

    weekly = recurring({"type": "weekly", "daysOfWeek": ["monday", "tuesday"]}, numberOfOccurrences=2)
    mailbox.redefine(master, edit_of({}), parse_recurrence(weekly), NOW)

    assert starts(mailbox) == ["03-16 08:00", "03-17 08:00"]


def test_a_series_that_ends_sooner_keeps_the_exceptions_that_are_still_due() -> None:
    mailbox = open_mailbox()
    daily = recurring({"type": "daily"}, numberOfOccurrences=5)
    master = mailbox.item_id(add(mailbox, event(*NINE, recurrence=daily)), immutable=True)
    later = event("2026-03-17T12:00:00", "2026-03-17T13:00:00")
    for day in (17, 20):
        due = mailbox.occurrence_id(master, datetime(2026, 3, day, 9))  # noqa: DTZ001 - a wall time
        mailbox.edit(due, edit_of({"start": later["start"], "end": later["end"]}), NOW)
    mailbox.remove(mailbox.occurrence_id(master, datetime(2026, 3, 18, 9)), NOW)  # noqa: DTZ001 - a wall time

    sooner = parse_recurrence(recurring({"type": "daily"}, endDate="2026-03-19"))
    mailbox.redefine(master, edit_of({}), sooner, NOW)

    assert starts(mailbox) == ["03-16 08:00", "03-17 11:00", "03-19 08:00"]


def test_a_series_that_is_rescheduled_begins_anew() -> None:
    mailbox = open_mailbox()
    daily = recurring({"type": "daily"}, numberOfOccurrences=3)
    master = mailbox.item_id(add(mailbox, event(*NINE, recurrence=daily)), immutable=True)
    mailbox.remove(mailbox.occurrence_id(master, datetime(2026, 3, 17, 9)), NOW)  # noqa: DTZ001 - a wall time

    later = event("2026-03-16T10:00:00", "2026-03-16T11:00:00")
    mailbox.redefine(master, edit_of({"start": later["start"], "end": later["end"]}), parse_recurrence(daily), NOW)

    assert starts(mailbox) == ["03-16 09:00", "03-17 09:00", "03-18 09:00"]


def test_what_is_pasted_is_another_event_that_says_the_same() -> None:
    mailbox = open_mailbox()
    placed = add(mailbox, event(*NINE, showAs="oof", recurrence=recurring({"type": "daily"}, numberOfOccurrences=3)))
    master = mailbox.item_id(placed, immutable=True)
    project, second = mailbox.add_calendar("Project"), datetime(2026, 3, 17, 9)  # noqa: DTZ001 - a wall time
    mailbox.remove(mailbox.occurrence_id(master, second), NOW)

    pasted = mailbox.copy(master, project, NOW)
    single = mailbox.copy(mailbox.occurrence_id(master, second + timedelta(days=1)), project, NOW)

    seen = project.view(*SPRING)
    assert [f"{each.start_at:%d} {each.kind}" for each in seen] == [
        "16 occurrence",
        "18 occurrence",
        "18 singleInstance",
    ]
    assert {each.content.show_as for each in seen} == {"oof"}
    assert len({mailbox.item_id(each, immutable=True) for each in (placed, pasted, single)}) == 3
    assert len({each.instance.event.uid for each in (placed, pasted, single)}) == 3


@pytest.mark.parametrize(
    "json",
    [
        event(*NINE, subjekt="misspelt"),
        event(*NINE, showAs="asleep"),
        event(*NINE, attendees=[{"name": "nobody"}]),
        event(*NINE, isAllDay=True),
        event(*reversed(NINE)),
        event(*NINE, zone="Middle Earth Standard Time"),
        event("at nine", NINE[1]),
        {"subject": "never"},
    ],
)
def test_an_event_that_graph_would_refuse_is_refused(json: dict[str, object]) -> None:
    with pytest.raises(InvalidEvent):
        parse_draft(json)


def test_each_occurrence_has_a_uid_of_its_own() -> None:
    mailbox = open_mailbox()
    add(mailbox, event(*NINE, recurrence=recurring({"type": "daily"}, numberOfOccurrences=3)))

    uids = {instance_uid(each.event.uid, each.due) for each in mailbox.default_calendar.view(*SPRING)}

    assert len(uids) == 3
    assert len({uid[:32] + uid[40:] for uid in uids}) == 1


def test_a_foreign_uid_stays_for_single_events_and_is_wrapped_for_occurrences() -> None:
    due = datetime(2026, 3, 16, 9)  # noqa: DTZ001 - a wall time

    single, first, second = (instance_uid("a@b", when) for when in (None, due, due + timedelta(days=1)))

    assert single == "a@b"
    assert first != second
    assert first[32:40] == "07EA0310"


def test_busy_time_is_merged_cut_to_the_window_and_free_of_what_does_not_count() -> None:
    mailbox = open_mailbox()
    add(mailbox, event("2026-02-28T23:00:00", "2026-03-01T02:00:00", "UTC"))
    add(mailbox, event("2026-03-01T02:00:00", "2026-03-01T03:00:00", "UTC"))
    add(mailbox, event("2026-03-02T02:00:00", "2026-03-02T03:00:00", "UTC", isCancelled=True))
    add(mailbox, event("2026-03-03T02:00:00", "2026-03-03T03:00:00", "UTC", responseStatus={"response": "declined"}))
    add(mailbox, event("2026-03-04T02:00:00", "2026-03-04T03:00:00", "UTC", showAs="tentative"))

    busy = busy_intervals([mailbox.default_calendar], SPRING, mailbox.zone)

    assert busy == [(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, 3, tzinfo=UTC))]


def test_statuses_are_chosen_by_the_asker() -> None:
    mailbox = open_mailbox()
    add(mailbox, event("2026-03-04T02:00:00", "2026-03-04T03:00:00", "UTC", showAs="tentative"))

    busy = busy_intervals([mailbox.default_calendar], SPRING, mailbox.zone, frozenset({"tentative"}))

    assert len(busy) == 1


def test_whole_days_float_to_the_zone_that_is_asked_for() -> None:
    mailbox = open_mailbox()
    add(mailbox, event("2026-03-04T00:00:00", "2026-03-05T00:00:00", isAllDay=True))

    (busy,) = busy_intervals([mailbox.default_calendar], SPRING, find_zone("America/New_York"))

    assert busy == (datetime(2026, 3, 4, 5, tzinfo=UTC), datetime(2026, 3, 5, 5, tzinfo=UTC))


def test_a_seeded_mailbox_is_the_same_for_the_same_numbers() -> None:
    first, second, third = (open_mailbox() for _ in range(3))

    seed_events(first, random.Random(7), date(2026, 3, 2), 60)  # noqa: S311 - a seed, not a secret
    seed_events(second, random.Random(7), date(2026, 3, 2), 60)  # noqa: S311
    seed_events(third, random.Random(8), date(2026, 3, 2), 60)  # noqa: S311

    assert first.default_calendar.view(*SPRING) == second.default_calendar.view(*SPRING)
    assert starts(first) != starts(third)


def test_a_seeded_mailbox_holds_every_kind_of_event() -> None:
    mailbox = open_mailbox()

    seed_events(mailbox, random.Random(7), date(2026, 3, 2), 60)  # noqa: S311 - a seed, not a secret

    seen = mailbox.default_calendar.view(*SPRING)
    assert {each.kind for each in seen} == {"singleInstance", "occurrence", "exception"}
    assert {each.content.show_as for each in seen} == {"busy", "free", "tentative", "oof", "workingElsewhere"}
    assert {"declined", "organizer", "accepted", "notResponded"} <= {each.content.response for each in seen}
    assert {each.span.is_all_day for each in seen} == {each.content.is_cancelled for each in seen} == {True, False}
    assert any(each.removed for each in mailbox.default_calendar.events())


@pytest.mark.parametrize("seed", range(25))
def test_what_graph_shows_of_seeded_mailboxes_is_what_is_busy(seed: int) -> None:
    mailbox = open_mailbox()
    seed_events(mailbox, random.Random(seed), date(2026, 3, 2), 60)  # noqa: S311 - a seed, not a secret

    truth = busy_intervals([mailbox.default_calendar], SPRING, mailbox.zone, ALL_BUT_FREE)

    shown = (
        (max(each.start_at, SPRING[0]), min(each.end_at, SPRING[1]))
        for each in mailbox.default_calendar.view(*SPRING)
        if each.content.show_as != "free" and not each.content.is_cancelled and each.content.response != "declined"
    )
    assert merged(shown) == truth


def test_an_edit_of_one_property_keeps_the_others() -> None:
    mailbox = open_mailbox()
    placed = add(mailbox, event(*NINE, location={"displayName": "Room 1"}))

    edited = mailbox.edit(mailbox.item_id(placed, immutable=True), edit_of({"subject": "Renamed"}), NOW)

    assert (edited.instance.content.subject, edited.instance.content.location) == ("Renamed", "Room 1")
    assert edited.instance.span == placed.instance.span
    assert edited.instance.event.revision != placed.instance.event.revision


def test_calendars_are_owned_by_whatever_address_their_owner_has_now() -> None:
    mailbox = open_mailbox()
    shared = mailbox.add_calendar("Team")
    shared.source, shared.owner = "shared", Party("Bob", "bob@contoso.example")

    mailbox.name_owner("Ann Dupont", "ann.dupont@contoso.example")

    assert mailbox.default_calendar.owner == mailbox.owner == Party("Ann Dupont", "ann.dupont@contoso.example")
    assert shared.owner.name == "Bob"
