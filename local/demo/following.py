"""Changes in Outlook, and how the answer follows them: told of, and untold."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from local.demo.people import Someone
from local.demo.world import CONTOSO, Busy, World, read_busy

ACME = "acme"
CALM = timedelta(seconds=15)  # between two reads of one mailbox, and their message's way
SAFETY_READ = timedelta(hours=6)
PATIENCE = 30.0  # seconds
LOOK_EVERY = 0.05  # seconds
FIVE_MINUTES = 300  # seconds

type Edit = Callable[[], object]


@dataclass
class Outlook:
    """One person's calendar, as its owner sees it."""

    world: World
    someone: Someone
    ids: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, start: datetime, **more: Any) -> None:
        event = {"subject": name, **_times(start), **more}
        self.ids[name] = self.world.control("POST", f"{self._path}/calendars/default/events", event)["immutableId"]

    def edit(self, name: str, **changes: Any) -> None:
        self.world.control("PATCH", f"{self._path}/events/{self.ids[name]}", changes)

    def move(self, name: str, start: datetime) -> None:
        self.edit(name, **_times(start))

    def delete(self, name: str) -> None:
        self.world.control("DELETE", f"{self._path}/events/{self.ids[name]}")

    def truth(self) -> Busy:
        return self.world.truth(CONTOSO, self.someone.object_id, self.someone.zone, *self.world.window)

    def answer(self, organization: str = ACME, user: str = "", **more: Any) -> dict[str, Any]:
        user = user or self.someone.user
        return self.world.product.availability(organization, [user], *self.world.window, **more)[user]

    @property
    def _path(self) -> str:
        return f"/tenants/{CONTOSO}/people/{self.someone.object_id}"


def change_followed(world: World) -> str:
    """Somebody changes their calendar in Outlook; Graph tells of it, and the answer follows within seconds."""
    outlook, day = Outlook(world, connected(world, 0)), midnight(world) + timedelta(days=5)
    invited = {"responseStatus": {"response": "accepted"}}
    changes: list[tuple[str, Edit]] = [
        ("added", lambda: outlook.add("Interview", day + timedelta(hours=2))),
        ("moved", lambda: outlook.move("Interview", day + timedelta(hours=22))),
        ("deleted", lambda: outlook.delete("Interview")),
        ("invited", lambda: outlook.add("Invitation", day + timedelta(hours=3), **invited)),
        ("declined", lambda: outlook.edit("Invitation", responseStatus={"response": "declined"})),
    ]
    delays = {what: _followed(world, outlook, what, edit) for what, edit in changes}
    told = ", ".join(f"{what} {delay:.1f} s" for what, delay in delays.items())
    return f"seconds from the change in Outlook to the answer: {told}"


def change_followed_without_notifications(world: World) -> str:
    """Every notification is lost: what is known grows old, says so, and is right again after the safety read."""
    outlook = Outlook(world, connected(world, 1))
    before = outlook.truth()
    world.control("PUT", "/notifications/script", {"drop_share": 1})
    changed_at = world.now
    outlook.add("Unheard of", midnight(world) + timedelta(days=6, hours=2))
    world.settle(timedelta(minutes=10))
    stored, fresh, live = outlook.answer(), outlook.answer(max_age=FIVE_MINUTES), outlook.answer(live=True)
    world.expect(outlook.truth() != before, True, "whether the calendar was changed")
    world.expect(read_busy(stored["busy"]), _cut(before, world), "what is known while nobody tells")
    world.expect(_read_at(stored) < changed_at, True, "an answer that says it is older than the change")
    world.expect((fresh["complete"], fresh["reason"]), (False, "not_fresh"), "an answer of at most five minutes' age")
    world.expect(read_busy(live["busy"]), outlook.truth(), "a live answer")
    world.settle(SAFETY_READ)
    world.settle(timedelta(minutes=1))
    after = outlook.answer()
    world.expect(after["complete"], True, "the answer after the safety read")
    world.expect(read_busy(after["busy"]), outlook.truth(), "the answer after the safety read")
    world.control("DELETE", "/notifications/script")
    told = "the answer said how old it was, a live one was right at once"
    return f"{told}, the stored one {_hours(_read_at(after) - changed_at)} after the change"


def _followed(world: World, outlook: Outlook, what: str, edit: Edit) -> float:
    """Seconds until the answer is the truth, during which the clock is not moved; a change that nobody sees is none."""
    world.settle(CALM)
    before = outlook.truth()
    edit()
    began, truth = time.monotonic(), outlook.truth()
    world.expect(truth != before, True, f"whether the calendar was changed ({what})")
    while (answer := outlook.answer())["complete"] is False or read_busy(answer["busy"]) != truth:
        if time.monotonic() > began + PATIENCE:
            world.expect(read_busy(answer["busy"]), truth, f"the answer {PATIENCE:g} seconds after a change ({what})")
            break
        time.sleep(LOOK_EVERY)
    return time.monotonic() - began


def connected(world: World, number: int) -> Someone:
    return [someone for someone in world.someones if someone.expected == "connected"][number]


def midnight(world: World) -> datetime:
    return world.now.replace(hour=0, minute=0, second=0, microsecond=0)


def _times(start: datetime) -> dict[str, Any]:
    """An hour, in UTC."""
    return {
        "start": {"dateTime": f"{start:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"},
        "end": {"dateTime": f"{start + timedelta(hours=1):%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"},
    }


def _read_at(answer: dict[str, Any]) -> datetime:
    (calendar,) = answer["calendars"]
    return datetime.fromisoformat(calendar["read_at"])


def _cut(busy: Busy, world: World) -> Busy:
    """To what can be asked for by now."""
    start, end = world.window
    return [(max(first, start), min(last, end)) for first, last in busy if first < end and last > start]


def _hours(delay: timedelta) -> str:
    minutes = round(delay / timedelta(minutes=1))
    return f"{minutes // 60} hours and {minutes % 60} minutes"
