"""Two organisations on one mailbox."""

from datetime import timedelta
from typing import Any

from local.demo.following import ACME, CALM, Outlook, connected, midnight
from local.demo.people import verified
from local.demo.world import CONTOSO, CONTOSO_DOMAIN, World, read_busy

GLOBEX = "globex"


def two_organisations_one_mailbox(world: World) -> str:
    """Globex knows one of Acme's users as well: one subscription, two links, the same answers; then Globex leaves."""
    outlook = Outlook(world, connected(world, 2))
    connection = _join(world, outlook)
    before = _subscriptions(world, outlook)
    _changed(world, outlook, 7)
    _same_for(world, outlook, (ACME, GLOBEX))
    world.product.call("DELETE", f"/{GLOBEX}/connections/{connection}")
    gone = outlook.answer(GLOBEX)
    world.expect(gone["reason"], "not_connected", "what Globex is told after it left")
    world.settle()
    _changed(world, outlook, 8)
    _same_for(world, outlook, (ACME,))
    world.expect(_subscriptions(world, outlook), before, "the subscription after Globex left")
    return f"{len(before)} subscription for both, the same answers; Globex left, and Acme's go on following"


def _join(world: World, outlook: Outlook) -> str:
    """Globex connects the same tenant; the administrator consents again."""
    user = {"user": outlook.someone.user, "addresses": [verified(f"{outlook.someone.user}@{CONTOSO_DOMAIN}")]}
    world.product.put_organization(GLOBEX, "Globex", [user])
    begun = world.product.begin_connection(GLOBEX)
    world.administrator(CONTOSO_DOMAIN).connect(begun["activation_link"])
    world.settle()
    world.settle()
    world.expect(world.states(GLOBEX)[outlook.someone.user], "connected", "the user of Globex")
    return str(begun["connection"])


def _changed(world: World, outlook: Outlook, days: int) -> None:
    """An event is added, and everybody has heard of it."""
    world.settle(CALM)
    outlook.add(f"In {days} days", midnight(world) + timedelta(days=days, hours=2))
    world.settle(timedelta())
    world.settle(CALM)


def _same_for(world: World, outlook: Outlook, organizations: tuple[str, ...]) -> None:
    for organization in organizations:
        answer = outlook.answer(organization)
        world.expect(answer["complete"], True, f"the answer for {organization}")
        world.expect(read_busy(answer["busy"]), outlook.truth(), f"busy times as {organization} is told them")


def _subscriptions(world: World, outlook: Outlook) -> list[str]:
    path = f"/subscriptions?tenant={CONTOSO}&user={outlook.someone.object_id}"
    found: list[dict[str, Any]] = world.control("GET", path)["subscriptions"]
    world.expect(len(found), 1, "subscriptions of the mailbox")
    return [str(each["id"]) for each in found]
