"""What waits for an admin: a first match, a held sweep, domains that Microsoft does not show to be theirs."""

import asyncio
import re

import azure.functions as func

from functions.portal.blueprint import page
from functions.portal.call import PortalCall
from functions.portal.outlook import CONNECTION, page_number, path_of
from shared_code.core.connection import ConnectionState
from shared_code.core.review import Group
from shared_code.core.sweep_guard import is_confirmed
from shared_code.pages import admin_review as pages
from shared_code.pages.said import Said

_NUMBER = re.compile(r"[0-9]{1,6}")


@page("review_outlook", CONNECTION + "/review", admin=True)
async def review_outlook(call: PortalCall) -> func.HttpResponse:
    group: Group = "will_not" if call.query("group") == "will_not" else "will"
    review = await call.app.reviewing.look(call.organization, call.connection, group, page_number(call))
    if review.connection.state is not ConnectionState.REVIEW:
        return call.back(path_of(call.connection))
    return call.page(pages.render_review(call.frame, review))


@page("confirm_outlook_review", CONNECTION + "/review", "POST", admin=True)
async def confirm_outlook_review(call: PortalCall) -> func.HttpResponse:
    await call.app.connections.confirm_activation(call.organization, call.connection, call.by, call.now)
    return call.back(path_of(call.connection), Said("match_confirmed"))


@page("held_outlook_sweep", CONNECTION + "/held", admin=True)
async def held_outlook_sweep(call: PortalCall) -> func.HttpResponse:
    (connection, people), domain = await asyncio.gather(
        call.app.reviewing.losing(call.organization, call.connection),
        call.app.reviewing.proven_domain(call.organization, call.connection),
    )
    if connection.held is None:
        return call.back(path_of(call.connection))
    view = pages.HeldSweepView(connection, domain, connection.held, people, is_confirmed(connection))
    return call.page(pages.render_held_sweep(call.frame, view))


@page("let_outlook_sweep_through", CONNECTION + "/held", "POST", admin=True)
async def let_outlook_sweep_through(call: PortalCall) -> func.HttpResponse:
    """As large as it was shown: it may have grown while the page was open."""
    shown = int(word) if _NUMBER.fullmatch(word := call.field("losing")) else 0
    await call.app.connections.confirm_sweep(call.organization, call.connection, call.by, call.now, shown)
    return call.back(path_of(call.connection), Said("sweep_confirmed"))


@page("outlook_domains", CONNECTION + "/domains", admin=True)
async def outlook_domains(call: PortalCall) -> func.HttpResponse:
    (connection, waiting), domain = await asyncio.gather(
        call.app.reviewing.domains(call.organization, call.connection),
        call.app.reviewing.proven_domain(call.organization, call.connection),
    )
    return call.page(pages.render_domains(call.frame, pages.DomainsView(connection, domain, waiting)))


@page("confirm_outlook_domain", CONNECTION + "/domains", "POST", admin=True)
async def confirm_outlook_domain(call: PortalCall) -> func.HttpResponse:
    """Only one that people wait for: nobody is to trust a domain by a slip of a form."""
    domain = call.field("domain")
    _, waiting = await call.app.reviewing.domains(call.organization, call.connection)
    path = path_of(call.connection) + "/domains"
    if domain not in {one.domain for one in waiting}:
        return call.back(path, Said("nothing_changed"))
    await call.app.connections.confirm_domain(call.organization, call.connection, domain, call.by, call.now)
    return call.back(path, Said("domain_confirmed"))
