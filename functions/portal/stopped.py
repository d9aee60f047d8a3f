"""For whoever Microsoft stopped without sending them back, and for the administrator who then lets them through."""

import azure.functions as func

from functions.frames import frame_of
from functions.page_answers import page_answer
from functions.portal.blueprint import open_page, page
from functions.portal.call import PortalCall
from functions.portal.personal import message_page
from shared_code.bootstrap import App
from shared_code.core.personal_refusals import PersonalRefusal
from shared_code.pages.personal_blocked import BlockedView, ConsentedView, render_blocked, render_consented


@page("my_blocked_sign_in", "portal/me/blocked")
async def my_blocked_sign_in(call: PortalCall) -> func.HttpResponse:
    """What helps wherever Microsoft kept somebody on a page of its own."""
    if not call.app.settings.personal_client_id:
        return message_page(call.frame, "personal_not_offered", 404)
    view = BlockedView(
        PersonalRefusal.NEVER_CAME_BACK,
        call.visit.organization.name,
        call.app.settings.personal_client_id,
        await call.app.passing_on.links(call.organization, None, call.now),
        "/portal/me/connect",
    )
    return call.page(render_blocked(call.frame, view))


@open_page("personal_consented", "personal/consented")
async def personal_consented(orgcal: App, request: func.HttpRequest) -> func.HttpResponse:
    """Where Microsoft sends the administrator: whoever comes proves nothing, and nothing is done."""
    frame = frame_of(orgcal, request)
    if not orgcal.settings.personal_client_id:
        return message_page(frame, "personal_not_offered", 404)
    return page_answer(render_consented(frame, ConsentedView(is_given="error" not in request.params)))
