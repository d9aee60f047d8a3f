"""The product API's reference, for people: rendered from the same document that machines read."""

from functools import cache

import azure.functions as func

from shared_code.bootstrap import app
from shared_code.pages.rendering import stylesheet_hash

blueprint = func.Blueprint()


@blueprint.function_name("reference")
@blueprint.route(route="docs", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def reference(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the trigger needs its argument
    settings = app().settings
    return reference_answer(rendered(settings.product_name, settings.base_url))


@cache
def rendered(product: str, base_url: str) -> str:
    from functions.openapi import describe
    from shared_code.pages.reference import reference_view, render_reference

    return render_reference(reference_view(product, describe(base_url)))


def reference_answer(html: str) -> func.HttpResponse:
    """It says nothing about anybody, so browsers may keep it for a while; it loads nothing and sends nothing."""
    from shared_code.pages.reference import reference_stylesheet_hash

    policy = (
        f"default-src 'none'; style-src '{stylesheet_hash()}' '{reference_stylesheet_hash()}'; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Cache-Control": "public, max-age=300",
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    return func.HttpResponse(html, mimetype="text/html", charset="utf-8", headers=headers)
