"""What an owner decides, without JavaScript: who is connected, what was held back, whose domains count, the rules."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from local.demo.people import verified
from local.demo.product import OWNER
from local.stack import Stack
from tests.browser.conftest import NewVisitor
from tests.browser.visitor import Visitor
from tests.scenarios.calendar_scene import follow
from tests.scenarios.scene import Scene, begun_scenes
from tests.scenarios.test_bookings import meeting, path, put
from tests.scenarios.test_cancellations import settle

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

PARTNER = "partner-brand.example"
A_DAY = timedelta(hours=25)  # after which what is no longer read is looked for
SET_BY_THE_PRODUCT = "busy_updates"  # the one rule that no page changes

type OpenPortal = Callable[[Scene], Awaitable[Visitor]]


@pytest.fixture
def scene(stack: Stack, request: pytest.FixtureRequest) -> Iterator[Scene]:
    with begun_scenes(stack, request.node.nodeid) as begin:
        yield begin()


@pytest_asyncio.fixture(loop_scope="session")
async def open_portal(new_visitor: NewVisitor) -> OpenPortal:
    """Signs the owner in, in a browser that runs no script."""

    async def open_portal(scene: Scene) -> Visitor:
        asked = {"user": OWNER, "locale": "en"}
        link = scene.product.call("POST", f"/{scene.organization}/portal-sessions", asked)["link"]
        visitor = await new_visitor(java_script_enabled=False)
        await visitor.open(str(link))
        await visitor.go_on()
        return visitor

    return open_portal


async def test_an_owner_reviews_the_first_match_and_then_confirms_a_domain(
    scene: Scene, open_portal: OpenPortal
) -> None:
    outside = f"outside@{PARTNER}"
    scene.populate(["anna"])
    scene.add("outside", mail=outside)
    scene.product.call("PUT", f"/{scene.organization}/users/outside", {"addresses": [verified(outside)]})
    change_policy(scene, activation="review")
    scene.consent()
    scene.settle()
    scene.settle()
    owner = await open_portal(scene)

    await owner.follow("Review who would be connected")
    would, states = await owner.text(), scene.states()
    await owner.follow("Would not (2)")
    would_not = await owner.text()
    await owner.click("Connect this 1 person")
    scene.settle()
    scene.settle()
    reviewed = scene.states()
    await owner.page.reload()
    await owner.follow("Look at the domains")
    await owner.click(f"Confirm {PARTNER}")
    await is_told(owner, "The domain is confirmed. People are being matched again.")
    scene.settle()
    scene.settle()

    assert (scene.address("anna") in would, states["anna"]) == (True, "pending")
    assert PARTNER in would_not
    assert reviewed == {"anna": "connected", "outside": "domain_unproven"}
    assert scene.states() == {"anna": "connected", "outside": "connected"}


async def test_an_owner_lets_a_match_through_that_was_held_back(scene: Scene, open_portal: OpenPortal) -> None:
    scene.connect(["anna"])
    scene.delete("anna")
    scene.quarters(2)
    owner = await open_portal(scene)

    await owner.follow("Look at it and decide")
    held, user = await owner.text(), scene.state("anna")
    await owner.click("Take the calendar from 1 person")
    await is_told(owner, "It is let through. That takes a minute.")
    scene.quarters(2)

    assert ("1 of 1 people would lose" in held, user) == (True, "no_mailbox")
    assert (scene.state("anna"), scene.shown()["held"]) == ("no_match", None)


@pytest.mark.parametrize(
    ("button", "said", "state"),
    [
        ("Cancel the booking", "1 booking is being cancelled.", "ended"),
        ("Keep the booking", "1 booking stays.", "booked"),
    ],
)
async def test_an_owner_decides_on_a_booking_whose_calendar_is_gone(
    scene: Scene, open_portal: OpenPortal, button: str, said: str, state: str
) -> None:
    scene.connect(["hans"])
    calendars = f"/tenants/{scene.tenant}/people/{scene.object_id('hans')}/calendars"
    project = str(scene.world.control("POST", calendars, {"name": "Project"})["id"])
    scene.choose("hans", checked_calendars=[project], write_calendar=project)
    assert put(scene, "in-project", meeting(scene, 30, cohosts=[], attendees=[])).status_code == 201
    follow(scene)
    scene.world.control("DELETE", f"{calendars}/{project}")
    scene.settle(A_DAY)
    settle(scene)
    waiting, owner = state_of_the_booking(scene), await open_portal(scene)

    await owner.follow("Cancellations that were held back")
    await owner.go(owner.page.locator("tbody a").first)
    shown = await owner.text()
    await owner.click(button)
    await is_told(owner, said)
    settle(scene)

    assert ("in-project" in shown, waiting) == (True, "booked")
    assert state_of_the_booking(scene) == state
    assert await owner.page.get_by_role("button", name=button).count() == 0


async def test_an_owner_changes_every_rule(scene: Scene, open_portal: OpenPortal) -> None:
    scene.populate([])
    owner = await open_portal(scene)
    before = policy(scene)

    await owner.follow("Policy")
    page = owner.page
    for group in {await one.get_attribute("name") for one in await page.locator("main [type=radio]").all()}:
        await page.locator(f'[name="{group}"]:not(:checked)').first.check()
    for box in await page.locator("main [type=checkbox]").all():
        await box.set_checked(not await box.is_checked())
    chosen = await filled_in(owner)
    await owner.click("Save")
    await is_told(owner, "Saved.")

    assert await filled_in(owner) == chosen
    assert {rule for rule, value in policy(scene).items() if value == before[rule]} == {SET_BY_THE_PRODUCT}


def change_policy(scene: Scene, **rules: object) -> None:
    scene.product.call("PUT", f"/{scene.organization}", {"name": "Careful", "policy": rules})


def policy(scene: Scene) -> dict[str, Any]:
    return dict(scene.product.call("GET", f"/{scene.organization}")["policy"])


def state_of_the_booking(scene: Scene) -> str:
    return str(scene.call("GET", path(scene, "in-project")).json()["state"])


async def filled_in(visitor: Visitor) -> list[bool]:
    boxes = await visitor.page.locator("main :is([type=radio], [type=checkbox])").all()
    return [await box.is_checked() for box in boxes]


async def is_told(visitor: Visitor, text: str) -> None:
    await expect(visitor.page.get_by_role("status")).to_have_text(text)
