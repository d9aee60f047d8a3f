"""The product API's reference, for people: rendered from the same document that machines read."""

from functools import cache

import azure.functions as func

from functions.frames import brand_of
from functions.page_answers import content_policy
from shared_code.bootstrap import app
from shared_code.pages.brand import Brand
from shared_code.pages.frames import Frame

blueprint = func.Blueprint()


@blueprint.function_name("reference")
@blueprint.route(route="docs", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def reference(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the trigger needs its argument
    orgcal = app()
    return reference_answer(rendered(brand_of(orgcal), orgcal.settings.base_url))


@cache
def rendered(brand: Brand, base_url: str) -> str:
    from functions.openapi import describe
    from shared_code.pages.reference import reference_view, render_reference

    return render_reference(Frame(brand), reference_view(describe(base_url)))


def reference_answer(html: str) -> func.HttpResponse:
    """It says nothing about anybody, so browsers may keep it for a while; it sends nothing."""
    headers = {
        "Cache-Control": "public, max-age=300",
        "Content-Security-Policy": content_policy("'none'"),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    return func.HttpResponse(html, mimetype="text/html", charset="utf-8", headers=headers)
