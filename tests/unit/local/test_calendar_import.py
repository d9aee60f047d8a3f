"""iCalendar files, Outlook's and Google's, as the stand-in then shows them."""

from datetime import UTC, datetime

import pytest

from local.microsoft365.busy_truth import ALL_BUT_FREE, busy_intervals, merged
from local.microsoft365.ical_import import ImportRefused, import_calendar
from local.microsoft365.mailbox import Mailbox
from tests.unit.local.calendar_world import NOW, PAYLOADS, SPRING, open_mailbox, starts, titled


def filled(name: str) -> Mailbox:
    mailbox = open_mailbox()
    import_calendar(mailbox, mailbox.default_calendar, (PAYLOADS / name).read_bytes(), NOW)
    return mailbox


def import_lines(mailbox: Mailbox, *lines: str) -> int:
    text = "\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test", *lines, "END:VCALENDAR"))
    return import_calendar(mailbox, mailbox.default_calendar, text.encode(), NOW)


def test_the_events_of_a_file_are_counted_with_a_series_as_one() -> None:
    mailbox = open_mailbox()

    imported = import_calendar(mailbox, mailbox.default_calendar, (PAYLOADS / "outlook-desktop.ics").read_bytes(), NOW)

    assert imported == 5


def test_outlooks_series_comes_with_its_exception_and_without_its_deleted_occurrence() -> None:
    mailbox = filled("outlook-desktop.ics")

    regular, moved = titled(mailbox, "Weekly round"), titled(mailbox, "Weekly round (moved by Easter)")

    assert [f"{each.start_at:%m-%d %H:%M}" for each in regular] == ["03-23 08:00", "04-13 07:00"]
    assert [(f"{each.start_at:%m-%d %H:%M}", each.kind) for each in moved] == [("04-07 09:00", "exception")]


@pytest.mark.parametrize(
    ("subject", "show_as"),
    [
        ("Weekly round", "busy"),
        ("Weekly round (moved by Easter)", "tentative"),
        ("Away", "oof"),
        ("Canceled: Budget", "free"),
        ("At the other office", "workingElsewhere"),
    ],
)
def test_outlooks_busy_status_becomes_show_as(subject: str, show_as: str) -> None:
    mailbox = filled("outlook-desktop.ics")

    found = titled(mailbox, subject)

    assert {each.content.show_as for each in found} == {show_as}


def test_whole_days_are_dates_of_the_owners_zone() -> None:
    mailbox = filled("outlook-desktop.ics")

    (away,) = titled(mailbox, "Away")

    assert away.span.is_all_day
    assert (away.span.start.wall.isoformat(), away.span.end.wall.isoformat()) == (
        "2026-04-15T00:00:00",
        "2026-04-17T00:00:00",
    )
    assert away.content.sensitivity == "private"


def test_the_owners_answer_becomes_the_response_and_others_organise() -> None:
    mailbox = filled("outlook-desktop.ics")

    (declined,) = titled(mailbox, "Not for me")

    assert declined.content.response == "declined"
    assert declined.content.organizer is not None
    assert declined.content.organizer.address == "bob@contoso.example"
    assert [attendee.kind for attendee in declined.content.attendees] == ["required", "resource"]


def test_the_owner_is_recognised_by_an_address_given_with_the_import() -> None:
    mailbox = open_mailbox()
    data = (PAYLOADS / "outlook-desktop.ics").read_bytes().replace(b"Ann@Contoso.example", b"a.martin@old.example")

    import_calendar(mailbox, mailbox.default_calendar, data, NOW, ["A.Martin@old.example"])

    assert titled(mailbox, "Not for me")[0].content.response == "declined"


def test_status_cancelled_is_a_cancelled_event() -> None:
    mailbox = filled("outlook-desktop.ics")

    (cancelled,) = titled(mailbox, "Canceled: Budget")

    assert cancelled.content.is_cancelled


@pytest.mark.parametrize(
    ("subject", "start", "zone"),
    [
        ("In Microsoft's own UTC", "04-01 08:00", "tzone://Microsoft/Utc"),
        ("In a zone of Outlook's list", "04-02 08:00", "Europe/Brussels"),
        ("In a region of Outlook's list", "04-02 14:00", "Eastern Standard Time"),
        ("In rules that the file brings along", "04-03 04:30", "tzone://Microsoft/Custom"),
        ("Where the owner is", "04-04 08:00", "Romance Standard Time"),
        ("A day written in times", "04-04 22:00", "Romance Standard Time"),
    ],
)
def test_every_way_to_name_a_zone_gives_the_right_instant(subject: str, start: str, zone: str) -> None:
    mailbox = filled("outlook-web.ics")

    (found,) = titled(mailbox, subject)

    assert (f"{found.start_at:%m-%d %H:%M}", found.span.start.zone.name) == (start, zone)


def test_an_all_day_mark_on_midnights_makes_a_whole_day() -> None:
    mailbox = filled("outlook-web.ics")

    (marked,) = titled(mailbox, "A day written in times")

    assert marked.span.is_all_day


def test_a_duration_stands_in_for_the_end() -> None:
    mailbox = filled("outlook-web.ics")

    (found,) = titled(mailbox, "In a region of Outlook's list")

    assert (found.end_at - found.start_at).total_seconds() == 45 * 60


def test_googles_series_ends_on_its_last_local_day_and_skips_excluded_dates() -> None:
    mailbox = filled("google.ics")

    found = titled(mailbox, "Stand-up")

    assert [f"{each.start_at:%m-%d %H}" for each in found] == [
        "03-02 14",
        "03-03 14",
        "03-06 14",
        "03-07 14",
        "03-08 13",
        "03-09 13",
        "03-10 13",
        "03-11 13",
        "03-12 13",
    ]


def test_google_names_the_owner_in_the_calendars_name() -> None:
    mailbox = filled("google.ics")

    (perhaps,) = titled(mailbox, "Perhaps")

    assert (perhaps.content.response, perhaps.content.show_as) == ("tentativelyAccepted", "tentative")


def test_chosen_dates_come_due_with_the_length_they_bring() -> None:
    mailbox = filled("google.ics")

    found = titled(mailbox, "On chosen days")

    assert [(f"{each.start_at:%m-%d %H}", (each.end_at - each.start_at).seconds // 3600) for each in found] == [
        ("03-20 16", 1),
        ("03-27 16", 1),
        ("04-03 16", 1),
        ("04-10 16", 3),
    ]


def test_transparent_events_are_free() -> None:
    mailbox = filled("google.ics")

    (birthday,) = titled(mailbox, "Birthday")

    assert (birthday.content.show_as, birthday.span.is_all_day) == ("free", True)


@pytest.mark.parametrize("name", ["outlook-desktop.ics", "outlook-web.ics", "google.ics"])
def test_what_graph_shows_as_busy_is_what_is_busy(name: str) -> None:
    mailbox = filled(name)

    truth = busy_intervals([mailbox.default_calendar], SPRING, mailbox.zone, ALL_BUT_FREE)

    shown = [
        (each.start_at, each.end_at)
        for each in mailbox.default_calendar.view(*SPRING)
        if each.content.show_as != "free" and not each.content.is_cancelled and each.content.response != "declined"
    ]
    assert merged(shown) == truth


def test_an_unknown_zone_stops_the_import_and_names_the_line() -> None:
    mailbox = open_mailbox()
    good = ("BEGIN:VEVENT", "UID:1", "DTSTART:20260401T080000Z", "DTEND:20260401T090000Z", "END:VEVENT")
    bad = (
        "BEGIN:VEVENT",
        "UID:2",
        "SUMMARY:a long line that is",
        "  folded",
        "DTSTART;TZID=Middle Earth Standard Time:20260401T080000",
        "DTEND;TZID=Middle Earth Standard Time:20260401T090000",
        "END:VEVENT",
    )

    with pytest.raises(ImportRefused, match=r"^Line 13: the time zone 'Middle Earth Standard Time' is not known\.$"):
        import_lines(mailbox, *good, *bad)

    assert starts(mailbox) == []


def test_a_zone_defined_in_one_file_is_unknown_in_the_next() -> None:
    filled("outlook-web.ics")
    mailbox = open_mailbox()

    with pytest.raises(ImportRefused, match="Half past rules"):
        import_lines(mailbox, "BEGIN:VEVENT", "UID:1", "DTSTART;TZID=Half past rules:20260401T080000", "END:VEVENT")


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (("BEGIN:VEVENT", "UID:1", "END:VEVENT"), 4),
        (("BEGIN:VEVENT", "UID:1", "DTSTART:yesterday", "END:VEVENT"), 4),
        (("BEGIN:VEVENT", "UID:1", "DTSTART:20260402T080000Z", "DTEND:20260401T080000Z", "END:VEVENT"), 4),
        (("BEGIN:VEVENT", "UID:1", "DTSTART:20260402T080000Z", "RRULE:FREQ=SOMETIMES", "END:VEVENT"), 4),
        (("BEGIN:VEVENT", "UID:1", "DTSTART:20260402T080000Z", "RRULE:COUNT=2", "END:VEVENT"), 4),
        (
            (
                "BEGIN:VEVENT",
                "UID:1",
                "DTSTART:20260402T080000Z",
                "RRULE:FREQ=DAILY",
                "END:VEVENT",
                "BEGIN:VEVENT",
                "UID:1",
                "RECURRENCE-ID;RANGE=THISANDFUTURE:20260403T080000Z",
                "DTSTART:20260403T090000Z",
                "END:VEVENT",
            ),
            9,
        ),
    ],
)
def test_an_event_that_cannot_be_read_refuses_the_file_and_names_its_line(lines: tuple[str, ...], line: int) -> None:
    mailbox = open_mailbox()

    with pytest.raises(ImportRefused) as refused:
        import_lines(mailbox, *lines)

    assert refused.value.line == line


@pytest.mark.parametrize("data", [b"", b"hello", b"\xff\xfe", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR"])
def test_what_is_no_calendar_is_refused(data: bytes) -> None:
    mailbox = open_mailbox()

    with pytest.raises(ImportRefused):
        import_calendar(mailbox, mailbox.default_calendar, data, NOW)


def test_an_exception_without_its_series_is_an_event_of_its_own() -> None:
    mailbox = open_mailbox()

    import_lines(
        mailbox,
        "BEGIN:VEVENT",
        "UID:1",
        "RECURRENCE-ID:20260401T080000Z",
        "DTSTART:20260402T080000Z",
        "DTEND:20260402T090000Z",
        "END:VEVENT",
    )

    (only,) = mailbox.default_calendar.view(*SPRING)
    assert (only.kind, only.start_at) == ("singleInstance", datetime(2026, 4, 2, 8, tzinfo=UTC))


def test_the_hours_of_an_event_are_counted_on_the_time_line_and_its_days_on_the_wall() -> None:
    mailbox = open_mailbox()

    import_lines(
        mailbox,
        *("BEGIN:VEVENT", "UID:1", "SUMMARY:Hours", "DTSTART;TZID=Europe/Paris:20260328T120000", "DURATION:PT23H"),
        *("END:VEVENT", "BEGIN:VEVENT", "UID:2", "SUMMARY:A day", "DTSTART;TZID=Europe/Paris:20260328T120000"),
        *("DURATION:P1D", "END:VEVENT"),
    )

    lengths = {each.content.subject: each.end_at - each.start_at for each in mailbox.default_calendar.view(*SPRING)}
    assert {name: length.total_seconds() / 3600 for name, length in lengths.items()} == {"Hours": 23, "A day": 23}
