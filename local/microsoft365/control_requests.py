"""Reading a control request: strict about its JSON, plain about what is wrong."""

from collections.abc import Awaitable, Callable
from functools import wraps

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from local.microsoft365.seeding import NotPlausible
from local.microsoft365.web import Json, world_of
from local.microsoft365.world import Person, Tenant, is_guid

type Handler = Callable[[Request], Awaitable[Response]]


def control_errors(handler: Handler) -> Handler:
    """What is wrong with the JSON, or with what it says, becomes 422 with the reason."""

    @wraps(handler)
    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except (msgspec.DecodeError, msgspec.ValidationError, NotPlausible, ValueError) as error:
            return Json({"detail": str(error)}, 422)
        except HTTPException as error:
            return Json({"detail": error.detail}, error.status_code)

    return answered


async def read[T](request: Request, kind: type[T]) -> T:
    return msgspec.json.decode(await request.body(), type=kind)


def guid_of(request: Request, name: str) -> str:
    value: str = request.path_params[name]
    if not is_guid(value):
        raise NotPlausible(f"{name} {value} is no GUID")
    return value.lower()


def tenant_of(request: Request) -> Tenant:
    tenant = world_of(request).find_tenant(request.path_params["tenant"])
    if tenant is None:
        raise HTTPException(404, f"there is no tenant {request.path_params['tenant']}")
    return tenant


def person_of(request: Request) -> Person:
    """The person that the path names, soft-deleted or not."""
    key = request.path_params["person"]
    directory = tenant_of(request).directory
    person = directory.find_by_key(key) or directory.find_deleted_too(key)
    if person is None:
        raise HTTPException(404, f"there is no person {key}")
    return person
