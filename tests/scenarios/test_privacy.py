"""Nothing of what meetings say is kept, and nobody is touched whom the product does not know."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from local.stack import ROOT, Stack
from tests.scenarios.calendar_scene import deliver
from tests.scenarios.scene import CALENDAR_KINDS, Scene, begun_scenes, meeting
from tests.scenarios.stored_rows import set_schema_version
from tests.scenarios.test_dead_letters import FUTURE, HIDDEN, SCHEMA_VERSION, TRIES
from tests.scenarios.test_repair import let_a_walk_pass, lose_mailbox
from tests.stored_bytes import bytes_at_rest

pytestmark = pytest.mark.stack

HOST_LOG = ROOT / ".local" / "scenarios" / "logs" / "host.log"
TEXT_OF_EVENTS = ("subject", "body", "bodyPreview", "location", "locations", "attendees", "organizer", "onlineMeeting")
MARKERS = {
    "subject": "Zqmarksubject",
    "body": "Zqmarkbody",
    "location": "Zqmarklocation",
    "attendee": "zqmarkattendee",
    "organizer": "zqmarkorganizer",
    "category": "Zqmarkcategory",
    "join address": "zqmarkjoin",
    "calendar": "Zqmarkcalendar",
    "stranger": "zqmarkstranger",
}


@pytest.fixture(scope="module")
def talkative(stack: Stack, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """A connected tenant whose meetings, calendars and strangers carry words that are found again."""
    with begun_scenes(stack, request.node.nodeid) as begin:
        yield _connected(begin())


def test_no_text_of_a_meeting_and_nobody_unmatched_is_stored(talkative: Scene) -> None:
    stored = bytes_at_rest(talkative.stack.storage_connection_string).lower()

    assert talkative.object_id("vera").encode() in stored  # the search looks where it should
    assert [what for what, marker in MARKERS.items() if marker.lower().encode() in stored] == []
    assert talkative.object_id("zqmarkstranger").encode() not in stored


def test_the_log_names_no_text_no_address_no_person_and_no_token(talkative: Scene) -> None:
    link = talkative.product.begin_connection(talkative.organization)["activation_link"]
    talkative.browser("scanner").open(link)
    log = HOST_LOG.read_text().lower()

    assert talkative.tenant in log  # the search looks where it should
    assert [what for what, marker in MARKERS.items() if marker.lower() in log] == []
    assert "@" + talkative.domain not in log
    assert "@y.example" not in log
    assert talkative.object_id("zqmarkstranger") not in log
    assert link.partition("token=")[2].lower() not in log
    assert "eyj0exai" not in log  # how a JSON web token begins


def test_nothing_that_goes_wrong_brings_a_text_or_a_stranger_into_tables_or_log(troubled: Scene) -> None:
    stored, log = bytes_at_rest(troubled.stack.storage_connection_string).lower(), HOST_LOG.read_text().lower()

    mailbox = f"organizations!{troubled.tenant}!{troubled.object_id('vera')}"
    for event in (f"drift mailbox={mailbox}", f"repair_done connection={troubled.connection}", "dead_letter letter="):
        assert event in log  # the search looks where it should
    assert b"letter!" in stored
    for held in (stored, log.encode()):
        assert [what for what, marker in MARKERS.items() if marker.lower().encode() in held] == []
        assert troubled.object_id("zqmarkstranger").encode() not in held
    assert {one["user"] for one in troubled.requests("subscriptions") if one["user"]} <= _matched(troubled)


def test_microsoft_is_asked_for_times_only_and_for_matched_people_only(talkative: Scene) -> None:
    asked = talkative.requests(*CALENDAR_KINDS)
    views = [request for request in asked if request["kind"] == "calendar_view"]

    connected = {talkative.object_id("vera"), talkative.object_id("viktor")}
    assert connected <= {request["user"] for request in asked} <= _matched(talkative)
    assert connected <= {view["user"] for view in views}
    for view in views:
        selected = _selected(str(view["query"]))
        assert "showAs" in selected
        assert selected.isdisjoint(TEXT_OF_EVENTS)


@pytest.fixture
def troubled(talkative: Scene) -> Iterator[Scene]:
    """Changes are told, and lost; a mailbox vanishes, a day passes, an order dies."""
    for name in ("vera", "zqmarkstranger"):
        talkative.add_event(name, _meeting(talkative, days=3))
    deliver(talkative)
    talkative.lose_notifications()
    for name in ("vera", "zqmarkstranger"):
        talkative.add_event(name, _meeting(talkative, days=4))
    talkative.settle(timedelta(hours=6))
    talkative.quarters(2)
    talkative.mend()
    lose_mailbox(talkative, "viktor")
    let_a_walk_pass(talkative)
    _let_an_order_die(talkative)
    yield talkative
    talkative.mend()


def _let_an_order_die(scene: Scene) -> None:
    scene.add("late")
    scene.send_users("late")
    row = ("users", scene.organization, "user!late")
    set_schema_version(scene.stack, *row, FUTURE)
    for _ in range(TRIES):
        scene.settle(HIDDEN)
    set_schema_version(scene.stack, *row, SCHEMA_VERSION)
    scene.settle(timedelta(minutes=1))


def _matched(scene: Scene) -> set[str]:
    return {scene.object_id(name) for name in scene.states()}


def _connected(scene: Scene) -> Scene:
    scene.populate(["vera", "viktor"])
    scene.add("zqmarkstranger", displayName="Zqmarkstranger Person", proxyAddresses=["smtp:zqmarkstranger.x@y.example"])
    scene.world.control("POST", f"/tenants/{scene.tenant}/people/{scene.object_id('vera')}/calendars", _calendar())
    for name in ("vera", "viktor", "zqmarkstranger"):
        scene.add_event(name, _meeting(scene))
        scene.add_event(name, {**_meeting(scene, days=2), "recurrence": _daily(scene)})
    scene.consent()
    scene.settle()
    scene.settle()
    scene.quarters(2)
    scene.answer("vera", live=True)
    listed = scene.calendars("vera")
    assert MARKERS["calendar"] in {calendar["name"] for calendar in listed}
    scene.check_calendars(
        "vera", *(calendar["calendar"] for calendar in listed if calendar["name"] == MARKERS["calendar"])
    )
    scene.settle()
    assert scene.states() == {"vera": "connected", "viktor": "connected"}
    assert scene.busy("vera") == scene.truth("vera") != []
    return scene


def _selected(query: str) -> set[str]:
    fields = {name: value for name, _, value in (part.partition("=") for part in query.split("&"))}
    return set(fields.get("%24select", fields.get("$select", "")).replace("%2C", ",").replace("%2c", ",").split(","))


def _meeting(scene: Scene, days: int = 1) -> dict[str, object]:
    return meeting(
        scene.world.now.replace(minute=0, second=0, microsecond=0) + timedelta(days=days),
        subject=MARKERS["subject"],
        body={"contentType": "text", "content": MARKERS["body"]},
        location={"displayName": MARKERS["location"]},
        categories=[MARKERS["category"]],
        organizer={"emailAddress": {"name": "Zqmarkorganizer", "address": "zqmarkorganizer@outside.example"}},
        attendees=[
            {
                "emailAddress": {"name": "Zqmarkattendee", "address": "zqmarkattendee@outside.example"},
                "type": "required",
            }
        ],
        onlineMeeting={"joinUrl": "https://meet.example/zqmarkjoin"},
    )


def _daily(scene: Scene) -> dict[str, object]:
    start = (scene.world.now + timedelta(days=2)).date().isoformat()
    return {
        "pattern": {"type": "daily", "interval": 1},
        "range": {"type": "numbered", "startDate": start, "numberOfOccurrences": 5},
    }


def _calendar() -> dict[str, object]:
    return {"name": MARKERS["calendar"], "source": "own"}
