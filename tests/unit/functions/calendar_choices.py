"""Ursula's mailbox with several calendars, and the calls by which she chooses."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared_code.core.calendar import Calendar, Event, ShowAs
from shared_code.core.directory import DirectoryUser
from shared_code.core.ids import CalendarId
from shared_code.core.intervals import Interval
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.browser import Answered, call
from tests.unit.functions.test_connection_life import MAILBOX, URSULA, ask, connected
from tests.unit.functions.test_consent import TENANT

OWN = "ursula@acme.example"
WORK = Calendar(CalendarId("work"), is_default=True, can_edit=True, owner_address=OWN)
HOME = Calendar(CalendarId("home"), is_default=False, can_edit=True, owner_address=OWN)
CLUB = Calendar(CalendarId("club"), is_default=False, can_edit=False, owner_address=OWN)
BENS = Calendar(CalendarId("bens"), is_default=False, can_edit=True, owner_address="ben@acme.example")

OUT_OF_THE_BOX: dict[str, Any] = {  # Ursula's settings
    "user": "ursula",
    "checked_calendars": ["work"],
    "write_calendar": "work",
    "busy_statuses": ["busy"],
    "cancellation_sync": True,
    "chosen": [],
    "locked": [],
}


@pytest.fixture
async def chooser(acme: ComposedApp) -> ComposedApp:
    """Ursula is connected. Tomorrow, by the hour: 1 busy, 2 tentative, 3 out of office, 4 elsewhere, 5 free; in the
    calendar at home 6, at the club 7."""
    acme.directory.put(TENANT, DirectoryUser(URSULA, OWN, OWN))
    acme.calendars.add_mailbox(MAILBOX, WORK, HOME, CLUB, BENS)
    shown = (ShowAs.BUSY, ShowAs.TENTATIVE, ShowAs.OUT_OF_OFFICE, ShowAs.WORKING_ELSEWHERE, ShowAs.FREE)
    for number, show_as in enumerate(shown, 1):
        put(acme, WORK, number, show_as)
    put(acme, HOME, 6)
    put(acme, CLUB, 7)
    await connected(acme)
    forget_traces(acme)
    return acme


def put(app: ComposedApp, calendar: Calendar, hour: int, show_as: ShowAs = ShowAs.BUSY) -> None:
    start = _tomorrow(app) + timedelta(hours=hour)
    event = Event(f"{calendar.calendar}-{hour}", None, Interval(start, start + timedelta(minutes=30)), show_as)
    app.calendars.put(MAILBOX, calendar.calendar, event)


def make(app: ComposedApp, name: str, hour: int) -> None:
    """A calendar that Orgcal has not seen yet, with one meeting."""
    made = replace(HOME, calendar=CalendarId(name))
    mailbox = app.calendars.mailboxes[MAILBOX]
    mailbox.calendars[made.calendar], mailbox.events[made.calendar] = made, {}
    put(app, made, hour)


def forget_traces(app: ComposedApp) -> None:
    app.calendars.script.calls.clear()
    app.rows.operations.clear()


async def choose(by: str | None = "ursula", user: str = "ursula", **settings: object) -> Answered:
    return await call("put_settings", organization="acme", user=user, body=settings, by=by)


async def shown(user: str = "ursula") -> dict[str, Any]:
    return dict((await call("get_settings", organization="acme", user=user)).json)


async def put_policy(**policy: object) -> Answered:
    return await call("put_organization", organization="acme", body={"name": "Acme", "policy": policy}, by="olga")


async def busy_hours(app: ComposedApp) -> list[int] | str:
    """Which hours of tomorrow are busy; the reason if the answer is not complete."""
    answer = await ask(app)
    if not answer["complete"]:
        return str(answer["reason"])
    busy: Any = answer["busy"]
    return [int(one["start"][11:13]) - _tomorrow(app).hour for one in busy]


def _tomorrow(app: ComposedApp) -> Any:
    """Midnight; no test lets the clock go over it."""
    return (app.clock.now() + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
