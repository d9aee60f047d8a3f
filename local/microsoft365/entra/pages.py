"""Entra's pages, plain: choose an account, consent, and what went wrong."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse

from local.microsoft365.entra.errors import ShownError, traced
from local.microsoft365.people import Person
from local.microsoft365.web import world_of
from local.microsoft365.world import App, Tenant

_ENVIRONMENT = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)


def account_page(
    request: Request, app: App, people: list[Person], hint: str | None, remembered: Person | None = None
) -> HTMLResponse:
    """``remembered``: whoever is signed in already, to be picked with one click."""
    return _page(request, "account.html", app=app, people=people, hint=hint or "", remembered=remembered)


def second_factor_page(request: Request, app: App, person: Person) -> HTMLResponse:
    return _page(request, "second_factor.html", app=app, person=person)


def requested_page(request: Request, app: App, person: Person, code: int, *, return_link: bool) -> HTMLResponse:
    """The administrators have been asked; only a link that says so leads back to the app."""
    return _page(request, "requested.html", app=app, person=person, code=code, return_link=return_link)


def consent_page(
    request: Request, app: App, tenant: Tenant, person: Person, permissions: list[str], *, for_everybody: bool = False
) -> HTMLResponse:
    """``for_everybody``: the person may also consent on behalf of the organization."""
    shown: dict[str, Any] = {"permissions": permissions, "for_everybody": for_everybody}
    return _page(request, "consent.html", app=app, tenant=tenant, person=person, **shown)


def approval_page(
    request: Request, app: App, person: Person, code: int, text: str, *, return_link: bool, has_workflow: bool = False
) -> HTMLResponse:
    """The person may not do this here; only a link that says so leads back to the app."""
    shown: dict[str, Any] = {
        "code": code,
        "text": traced(f"AADSTS{code}: {text}", world_of(request).now()),
        "return_link": return_link,
        "has_workflow": has_workflow,
    }
    return _page(request, "approval.html", app=app, person=person, **shown)


def error_page(request: Request, error: ShownError) -> HTMLResponse:
    described = traced(str(error), world_of(request).now())
    return _page(request, "error.html", status=error.status, code=error.code, text=described)


def _page(request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:
    action = f"{request.url.path}?{request.url.query}"
    return HTMLResponse(_ENVIRONMENT.get_template(name).render(action=action, **values), status)
