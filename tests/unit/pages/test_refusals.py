"""Whoever is turned away is told why in words of their own."""

import pytest

from shared_code.core.portal_session import PortalFault
from shared_code.errors import Problem
from shared_code.pages.brand import Brand
from shared_code.pages.door import render_refused
from shared_code.pages.frames import Frame, SignedIn
from shared_code.pages.portal_texts import PORTAL_FAULTS, PROBLEMS, WAYS

# What only a program can run into: pages do not send such requests.
OF_THE_API = frozenset(
    {
        Problem.DEAD_LETTER_NOT_FOUND,
        Problem.EVENT_NOT_FOUND,
        Problem.NO_EVENT_ENDPOINT,
        Problem.MALFORMED_JSON,
        Problem.UNKNOWN_FIELD,
        Problem.NAIVE_TIME,
        Problem.TOO_MANY_ITEMS,
        Problem.WINDOW_INVALID,
        Problem.WINDOW_TOO_LARGE,
        Problem.TIME_ZONE_UNKNOWN,
        Problem.RETURN_ADDRESS_REFUSED,
        Problem.ADDRESS_INVALID,
        Problem.DUPLICATE_USER,
        Problem.ADDRESS_TAKEN,
        Problem.SLOT_TAKEN,
        Problem.FREE_TIME_UNKNOWN,
        Problem.HOST_CHANGED,
        Problem.NO_WRITE_CALENDAR,
        Problem.ONLINE_MEETING_REFUSED,
        Problem.MEETING_REFUSED,
        Problem.BEYOND_HORIZON,
        Problem.ALREADY_REDRIVEN,
        Problem.DEAD_LETTER_UNREADABLE,
        Problem.PERSONAL_CONNECTIONS_OFF,
    }
)


def frame(*, is_admin: bool) -> Frame:
    return Frame(Brand("Meetwell"), signed_in=SignedIn("Acme", "ursula@acme.example", is_admin, "token", None))


def test_every_problem_that_a_page_can_meet_has_its_words() -> None:
    assert {str(problem) for problem in Problem} - PROBLEMS.keys() == OF_THE_API
    assert PROBLEMS.keys() <= {str(problem) for problem in Problem}


def test_every_closed_door_says_why() -> None:
    assert PORTAL_FAULTS.keys() == set(PortalFault)


@pytest.mark.parametrize("problem", WAYS)
def test_a_way_on_that_only_admins_may_go_is_shown_to_nobody_else(problem: str) -> None:
    href = f'class="action other" href="{WAYS[problem][0]}"'

    assert href in render_refused(frame(is_admin=True), problem, "reference")
    assert href not in render_refused(frame(is_admin=False), problem, "reference")
    assert 'href="/portal"' in render_refused(frame(is_admin=False), problem, "reference")
