"""People come, change and go in the directory; who is who never changes by a rename or a re-used address."""

from datetime import timedelta

import pytest

from tests.scenarios.scene import Scene, meeting

pytestmark = pytest.mark.stack

COLLEAGUES = ("ben", "cleo", "dora", "emil", "fay", "gil")  # so that one who goes is no hold


@pytest.fixture
def team(scene: Scene) -> Scene:
    scene.connect(["anna", *COLLEAGUES])
    scene.add_event("anna", meeting(scene.world.now + timedelta(days=2)))
    scene.quarters(2)
    assert scene.busy("anna") == scene.truth("anna") != []
    return scene


def test_a_renamed_person_keeps_the_calendar_and_who_gets_the_old_address_does_not_take_over(team: Scene) -> None:
    old = team.address("anna")
    married = team.address("anna.married")
    team.edit("anna", userPrincipalName=married, mail=married, proxyAddresses=[f"SMTP:{married}"])
    newcomer = team.add("newcomer", mail=old, userPrincipalName=old)
    team.world.control("POST", f"/tenants/{team.tenant}/people/{newcomer}/calendars/default/events", _private(team))
    team.quarters(2)
    team.product.call("POST", f"/{team.organization}/connections/{team.connection}/sweep")
    team.settle()
    team.quarters()

    explained = team.explain("anna")
    assert (explained["state"], explained["user_id"]) == ("connected", team.object_id("anna"))
    assert team.busy("anna") == team.truth("anna")
    assert newcomer not in {request["user"] for request in team.requests("calendar_view", "calendars", "get_schedule")}


def test_a_deleted_person_is_no_match_and_whoever_gets_the_address_is_not_taken_for_them(team: Scene) -> None:
    team.delete("anna", permanent=True)
    team.quarters(2)
    gone, answer = team.explain("anna"), team.answer("anna")
    newcomer = team.add("newcomer", mail=team.address("anna"))
    team.quarters(2)
    still = team.state("anna")
    team.send_users("anna")  # the product says that this is the person it means
    team.settle()
    team.settle()

    assert (gone["state"], gone["reason"]) == ("no_match", "object_gone")
    assert (answer["complete"], answer["reason"]) == (False, "not_connected")
    assert still == "no_match"
    assert (team.state("anna"), team.explain("anna")["user_id"]) == ("connected", newcomer)


def test_a_person_who_was_deleted_and_restored_is_connected_when_the_product_sends_them_again(team: Scene) -> None:
    team.delete("anna")
    team.quarters(2)
    deleted = team.state("anna")
    team.restore("anna")
    team.quarters(2)
    team.send_users("anna")
    team.settle()
    team.quarters()

    assert deleted == "no_match"
    assert team.busy("anna") == team.truth("anna")


def test_a_restored_person_whose_mailbox_comes_back_later_is_connected_with_it(team: Scene) -> None:
    team.delete("anna")
    team.quarters(2)
    team.restore("anna")
    team.edit("anna", licensed=False)
    team.send_users("anna")
    team.settle()
    team.settle()
    without, answer = team.state("anna"), team.answer("anna")

    team.edit("anna", licensed=True)
    team.settle(timedelta(days=1))
    team.quarters(5)  # whoever is out of reach is asked for by the hour, a day after the last time

    assert (without, answer["complete"]) == ("no_mailbox", False)
    assert team.busy("anna") == team.truth("anna")


def test_a_person_restored_beside_somebody_who_got_their_address_is_not_mixed_up_with_them(team: Scene) -> None:
    team.delete("anna")
    team.quarters(2)
    newcomer = team.add("newcomer", mail=team.address("anna"))
    team.restore("anna")
    team.quarters(2)
    team.send_users("anna")
    team.settle()
    team.quarters()

    assert team.state("anna") == "ambiguous"
    assert team.answer("anna")["complete"] is False
    assert newcomer not in {request["user"] for request in team.requests("calendar_view", "calendars", "get_schedule")}


def test_a_disabled_account_stops_answering_at_once_and_an_enabled_one_goes_on(team: Scene) -> None:
    team.edit("anna", accountEnabled=False)
    team.quarters(2)
    asked = len(team.requests("calendar_view"))
    team.quarters(2)
    disabled, answer = team.state("anna"), team.answer("anna")
    later = {request["user"] for request in team.requests("calendar_view")[asked:]}
    team.edit("anna", accountEnabled=True)
    team.quarters(2)

    assert (disabled, answer["complete"], answer["busy"]) == ("disabled", False, [])
    assert team.object_id("anna") not in later
    assert team.busy("anna") == team.truth("anna")


def test_many_disabled_accounts_are_not_held_back(team: Scene) -> None:
    for name in COLLEAGUES:
        team.edit(name, accountEnabled=False)
    team.quarters(2)

    assert {name: team.state(name) for name in COLLEAGUES} == dict.fromkeys(COLLEAGUES, "disabled")
    assert team.shown()["held"] is None


def test_a_guest_is_never_matched_however_well_the_address_fits(team: Scene) -> None:
    guest = "guest@partner.example"
    team.add("guest", mail=guest, userPrincipalName=f"guest_partner.example#EXT#@{team.domain}", userType="Guest")
    team.add("posing", userType="Guest")
    team.product.call("PUT", f"/{team.organization}/users/guest", {"addresses": [{"address": guest, "verified": True}]})
    team.send_users("posing")
    team.settle()
    team.quarters(2)

    assert {team.state("guest"), team.state("posing")} == {"no_match"}
    assert team.explain("guest")["reason"] == team.explain("posing")["reason"] == "only_guest"
    touched = {request["user"] for request in team.requests("calendar_view", "calendars", "get_schedule")}
    assert touched.isdisjoint({team.object_id("guest"), team.object_id("posing")})


def test_somebody_new_in_the_directory_is_found_by_the_sweep_and_a_second_with_the_address_by_none(
    team: Scene,
) -> None:
    team.send_users("hana", "ivo")
    team.settle()
    before = team.state("hana")
    team.add("hana")
    team.add("ivo-1", mail=team.address("ivo"))
    team.add("ivo-2", mail=team.address("ivo"))
    team.quarters(2)
    team.settle()

    assert before == "no_match"
    assert team.state("hana") == "connected"
    assert team.state("ivo") == "ambiguous"
    assert team.address("ivo") not in str(team.explain("ivo")["candidates"])


def test_changes_are_found_although_the_tokens_for_them_have_expired(team: Scene) -> None:
    team.send_users("late")
    team.settle()
    team.add("late")
    team.settle(timedelta(days=8))  # a delta token lives for seven days
    team.quarters(3)

    assert team.state("late") == "connected"


def _private(scene: Scene) -> dict[str, object]:
    return meeting(scene.world.now + timedelta(days=3), hours=5)
