"""One organisation, the tenant that it connects, and what a scenario does to both."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_DNS, uuid5
from zlib import crc32

import httpx

from local.demo.administrator import Page, Person
from local.demo.people import administrator, person, verified
from local.demo.product import OWNER, Product
from local.demo.world import Busy, World, add_person, put_tenant, read_busy
from local.stack import Stack
from local.trust import TRUSTS_NOBODY

# The clock all but stands still: how long a busy machine takes changes nothing, yet no two instants are the same.
PACE = 0.01
QUARTER = timedelta(minutes=15)
COMES_AGAIN = timedelta(seconds=11)  # at the latest, an order that met another one at its mailbox
MOST_MEETINGS = 12
CALM = timedelta(seconds=15)  # between two reads of one mailbox, and their message's way
MORNING, NOON = 6, 12  # o'clock, UTC
CALENDAR_KINDS = frozenset({"calendars", "calendar", "calendar_view", "event", "events", "get_schedule", "mailbox"})

type Entry = dict[str, Any]


@dataclass
class Scene:
    world: World
    organization: str
    tenant: str
    domain: str
    begun_at_request: int
    connection: str = ""
    zones: dict[str, str] = field(default_factory=dict)  # by user: where all-day events are days
    browsers: list[Person] = field(default_factory=list)

    @property
    def stack(self) -> Stack:
        return self.world.stack

    @property
    def product(self) -> Product:
        return self.world.product

    # --- beginning and end ---

    def populate(self, names: Sequence[str], **rules: object) -> None:
        """A tenant with an administrator and these people; the product knows all of them, under the same names."""
        people = [administrator(self.domain), *(person(self.domain, name) for name in names)]
        put_tenant(self.world, self.tenant, self.domain, people, **rules)
        self.product.put_organization(self.organization, f"Name of {self.organization}", [])
        self.send_users(*names)

    def connect(self, names: Sequence[str], **rules: object) -> None:
        """All the way to people whose calendars have been read."""
        self.populate(names, **rules)
        self.consent()
        self.settle()
        self.settle()

    def consent(self) -> Page:
        begun = self.product.begin_connection(self.organization)
        self.connection = begun["connection"]
        return self.administrator.connect(begun["activation_link"])

    def leave(self) -> None:
        """The tenant refuses everything from now on, and the organisation is forgotten."""
        path = f"/v1/organizations/{self.organization}"
        if self.call("GET", path).status_code != httpx.codes.NOT_FOUND:
            self.call("DELETE", path).raise_for_status()
        self.stack.control.delete(f"/tenants/{self.tenant}")
        for browser in self.browsers:
            browser.close()
        self.product.close()

    # --- time ---

    def settle(self, after: timedelta = timedelta(seconds=10)) -> None:
        self.world.settle(after)

    def settle_orders(self) -> None:
        """And those that met another one at their mailbox, and come again: until none is left that does."""
        for _ in range(MOST_MEETINGS):
            if not self._an_order_comes_again():
                return
            self.settle()

    def settle_reads(self) -> None:
        """Until no calendar is being read, and the next one that is told of is put off by no other read."""
        for _ in range(MOST_MEETINGS):
            read = len(self.requests("calendar_view"))
            self.settle_orders()
            self.settle(CALM)
            if len(self.requests("calendar_view")) == read:
                return

    def _an_order_comes_again(self) -> bool:
        waiting = httpx.get(f"{self.stack.addresses.meter_url}/_delayed", timeout=60, verify=TRUSTS_NOBODY).json()
        orders = [each for each in waiting if each["queue"] in ("calendar-sync", "calendar-backfill")]
        soon = self.world.now + COMES_AGAIN
        return any(datetime.fromisoformat(each["due_at"]) < soon for each in orders)

    def quarters(self, number: int = 1) -> None:
        """Turns of the safety net; the one after the last message, since every mailbox has its own minute."""
        for _ in range(number):
            self.settle(QUARTER)

    # --- the product ---

    def call(self, method: str, path: str, body: object = None, *, by: str = OWNER) -> httpx.Response:
        """Any request of the product, whatever comes of it."""
        headers = {"x-functions-key": self.stack.addresses.function_key, "Orgcal-Acting-User": by}
        url = f"{self.stack.addresses.app_http_url}{path}"
        return httpx.request(method, url, json=body, headers=headers, timeout=60, verify=TRUSTS_NOBODY)

    def operate(self, method: str, path: str) -> httpx.Response:
        """Any request of the operator, whose key opens more than the product's."""
        headers = {"x-functions-key": self.stack.addresses.admin_key}
        url = f"{self.stack.addresses.app_http_url}{path}"
        return httpx.request(method, url, headers=headers, timeout=60, verify=TRUSTS_NOBODY)

    def dead_letters(self) -> list[Entry]:
        """All that any scenario left, the newest first; those of the last minute have not been moved yet."""
        found = self.operate("GET", "/v1/dead-letters?limit=1000").raise_for_status().json()
        return list(found["dead_letters"])

    def send_users(self, *names: str, **more: object) -> None:
        users = [{"user": name, "addresses": [verified(self.address(name))], **more} for name in names]
        if users:
            self.product.call("POST", f"/{self.organization}/users", {"users": users})

    def state(self, user: str) -> str:
        return str(self.product.call("GET", f"/{self.organization}/users/{user}")["state"])

    def states(self) -> dict[str, str]:
        states = self.world.states(self.organization)
        del states[OWNER]
        return states

    def reason(self, user: str) -> str | None:
        reason: str | None = self.product.call("GET", f"/{self.organization}/users/{user}")["reason"]
        return reason

    def explain(self, user: str) -> Entry:
        explained: Entry = self.product.call("GET", f"/{self.organization}/users/{user}/explain")
        return explained

    def shown(self) -> Entry:
        return self.product.connection(self.organization, self.connection)

    def confirm(self, what: str, **more: str) -> None:
        path = f"/{self.organization}/connections/{self.connection}/confirm"
        self.product.call("POST", path, {"confirm": what, **more})

    def answer(self, user: str, *, live: bool = False) -> Entry:
        """What the product is told of the whole window."""
        return self.product.availability(self.organization, [user], *self.world.window, live=live)[user]

    def calendars(self, user: str) -> list[Entry]:
        """As Microsoft lists them now."""
        return list(self.product.call("GET", f"/{self.organization}/users/{user}/calendars")["calendars"])

    def choose(self, user: str, **settings: object) -> Entry:
        chosen: Entry = self.product.call("PUT", f"/{self.organization}/users/{user}/settings", settings)
        return chosen

    def check_calendars(self, user: str, *more: str) -> None:
        """These beside the one that is written to."""
        settings = self.product.call("GET", f"/{self.organization}/users/{user}/settings")
        self.choose(user, checked_calendars=[settings["write_calendar"], *more])

    def busy(self, user: str, *, live: bool = False) -> Busy:
        """The same, held to be complete."""
        answer = self.answer(user, live=live)
        assert answer["complete"], f"{user}: {answer['reason']} {answer['detail']}"
        return read_busy(answer["busy"])

    # --- Microsoft ---

    def browser(self, account: str) -> Person:
        """Somebody's, still signed in nowhere."""
        self.browsers.append(self.world.person(account))
        return self.browsers[-1]

    @property
    def administrator(self) -> Person:
        return self.browser(self.address("administrator"))

    def address(self, name: str) -> str:
        return f"{name}@{self.domain}"

    def object_id(self, name: str) -> str:
        return str(person(self.domain, name)["id"])

    def add(self, name: str, **changes: Any) -> str:
        return add_person(self.world, self.tenant, self.domain, name, **changes)

    def edit(self, name: str, **changes: object) -> None:
        self.world.control("PATCH", self._person(name), changes)

    def delete(self, name: str, *, permanent: bool = False) -> None:
        self.world.control("DELETE", self._person(name) + ("?permanent=true" if permanent else ""))

    def restore(self, name: str) -> None:
        self.world.control("POST", f"{self._person(name)}/restore")

    def add_event(self, name: str, event: Entry) -> str:
        """Into the default calendar; the id."""
        return str(self.world.control("POST", f"{self._person(name)}/calendars/default/events", event)["id"])

    def edit_event(self, name: str, event: str, changes: Entry, occurrence: str | None = None) -> None:
        self.world.control("PATCH", self._event(name, event, occurrence), changes)

    def delete_event(self, name: str, event: str, occurrence: str | None = None) -> None:
        self.world.control("DELETE", self._event(name, event, occurrence))

    def truth(self, name: str) -> Busy:
        zone = self.zones.get(name, "Etc/UTC")
        return self.world.truth(self.tenant, self.object_id(name), zone, *self.world.window)

    def fail(self, kind: str, user: str | None = None, *, times: int | None = None, **answer: object) -> None:
        """Requests of this kind fail from now on, in this tenant only."""
        match = {"kind": kind, "tenant": self.tenant} | ({"user": self.object_id(user)} if user else {})
        fault: Entry = {"match": match, "answer": answer} | ({"times": times} if times else {})
        self.world.control("POST", "/faults", fault)

    def lose_notifications(self, share: float = 1) -> None:
        """Until ``mend``."""
        self.world.control("PUT", "/notifications/script", {"drop_share": share})

    def mend(self) -> None:
        self.world.control("DELETE", "/faults")
        self.world.control("DELETE", "/notifications/script")

    def grant(self, *roles: str) -> None:
        self.world.control("PUT", self._consent, {"roles": list(roles)})

    def withdraw_consent(self) -> None:
        """The enterprise application is deleted."""
        self.world.control("DELETE", self._consent)

    def disable_application(self, *, disabled: bool = True) -> None:
        self.world.control("PATCH", self._consent, {"disabled": disabled})

    def close_mailboxes(self, *names: str) -> None:
        """An application access policy keeps these from us, and opens all others."""
        denied = {"denied": [self.object_id(name) for name in names]}
        policy = {self.stack.addresses.client_id: denied} if names else {}
        self.world.control("PATCH", f"/tenants/{self.tenant}", {"access_policy": policy})

    def open_in_exchange(self, *names: str) -> None:
        """Exchange opens these mailboxes to the app, whether or not its token does."""
        scope = {self.stack.addresses.client_id: [self.object_id(name) for name in names]}
        self.world.control("PATCH", f"/tenants/{self.tenant}", {"exchange_scope": scope})

    def consent_anew(self) -> None:
        """Through a link issued again, to the end."""
        path = f"/{self.organization}/connections/{self.connection}/activation-link"
        self.administrator.connect(self.product.call("POST", path)["activation_link"])

    def requests(self, *kinds: str) -> list[Entry]:
        """What this tenant was asked since the scene began; of these kinds, or all."""
        found = self.world.control("GET", f"/requests?after={self.begun_at_request}")["requests"]
        return [one for one in found if one["tenant"] == self.tenant and (not kinds or one["kind"] in kinds)]

    def calendar_requests(self) -> int:
        return len(self.requests(*CALENDAR_KINDS))

    @property
    def _consent(self) -> str:
        return f"/tenants/{self.tenant}/consents/{self.stack.addresses.client_id}"

    def _person(self, name: str) -> str:
        return f"/tenants/{self.tenant}/people/{self.object_id(name)}"

    def _event(self, name: str, event: str, occurrence: str | None) -> str:
        return f"{self._person(name)}/events/{event}" + (f"?occurrence={occurrence}" if occurrence else "")


def new_scene(stack: Stack, name: str) -> Scene:
    addresses = stack.addresses
    domain = f"scene-{name}.example"
    last = stack.control.get("/requests", params={"after": 10**9}).json()["last"]
    return Scene(
        World(stack, Product(addresses.app_http_url, addresses.function_key), someones=[]),
        f"org-{name}",
        str(uuid5(NAMESPACE_DNS, domain)),
        domain,
        last,
    )


@contextmanager
def begun_scenes(stack: Stack, whose: str) -> Iterator[Callable[[], Scene]]:
    """Begins scenes; when left, nothing fails any more, and what is left of them goes while the next one begins.

    Their names, from which all ids follow and with them everybody's turns, are the test's own (``whose``): they are the
    same in whatever order the tests run.
    """
    begun: list[Scene] = []

    def begin() -> Scene:
        _wait_for_the_morning(stack)
        begun.append(new_scene(stack, f"{crc32(whose.encode()):08x}-{len(begun)}"))
        return begun[-1]

    yield begin
    stack.restore_storage()
    stack.control.delete("/faults").raise_for_status()
    for scene in begun:
        scene.leave()


def _wait_for_the_morning(stack: Stack) -> None:
    """So that what a scene does within hours happens on one day."""
    now = stack.clock.now()
    if now.hour >= NOON:
        stack.clock.move_to(now.replace(hour=MORNING, minute=0, second=0, microsecond=0) + timedelta(days=1))


def meeting(start: datetime, hours: float = 1, **more: object) -> Entry:
    """An event as Graph takes one, in UTC."""
    return {
        "subject": "A meeting",
        "start": {"dateTime": start.strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"},
        "end": {"dateTime": (start + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"},
        **more,
    }
