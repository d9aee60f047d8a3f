"""Outlook accounts that people connect themselves, in a scene: theirs at Microsoft, and what the app makes of them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from local.demo import own_accounts
from local.demo.administrator import Page
from local.demo.outlook_accounts import Account, put_outlook_account
from local.demo.world import Busy
from tests.scenarios.scene import CALM, Entry, Scene


def outlook(scene: Scene, name: str) -> Account:
    """An Outlook.com account; Microsoft has one tenant of them for all scenes."""
    return put_outlook_account(scene.world, f"{name}.{scene.organization}")


def work_account(scene: Scene, name: str) -> Account:
    """Somebody's in the scene's own tenant."""
    return Account(scene.world, scene.tenant, scene.object_id(name), scene.address(name))


def unconnected(scene: Scene, names: Iterable[str]) -> Scene:
    """The product knows them; nobody has connected a tenant."""
    scene.product.put_organization(scene.organization, f"Name of {scene.organization}", [])
    scene.send_users(*names)
    return scene


def connect(scene: Scene, user: str, account: Account) -> Page:
    """All the way; the calendars have been read when it comes back."""
    page = own_accounts.connect(scene.world, scene.organization, user, scene.browser(account.address))
    for _ in range(2):
        scene.settle(CALM)
    scene.settle_orders()
    return page


def listed(scene: Scene, user: str) -> list[Entry]:
    return own_accounts.own_accounts(scene.world, scene.organization, user)


def state_of(scene: Scene, user: str) -> tuple[str, str | None]:
    """Of the user's only account."""
    (found,) = listed(scene, user)
    return found["state"], found["reason"]


def disconnect(scene: Scene, user: str, connection: str) -> None:
    scene.product.call("DELETE", f"/{scene.organization}/users/{user}/personal-connections/{connection}")
    for _ in range(2):
        scene.settle(CALM)
    scene.settle_orders()


def meeting_at(account: Account, hours: int, days: int = 3) -> tuple[datetime, datetime]:
    """An hour of that day, in the account's calendar."""
    start = account.world.now.replace(hour=hours, minute=0, second=0, microsecond=0) + timedelta(days=days)
    end = start + timedelta(hours=1)
    account.add_event("A meeting", start, end)
    return start, end


def union(*parts: Busy) -> Busy:
    merged: Busy = []
    for start, end in sorted(interval for part in parts for interval in part):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def subscriptions(account: Account) -> list[Entry]:
    path = f"/subscriptions?tenant={account.tenant}&user={account.object_id}"
    found: list[Entry] = account.world.control("GET", path)["subscriptions"]
    return found


def asked_as_person(scene: Scene, *kinds: str) -> list[Entry]:
    """What the app for people was asked or asked since the scene began."""
    found = scene.world.control("GET", f"/requests?after={scene.begun_at_request}")["requests"]
    personal = scene.stack.addresses.personal_client_id
    return [one for one in found if one["app"] == personal and (not kinds or one["kind"] in kinds)]


def events_of(scene: Scene, user: str) -> list[tuple[str, str | None]]:
    """Types and reasons of what the product is told of this user's own accounts, the oldest first."""
    scene.settle(timedelta(seconds=31))
    told = scene.product.call("GET", f"/{scene.organization}/events")["events"]
    mine = [one for one in told if one["data"].get("user") == user and one["data"].get("registration") == "personal"]
    return [(one["type"], one["data"].get("reason")) for one in mine]
