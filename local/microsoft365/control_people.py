"""Control of a tenant's people: add, edit, soft-delete, restore, delete for good, give another mailbox."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.microsoft365.control_requests import control_errors, person_of, read, tenant_of
from local.microsoft365.seeding import PersonEntry, entry_of, put_person
from local.microsoft365.subscription_upkeep import end
from local.microsoft365.web import Json, world_of


@control_errors
async def show_person(request: Request) -> Response:
    person = person_of(request)
    deleted = tenant_of(request).directory.is_deleted(person.id)
    return Json({**msgspec.to_builtins(entry_of(person)), "deleted": deleted})


@control_errors
async def replace_person(request: Request) -> Response:
    values = {**await read(request, dict[str, Any]), "id": request.path_params["person"]}
    put_person(tenant_of(request), msgspec.convert(values, PersonEntry))
    return Response(status_code=204)


@control_errors
async def edit_person(request: Request) -> Response:
    """What is named changes, the rest stays."""
    person = person_of(request)
    values = {**msgspec.to_builtins(entry_of(person)), **await read(request, dict[str, Any]), "id": person.id}
    put_person(tenant_of(request), msgspec.convert(values, PersonEntry))
    return Response(status_code=204)


@control_errors
async def delete_person(request: Request) -> Response:
    directory, person = tenant_of(request).directory, person_of(request)
    if request.query_params.get("permanent") == "true":
        directory.purge(person.id)
    else:
        directory.delete(person.id)
    return Response(status_code=204)


@control_errors
async def restore_person(request: Request) -> Response:
    tenant_of(request).directory.restore(person_of(request).id)
    return Response(status_code=204)


@control_errors
async def replace_mailbox(request: Request) -> Response:
    """An empty mailbox with other ids; whoever subscribed to the old one hears that this is over."""
    world, tenant, person = world_of(request), tenant_of(request), person_of(request)
    person.mailbox = person.open_mailbox().successor()
    for subscription in world.subscriptions.of_mailbox(tenant.id, person.id):
        end(world, subscription)
    return Response(status_code=204)


@control_errors
async def add_people(request: Request) -> Response:
    """Many at once; answers their ids in order."""
    tenant = tenant_of(request)
    added = [put_person(tenant, entry) for entry in await read(request, list[PersonEntry])]
    return Json({"ids": [person.id for person in added]}, 201)


_PEOPLE = "/control/tenants/{tenant}/people"
_PERSON = _PEOPLE + "/{person}"
routes = [
    Route(_PEOPLE, add_people, methods=["POST"]),
    Route(_PERSON, show_person),
    Route(_PERSON, replace_person, methods=["PUT"]),
    Route(_PERSON, edit_person, methods=["PATCH"]),
    Route(_PERSON, delete_person, methods=["DELETE"]),
    Route(_PERSON + "/restore", restore_person, methods=["POST"]),
    Route(_PERSON + "/new-mailbox", replace_mailbox, methods=["POST"]),
]
