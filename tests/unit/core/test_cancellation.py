from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from shared_code.core.cancellation import Case, Finding, Look, Sighting, Verdict, judge, needs_person
from shared_code.core.ids import CalendarId
from shared_code.core.intervals import Interval
from shared_code.core.sync_rules import LAG

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
START = NOW + timedelta(days=1)
TIME = Interval(START, START + timedelta(minutes=30))
LATER = Interval(START + timedelta(hours=3), START + timedelta(hours=4))
HERE, THERE = CalendarId("here"), CalendarId("there")

OWN = Sighting("event", TIME, calendar=HERE)
PASTED = Sighting("pasted", LATER, calendar=HERE)
EMPTY = Look(NOW - timedelta(seconds=3), is_whole=True, answers_by_id=False)
GONE = Case(
    stands=True,
    event="event",
    calendar=HERE,
    time=TIME,
    written_at=NOW - timedelta(hours=1),
    is_open=True,
    is_synced=True,
    look=EMPTY,
)


def _seen(*sightings: Sighting, answers_by_id: bool = True) -> Case:
    return replace(GONE, look=replace(EMPTY, sightings=sightings, answers_by_id=answers_by_id))


@pytest.mark.parametrize(
    ("case", "verdict", "event"),
    [
        (GONE, Verdict.GONE, None),
        (_seen(), Verdict.GONE, None),  # Deleted Items answers for it
        (_seen(replace(OWN, is_cancelled=True)), Verdict.GONE, None),
        (_seen(replace(OWN, is_declined=True)), Verdict.GONE, None),
        (_seen(replace(PASTED, is_cancelled=True)), Verdict.GONE, None),
        (_seen(OWN), Verdict.STANDS, "event"),
        (_seen(OWN, PASTED), Verdict.STANDS, "event"),  # copied, not cut
        (_seen(replace(OWN, time=LATER)), Verdict.MOVED, "event"),
        (_seen(replace(OWN, calendar=THERE)), Verdict.MOVED, "event"),
        (_seen(PASTED), Verdict.ADOPTED, "pasted"),
        (_seen(PASTED, answers_by_id=False), Verdict.ADOPTED, "pasted"),
        (_seen(replace(OWN, is_cancelled=True), PASTED), Verdict.ADOPTED, "pasted"),
        (_seen(replace(PASTED, calendar=THERE)), Verdict.ADOPTED, "pasted"),
        (replace(GONE, is_synced=False), Verdict.IGNORED, None),
        (replace(_seen(PASTED), is_synced=False), Verdict.ADOPTED, "pasted"),
        (replace(_seen(replace(OWN, time=LATER)), is_synced=False), Verdict.MOVED, "event"),
        (replace(GONE, stands=False), Verdict.NOTHING, None),
        (replace(GONE, time=Interval(NOW - timedelta(hours=1), NOW)), Verdict.NOTHING, None),
        (replace(GONE, is_open=False), Verdict.WAIT, None),
        (replace(GONE, look=None), Verdict.WAIT, None),
        (replace(GONE, look=replace(EMPTY, is_whole=False)), Verdict.WAIT, None),
        (replace(GONE, written_at=NOW - timedelta(seconds=30)), Verdict.WAIT, None),
        (replace(GONE, written_at=EMPTY.began_at - LAG), Verdict.GONE, None),
        (replace(GONE, written_at=None), Verdict.WAIT, None),
        (replace(_seen(OWN), written_at=None), Verdict.WAIT, None),
        (replace(GONE, written_at=NOW), Verdict.WAIT, None),  # we have written since we looked
    ],
)
def test_the_table_of_cases(case: Case, verdict: Verdict, event: str | None) -> None:
    found = judge(case, NOW)

    assert (found.verdict, found.sighting.event if found.sighting else None) == (verdict, event)


def test_a_meeting_that_has_begun_may_still_be_cancelled() -> None:
    begun = replace(GONE, time=Interval(NOW - timedelta(minutes=5), NOW + timedelta(minutes=5)))

    assert judge(begun, NOW) == Finding(Verdict.GONE)


def _every_case() -> Iterator[Case]:
    flags = (True, False)
    events = [
        replace(each, is_cancelled=cancelled, is_declined=declined, calendar=calendar, time=time)
        for each in (OWN, PASTED)
        for cancelled, declined, calendar, time in product(flags, flags, (HERE, THERE), (TIME, LATER))
    ]
    own, pasted = events[: len(events) // 2], events[len(events) // 2 :: 2]
    sights = [(), *((one,) for one in events), *product(own, pasted)]
    looks = [
        None,
        *(
            Look(began_at, whole, by_id, seen)
            for began_at, whole, by_id, seen in product((NOW - LAG * 5, NOW), flags, flags, sights)
        ),
    ]
    for stands, is_open, synced, look in product(flags, flags, flags, looks):
        for time, written in product((TIME, Interval(NOW - LAG, NOW)), (NOW - LAG * 60, NOW - LAG / 2, None)):
            yield Case(stands, "event", HERE, time, written, is_open, synced, look)


def test_nothing_is_cancelled_but_on_whole_late_evidence_that_holds_nothing_alive() -> None:
    for case in _every_case():
        verdict = judge(case, NOW).verdict

        look = case.look
        is_sure = (
            case.stands
            and case.time.end > NOW
            and case.is_open
            and case.is_synced
            and look is not None
            and look.is_whole
            and case.written_at is not None
            and look.began_at - case.written_at >= LAG
            and not any(each.is_alive for each in look.sightings)
        )
        assert (verdict is Verdict.GONE) == is_sure, case


def test_a_verdict_that_names_an_event_names_one_that_lives() -> None:
    for case in _every_case():
        found = judge(case, NOW)

        keeps = found.verdict in {Verdict.STANDS, Verdict.MOVED, Verdict.ADOPTED}
        assert keeps == (found.sighting is not None and found.sighting.is_alive), case


def test_of_several_copies_the_same_is_adopted_in_whatever_order_they_come() -> None:
    same_time = replace(PASTED, event="same", time=TIME)
    elsewhere = replace(PASTED, event="elsewhere", time=TIME, calendar=THERE)
    copies = (elsewhere, PASTED, same_time)

    found = {judge(_seen(*order), NOW) for order in (copies, copies[::-1])}

    assert found == {Finding(Verdict.ADOPTED, same_time)}


@pytest.mark.parametrize(
    ("together", "within_hour", "coming", "waits"),
    [
        (1, 1, 1, False),
        (10, 10, 10, False),
        (11, 11, 5_000, True),
        (1, 20, 30, False),
        (1, 21, 30, True),
        (1, 21, 400, True),
        (1, 21, 420, False),
        (1, 22, 420, True),
        (1, 50, 1_000, False),
        (1, 51, 1_000, True),
    ],
)
def test_too_many_at_once_wait_for_a_person(together: int, within_hour: int, coming: int, waits: bool) -> None:
    assert needs_person(together, within_hour, coming) is waits
