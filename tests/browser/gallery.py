"""Every page that an administrator or a signed-in person can meet, as the app sends it, with long names in it.

Whatever makes pages here takes the frame, so that every page is there in English and in French.
"""

from dataclasses import replace
from datetime import UTC, datetime

import azure.functions as func

from functions.page_answers import page_answer
from shared_code.core.activation_link import LinkFault, new_connection
from shared_code.core.connection import Connection, ConnectionState
from shared_code.core.consent import Refusal
from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId, TenantId
from shared_code.core.portal_session import PortalFault
from shared_code.core.trouble import Trouble
from shared_code.pages import consent as pages
from shared_code.pages import door
from shared_code.pages.brand import Brand
from shared_code.pages.frames import Frame, SignedIn
from shared_code.pages.portal_texts import PORTAL_FAULTS, PROBLEMS
from shared_code.pages.said import Said
from shared_code.pages.texts import LINK_FAULTS, MESSAGES, REFUSALS, STATES
from tests.browser.gallery_accounts import account_pages
from tests.browser.gallery_admin import admin_pages
from tests.browser.gallery_brand import logo_pages
from tests.browser.gallery_connecting import connecting_pages
from tests.browser.gallery_connections import rare_connections
from tests.browser.gallery_people import people
from tests.browser.gallery_personal import blocked_pages
from tests.browser.my_pages import my_pages
from tests.browser.my_rare_pages import my_rare_pages

PRODUCT = "Example Scheduling"
ORGANIZATION = "Donaudampfschifffahrtsgesellschaft Beratung und Vertrieb GmbH"
ASKED_BY = "0b7d7d0e5c6f4d0f8f5b2f6f0a1c9e77-workspace-owner"
TENANT = TenantId("c0a1e5ce-0000-4000-8000-00000000c001")
CLIENT = "6f1c0f3e-4d5a-4b8e-9a3e-0a6ce0f0a001"
AUTHORITY = "https://login.microsoftonline.com"
PERSON = "alexandra.wolkenstein-trostburg@donaudampfschifffahrt.example"
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
BACK = "https://product.example/settings"
REFERENCE = "5f0a3c1b2d4e6f70"
FRAME = Frame(Brand(PRODUCT))
LINK = "https://orgcal.example/connect?token=eyJ"
DOOR = door.DoorView(ORGANIZATION, PERSON, "owner", "portal-x.y")


def gallery(locale: str = "en") -> dict[str, str]:
    """HTML by a name for each page, as somebody of this locale reads it."""
    frame = replace(FRAME, locale=locale)
    return {
        "invitation": pages.render_invitation(frame, pages.InvitationView(ORGANIZATION, ASKED_BY, NOW, CLIENT, "eyJ")),
        "confirmation": pages.render_confirmation(
            frame,
            pages.ConfirmationView(
                ORGANIZATION,
                ASKED_BY,
                "alexandra.administrator@donaudampfschifffahrt.example",
                TENANT,
                1280,
                "form.token",
            ),
        ),
        **{fault: pages.render_link_closed(frame, fault, REFERENCE) for fault in LinkFault if fault in LINK_FAULTS},
        **{refusal: _refusal(frame, refusal) for refusal in REFUSALS},
        **{name: pages.render_message(frame, name, REFERENCE) for name in MESSAGES},
        **_portal(frame),
        **{f"connection_{state}": _progress(frame, state) for state in STATES},
        "connection_verifying_matching": _progress(frame, ConnectionState.VERIFYING, "calendars_not_granted"),
        **{f"connection_{trouble}": _progress(frame, ConnectionState.ATTENTION, trouble) for trouble in Trouble},
        **admin_pages(signed_in(frame), signed_in(frame, said=Said("saved"))),
        **rare_connections(signed_in(frame)),
        **people(signed_in(frame)),
        **my_pages(signed_in(frame, is_admin=False)),
        **my_rare_pages(signed_in(frame, is_admin=False)),
        **account_pages(signed_in(frame, is_admin=False)),
        **connecting_pages(signed_in(frame, is_admin=False)),
        **blocked_pages(signed_in(frame, is_admin=False)),
    }


def _portal(frame: Frame) -> dict[str, str]:
    return {
        "portal_door": door.render_door(frame, DOOR),
        "portal_door_of_an_admin": door.render_door(frame, replace(DOOR, role="admin")),
        **logo_pages(frame, signed_in(frame), replace(DOOR, role="user")),
        "portal_left_without_a_way_back": door.render_left(frame, None),
        "portal_left": door.render_left(frame, BACK),
        **{fault: door.render_closed(frame, fault, REFERENCE) for fault in PORTAL_FAULTS},
        "portal_session_over_with_a_way_back": door.render_closed(
            replace(frame, return_to=BACK), PortalFault.SESSION_OVER, REFERENCE
        ),
        **{problem: door.render_refused(signed_in(frame), problem, REFERENCE) for problem in PROBLEMS},
        "portal_not_allowed": door.render_closed(signed_in(frame, is_admin=False), PortalFault.NOT_ALLOWED, REFERENCE),
        "any_problem": door.render_refused(frame, "any", REFERENCE),
    }


def signed_in(frame: Frame, *, is_admin: bool = True, return_to: str | None = BACK, said: Said | None = None) -> Frame:
    return replace(frame, signed_in=SignedIn(ORGANIZATION, PERSON, is_admin, "form.token", return_to, said))


def answered(html: str) -> func.HttpResponse:
    """The page with the headers that the app sends with it."""
    return page_answer(html, AUTHORITY)


def _refusal(frame: Frame, refusal: Refusal) -> str:
    retry = f"{AUTHORITY}/{TENANT}/oauth2/v2.0/authorize" if refusal is Refusal.NOT_SPREAD else None
    return pages.render_refusal(
        frame, pages.RefusalView(refusal, "ksihd3oi0fejp4o77dkjnov4xq", LINK, retry, "AADSTS65004")
    )


def _progress(frame: Frame, state: ConnectionState, reason: str | None = None) -> str:
    fresh = new_connection(
        ConnectionId("5jn2hdanfcm46l3t4xf8lw8jcr"), OrganizationId("acme"), ProductUserId("owner"), NOW, NOW - NOW
    )
    tenant = None if state in {ConnectionState.PENDING, ConnectionState.EXPIRED} else TENANT
    connection = Connection(fresh.connection, fresh.organization, state, NOW, fresh.link, reason=reason, tenant=tenant)
    return pages.render_progress(frame, pages.ProgressView(ORGANIZATION, connection, CLIENT))
