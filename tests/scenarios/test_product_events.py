"""What happens reaches a product that verifies it, whatever becomes of its answers."""

import base64
from collections.abc import Iterator
from datetime import timedelta

import pytest

from local.stack import ROOT, Stack
from tests.scenarios.product_endpoint import CUT, Endpoint, ids, listening
from tests.scenarios.scene import PACE, Entry, Scene, begun_scenes, meeting
from tests.scenarios.test_privacy import MARKERS
from tests.stored_bytes import bytes_at_rest

pytestmark = pytest.mark.stack

OLD, NEW = ("whsec_" + base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))
DIRECTORY = ROOT / ".local" / "scenarios-events"
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with listening(OLD) as open_endpoint:
        yield open_endpoint


@pytest.fixture(scope="module")
def stack(endpoint: Endpoint) -> Iterator[Stack]:
    """Secrets are being exchanged: both sign."""
    settings = {"ORGCAL_EVENTS_URL": endpoint.url, "ORGCAL_EVENTS_SECRETS": f"{OLD},{NEW}"}
    with Stack(DIRECTORY, settings=settings, pace=PACE) as running:
        yield running


@pytest.fixture
def scene(stack: Stack, endpoint: Endpoint, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Anna is connected, and the product knows."""
    with begun_scenes(stack, request.node.nodeid) as begin:
        scene = begin()
        scene.connect(["anna"])
        scene.settle()
        yield scene
        endpoint.answers.clear()
        endpoint.secret = OLD


def opt_out_and_in(scene: Scene, times: int = 1) -> None:
    for act in ("disconnect", "reconnect") * times:
        path = f"/v1/organizations/{scene.organization}/users/anna/{act}"
        scene.call("POST", path).raise_for_status()
        scene.settle()
        scene.settle()


def listed(scene: Scene) -> list[Entry]:
    scene.settle(31 * SECOND)
    return list(scene.product.call("GET", f"/{scene.organization}/events")["events"])


def new(scene: Scene, endpoint: Endpoint, before: int) -> list[Entry]:
    return [one for one in endpoint.told[before:] if one["organization"] == scene.organization]


def test_the_product_hears_of_the_connection_and_of_everybody_signed(scene: Scene, endpoint: Endpoint) -> None:
    assert dict(endpoint.told_of(scene.organization)) == {"connection.activated": None, "user.connected": "anna"}
    told = {one["event"]: one for one in new(scene, endpoint, 0)}
    assert {one["event"]: one for one in listed(scene)} == told  # two causes, so in either order


def test_while_secrets_are_exchanged_the_new_one_verifies_as_well(scene: Scene, endpoint: Endpoint) -> None:
    before = len(endpoint.told)
    endpoint.secret = NEW

    opt_out_and_in(scene)

    told = new(scene, endpoint, before)
    assert [one["type"] for one in told] == ["user.disconnected", "user.connected"]


def test_an_event_whose_answer_was_lost_comes_again_with_its_id(scene: Scene, endpoint: Endpoint) -> None:
    before = len(endpoint.told)
    endpoint.answers.extend([CUT, CUT])

    opt_out_and_in(scene)
    scene.settle(6 * MINUTE)

    told = ids(new(scene, endpoint, before))
    assert len(told) == 4
    assert len(set(told)) == 2
    assert len({one["event"] for one in listed(scene)}) == len(listed(scene)) == 4


def test_what_is_refused_is_sent_again_later_and_a_redirect_leads_nowhere(scene: Scene, endpoint: Endpoint) -> None:
    before = len(endpoint.told)
    elsewhere = (302, {"Location": endpoint.url})
    endpoint.answers.extend([500, elsewhere, (503, {"Retry-After": "3600"})])
    path = f"/v1/organizations/{scene.organization}/users/anna/disconnect"

    scene.call("POST", path).raise_for_status()
    tries = []
    for period in (10 * SECOND, 10 * SECOND, 6 * MINUTE, 30 * MINUTE, HOUR):
        scene.settle(period)
        tries.append(len(new(scene, endpoint, before)))

    assert tries == [1, 2, 3, 3, 4]
    assert len(set(ids(new(scene, endpoint, before)))) == 1


def test_an_endpoint_that_is_gone_is_left_alone_and_catches_up_later(scene: Scene, endpoint: Endpoint) -> None:
    before = len(endpoint.told)
    since = scene.world.now
    endpoint.answers.append(410)

    opt_out_and_in(scene, times=2)
    missed = len(new(scene, endpoint, before))
    disabled = scene.operate("GET", "/v1/event-endpoint").json()["state"]
    scene.operate("POST", "/v1/event-endpoint/enable").raise_for_status()
    body = {"since": since.isoformat()}
    replayed = scene.call("POST", f"/v1/organizations/{scene.organization}/events/replay", body)
    scene.settle()

    assert (missed, disabled, replayed.status_code) == (1, "disabled", 202)
    told = new(scene, endpoint, before)
    assert {one["event"] for one in told} == {one["event"] for one in listed(scene)[2:]}
    assert len(told) == 1 + 4


def test_no_event_is_lost_while_storage_is_down(scene: Scene, endpoint: Endpoint) -> None:
    before = len(endpoint.told)
    path = f"/v1/organizations/{scene.organization}/users/anna/disconnect"

    scene.call("POST", path).raise_for_status()
    scene.stack.fail_storage("table")
    for _ in range(20):
        scene.settle(31 * SECOND)
    during = len(new(scene, endpoint, before))
    scene.stack.restore_storage()
    for _ in range(4):
        scene.settle(MINUTE)

    assert during == 0
    assert [one["type"] for one in new(scene, endpoint, before)] == ["user.disconnected"]


def test_a_day_without_a_word_is_a_dead_letter_that_works_when_it_is_redriven(scene: Scene, endpoint: Endpoint) -> None:
    before = len(endpoint.told)
    endpoint.answers.extend([500] * 8)
    path = f"/v1/organizations/{scene.organization}/users/anna/disconnect"

    scene.call("POST", path).raise_for_status()
    for hours in (0.003, 0.003, 0.1, 0.6, 2.2, 5.5, 11, 7):
        scene.settle(timedelta(hours=hours))
    (letter,) = [one for one in scene.dead_letters() if one["order"] == "DeliverEvent"]
    scene.operate("POST", f"/v1/dead-letters/{letter['letter']}/redrive").raise_for_status()
    scene.settle()

    told = new(scene, endpoint, before)
    assert len(told) == 9
    assert set(ids(told)) == {letter["message"]["event"]}


def test_busy_times_are_told_without_a_word_of_the_meeting(scene: Scene, endpoint: Endpoint) -> None:
    policy = {"name": scene.organization, "policy": {"busy_updates": True}}
    scene.call("PUT", f"/v1/organizations/{scene.organization}", policy).raise_for_status()
    before = len(endpoint.told)

    scene.add_event("anna", _talkative_meeting(scene))
    for _ in range(8):
        scene.settle()

    told = new(scene, endpoint, before)
    assert [(one["type"], one["data"]) for one in told] == [("busy.updated", {"user": "anna"})]
    assert "busy.updated" not in {one["type"] for one in listed(scene)}
    _check_privacy(scene, endpoint)


def _talkative_meeting(scene: Scene) -> Entry:
    start = scene.world.now.replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    attendee = {"emailAddress": {"name": "Zqmarkattendee", "address": "zqmarkattendee@outside.example"}}
    return meeting(start, subject=MARKERS["subject"], attendees=[{**attendee, "type": "required"}])


def _check_privacy(scene: Scene, endpoint: Endpoint) -> None:
    """Neither tables nor log hold a text, an address, a secret, or the endpoint, which may hold one."""
    stored = bytes_at_rest(scene.stack.storage_connection_string).lower()
    log = (DIRECTORY / "logs" / "host.log").read_text().lower().encode()

    assert listed(scene)[0]["event"].encode() in stored  # the search looks where it should
    assert b"event_sent product_event=evt_" in log
    hidden = [*MARKERS.values(), "very-private", OLD.removeprefix("whsec_"), NEW.removeprefix("whsec_")]
    for held in (stored, log):
        assert [what for what in hidden if what.lower().encode() in held] == []
    assert f"@{scene.domain}".encode() not in log
    assert f"@{scene.domain}" not in str(endpoint.told)
