"""Everybody in the organisation, one person at large, and what an admin does on their behalf."""

import azure.functions as func

from functions.page_answers import file_answer
from functions.portal.blueprint import page
from functions.portal.call import PortalCall
from shared_code.core.person import PersonOf
from shared_code.core.product_user import UserState
from shared_code.pages.people import UsersView, render_users
from shared_code.pages.people_csv import render_users_csv
from shared_code.pages.people_query import LIST, read_query
from shared_code.pages.person import PersonView, render_disconnect_user, render_user
from shared_code.pages.said import Said


@page("portal_users", "portal/users", admin=True)
async def portal_users(call: PortalCall) -> func.HttpResponse:
    query = read_query(call.request.params)
    return call.page(render_users(call.frame, UsersView(query, await call.app.people.page(call.organization, query))))


@page("export_portal_users", "portal/users.csv", admin=True)
async def export_portal_users(call: PortalCall) -> func.HttpResponse:
    entries = await call.app.people.export(call.organization, read_query(call.request.params))
    name = f"users-{call.organization}-{call.now:%Y-%m-%d}.csv"
    return file_answer(render_users_csv(call.frame, entries), "text/csv", name)


@page("portal_user", "portal/users/{user}", admin=True)
async def portal_user(call: PortalCall) -> func.HttpResponse:
    person = await _person(call)
    return call.page(render_user(call.frame, PersonView(person, _can_connect(call, person), call.now)))


@page("ask_to_disconnect_portal_user", "portal/users/{user}/disconnect", admin=True)
async def ask_to_disconnect_portal_user(call: PortalCall) -> func.HttpResponse:
    person = await _person(call)
    return call.page(render_disconnect_user(call.frame, person.user.user, person.account))


@page("disconnect_portal_user", "portal/users/{user}/disconnect", "POST", admin=True)
async def disconnect_portal_user(call: PortalCall) -> func.HttpResponse:
    await call.app.opting_out.disconnect(call.organization, call.user, call.by, call.now)
    return call.back(f"{LIST}/{call.user}", Said("user_disconnected"))


@page("connect_portal_user", "portal/users/{user}/connect", "POST", admin=True)
async def connect_portal_user(call: PortalCall) -> func.HttpResponse:
    await call.app.opting_out.reconnect(call.organization, call.user, call.by, call.now)
    return call.back(f"{LIST}/{call.user}", Said("user_connecting"))


async def _person(call: PortalCall) -> PersonOf:
    return await call.app.person.look(call.organization, call.user, call.now)


def _can_connect(call: PortalCall, person: PersonOf) -> bool:
    """Whoever was matched before comes back whatever the policy says; nobody is matched anew against it."""
    is_out = person.user.state is UserState.OPTED_OUT
    return is_out and (person.user.match is not None or call.visit.organization.policy.admin_managed)
