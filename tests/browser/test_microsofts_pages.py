"""The stand-in's own pages are part of the way, so they are read as ours are."""

from types import SimpleNamespace

import pytest
from jinja2 import Environment, FileSystemLoader

from local.stack import ROOT
from tests.browser.axe import violations
from tests.browser.conftest import NewVisitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEMPLATES = ROOT / "local" / "microsoft365" / "entra" / "templates"
PHONE = 360
VALUES = {
    "action": "/organizations/v2.0/adminconsent?state=x",
    "app": SimpleNamespace(name="Orgcal for organisations"),
    "tenant": SimpleNamespace(display_name="Donaudampfschifffahrtsgesellschaft Beratung und Vertrieb GmbH"),
    "person": SimpleNamespace(
        user_principal_name="alexandra.administrator@donaudampfschifffahrt.example", display_name="Alexandra"
    ),
    "remembered": SimpleNamespace(user_principal_name="alexandra.administrator@outlook.com", display_name="Alexandra"),
    "people": [SimpleNamespace(user_principal_name="ada@acme.example", display_name=None)],
    "permissions": ["User.Read.All", "Calendars.ReadWrite", "openid", "profile"],
    "hint": "",
    "code": 90094,
    "text": "AADSTS90094: Admin consent is required. Trace ID: c0a1e5ce-0000-4000-8000-00000000c001",
    "return_link": True,
    "has_workflow": True,
    "for_everybody": True,
}


@pytest.mark.parametrize("name", ["account", "consent", "approval", "error", "requested", "second_factor"])
async def test_axe_finds_nothing_in_a_page_of_the_stand_in_and_it_fits_a_phone(
    new_visitor: NewVisitor, name: str
) -> None:
    visitor = await new_visitor(color_scheme="light", viewport={"width": PHONE, "height": 640})
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)

    await visitor.page.set_content(environment.get_template(f"{name}.html").render(VALUES))

    assert await violations(visitor.page, {}) == []
    assert await visitor.page.evaluate("document.documentElement.scrollWidth") <= PHONE
