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


def account_page(request: Request, app: App, people: list[Person], hint: str | None) -> HTMLResponse:
    return _page(request, "account.html", app=app, people=people, hint=hint or "")


def consent_page(request: Request, app: App, tenant: Tenant, person: Person, permissions: list[str]) -> HTMLResponse:
    return _page(request, "consent.html", app=app, tenant=tenant, person=person, permissions=permissions)


def approval_page(
    request: Request, app: App, person: Person, code: int, text: str, *, return_link: bool
) -> HTMLResponse:
    """The person may not do this here; only a link that says so leads back to the app."""
    described = traced(f"AADSTS{code}: {text}", world_of(request).now())
    return _page(request, "approval.html", app=app, person=person, code=code, text=described, return_link=return_link)


def error_page(request: Request, error: ShownError) -> HTMLResponse:
    described = traced(str(error), world_of(request).now())
    return _page(request, "error.html", status=400, code=error.code, text=described)


def _page(request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:
    action = f"{request.url.path}?{request.url.query}"
    return HTMLResponse(_ENVIRONMENT.get_template(name).render(action=action, **values), status)
