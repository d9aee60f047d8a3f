"""One decorator makes a function an operation of the product API: routed, guarded by key, described in OpenAPI."""

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import azure.functions as func

from functions.answers import error_answer, json_answer, no_content
from functions.calls import Call
from functions.queries import Query
from shared_code.core.connection import IllegalStep
from shared_code.errors import OrgcalError, Problem


@dataclass(frozen=True)
class Answer:
    """A status and a wire value (None: no content)."""

    value: object = None
    status: int = 200


@dataclass(frozen=True)
class Operation:
    """What OpenAPI needs to know; the handlers' own annotations say nothing twice."""

    name: str
    method: str
    path: str
    summary: str
    request: Any = None
    has_optional_body: bool = False
    ndjson: bool = False  # the same objects, one a line, are taken too
    answers: dict[int, Any] | None = None  # status → wire type, None for no content
    query: tuple[Query, ...] = ()
    acting: bool = False  # takes Orgcal-Acting-User
    creates: bool = False  # takes Idempotency-Key, since it makes something new each time
    operator: bool = False  # wants the operator's key; the product's does not open it
    problems: tuple[Problem, ...] = ()
    about: str = ""  # what the summary leaves open


OPERATIONS: list[Operation] = []

# Whatever takes a body can be sent one that is not as described.
BODY_PROBLEMS = (Problem.MALFORMED_JSON, Problem.INVALID_REQUEST, Problem.UNKNOWN_FIELD, Problem.BODY_TOO_LARGE)

Handler = Callable[[Call], Awaitable[Answer]]
Function = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]


def operation(blueprint: func.Blueprint, described: Operation) -> Callable[[Handler], Function]:
    """Register ``handler`` on the blueprint, and remember how to describe it."""

    def register(handler: Handler) -> Function:
        OPERATIONS.append(described)

        @functools.wraps(handler)
        async def function(req: func.HttpRequest) -> func.HttpResponse:
            return await _answer(handler, req)

        function.__annotations__ = {"req": func.HttpRequest, "return": func.HttpResponse}
        del function.__wrapped__  # the worker reads the signature of what it calls
        level = func.AuthLevel.ADMIN if described.operator else func.AuthLevel.FUNCTION
        route = blueprint.route(route=described.path.lstrip("/"), methods=[described.method], auth_level=level)
        blueprint.function_name(described.name)(route(function))
        return function

    return register


async def _answer(handler: Handler, req: func.HttpRequest) -> func.HttpResponse:
    from shared_code.bootstrap import app

    try:
        answer = await handler(Call(app(), req, app().clock.now()))
    except (OrgcalError, IllegalStep) as error:
        return error_answer(error)
    if answer.value is None:
        return no_content()
    return json_answer(answer.value, answer.status)
