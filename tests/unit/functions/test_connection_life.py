"""A connection from its link to its end, over the functions and their queues."""

from datetime import timedelta

import pytest

from shared_code.core.calendar import Event, ShowAs
from shared_code.core.connection import ConnectionState
from shared_code.core.directory import DirectoryUser
from shared_code.core.ids import MailboxKey, UserId
from shared_code.core.intervals import Interval
from shared_code.errors import Disconnected, Refused, TryLater
from tests.fakes.composed_app import BASE_URL, ComposedApp
from tests.fakes.fake_calendars import default_calendar
from tests.unit.functions.browser import Answered, Browser, call, query_of
from tests.unit.functions.orders import drain, run_for
from tests.unit.functions.test_consent import ADMINISTRATOR, TENANT, callback, confirm, signed_in

URSULA = UserId("7e2c0a8e-3b39-4d7a-8f3f-1b8a9a3d0002")
MAILBOX = MailboxKey("organizations", TENANT, URSULA)


@pytest.fixture
def tenant(acme: ComposedApp) -> ComposedApp:
    """Ursula has a directory entry and a mailbox with one meeting; somebody else's entry proves the domain."""
    acme.directory.put(TENANT, DirectoryUser(URSULA, "ursula@acme.example", "ursula@acme.example"))
    acme.calendars.add_mailbox(MAILBOX)
    start = acme.clock.now() + timedelta(days=1)
    meeting = Event("e1", "i1", Interval(start, start + timedelta(hours=1)), ShowAs.BUSY)
    acme.calendars.put(MAILBOX, default_calendar(MAILBOX), meeting)
    return acme


async def confirmed(app: ComposedApp) -> None:
    browser = Browser()
    await signed_in(app, browser)
    await confirm(browser)


async def connected(app: ComposedApp) -> None:
    app.microsoft.grant(TENANT)
    await confirmed(app)
    await run_for(app, timedelta(minutes=2))


async def the_connection() -> dict[str, object]:
    connections = (await call("list_connections", organization="acme")).json["connections"]
    assert len(connections) == 1
    return dict(connections[0])


async def ask(app: ComposedApp, user: str = "ursula") -> dict[str, object]:
    body = {
        "users": [user],
        "start": app.clock.now().isoformat(),
        "end": (app.clock.now() + timedelta(days=7)).isoformat(),
    }
    return dict((await call("ask_availability", organization="acme", body=body)).json["users"][0])


async def user_state(user: str = "ursula") -> str:
    return str((await call("get_user", organization="acme", user=user)).json["state"])


async def disconnect(*, purge: bool = False) -> Answered:
    name = (await the_connection())["connection"]
    query = {"purge": "true"} if purge else {}
    return await call("delete_connection", organization="acme", connection=str(name), by="olga", query=query)


async def test_a_granted_connection_becomes_active_and_answers(tenant: ComposedApp) -> None:
    await connected(tenant)

    answer = await ask(tenant)
    assert (await the_connection())["state"] == "active"
    assert await user_state() == "connected"
    assert answer["complete"] is True
    assert len(answer["busy"]) == 1  # type: ignore[arg-type]


async def test_a_grant_that_shows_late_is_asked_for_by_the_schedule(tenant: ComposedApp) -> None:
    await confirmed(tenant)
    await run_for(tenant, timedelta(minutes=4))
    before = await the_connection()
    tenant.microsoft.grant(TENANT)

    await run_for(tenant, timedelta(minutes=10))

    assert (before["state"], before["reason"]) == ("verifying", "consent_missing")
    assert (await the_connection())["state"] == "active"


async def test_a_grant_that_never_shows_needs_attention_after_a_day(tenant: ComposedApp) -> None:
    await confirmed(tenant)

    await run_for(tenant, timedelta(hours=25))

    connection = await the_connection()
    asked = tenant.microsoft.script.operations().count("read_grant")
    assert (connection["state"], connection["reason"]) == ("attention", "grant_not_seen")
    assert asked < 65


async def test_a_passing_fault_of_entra_costs_no_patience(tenant: ComposedApp) -> None:
    tenant.microsoft.grant(TENANT)
    tenant.microsoft.script.fail("read_grant", TryLater("slow", timedelta(seconds=20)), times=3)
    await confirmed(tenant)

    await run_for(tenant, timedelta(minutes=5))

    assert (await the_connection())["state"] == "active"


async def test_a_refused_credential_needs_attention_at_once(tenant: ComposedApp) -> None:
    tenant.microsoft.script.fail("read_grant", Disconnected("no", "credential_refused"))
    await confirmed(tenant)

    await run_for(tenant, timedelta(minutes=1))

    connection = await the_connection()
    assert (connection["state"], connection["reason"]) == ("attention", "credential_refused")


async def test_a_tenant_that_takes_its_trust_away_and_gives_it_back_is_served_again_by_itself(
    tenant: ComposedApp,
) -> None:
    await connected(tenant)
    refused = Disconnected("disabled", "app_disabled")
    for operation in ("read_changes", "read_users", "read_window", "read_grant"):
        tenant.directory.script.fail(operation, refused)
        tenant.calendars.script.fail(operation, refused)
        tenant.microsoft.script.fail(operation, refused)
    await run_for(tenant, timedelta(hours=3))
    troubled, answer = await the_connection(), await ask(tenant)
    looked = tenant.microsoft.script.operations().count("read_grant")

    for script in (tenant.directory.script, tenant.calendars.script, tenant.microsoft.script):
        script.heal()
    await run_for(tenant, timedelta(hours=2))

    assert (troubled["state"], troubled["reason"]) == ("attention", "app_disabled")
    assert answer["complete"] is False
    assert looked < 6
    assert (await the_connection())["state"] == "active"
    assert (await ask(tenant))["complete"] is True


async def test_a_tenant_that_deleted_the_app_and_consents_for_somebody_else_needs_a_new_proof(
    tenant: ComposedApp,
) -> None:
    await connected(tenant)
    tenant.microsoft.withdraw(TENANT)
    tenant.directory.script.fail("read_changes", Disconnected("deleted", "consent_missing"))
    await run_for(tenant, timedelta(hours=1))
    tenant.directory.script.heal()
    tenant.microsoft.grant(TENANT)
    tenant.microsoft.service_principals[TENANT] = "another"

    await run_for(tenant, timedelta(hours=3))

    assert (await the_connection())["state"] == "attention"
    assert (await ask(tenant))["complete"] is False


async def test_a_consent_given_anew_while_active_is_believed_later(tenant: ComposedApp) -> None:
    await connected(tenant)
    tenant.microsoft.service_principals[TENANT] = "another"
    await confirmed(tenant)
    await run_for(tenant, timedelta(minutes=20))
    tenant.directory.script.fail("read_changes", Disconnected("lagging", "consent_missing"), times=1)

    await run_for(tenant, timedelta(hours=4))

    assert (await the_connection())["state"] == "active"


async def test_which_application_a_new_consent_was_for_is_learnt_and_held_to(tenant: ComposedApp) -> None:
    await connected(tenant)
    await confirmed(tenant)
    await run_for(tenant, timedelta(minutes=20))
    tenant.directory.script.fail("read_changes", Disconnected("deleted", "consent_missing"), times=1)
    tenant.microsoft.service_principals[TENANT] = "somebody else's"

    await run_for(tenant, timedelta(hours=4))

    assert (await the_connection())["state"] == "attention"


async def test_trust_withdrawn_before_the_first_match_needs_attention(tenant: ComposedApp) -> None:
    tenant.microsoft.grant(TENANT)
    await confirmed(tenant)
    tenant.directory.script.fail("start_changes", Disconnected("withdrawn", "consent_missing"))
    await run_for(tenant, timedelta(minutes=2))
    tenant.microsoft.withdraw(TENANT)

    await run_for(tenant, timedelta(hours=1))

    assert (await the_connection())["state"] == "attention"


async def test_a_long_outage_of_entra_multiplies_no_requests_and_ends_patience(tenant: ComposedApp) -> None:
    tenant.microsoft.script.fail("read_grant", TryLater("down", timedelta(minutes=5)))
    await confirmed(tenant)

    await run_for(tenant, timedelta(hours=6))
    asked = tenant.microsoft.script.operations().count("read_grant")
    await run_for(tenant, timedelta(hours=19))

    connection = await the_connection()
    assert asked <= 6 * 12 + 2
    assert (connection["state"], connection["reason"]) == ("attention", "grant_not_seen")


async def test_a_new_consent_is_believed_for_what_it_grants_and_not_for_what_an_old_one_did(
    tenant: ComposedApp,
) -> None:
    await connected(tenant)
    await disconnect()
    await run_for(tenant, timedelta(minutes=10))
    name = str((await the_connection())["connection"])
    issued = await call("issue_activation_link", organization="acme", connection=name, by="olga")
    tenant.microsoft.grant(TENANT, "User.Read.All")
    tenant.calendars.script.fail("list_calendars", Refused("not in scope"))
    browser = Browser()
    asked = query_of((await browser.post(issued.json["activation_link"])).location)
    asked = query_of((await browser.get(callback(asked["state"], TENANT))).location)
    code = tenant.microsoft.sign_in(ADMINISTRATOR, asked["nonce"])
    await browser.get(f"{BASE_URL}/consent/signed-in?code={code}&state={asked['state']}")

    await confirm(browser)
    await run_for(tenant, timedelta(minutes=5))

    assert (await the_connection())["state"] == "verifying"


async def test_a_grant_given_after_a_day_is_still_seen(tenant: ComposedApp) -> None:
    await confirmed(tenant)
    await run_for(tenant, timedelta(hours=25))
    tenant.microsoft.grant(TENANT)

    await run_for(tenant, timedelta(hours=2))

    assert (await the_connection())["state"] == "active"


async def test_a_tenant_that_scopes_calendars_by_exchange_is_active_once_a_mailbox_opens(
    tenant: ComposedApp,
) -> None:
    tenant.microsoft.grant(TENANT, "User.Read.All")
    tenant.calendars.script.fail("list_calendars", Refused("not in scope"))
    await confirmed(tenant)
    await run_for(tenant, timedelta(minutes=3))
    before = await the_connection()
    tenant.calendars.script.heal()

    await run_for(tenant, timedelta(minutes=15))

    after = await the_connection()
    assert (before["state"], before["reason"]) == ("verifying", "calendars_not_granted")
    assert (after["state"], after["scoped_by_exchange"]) == ("active", True)
    assert await user_state() == "connected"


async def test_a_lost_order_is_made_good_by_the_timer(tenant: ComposedApp) -> None:
    tenant.microsoft.grant(TENANT)
    await confirmed(tenant)
    tenant.clock.advance(timedelta(seconds=6))
    while tenant.sent.take() is not None:
        pass  # every order is lost

    await run_for(tenant, timedelta(minutes=40))

    assert await user_state() == "connected"


async def test_an_organization_that_reviews_connects_nobody_before_its_admin_does(tenant: ComposedApp) -> None:
    body = {"name": "Acme", "policy": {"activation": "review"}}
    await call("put_organization", organization="acme", body=body, by="olga")
    await connected(tenant)
    before, asked = await the_connection(), list(tenant.calendars.script.calls)

    confirmation = await call(
        "confirm_connection",
        organization="acme",
        connection=str(before["connection"]),
        body={"confirm": "activation"},
        by="olga",
    )
    await run_for(tenant, timedelta(minutes=2))

    assert before["state"] == "review"
    assert asked == []
    assert confirmation.json["state"] == "active"
    assert await user_state() == "connected"


async def test_a_disconnected_connection_serves_nobody_at_once_and_leaves_no_mailbox(tenant: ComposedApp) -> None:
    await connected(tenant)

    answered = await disconnect()
    at_once = await ask(tenant)
    await run_for(tenant, timedelta(minutes=2))

    assert answered.status == 202
    assert at_once["reason"] == "not_connected"
    assert (await the_connection())["state"] == "disconnected"
    assert tenant.rows.rows_in("mailboxes") == 0
    assert await user_state() == "no_match"


async def test_a_disconnected_connection_can_be_connected_again(tenant: ComposedApp) -> None:
    await connected(tenant)
    await disconnect()
    await run_for(tenant, timedelta(minutes=2))
    name = str((await the_connection())["connection"])

    issued = await call("issue_activation_link", organization="acme", connection=name, by="olga")

    assert issued.json["state"] == "pending"
    assert issued.json["activation_link"] is not None


async def test_a_purged_connection_is_not_even_remembered(tenant: ComposedApp) -> None:
    await connected(tenant)

    await disconnect(purge=True)
    await run_for(tenant, timedelta(minutes=30))

    connections = (await call("list_connections", organization="acme")).json["connections"]
    assert connections == []
    assert tenant.rows.rows_in("mailboxes") == 0


async def test_who_was_ambiguous_keeps_nothing_of_the_tenant_that_was_disconnected(tenant: ComposedApp) -> None:
    for number in (3, 4):
        namesake = UserId(f"7e2c0a8e-3b39-4d7a-8f3f-1b8a9a3d000{number}")
        tenant.directory.put(TENANT, DirectoryUser(namesake, "olga@acme.example", f"o{number}@acme.example"))
    await connected(tenant)
    before = await user_state("olga")

    await disconnect()
    await run_for(tenant, timedelta(minutes=2))

    explained = (await call("explain_user", organization="acme", user="olga")).json
    assert before == "ambiguous"
    assert (explained["state"], explained["reason"]) == ("no_match", "organization_disconnected")
    assert explained["candidates"] == []
    assert b"3d0003" not in tenant.rows.bytes_at_rest()


async def test_disconnecting_twice_does_no_harm(tenant: ComposedApp) -> None:
    await connected(tenant)
    await disconnect()

    again = await disconnect()
    await run_for(tenant, timedelta(minutes=2))

    assert again.status == 202
    assert (await the_connection())["state"] == "disconnected"


async def test_a_forgotten_organization_leaves_nothing_but_what_is_due(tenant: ComposedApp) -> None:
    await connected(tenant)

    answered = await call("delete_organization", organization="acme", by="olga")
    at_once = await call("get_organization", organization="acme")
    await run_for(tenant, timedelta(minutes=20))
    await run_for(tenant, timedelta(hours=2))

    assert answered.status == 204
    assert at_once.problem == "organization-not-found"
    assert b"acme" not in tenant.rows.bytes_at_rest()
    assert tenant.rows.rows_in("mailboxes") == tenant.rows.rows_in("users") == tenant.rows.rows_in("organizations") == 0


async def test_a_removed_user_loses_link_and_mailbox(tenant: ComposedApp) -> None:
    await connected(tenant)

    await call("delete_user", organization="acme", user="ursula")
    await run_for(tenant, timedelta(minutes=2))

    assert tenant.rows.rows_in("mailboxes") == 0
    assert (await ask(tenant))["reason"] == "unknown_user"


async def test_a_link_nobody_used_expires_by_itself(acme: ComposedApp) -> None:
    await call("begin_connection", organization="acme", by="olga")
    acme.clock.advance(timedelta(days=7))

    await run_for(acme, timedelta(minutes=1))

    connection = await the_connection()
    assert connection["state"] == ConnectionState.EXPIRED
    assert connection["activation_link"] is None


async def test_an_abandoned_sign_in_is_forgotten(acme: ComposedApp) -> None:
    await signed_in(acme, Browser())
    remembered = acme.rows.rows_in("signins")

    acme.clock.advance(timedelta(hours=1))
    await run_for(acme, timedelta(minutes=1))

    assert remembered == 1
    assert acme.rows.rows_in("signins") == 0


async def test_a_request_repeated_with_its_key_makes_one_connection(acme: ComposedApp) -> None:
    async def begin(key: str) -> Answered:
        return await call("begin_connection", organization="acme", by="olga", headers={"Idempotency-Key": key})

    first, again, another = await begin("try-1"), await begin("try-1"), await begin("try-2")

    assert first.json == again.json
    assert another.json["connection"] != first.json["connection"]


async def test_the_audit_list_tells_who_did_what_newest_first(tenant: ComposedApp) -> None:
    await connected(tenant)
    await disconnect()

    audit = (await call("list_audit", organization="acme")).json["audit"]

    actions = [(entry["action"], entry["by"].partition(":")[0]) for entry in audit]
    assert actions[0] == ("connection.disconnected", "olga")
    assert ("consent.confirmed", "microsoft") in actions
    assert ("connection.requested", "olga") in actions[-2:]  # asked for and confirmed at the same instant


async def test_audit_entries_are_kept_for_a_year(acme: ComposedApp) -> None:
    await call("begin_connection", organization="acme", by="olga")
    acme.clock.advance(timedelta(days=360))
    await run_for(acme, timedelta(minutes=1))
    kept = (await call("list_audit", organization="acme")).json["audit"]

    acme.clock.advance(timedelta(days=13))
    await run_for(acme, timedelta(minutes=1))

    actions = [entry["action"] for entry in (await call("list_audit", organization="acme")).json["audit"]]
    assert "connection.requested" in [entry["action"] for entry in kept]
    assert "connection.requested" not in actions


async def test_the_audit_list_comes_in_pages(acme: ComposedApp) -> None:
    for _ in range(5):
        await call("begin_connection", organization="acme", by="olga")
        acme.clock.advance(timedelta(seconds=1))

    first = (await call("list_audit", organization="acme", query={"limit": "3"})).json
    second = (await call("list_audit", organization="acme", query={"limit": "3", "after": first["next"]})).json

    found = [entry["connection"] for page in (first, second) for entry in page["audit"]]
    assert len(set(found)) == 5
    assert second["next"] is None


async def test_nothing_is_left_to_do_after_everything_is_quiet(tenant: ComposedApp) -> None:
    await connected(tenant)

    assert await drain(tenant) == 0
