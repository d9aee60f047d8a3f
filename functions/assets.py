"""What pages load beside themselves. Names change with the content, so browsers keep it for a year."""

import azure.functions as func

from functions.frames import brand_of
from shared_code.bootstrap import app
from shared_code.pages.assets import assets_of

blueprint = func.Blueprint()

_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",  # of a logo opened by itself
    "X-Content-Type-Options": "nosniff",
}


@blueprint.function_name("asset")
@blueprint.route(route="assets/{name}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def asset(req: func.HttpRequest) -> func.HttpResponse:
    """404 for a name of yesterday's: the page that has it is old as well, and asks for the new one when reloaded."""
    found = assets_of(brand_of(app())).get(req.route_params.get("name", ""))
    if found is None:
        return func.HttpResponse(status_code=404, headers={"Cache-Control": "no-store"})
    return func.HttpResponse(found.content, mimetype=found.media_type, charset="utf-8", headers=_HEADERS)
