"""What stands around a signed-in page, and around the one that whoever is not let in any more reads instead."""

from dataclasses import replace
from datetime import datetime

import azure.functions as func

from functions.frames import frame_of
from functions.page_answers import portal_cookie
from shared_code.bootstrap import App
from shared_code.core.portal_session import Visit
from shared_code.core.product_user import called
from shared_code.errors import PortalClosed
from shared_code.pages.frames import Frame, SignedIn
from shared_code.pages.said import Said


def frame_of_visit(orgcal: App, request: func.HttpRequest, visit: Visit, said: Said | None = None) -> Frame:
    frame = frame_of(orgcal, request, visit.session.locale)
    signed_in = SignedIn(
        visit.organization.name,
        called(visit.user),
        visit.acts_as_admin,
        orgcal.portal.form_token(visit),
        visit.session.return_to,
        said,
    )
    return replace(frame, zone=visit.user.time_zone or frame.zone, signed_in=signed_in)


def frame_of_refused(orgcal: App, request: func.HttpRequest, error: Exception) -> Frame:
    """In the language of the link or session that is over, and with its way back, for whoever has its secret."""
    if not isinstance(error, PortalClosed) or error.back is None:
        return frame_of(orgcal, request)
    return replace(frame_of(orgcal, request, error.back.locale), return_to=error.back.return_to)


async def frame_of_browser(orgcal: App, request: func.HttpRequest, now: datetime) -> Frame:
    """For a page that anybody may be sent to: of whoever is signed in here, or was."""
    try:
        visit = await orgcal.portal.visit(portal_cookie(request), now)
    except PortalClosed as error:
        return frame_of_refused(orgcal, request, error)
    return frame_of_visit(orgcal, request, visit)
