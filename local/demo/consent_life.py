"""Consent that is withdrawn and given back."""

from datetime import timedelta
from typing import Any

from local.demo.people import person
from local.demo.world import FABRIKAM, FABRIKAM_DOMAIN, World, read_busy

ACME = "acme"
MEMBER = "member-0"
QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)


def consent_withdrawn_and_back(world: World) -> str:
    """Fabrikam disables the enterprise application and enables it again; then deletes it and consents anew."""
    connection, states = _fabrikam(world), world.states(ACME)
    consent = f"/tenants/{FABRIKAM}/consents/{world.stack.addresses.client_id}"
    world.control("PATCH", consent, {"disabled": True})
    disabled = _is_lost(world, connection, "disabled")
    world.control("PATCH", consent, {"disabled": False})
    _is_back(world, connection, states, "enabled again")
    world.control("DELETE", consent)
    deleted = _is_lost(world, connection, "deleted")
    world.settle(HOUR)
    world.expect(_state(world, connection), "attention", "the connection an hour after the deletion")
    issued = world.product.call("POST", f"/{ACME}/connections/{connection}/activation-link")
    world.administrator(FABRIKAM_DOMAIN).connect(issued["activation_link"])
    _is_back(world, connection, states, "consented anew")
    return f"disabled ({disabled}): back by itself; deleted ({deleted}): back with a new consent; all users as before"


def _is_lost(world: World, connection: str, how: str) -> str:
    """Within a quarter of an hour the connection wants attention; the answers are not complete. The reason."""
    world.settle()
    world.settle(QUARTER)
    shown = world.product.connection(ACME, connection)
    world.expect(shown["state"], "attention", f"the connection after the application was {how}")
    answer = _answer(world)
    world.expect(answer["complete"], False, f"the answer after the application was {how}")
    return str(shown["reason"])


def _is_back(world: World, connection: str, states: dict[str, str], how: str) -> None:
    """Within the hour active, with the same users connected, and a quarter of an hour later the answers are right."""
    world.settle(HOUR)
    world.settle()
    world.settle(QUARTER)
    world.settle(timedelta(minutes=1))
    world.expect(_state(world, connection), "active", f"the connection after it was {how}")
    world.expect(world.states(ACME), states, f"the users' states after it was {how}")
    answer, window = _answer(world), world.window
    truth = world.truth(FABRIKAM, person(FABRIKAM_DOMAIN, MEMBER)["id"], "Etc/UTC", *window)
    world.expect(answer["complete"], True, f"the answer after it was {how}")
    world.expect(read_busy(answer["busy"]), truth, f"busy times after it was {how}")


def _answer(world: World) -> dict[str, Any]:
    return world.product.availability(ACME, [MEMBER], *world.window)[MEMBER]


def _fabrikam(world: World) -> str:
    connections = world.product.call("GET", f"/{ACME}/connections")["connections"]
    return str(next(each["connection"] for each in connections if each["tenant"] == FABRIKAM))


def _state(world: World, connection: str) -> str:
    return str(world.product.connection(ACME, connection)["state"])
