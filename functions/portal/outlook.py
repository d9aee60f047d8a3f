"""The organisation's connections: asked for, looked at, swept, and ended."""

import asyncio
import re
from uuid import uuid4

import azure.functions as func

from functions.portal.blueprint import page
from functions.portal.call import PortalCall
from shared_code.core.connection import ConnectionState
from shared_code.core.leaving import OVER
from shared_code.core.overview import Card
from shared_code.core.typed import as_typed, is_typed
from shared_code.errors import Problem, Rejected
from shared_code.pages import admin as pages
from shared_code.pages.said import Said

OUTLOOK = "portal/outlook"
CONNECTION = OUTLOOK + "/{connection}"
_ONCE = re.compile(r"[0-9a-f]{32}")
_NUMBER = re.compile(r"[0-9]{1,6}")


@page("outlook_connections", OUTLOOK, admin=True)
async def outlook_connections(call: PortalCall) -> func.HttpResponse:
    overview, held = await asyncio.gather(
        call.app.overview.look(call.organization, call.now),
        call.app.held_cancellations.count_waiting(call.organization),
    )
    view = pages.outlook_view(overview, held, uuid4().hex, call.now, page_number(call))
    return call.page(pages.render_outlook(call.frame, view))


@page("connect_outlook", OUTLOOK + "/connect", "POST", admin=True)
async def connect_outlook(call: PortalCall) -> func.HttpResponse:
    connection = await call.app.connections.begin(call.organization, call.by, once_of(call), call.now)
    return call.back(path_of(connection.connection), Said("link_issued"))


@page("outlook_connection", CONNECTION, admin=True)
async def outlook_connection(call: PortalCall) -> func.HttpResponse:
    shown = pages.card_view(await card_of(call), call.now)
    view = pages.ConnectionView(shown, call.visit.organization.name, uuid4().hex)
    return call.page(pages.render_connection(call.frame, view))


@page("issue_outlook_link", CONNECTION + "/link", "POST", admin=True)
async def issue_outlook_link(call: PortalCall) -> func.HttpResponse:
    await call.app.connections.reissue(call.organization, call.connection, call.by, once_of(call), call.now)
    return call.back(path_of(call.connection), Said("link_issued"))


@page("revoke_outlook_link", CONNECTION + "/revoke", "POST", admin=True)
async def revoke_outlook_link(call: PortalCall) -> func.HttpResponse:
    await call.app.connections.revoke(call.organization, call.connection, call.by, call.now)
    return call.back(path_of(call.connection), Said("link_revoked"))


@page("sweep_outlook", CONNECTION + "/sweep", "POST", admin=True)
async def sweep_outlook(call: PortalCall) -> func.HttpResponse:
    await call.app.connections.sweep_now(call.organization, call.connection)
    return call.back(path_of(call.connection), Said("match_ordered"))


@page("ask_to_disconnect_outlook", CONNECTION + "/disconnect", admin=True)
async def ask_to_disconnect_outlook(call: PortalCall) -> func.HttpResponse:
    card = await card_of(call)
    if card.connection.state is ConnectionState.DISCONNECTING:
        return call.back(path_of(call.connection))
    return call.page(_disconnect_page(call, card))


@page("disconnect_outlook", CONNECTION + "/disconnect", "POST", admin=True)
async def disconnect_outlook(call: PortalCall) -> func.HttpResponse:
    """What nobody has approved is forgotten without a word; all else only once its name was typed. What people chose is
    forgotten only if the form says so, also if somebody else has disconnected meanwhile."""
    card = await card_of(call)
    words = _words(call, card)
    if words and not is_typed(call.field("typed"), words):
        return call.page(_disconnect_page(call, card, is_mistyped=True), status=422)
    purge = not words or call.field("purge") == "yes"
    await call.app.disconnecting.begin(call.organization, call.connection, call.by, call.now, purge=purge)
    return call.back("/" + OUTLOOK, _said_of_disconnecting(card, is_known=bool(words), purge=purge))


async def card_of(call: PortalCall) -> Card:
    overview = await call.app.overview.look(call.organization, call.now)
    card = overview.card(call.connection)
    if card is None:
        raise Rejected(Problem.CONNECTION_NOT_FOUND, f"There is no connection {call.connection}.")
    return card


def path_of(connection: str) -> str:
    return f"/{OUTLOOK}/{connection}"


def once_of(call: PortalCall) -> str | None:
    """The word that a form carries, so that the same one sent twice is carried out once."""
    word = call.field("once")
    return word if _ONCE.fullmatch(word) else None


def _said_of_disconnecting(card: Card, *, is_known: bool, purge: bool) -> Said | None:
    """Nothing where another admin was faster: the page shows how it stands."""
    if is_known and card.connection.state not in OVER:
        return Said("disconnecting", card.affected) if card.affected else Said("disconnecting_nobody")
    return Said("connection_removed") if purge else None


def _disconnect_page(call: PortalCall, card: Card, *, is_mistyped: bool = False) -> str:
    view = pages.DisconnectView(
        pages.card_view(card, call.now),
        call.visit.organization.name,
        call.app.settings.client_id,
        _words(call, card),
        is_mistyped,
    )
    return pages.render_disconnect(call.frame, view)


def _words(call: PortalCall, card: Card) -> tuple[str, ...]:
    """Any of which confirms."""
    tenant, name = card.connection.tenant, call.visit.organization.name
    if tenant is None:
        return ()
    return tuple(word for word in (name, card.domain) if word and as_typed(word)) or (tenant,)


def page_number(call: PortalCall) -> int:
    """From 1; whatever is no number is the first."""
    word = call.query("page")
    return int(word) if _NUMBER.fullmatch(word) else 1
