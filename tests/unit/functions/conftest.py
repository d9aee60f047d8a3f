"""An App in memory that serves the functions, and an organisation with an owner in it."""

from collections.abc import Iterator

import pytest

from shared_code import bootstrap
from tests.fakes.composed_app import ComposedApp
from tests.fakes.told_truth import lies
from tests.unit.functions.browser import call


@pytest.fixture
def orgcal(request: pytest.FixtureRequest) -> Iterator[ComposedApp]:
    """In the end everything that the product was told is true."""
    app = ComposedApp()
    bootstrap.serve(app)
    yield app
    bootstrap.serve(None)
    assert "by_hand" in request.keywords or lies(app.rows) == []


@pytest.fixture
async def acme(orgcal: ComposedApp) -> ComposedApp:
    """The organisation ``acme`` with its owner ``olga`` and the user ``ursula``."""
    await call("put_organization", organization="acme", body={"name": "Acme"})
    await call(
        "put_user",
        organization="acme",
        user="olga",
        body={"addresses": [{"address": "olga@acme.example", "verified": True}], "role": "owner"},
    )
    await call(
        "put_user",
        organization="acme",
        user="ursula",
        body={"addresses": [{"address": "ursula@acme.example", "verified": True}]},
    )
    return orgcal
