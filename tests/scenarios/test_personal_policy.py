"""The organisation's connection and its people's own Outlook.com accounts, as its policy has them, and back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from local.demo.outlook_accounts import CONSUMERS, Account, put_outlook_account
from local.demo.own_accounts import connect, own_accounts
from local.demo.world import read_busy
from tests.scenarios.scene import CALENDAR_KINDS, Entry, Scene, meeting
from tests.scenarios.stored_rows import rows_that_name

pytestmark = pytest.mark.stack

DAY = timedelta(days=1)


@dataclass
class Anna:
    """Of the scene's organisation; her Outlook.com account has a meeting of its own."""

    scene: Scene
    account: Account

    def connects_her_own(self) -> None:
        connect(self.scene.world, self.scene.organization, "anna", self.scene.browser(self.account.address))
        self.scene.settle()
        self.scene.settle()

    @property
    def own(self) -> list[tuple[str, str | None]]:
        """State and reason of her accounts."""
        found = own_accounts(self.scene.world, self.scene.organization, "anna")
        return [(each["state"], each["reason"]) for each in found]

    def asked_of_outlook(self) -> int:
        found = self.scene.world.control("GET", f"/requests?after={self.scene.begun_at_request}")["requests"]
        return sum(one["tenant"] == CONSUMERS and one["kind"] in CALENDAR_KINDS for one in found)

    def subscriptions(self) -> list[Entry]:
        found = self.scene.world.control("GET", f"/subscriptions?tenant={CONSUMERS}")["subscriptions"]
        return [each for each in found if each["user"] == self.account.object_id]


@pytest.fixture
def anna(scene: Scene) -> Iterator[Anna]:
    scene.populate(["anna"])
    morning = scene.world.now.replace(hour=8, minute=0, second=0, microsecond=0)
    scene.add_event("anna", meeting(morning + 2 * DAY))
    account = put_outlook_account(scene.world, f"anna-of-{scene.organization}")
    start = morning + 4 * DAY
    account.add_event("Dentist", start, start + timedelta(hours=1))
    yield Anna(scene, account)
    scene.world.control("DELETE", f"/tenants/{CONSUMERS}/people/{account.object_id}?permanent=true")


def decide(scene: Scene, **policy: str) -> None:
    scene.product.call("PUT", f"/{scene.organization}", {"name": "Acme", "policy": policy})


def follow(scene: Scene) -> None:
    """A calendar comes or goes, the accounts are seen to, and then their mailboxes."""
    for _ in range(4):
        scene.settle()
    scene.settle_orders()


def end_connection(scene: Scene) -> None:
    scene.product.call("DELETE", f"/{scene.organization}/connections/{scene.connection}")
    follow(scene)


def test_an_admin_managed_calendar_takes_the_place_of_an_account_and_gives_it_back(scene: Scene, anna: Anna) -> None:
    decide(scene, takeover="replace")
    anna.connects_her_own()
    first = scene.state("anna"), anna.own, scene.busy("anna")
    scene.consent()
    follow(scene)
    taken = scene.state("anna"), anna.own, scene.busy("anna"), anna.subscriptions()
    end_connection(scene)

    own, managed = anna.account.truth(), scene.truth("anna")
    assert first == ("personal", [("connected", None)], own)
    assert taken == ("connected", [("set_aside", "admin_managed")], managed, [])
    assert (scene.state("anna"), anna.own, scene.busy("anna")) == ("personal", [("connected", None)], own)


def test_an_account_that_gave_way_is_back_for_as_long_as_the_consent_is_lost(scene: Scene, anna: Anna) -> None:
    decide(scene, takeover="replace")
    anna.connects_her_own()
    scene.consent()
    follow(scene)
    taken = anna.own
    scene.withdraw_consent()
    scene.quarters(3)
    lost, state, lost_answer = anna.own, scene.shown()["state"], scene.answer("anna")
    path = f"/v1/organizations/{scene.organization}/users/anna/personal-connections"
    more = scene.call("POST", path, {}).status_code
    scene.consent_anew()
    follow(scene)
    scene.quarters(2)

    assert (taken, lost, state) == ([("set_aside", "admin_managed")], [("connected", None)], "attention")
    assert (lost_answer["complete"], lost_answer["reason"]) == (False, "connection_attention")
    assert (read_busy(lost_answer["busy"]), more) == (anna.account.truth(), 201)
    assert (scene.shown()["state"], anna.own) == ("active", [("set_aside", "admin_managed")])
    assert scene.busy("anna") == scene.truth("anna")


def test_who_has_an_account_is_left_out_until_the_policy_says_both(scene: Scene, anna: Anna) -> None:
    anna.connects_her_own()
    scene.consent()
    scene.settle()
    kept = scene.state("anna"), scene.calendar_requests()
    decide(scene, takeover="both")
    scene.quarters(2)

    assert kept == ("personal", 0)
    assert (scene.state("anna"), anna.own) == ("connected", [("connected", None)])
    assert scene.busy("anna") == sorted(anna.account.truth() + scene.truth("anna"))


def test_a_policy_without_personal_connections_leaves_outlook_alone_until_it_is_lifted(
    scene: Scene, anna: Anna
) -> None:
    anna.connects_her_own()
    decide(scene, personal_connections="off")
    scene.quarters(2)
    off, asked = (anna.own, scene.answer("anna")["reason"]), anna.asked_of_outlook()
    scene.quarters(2)
    asked_since = anna.asked_of_outlook() - asked
    decide(scene, personal_connections="allowed")
    scene.quarters(2)

    assert off == ([("set_aside", "not_allowed")], "not_connected")
    assert asked_since == 0
    assert (anna.own, scene.busy("anna")) == ([("connected", None)], anna.account.truth())


def test_an_account_that_is_disconnected_leaves_nothing(scene: Scene, anna: Anna) -> None:
    anna.connects_her_own()
    (account,) = own_accounts(scene.world, scene.organization, "anna")
    path = f"/v1/organizations/{scene.organization}/users/anna/personal-connections/{account['connection']}"
    answered = scene.call("DELETE", path, by="anna")
    scene.settle()
    scene.quarters(1)

    assert answered.status_code == 204
    assert (scene.state("anna"), anna.own, anna.subscriptions()) == ("no_match", [], [])
    left = {row.split()[0] for row in rows_that_name(scene.stack, anna.account.object_id)}
    assert left <= {"upkeep"}  # for hours yet when its next turn was to be
