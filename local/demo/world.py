"""What every step of the demo works with: the running stack, the product, the administrators, the truth."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from standardwebhooks.webhooks import WebhookVerificationError

from examples.scheduling_product import Inbox
from local.demo.administrator import Person
from local.demo.people import Someone, administrator, organization, person, strangers
from local.demo.product import Product
from local.stack import Stack

CONTOSO, CONTOSO_DOMAIN = "c0a1e5ce-0000-4000-8000-00000000c001", "contoso.example"
FABRIKAM, FABRIKAM_DOMAIN = "fab12a11-0000-4000-8000-00000000fab1", "fabrikam.example"
ATTACKER, ATTACKER_DOMAIN = "ba5eba11-0000-4000-8000-00000000bad1", "attacker.example"
DIRECTORY_USERS = 1000
WINDOW = timedelta(days=90)
SEED = 20261121


type Busy = list[tuple[datetime, datetime]]


MOST_FEEDS = 60


@dataclass
class World:
    stack: Stack
    product: Product
    someones: list[Someone] = field(default_factory=lambda: organization(CONTOSO_DOMAIN))
    connection: str = ""
    mismatches: list[str] = field(default_factory=list)
    inbox: Inbox = field(default_factory=lambda: Inbox(nobody_signs))  # what the product is told

    def expect(self, actual: object, expected: object, what: str) -> None:
        """Remember a difference; a step with differences is not ok."""
        if actual != expected:
            self.mismatches.append(f"{what}: expected {expected!r}, got {actual!r}")

    @property
    def now(self) -> datetime:
        return self.stack.clock.now()

    @property
    def window(self) -> tuple[datetime, datetime]:
        """All that can be asked for from now on."""
        start = self.now.replace(minute=0, second=0, microsecond=0)
        return start, start + WINDOW

    def person(self, account: str) -> Person:
        return Person(self.stack.trust(), account)

    def administrator(self, domain: str) -> Person:
        return self.person(f"administrator@{domain}")

    def settle(self, after: timedelta = timedelta(seconds=10)) -> None:
        """Let the clock run on by ``after``, and everything that is due then come to its end."""
        self.stack.advance(after)
        self.stack.wait_until_quiet(seconds=120)

    def settle_first_reads(self, organization: str) -> dict[str, str]:
        """First reads are fed, some dozens every few seconds: let the clock run on until nobody waits, or far too long.
        The users' states then."""
        for _ in range(MOST_FEEDS):
            self.settle()
            if "pending" not in (states := self.states(organization)).values():
                break
        return states

    def states(self, organization: str) -> dict[str, str]:
        return {user["user"]: user["state"] for user in self.product.users(organization)}

    def truth(self, tenant: str, object_id: str, zone: str, start: datetime, end: datetime) -> Busy:
        """When the mailbox's default calendar is busy, from the stand-in's own state."""
        path = f"/tenants/{tenant}/people/{object_id}/busy"
        answer = self.stack.control.get(path, params={"start": start.isoformat(), "end": end.isoformat(), "zone": zone})
        return read_busy(answer.raise_for_status().json()["busy"])

    def control(self, method: str, path: str, body: object = None) -> Any:
        answer = self.stack.control.request(method, path, json=body)
        if answer.is_error:
            raise AssertionError(f"control {method} {path} answered {answer.status_code}: {answer.text}")
        return answer.json() if answer.content else None


def nobody_signs(*_: object) -> None:
    """Where the stack sends no events."""
    raise WebhookVerificationError("no events are sent here")


def read_busy(intervals: Iterable[dict[str, str]]) -> Busy:
    return [(datetime.fromisoformat(each["start"]), datetime.fromisoformat(each["end"])) for each in intervals]


def before_clock_change(now: datetime) -> datetime:
    """The next 20 February or 1 October, so that the window holds a change of clocks in Europe and America."""
    candidates = [
        datetime(year, *day, 8, tzinfo=now.tzinfo) for year in (now.year, now.year + 1) for day in ((2, 20), (10, 1))
    ]
    return min(instant for instant in candidates if instant > now)


def plant(world: World) -> None:
    """The tenants with their people and a working life in the mailboxes that will be read."""
    people = [who for someone in world.someones for who in someone.people]
    count = DIRECTORY_USERS - len(people) - 1
    everybody = [administrator(CONTOSO_DOMAIN), *people, *strangers(CONTOSO_DOMAIN, count)]
    excluded = [someone.object_id for someone in world.someones if someone.expected == "excluded_by_policy"]
    policy = {world.stack.addresses.client_id: {"denied": excluded}}
    put_tenant(world, CONTOSO, CONTOSO_DOMAIN, everybody, access_policy=policy)
    seed_mailboxes(world, CONTOSO, [who["id"] for who in people if who.get("licensed", True)])


def put_tenant(world: World, tenant: str, domain: str, people: Sequence[dict[str, Any]], **rules: object) -> None:
    body = {"domain": domain, "display_name": domain.partition(".")[0].title(), "people": list(people), **rules}
    world.control("PUT", f"/tenants/{tenant}", body)


def seed_mailboxes(world: World, tenant: str, people: Sequence[str]) -> None:
    start: date = (world.now - timedelta(days=2)).date()
    entry = {"number": SEED, "start": start.isoformat(), "days": WINDOW.days + 10, "people": list(people)}
    world.control("POST", f"/tenants/{tenant}/seed", entry)


def add_person(world: World, tenant: str, domain: str, name: str, **changes: Any) -> str:
    """Somebody new in the directory; the object id."""
    entry = person(domain, name, **changes)
    world.control("PUT", f"/tenants/{tenant}/people/{entry['id']}", entry)
    return str(entry["id"])
