"""What anybody may ask: is it well, and what does it speak."""

import azure.functions as func

from functions import wire
from functions.answers import json_answer
from shared_code.bootstrap import app

blueprint = func.Blueprint()


@blueprint.function_name("health")
@blueprint.route(route="health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the trigger needs its argument
    failing = await app().health.failing_parts()
    given = wire.HealthGiven(status="failing" if failing else "ok", failing=list(failing))
    return json_answer(given, 503 if failing else 200)


@blueprint.function_name("openapi")
@blueprint.route(route="openapi.json", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def openapi(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the trigger needs its argument
    from functions.openapi import describe

    return json_answer(describe(app().settings.base_url))
