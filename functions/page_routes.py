"""One decorator makes a function a page: routed, open to every browser, its errors turned into pages."""

from collections.abc import Awaitable, Callable
from functools import wraps

import azure.functions as func

from shared_code.bootstrap import App

Step = Callable[[App, func.HttpRequest], Awaitable[func.HttpResponse]]
Answering = Callable[[Step, func.HttpRequest], Awaitable[func.HttpResponse]]
Function = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]
Decorator = Callable[[Step], Function]


def page_steps(blueprint: func.Blueprint, answer: Answering) -> Callable[[str, str, str], Decorator]:
    """The decorator for one way's steps: by name, route and method. ``answer`` carries a step out."""

    def step(name: str, route: str, method: str) -> Decorator:
        def register(step: Step) -> Function:
            @wraps(step)
            async def function(req: func.HttpRequest) -> func.HttpResponse:
                return await answer(step, req)

            function.__annotations__ = {"req": func.HttpRequest, "return": func.HttpResponse}
            del function.__wrapped__  # the worker reads the signature of what it calls
            bound = blueprint.route(route=route, methods=[method], auth_level=func.AuthLevel.ANONYMOUS)(function)
            blueprint.function_name(name)(bound)
            return function

        return register

    return step
