"""An organisation for ``make serve`` whose pages have something to show: people in every state, bookings that ended.

Its tenant is connected, a second one waits for its review, and a third has been asked for. Six people have left
the first one's directory at once, so that a match is held back until somebody confirms it. Some have connected an
Outlook.com account: one that is read, one that was revoked, one that the policy has set aside; and in the third
tenant nobody but an administrator may consent.
"""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

from local.demo import own_accounts
from local.demo.outlook_accounts import CONSUMERS, Account, put_outlook_account
from local.demo.people import administrator, person, verified
from local.demo.product import OWNER
from local.demo.world import World, put_tenant, seed_mailboxes

ORGANIZATION, NAME = "northwind", "Northwind Traders"
TENANT, DOMAIN = "90a7b111-0000-4000-8000-000000000001", "northwind.example"
LABS_TENANT, LABS_DOMAIN = "90a7b111-0000-4000-8000-000000000002", "northwind-labs.example"
STUDIO_TENANT, STUDIO_DOMAIN = "90a7b111-0000-4000-8000-000000000003", "northwind-studio.example"
ADMINISTRATOR = f"administrator@{STUDIO_DOMAIN}"  # of the tenant that nobody has connected yet
USER = "henri"
CONNECTED = (
    *("nora", USER, "amelie", "bruno", "chloe", "diego", "elena", "farid", "greta", "hugo", "ines", "jonas"),
    *("karim", "lucie", "marta", "nils", "olga", "pedro", "quentin", "rosa", "stefan", "tara", "umberto", "vera"),
)
LEFT = CONNECTED[-6:]
WAITING = ("wanda", "xavier", "yuki", "zoe")
STUDIO = ("piet", "quirine")
BLOCKED, BLOCKED_ACCOUNT = "piet", f"piet@{STUDIO_DOMAIN}"  # lets nobody consent
ON_THEIR_OWN = "ulla"  # has an Outlook.com account, and no calendar that the organisation manages
REVOKED, SET_ASIDE = "fritz", "amelie"
POLICY = {"activation": "review", "personal_connections": "without_admin_managed"}
SAFETY_READ = timedelta(hours=6, minutes=15)
MOST_MINUTES = 20  # of the stack's clock, until an event that is missing is believed to be deleted


def plant_example_organization(world: World) -> Iterator[None]:
    """Step by step, so that whoever is interrupted need not wait for the last one."""
    _tell_of_people(world)
    yield
    first = _begin(world)
    world.administrator(DOMAIN).connect(first["activation_link"])
    world.settle()
    yield
    world.settle_first_reads(ORGANIZATION)
    yield
    _book(world)
    world.settle(timedelta(minutes=1))
    yield
    _change_in_outlook(world)
    _wait_until_believed(world)
    yield
    yield from _connect_own_accounts(world)
    _connect_labs(world)
    yield
    _leave(world)
    _call(world, "POST", f"/connections/{first['connection']}/sweep")
    world.settle()
    studio = [administrator(STUDIO_DOMAIN), *(person(STUDIO_DOMAIN, name) for name in STUDIO)]
    put_tenant(world, STUDIO_TENANT, STUDIO_DOMAIN, studio, user_consent="admin_only")
    _begin(world)


def _tell_of_people(world: World) -> None:
    """The directory's, and the product's."""
    shared = [person(DOMAIN, name, mail=f"sales@{DOMAIN}") for name in ("sales-one", "sales-two")]
    others = [
        person(DOMAIN, "adrien", accountEnabled=False),
        person(DOMAIN, "beatrice", licensed=False),
        person(DOMAIN, "cyril", mail="cyril@elsewhere.example"),
        person(DOMAIN, "dora"),
        person(DOMAIN, "emil"),
        *shared,
    ]
    connected = [person(DOMAIN, name) for name in CONNECTED]
    put_tenant(world, TENANT, DOMAIN, [administrator(DOMAIN), *connected, *others], access_policy=_keeping(world))
    seed_mailboxes(world, TENANT, [who["id"] for who in connected])
    _call(world, "PUT", "", {"name": NAME})
    _call(world, "POST", "/users", {"users": [*_users()]})


def _keeping(world: World) -> dict[str, Any]:
    """Exchange keeps one mailbox from the app."""
    return {world.stack.addresses.client_id: {"denied": [person(DOMAIN, "dora")["id"]]}}


def _users() -> Iterator[dict[str, Any]]:
    yield {"user": OWNER, "addresses": [verified(f"nora@{DOMAIN}")], "role": "owner", "time_zone": "Europe/Oslo"}
    for name in (*CONNECTED[1:], "adrien", "beatrice", "dora", "faye"):
        yield {"user": name, "addresses": [verified(f"{name}@{DOMAIN}")], "time_zone": "Europe/Paris"}
    for name in WAITING:
        yield {"user": name, "addresses": [verified(f"{name}@{LABS_DOMAIN}")]}
    for name in STUDIO:
        yield {"user": name, "addresses": [verified(f"{name}@{STUDIO_DOMAIN}")]}
    yield {"user": "cyril", "addresses": [verified("cyril@elsewhere.example")]}
    yield {"user": "sales", "addresses": [verified(f"sales@{DOMAIN}")]}
    yield {"user": "emil", "addresses": [{"address": f"emil@{DOMAIN}", "verified": False}]}
    yield {"user": "gustav", "addresses": [], "has_calendar": True}
    yield from ({"user": name, "addresses": [], "time_zone": "Europe/Berlin"} for name in (ON_THEIR_OWN, REVOKED))


def _book(world: World) -> None:
    """Three meetings with the user; what becomes of them is decided in Outlook."""
    day = world.now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=8)
    for hour, (booking, title) in enumerate({"interview": "Interview", "demo": "Demo", "lunch": "Lunch"}.items()):
        times = {"start": _instant(day, 18 + hour), "end": _instant(day, 19 + hour), "zone": "Europe/Paris"}
        asked = {"host": USER, "title": title, "attendees": [{"address": "pat@customer.example"}], **times}
        _call(world, "PUT", f"/bookings/{booking}", asked)


def _change_in_outlook(world: World) -> None:
    """The user deletes one of the meetings, and cuts and pastes another, which is no cancellation."""
    path = f"/tenants/{TENANT}/people/{person(DOMAIN, USER)['id']}/events"
    events = {event["subject"]: event for event in world.control("GET", path)["events"]}
    world.control("DELETE", f"{path}/{events['Interview']['immutableId']}")
    later = datetime.fromisoformat(events["Demo"]["start"]["dateTime"] + "Z") + timedelta(days=1)
    times = {"start": _graph(later), "end": _graph(later + timedelta(hours=1))}
    copied = {"destination": "default", "cut": True, **times}
    world.control("POST", f"{path}/{events['Demo']['immutableId']}/copy", copied)


def _wait_until_believed(world: World) -> None:
    for _ in range(MOST_MINUTES):
        if _call(world, "GET", "/bookings/interview")["state"] == "ended":
            return
        world.settle(timedelta(minutes=1))


def _connect_own_accounts(world: World) -> Iterator[None]:
    """Of one of them all sign-ins are ended, which is noticed when the next token is asked for."""
    accounts = {user: put_outlook_account(world, f"{user}.northwind") for user in (ON_THEIR_OWN, REVOKED, SET_ASIDE)}
    seed_mailboxes(world, CONSUMERS, [account.object_id for account in accounts.values()])
    for user, account in accounts.items():
        _connect_own(world, user, account)
        yield
    accounts[REVOKED].end_sign_ins()
    world.settle(SAFETY_READ)
    world.settle()


def _connect_own(world: World, user: str, account: Account) -> None:
    with closing(world.person(account.address)) as browser:
        own_accounts.connect(world, ORGANIZATION, user, browser)
    world.settle()


def _connect_labs(world: World) -> None:
    """From here on connections are reviewed before anybody is connected through them, and nobody who has a calendar
    through them has another one."""
    team = [person(LABS_DOMAIN, name) for name in (*WAITING, "stranger")]
    put_tenant(world, LABS_TENANT, LABS_DOMAIN, [administrator(LABS_DOMAIN), *team])
    _call(world, "PUT", "", {"name": NAME, "policy": POLICY})
    world.administrator(LABS_DOMAIN).connect(_begin(world)["activation_link"])
    world.settle()


def _leave(world: World) -> None:
    for name in LEFT:
        world.control("DELETE", f"/tenants/{TENANT}/people/{person(DOMAIN, name)['id']}")


def _begin(world: World) -> dict[str, Any]:
    begun: dict[str, Any] = _call(world, "POST", "/connections")
    return begun


def _call(world: World, method: str, path: str, body: object = None) -> Any:
    return world.product.call(method, f"/{ORGANIZATION}{path}", body)


def _instant(day: datetime, hour: int) -> str:
    return (day + timedelta(hours=hour)).isoformat()


def _graph(at: datetime) -> dict[str, str]:
    return {"dateTime": f"{at:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}
