"""A consent takes its time to reach a tenant, and may reach it only in part."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest

from local.demo.administrator import Page
from tests.scenarios.scene import Scene

pytestmark = pytest.mark.stack

SCHEDULE = [10, 30, 60, 120, 300, 600]  # seconds after one another; then every half an hour
FIRST_LOOK = timedelta(seconds=6)  # the order to look is sent five seconds before it may be read
MARGIN = timedelta(seconds=2)


def test_a_connection_is_being_verified_until_the_consent_has_spread(scene: Scene) -> None:
    scene.populate(["anna"], propagation_seconds=200, before_propagation="token_without_roles")

    page = scene.consent()
    scene.settle(FIRST_LOOK)
    at_first = scene.shown()
    for seconds in SCHEDULE[:3]:
        scene.settle(timedelta(seconds=seconds))
    still = scene.shown()["state"]
    scene.settle(timedelta(seconds=SCHEDULE[3]))
    scene.settle()

    assert page.title == "Checking the permissions"
    assert (at_first["state"], at_first["tenant"], at_first["activated_at"]) == ("verifying", scene.tenant, None)
    assert still == "verifying"
    assert scene.shown()["state"] == "active"
    assert scene.states() == {"anna": "connected"}


def test_a_sign_in_before_the_consent_has_spread_offers_to_try_again_and_then_goes_through(scene: Scene) -> None:
    scene.populate(["anna"], propagation_seconds=60, before_propagation="no_service_principal")
    begun = scene.product.begin_connection(scene.organization)
    scene.connection = begun["connection"]
    administrator = scene.administrator

    too_early = administrator.consent(begun["activation_link"])
    bound_to = scene.shown()["tenant"]
    scene.settle(timedelta(minutes=1))
    confirmation = administrator.open(_link_to_sign_in(too_early))
    administrator.submit(confirmation)
    scene.settle()
    scene.settle()

    assert (too_early.title, bound_to) == ("Microsoft is still spreading your consent", None)
    assert scene.shown()["state"] == "active"


def test_the_grant_is_asked_for_after_ever_longer_and_at_no_other_time(scene: Scene) -> None:
    scene.populate(["anna"], propagation_seconds=10**6, before_propagation="token_without_roles")
    scene.consent()
    scene.settle(FIRST_LOOK)

    for seconds in SCHEDULE:
        asked = scene.requests("token")
        due_at = datetime.fromisoformat(asked[-1]["at"]) + timedelta(seconds=seconds)
        scene.settle(due_at - MARGIN - scene.world.now)
        assert scene.requests("token") == asked, f"asked before {seconds} seconds were over"
        scene.settle(2 * MARGIN)
        asks = [datetime.fromisoformat(each["at"]) for each in scene.requests("token")[len(asked) :]]
        # Once more only where the minute timer came while the message was being worked at: it cannot know that.
        most = 1 + _has_minute_passed(due_at - MARGIN, max(asks, default=due_at))
        assert 1 <= len(asks) <= most, f"asked {len(asks)} times after {seconds} seconds"

    assert scene.requests("users", "users_delta") == []
    assert scene.calendar_requests() == 0


def test_a_consent_that_is_not_seen_for_a_day_needs_attention_and_a_new_link_mends_it(scene: Scene) -> None:
    scene.populate(["anna"])
    begun = scene.product.begin_connection(scene.organization)
    scene.connection = begun["connection"]
    administrator = scene.administrator
    confirmation = administrator.consent(begun["activation_link"])
    scene.withdraw_consent()  # from now on the tenant knows no service principal of ours: AADSTS7000229
    administrator.submit(confirmation)
    for hours in (1, 11, 11):
        scene.settle(timedelta(hours=hours))
    still, page = scene.shown()["state"], administrator.open(f"{scene.stack.addresses.app_url}/consent/progress")
    scene.settle(timedelta(hours=2))
    given_up = scene.shown()

    path = f"/{scene.organization}/connections/{scene.connection}/activation-link"
    scene.administrator.connect(scene.product.call("POST", path)["activation_link"])
    scene.settle()
    scene.settle()

    assert (still, page.status) == ("verifying", 400)  # the sign-in of yesterday is over
    assert (given_up["state"], given_up["reason"]) == ("attention", "grant_not_seen")
    assert scene.shown()["state"] == "active"
    assert scene.states() == {"anna": "connected"}


def test_a_tenant_that_opens_some_mailboxes_in_exchange_alone_becomes_active_and_the_others_are_excluded(
    scene: Scene,
) -> None:
    open_to_us = [scene.object_id("in-scope")]
    scope = {scene.stack.addresses.client_id: open_to_us}
    scene.populate(["in-scope", "outside-1", "outside-2"], exchange_scope=scope)
    begun = scene.product.begin_connection(scene.organization)
    scene.connection = begun["connection"]
    administrator = scene.administrator
    confirmation = administrator.consent(begun["activation_link"])
    scene.grant("User.Read.All")  # the administrator takes the tenant-wide calendar grant away, as the page explains

    administrator.submit(confirmation)
    scene.settle(FIRST_LOOK)
    at_first = scene.shown()
    nobody_yet = set(scene.states().values())
    for seconds in SCHEDULE[:2]:
        scene.settle(timedelta(seconds=seconds))
    scene.settle()

    assert (at_first["state"], at_first["scoped_by_exchange"], nobody_yet) == ("verifying", False, {"pending"})
    assert (scene.shown()["state"], scene.shown()["scoped_by_exchange"]) == ("active", True)
    assert scene.states() == {
        "in-scope": "connected",
        "outside-1": "excluded_by_policy",
        "outside-2": "excluded_by_policy",
    }
    assert scene.busy("in-scope") == scene.truth("in-scope")
    assert scene.answer("outside-1")["complete"] is False


def test_a_mailbox_that_the_tenant_opens_later_is_found_within_a_day(scene: Scene) -> None:
    policy = {scene.stack.addresses.client_id: {"denied": [scene.object_id("late")]}}
    scene.connect(["early", "late"], access_policy=policy)
    excluded = scene.states()

    scene.world.control("PATCH", f"/tenants/{scene.tenant}", {"access_policy": {}})
    scene.settle(timedelta(days=1))
    scene.quarters()
    scene.settle()

    assert excluded == {"early": "connected", "late": "excluded_by_policy"}
    assert scene.states() == {"early": "connected", "late": "connected"}


def test_a_consent_that_is_withdrawn_serves_nobody_and_comes_back_with_a_new_link(scene: Scene) -> None:
    scene.connect(["anna"])

    scene.withdraw_consent()
    scene.settle(timedelta(hours=2))  # tokens live for an hour
    scene.quarters()
    withdrawn, answer = scene.shown(), scene.answer("anna")
    path = f"/{scene.organization}/connections/{scene.connection}/activation-link"
    scene.administrator.connect(scene.product.call("POST", path)["activation_link"])
    scene.settle()
    scene.quarters(2)

    assert withdrawn["state"] == "attention"
    assert (answer["complete"], answer["reason"]) == (False, "connection_attention")
    assert scene.shown()["state"] == "active"
    assert scene.busy("anna") == scene.truth("anna")


def _has_minute_passed(since: datetime, until: datetime) -> bool:
    return since.replace(second=0, microsecond=0) < until.replace(second=0, microsecond=0)


def _link_to_sign_in(page: Page) -> str:
    return next(unescape(link) for link in re.findall(r'href="([^"]+)"', page.text) if "/authorize" in link)
