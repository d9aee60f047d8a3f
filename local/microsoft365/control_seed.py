"""Control of content: a working life for every mailbox of a tenant, the same for the same number."""

import random
from datetime import date

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.microsoft365.control_requests import control_errors, read, tenant_of
from local.microsoft365.seed import seed_events
from local.microsoft365.web import Json


class SeedEntry(msgspec.Struct, forbid_unknown_fields=True):
    """``people``: object ids. Events begin at ``start`` and fill ``days`` days."""

    number: int
    start: date
    days: int
    people: list[str]


@control_errors
async def seed_people(request: Request) -> Response:
    entry = await read(request, SeedEntry)
    tenant = tenant_of(request)
    for key in entry.people:
        person = tenant.directory.find_by_key(key)
        if person is None:
            return Json({"detail": f"there is no person {key}"}, 422)
        chance = random.Random(f"{entry.number}:{key}")  # noqa: S311 - content, the same each time
        seed_events(person.open_mailbox(), chance, entry.start, entry.days)
    return Json({"seeded": len(entry.people)})


routes = [Route("/control/tenants/{tenant}/seed", seed_people, methods=["POST"])]
