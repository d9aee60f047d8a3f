"""People in Paris whose calendars are changed in Outlook, what is busy in truth, and what the product is told."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from local.demo.world import Busy, read_busy
from tests.scenarios.calendar_cases import PARIS, Owner
from tests.scenarios.scene import CALM, Scene


def connected(scene: Scene, names: Sequence[str]) -> list[Owner]:
    """Each has two calendars that count and one that does not, and a meeting in three weeks."""
    scene.populate(names)
    owners = [_owner_of(scene, name) for name in names]
    scene.consent()
    scene.settle()
    scene.settle()
    for owner in owners:
        scene.check_calendars(owner.name, owner.project)
    for owner in owners:
        owner.add(owner.at(20, 12))
    follow(scene)
    return owners


def deliver(scene: Scene, reads: int = 2) -> None:
    """Graph posts what it has to tell, and whatever follows comes to its end."""
    scene.stack.wait_until_quiet()
    for _ in range(reads):
        scene.settle(CALM)
    scene.settle_orders()


def follow(scene: Scene) -> None:
    """The same where who was read a moment ago is read again a moment later, and once more after that."""
    deliver(scene, reads=3)


def told(owner: Owner) -> Busy:
    return owner.scene.busy(owner.name)


def truth(owner: Owner) -> Busy:
    """Of all calendars that count and are still there."""
    there = {each["id"] for each in owner.scene.world.control("GET", f"{owner.path}/calendars")["calendars"]}
    start, end = owner.scene.world.window
    query = {
        "start": start.isoformat(),
        "end": end.isoformat(),
        "zone": owner.scene.zones[owner.name],
        "calendar": ["default", *({owner.project} & there)],
    }
    answer = owner.scene.stack.control.get(f"{owner.path}/busy", params=query)
    return read_busy(answer.raise_for_status().json()["busy"])


def minutes(busy: Busy) -> float:
    return sum((end - start) / timedelta(minutes=1) for start, end in busy)


def import_events(owner: Owner, events: Iterable[tuple[datetime, timedelta, str]]) -> None:
    """Into the default calendar, all in one file: start in UTC, length, and a recurrence rule or nothing."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:scenarios"]
    for number, (start, length, rule) in enumerate(events):
        times = [f"DTSTART:{start:%Y%m%dT%H%M%SZ}", f"DTEND:{start + length:%Y%m%dT%H%M%SZ}"]
        rules = [f"RRULE:{rule}"] if rule else []
        lines += ["BEGIN:VEVENT", f"UID:{owner.name}-{number}", *times, *rules, "SUMMARY:Imported", "END:VEVENT"]
    content = "\r\n".join([*lines, "END:VCALENDAR", ""])
    owner.scene.stack.control.post(f"{owner.path}/calendars/default/import", content=content).raise_for_status()


def _owner_of(scene: Scene, name: str) -> Owner:
    scene.edit(name, mailbox_time_zone=PARIS)
    scene.zones[name] = "Europe/Paris"
    path = f"/tenants/{scene.tenant}/people/{scene.object_id(name)}/calendars"
    project, unchecked = (scene.world.control("POST", path, {"name": each})["id"] for each in ("Project", "Private"))
    return Owner(scene, name, scene.world.now.date(), project, unchecked)
