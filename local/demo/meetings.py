"""The product's meetings: booked, moved, cancelled, and followed when people move or delete them in Outlook."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx

from examples.scheduling_product import Orgcal, Slot, apply, free_slots
from local.demo.following import ACME, CALM, connected, midnight
from local.demo.people import Someone
from local.demo.product import OWNER
from local.demo.world import CONTOSO, CONTOSO_DOMAIN, World, read_busy
from local.trust import TRUSTS_NOBODY

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
PATIENCE = 30  # minutes of the stack's clock
INVITEE = f"stranger-0001@{CONTOSO_DOMAIN}"  # whom the product does not know


def booking(world: World) -> str:
    """A meeting of two hosts with somebody else is booked, moved to another hour, and one more is cancelled."""
    orgcal, host, cohost = _orgcal(world), connected(world, 3), connected(world, 4)
    first, second, third = _free(world, host, cohost)[:3]
    asked = {"title": "Interview", "cohosts": [cohost.user], "attendees": [{"address": INVITEE}]}
    booked = orgcal.book("interview", host.user, first, online_meeting="teams", if_free=True, **asked)
    again = orgcal.book("interview", host.user, first, online_meeting="teams", if_free=True, **asked)
    world.expect((booked["state"], again["event"]), ("booked", booked["event"]), "the booking, asked for twice")
    for user in (host.user, cohost.user):
        world.expect(_is_busy(world, user, first), True, f"{user} is busy at once")
    moved = orgcal.book("interview", host.user, second, online_meeting="teams", **asked)
    shown = _in_outlook(world, host, "Interview")
    world.expect([one["immutableId"] for one in shown], [moved["event"]], "the meetings in the host's calendar")
    world.expect(_start(shown[0]), second[0], "when Outlook has it after it was moved")
    world.expect(shown[0]["onlineMeeting"]["joinUrl"], booked["join_url"], "its Teams link")
    orgcal.book("coffee", host.user, third, title="Coffee", attendees=[{"address": INVITEE}])
    orgcal.cancel("coffee", "The machine is broken.")
    world.expect(_in_outlook(world, host, "Coffee"), [], "the cancelled meeting in the host's calendar")
    world.expect(_is_busy(world, host.user, third), False, "the host is busy where it was")
    world.settle()
    return (
        f"one event for two calls, moved from {first[0]:%-d} to {second[0]:%-d %B} with its Teams link; one cancelled"
    )


def host_deletes(world: World) -> str:
    """The host deletes a booked event in Outlook: the booking ends, and the product is told."""
    orgcal, host = _orgcal(world), connected(world, 3)
    event = _booked(world, "standup", "Standup", host)
    began = world.now
    world.control("DELETE", f"{_person(host)}/events/{event['immutableId']}")
    _wait(world, lambda: orgcal.booking("standup")["state"] == "ended")
    shown = orgcal.booking("standup")
    world.expect((shown["state"], shown["ended_by"]), ("ended", "host"), "the booking whose event was deleted")
    _wait(world, lambda: ("booking.cancelled", "standup") in _told(world))
    return f"ended by the {shown['ended_by']}, {_minutes(world.now - began)} after the deletion"


def cut_and_paste_kept(world: World) -> str:
    """The host cuts a booked event and pastes it at a later hour: the booking goes on, at that hour."""
    orgcal, host = _orgcal(world), connected(world, 3)
    event = _booked(world, "review", "Review", host)
    later = _start(event) + 3 * HOUR
    pasted = {"destination": "default", "cut": True, "start": _instant(later), "end": _instant(later + HOUR)}
    world.control("POST", f"{_person(host)}/events/{event['immutableId']}/copy", pasted)
    _wait(world, lambda: datetime.fromisoformat(orgcal.booking("review")["start"]) == later)
    shown = orgcal.booking("review")
    world.expect((shown["state"], shown["event"] == event["immutableId"]), ("booked", False), "the pasted booking")
    world.expect(datetime.fromisoformat(shown["start"]), later, "when it is")
    _wait(world, lambda: ("booking.moved", "review") in _told(world))
    return f"{shown['state']} at {later:%H:%M}, three hours later than it was, with the event that was pasted"


def invitee_declines(world: World) -> str:
    """Somebody who was invited declines: that is between them and the host."""
    orgcal, host = _orgcal(world), connected(world, 3)
    _booked(world, "lunch", "Lunch", host, attendees=[{"address": INVITEE}])
    (copy,) = _in_outlook(world, INVITEE, "Lunch")
    world.control("POST", f"{_person(INVITEE)}/events/{copy['id']}/respond", {"response": "declined"})
    for _ in range(PATIENCE // 5):
        world.settle(5 * MINUTE)
    shown = orgcal.booking("lunch")
    world.expect((shown["state"], shown["decision"]), ("booked", None), "the booking half an hour later")
    world.expect(len(_in_outlook(world, host, "Lunch")), 1, "its events in the host's calendar")
    return f"still {shown['state']} half an hour later"


def webhooks_verified(world: World) -> str:
    """The product heard of exactly what it should, each once and signed; what nobody signed it does not believe."""
    world.settle(2 * MINUTE)
    about_meetings = [one for one in _told(world) if one[0].startswith("booking.")]
    expected = [("booking.cancelled", "standup"), ("booking.moved", "review")]
    world.expect(sorted(about_meetings), expected, "what the product was told of its meetings")
    world.expect(world.inbox.refused, 0, "posts that were not signed as they should be")
    listed = _listed(_orgcal(world))
    taken = {event["event"] for event in world.inbox.events if event["organization"] == ACME}
    world.expect(taken, listed, "events that were sent, beside those that are listed")
    _follows(world)
    forged = world.inbox.take(b'{"event": "evt_forged", "type": "booking.cancelled"}', {"webhook-id": "evt_forged"})
    world.expect(forged, httpx.codes.UNAUTHORIZED, "the answer to a post that nobody signed")
    kinds = Counter(event["type"] for event in world.inbox.events)
    return "all signed, none missing: " + ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())


def _follows(world: World) -> None:
    """A product that only goes by what it is told knows what Orgcal knows."""
    orgcal = _orgcal(world)
    meetings = {name: _times(orgcal.booking(name)) for name in ("interview", "lunch")}
    known = {**meetings, "standup": meetings["lunch"], "review": meetings["lunch"]}  # the latter wrong until told
    apply(known, world.inbox.events)
    world.expect(known, {**meetings, "review": _times(orgcal.booking("review"))}, "the product's meetings")


def _orgcal(world: World) -> Orgcal:
    addresses = world.stack.addresses
    headers = {"x-functions-key": addresses.function_key, "Orgcal-Acting-User": OWNER}
    client = httpx.Client(base_url=addresses.app_http_url, headers=headers, timeout=60, verify=TRUSTS_NOBODY)
    return Orgcal(client, ACME)


def _free(world: World, *people: Someone) -> list[Slot]:
    """Hours in which all of them are free, ten days from now and later, each day's first only."""
    start = midnight(world) + timedelta(days=10)
    answers = world.product.availability(ACME, [one.user for one in people], start, start + timedelta(days=30))
    slots = free_slots(list(answers.values()), start, start + timedelta(days=30), HOUR)
    return [slot for at, slot in enumerate(slots) if at == 0 or slot[0].date() != slots[at - 1][0].date()]


def _booked(world: World, name: str, title: str, host: Someone, **more: Any) -> dict[str, Any]:
    """The event of a new booking, in the host's calendar, once it has been read."""
    _orgcal(world).book(name, host.user, _free(world, host)[0], title=title, **more)
    world.settle(CALM)
    world.settle(MINUTE)
    (event,) = _in_outlook(world, host, title)
    return event


def _in_outlook(world: World, person: Someone | str, title: str) -> list[dict[str, Any]]:
    """What is in the person's calendars, deleted items left out."""
    events = world.control("GET", f"{_person(person)}/events")["events"]
    return [one for one in events if one["subject"] == title and one["calendarId"] is not None]


def _person(person: Someone | str) -> str:
    return f"/tenants/{CONTOSO}/people/{person if isinstance(person, str) else person.object_id}"


def _is_busy(world: World, user: str, slot: Slot) -> bool:
    answer = world.product.availability(ACME, [user], *slot)[user]
    return read_busy(answer["busy"]) == [slot]


def _told(world: World) -> list[tuple[str, str]]:
    """Each event's type and booking, if it is about one."""
    return [(event["type"], event["data"].get("booking", "")) for event in world.inbox.events]


def _listed(orgcal: Orgcal) -> set[str]:
    return {event["event"] for event in orgcal.events()}


def _wait(world: World, is_so: Callable[[], bool]) -> None:
    """Minute by minute of the stack's clock."""
    for _ in range(PATIENCE):
        if is_so():
            return
        world.settle(MINUTE)


def _start(event: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(event["start"]["dateTime"] + "Z").replace(microsecond=0)


def _times(booking: dict[str, Any]) -> Slot:
    return datetime.fromisoformat(booking["start"]), datetime.fromisoformat(booking["end"])


def _instant(at: datetime) -> dict[str, str]:
    return {"dateTime": f"{at:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}


def _minutes(period: timedelta) -> str:
    return f"{round(period / MINUTE)} minutes"
