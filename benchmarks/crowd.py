"""An organisation of connected people on the local stack: Azurite, the app in its host, the stand-in for Microsoft."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import batched

import httpx

from local.demo.administrator import Person
from local.demo.people import administrator as directory_administrator
from local.demo.people import person, verified
from local.demo.product import Product
from local.demo.world import Busy, World, put_tenant, read_busy
from local.processes import StackError
from local.stack import ROOT, Stack

ORGANIZATION = "acme"
TENANT, DOMAIN = "c0a1e5ce-0000-4000-8000-00000000c001", "contoso.example"
USERS_IN_A_CALL = 500
LOOK_EVERY, LONGEST = 1.0, 1800.0  # seconds
TOLD_OF = "calendar-sync"  # the queue of what notifications lead to

_DIRECTORY = ROOT / ".local" / "bench"
_ABOUT_A_MAILBOX = re.compile(r"^(\S+ \S+) \w+ \[[^]]*\] (\w+) (?:.* )?mailbox=[^! ]+![^! ]+!(\S+)")


@dataclass
class Crowd:
    world: World
    names: Sequence[str]

    # --- beginning ---

    def populate(self) -> None:
        """The tenant's people and the product's, who are the same; nobody is connected yet."""
        put_tenant(
            self.world,
            TENANT,
            DOMAIN,
            [directory_administrator(DOMAIN), *(person(DOMAIN, name) for name in self.names)],
        )
        self.world.product.put_organization(ORGANIZATION, "Acme", [])
        for names in batched(self.names, USERS_IN_A_CALL, strict=False):
            users = [{"user": name, "addresses": [verified(f"{name}@{DOMAIN}")]} for name in names]
            self.world.product.call("POST", f"/{ORGANIZATION}/users", {"users": users})

    def connect(self, administrator: Person | None = None) -> None:
        """The administrator goes all the way, in this browser if one is given; returns once everybody is subscribed to
        and nothing more is to do now."""
        begun = self.world.product.begin_connection(ORGANIZATION)
        (administrator or self.world.administrator(DOMAIN)).connect(begun["activation_link"])
        wait_until(lambda: self.subscriptions() == len(self.names), seconds=LONGEST)
        self.world.stack.wait_until_quiet(seconds=LONGEST)
        states = Counter(self.world.states(ORGANIZATION).values())
        assert states["connected"] == len(self.names), f"not everybody is connected: {states}"

    def rest(self) -> None:
        """Let a quarter of an hour pass at once, with everything that was put off until then."""
        self.world.stack.advance(timedelta(minutes=16))
        self.world.stack.wait_until_quiet(seconds=LONGEST)

    # --- Microsoft ---

    def add_meeting(self, name: str, start: datetime) -> None:
        times = {"start": start, "end": start + timedelta(hours=1)}
        body = {side: {"dateTime": f"{at:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"} for side, at in times.items()}
        path = f"/tenants/{TENANT}/people/{user_id_of(name)}/calendars/default/events"
        self.world.control("POST", path, {"subject": "A meeting", **body})

    def subscriptions(self) -> int:
        return len(self.world.control("GET", f"/subscriptions?tenant={TENANT}")["subscriptions"])

    def waiting_posts(self) -> int:
        """Notifications that have not left, and posts that have not been answered."""
        shown = self.world.control("GET", "/notifications/waiting")
        return int(shown["waiting"]) + int(shown["leaving"])

    def posts(self) -> Counter[str]:
        """Of change notifications, by outcome."""
        posts = self.world.control("GET", "/notifications?after=0")["posts"]
        return Counter(post["outcome"] for post in posts if post["kind"] == "change")

    def last_request(self) -> int:
        return int(self.world.control("GET", f"/requests?after={10**9}")["last"])

    def graph_requests(self, after: int) -> list[tuple[str, str]]:
        """Kind and user of each."""
        found = self.world.control("GET", f"/requests?after={after}")["requests"]
        return [(request["kind"], request["user"]) for request in found]

    # --- the app ---

    def busy(self, start: datetime) -> dict[str, Busy]:
        """Everybody's, in the day from ``start`` on; all of it must be known."""
        window = start, start + timedelta(days=1)
        answers = self.world.product.availability(ORGANIZATION, self.names, *window)
        assert all(answer["complete"] for answer in answers.values()), "somebody's availability is not complete"
        return {name: read_busy(answer["busy"]) for name, answer in answers.items()}

    def waiting_orders(self) -> int:
        """Orders to read changed mailboxes, also those that wait for their time, and functions that run."""
        addresses = self.world.stack.addresses
        headers = {"x-functions-key": addresses.admin_key}
        answer = httpx.get(f"{addresses.app_http_url}/admin/host/status", headers=headers, timeout=60)
        status = answer.raise_for_status().json()
        return int(status["messages"][TOLD_OF]) + int(status["running"])

    def first_synced(self, since: datetime) -> dict[str, datetime]:
        """When each mailbox, by its user's id, was first read and committed after ``since``, by the app's own log."""
        first: dict[str, datetime] = {}
        for line in (_DIRECTORY / "logs" / "host.log").read_text().splitlines():
            found = _ABOUT_A_MAILBOX.match(line)
            if found and found[2] == "mailbox_synced":
                at = datetime.strptime(found[1], "%Y-%m-%d %H:%M:%S,%f").astimezone(UTC)
                if at >= since:
                    first.setdefault(found[3], at)
        return first

    def storage_operations(self) -> Counter[str]:
        """The app's, by service, since the start."""
        meter = self.world.stack.storage_operations()
        return Counter({service: sum(meter[service].values()) for service in ("table", "queue")})


def user_id_of(name: str) -> str:
    return str(person(DOMAIN, name)["id"])


def wait_until(look: Callable[[], bool], *, seconds: float, every: float = LOOK_EVERY) -> None:
    """``StackError`` if it takes longer than real ``seconds``."""
    give_up_at = time.monotonic() + seconds
    while not look():
        if time.monotonic() > give_up_at:
            raise StackError(f"what was waited for did not come in {seconds:g} seconds")
        time.sleep(every)


@contextmanager
def crowd(people: int) -> Iterator[Crowd]:
    with Stack(_DIRECTORY) as stack:
        product = Product(stack.addresses.app_http_url, stack.addresses.function_key)
        crowd = Crowd(World(stack, product, someones=[]), [f"user-{number:04}" for number in range(people)])
        crowd.populate()
        yield crowd
        product.close()
