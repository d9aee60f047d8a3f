"""A user disconnects, or is disconnected; nothing but a reconnect brings the calendar back."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.core.calendar import Calendar
from shared_code.core.directory import DirectoryUser
from shared_code.core.ids import ConnectionId, LinkKey, OrganizationId, ProductUserId, UserId
from shared_code.core.organization import AuditEntry
from shared_code.core.product_user import UserState
from shared_code.errors import Disconnected, TryLater
from shared_code.messages import AnyMessage, ConnectMailbox, LookUpUsers, SweepUsers, SyncMailbox
from shared_code.order_queues import CALENDAR_SYNC
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.browser import Answered, call
from tests.unit.functions.orders import carry_out, drain, run_for
from tests.unit.functions.test_connection_life import (
    MAILBOX,
    URSULA,
    ask,
    confirmed,
    connected,
    disconnect,
    tenant,
    the_connection,
    user_state,
)
from tests.unit.functions.test_consent import TENANT

__all__ = ["tenant"]  # the fixture of a connected tenant is used here too

ACME = OrganizationId("acme")
SEND_URSULA = {"addresses": [{"address": "ursula@acme.example", "verified": True}]}
NEWCOMER = UserId("7e2c0a8e-3b39-4d7a-8f3f-1b8a9a3d0009")
MARRIED = "ursula.married@acme.example"


async def opt_out(user: str = "ursula", by: str | None = "ursula") -> Answered:
    return await call("disconnect_user", organization="acme", user=user, by=by)


async def reconnect(user: str = "ursula", by: str | None = "ursula") -> Answered:
    return await call("reconnect_user", organization="acme", user=user, by=by)


async def put_policy(**policy: object) -> Answered:
    body = {"name": "Acme", "policy": policy}
    return await call("put_organization", organization="acme", body=body, by="olga")


async def audited(action: str) -> list[tuple[str, str]]:
    audit = (await call("list_audit", organization="acme")).json["audit"]
    return [(entry["by"], entry["detail"]) for entry in audit if entry["action"] == action]


async def stored_pin(app: ComposedApp) -> UserId | None:
    stored = await app._users.find(ACME, ProductUserId("ursula"))
    assert stored is not None
    return stored.value.match.user_id if stored.value.match is not None else None


@pytest.fixture
async def served(tenant: ComposedApp) -> ComposedApp:
    """Ursula's calendar is read and answered from."""
    await connected(tenant)
    assert (await ask(tenant))["complete"] is True
    tenant.calendars.script.calls.clear()
    return tenant


@pytest.fixture
async def out(served: ComposedApp) -> ComposedApp:
    """Ursula has disconnected, some minutes ago."""
    await opt_out()
    await run_for(served, timedelta(minutes=3))
    served.calendars.script.calls.clear()
    return served


# --- who may ---


async def test_a_user_disconnects_and_nobody_is_told_of_their_time_from_then_on(served: ComposedApp) -> None:
    answered = await opt_out()
    at_once = await ask(served)
    await run_for(served, timedelta(minutes=2))

    assert answered.status == 200
    assert (answered.json["state"], answered.json["reason"]) == ("opted_out", "user_disconnected")
    assert (at_once["complete"], at_once["reason"], at_once["detail"]) == (False, "not_connected", "opted_out")
    assert served.rows.rows_in("mailboxes") == 0
    assert served.subscriptions.live == {}
    assert served.calendars.script.calls == []


async def test_the_link_is_released_at_once_and_before_all_bulk_work(served: ComposedApp) -> None:
    await opt_out()

    order = served.sent.take(CALENDAR_SYNC)  # the clock stands
    assert order is not None
    await carry_out(order)

    assert served.rows.rows_in("mailboxes") == 0


async def test_where_the_policy_forbids_it_only_an_owner_or_admin_disconnects_a_user(served: ComposedApp) -> None:
    await put_policy(allow_user_disconnect=False)

    by_themself = await opt_out()
    still = await user_state()
    by_the_owner = await opt_out(by="olga")
    the_owner_themself = await opt_out("olga", by="olga")

    assert (by_themself.status, by_themself.problem) == (403, "policy-forbids")
    assert by_themself.json["fields"] == {"policy": "allow_user_disconnect"}
    assert "allow_user_disconnect" in by_themself.json["detail"]
    assert still == "connected"
    assert by_the_owner.json["state"] == the_owner_themself.json["state"] == "opted_out"


async def test_where_the_policy_forbids_disconnecting_a_user_may_still_reconnect(out: ComposedApp) -> None:
    await put_policy(allow_user_disconnect=False)

    await reconnect()
    await run_for(out, timedelta(minutes=1))

    assert await user_state() == "connected"


@pytest.mark.parametrize("act", [opt_out, reconnect])
@pytest.mark.parametrize(("user", "by"), [("olga", "ursula"), ("ursula", "nobody"), ("ursula", None)])
async def test_nobody_acts_for_somebody_else_but_an_owner_or_admin(
    acme: ComposedApp, act: Callable[..., Awaitable[Answered]], user: str, by: str | None
) -> None:
    stored = acme.rows.bytes_at_rest()

    answered = await act(user, by=by)

    assert (answered.status, answered.problem) == (403, "role-required")
    assert acme.rows.bytes_at_rest() == stored


@pytest.mark.parametrize("act", [opt_out, reconnect])
async def test_nobody_who_is_not_there_opts_out_or_comes_back(
    acme: ComposedApp, act: Callable[..., Awaitable[Answered]]
) -> None:
    answered = await act("nobody", by="olga")

    assert (answered.status, answered.problem) == (404, "user-not-found")


async def test_both_acts_are_kept_in_the_audit_list_with_who_did_them(served: ComposedApp) -> None:
    await opt_out(by="ursula")
    await reconnect(by="olga")

    assert await audited("user.disconnected") == [("ursula", "ursula")]
    assert await audited("user.reconnected") == [("olga", "ursula")]


# --- asking twice, and faults ---


async def test_disconnecting_twice_is_once(out: ComposedApp) -> None:
    before = (await call("get_user", organization="acme", user="ursula")).json
    await put_policy(allow_user_disconnect=False)

    again = await opt_out()

    assert (again.status, again.json) == (200, before)
    assert len(await audited("user.disconnected")) == 1


async def test_reconnecting_twice_is_once(out: ComposedApp) -> None:
    first = await reconnect()
    again = await reconnect()

    assert (first.json["state"], first.json["reason"]) == ("pending", "awaiting_look_up")
    assert again.json == first.json
    assert len(await audited("user.reconnected")) == 1


async def test_whoever_is_connected_stays_so_when_a_reconnect_is_asked_for(served: ComposedApp) -> None:
    before = (await call("get_user", organization="acme", user="ursula")).json
    served.sent.sent.clear()

    answered = await reconnect()

    assert (answered.status, answered.json) == (200, before)
    assert served.sent.messages == []


async def test_disconnected_twice_at_once_is_once(served: ComposedApp) -> None:
    answers = await asyncio.gather(opt_out(), opt_out(by="olga"))

    assert [answered.status for answered in answers] == [200, 200]
    assert answers[0].json == answers[1].json
    assert await user_state() == "opted_out"


async def test_many_people_disconnected_at_once_do_not_stand_in_each_others_way(acme: ComposedApp) -> None:
    names = [f"u{number}" for number in range(40)]
    users = [{"user": name, "addresses": []} for name in names]
    await call("put_users", organization="acme", body={"users": users})

    answers = await asyncio.gather(*(opt_out(name, by="olga") for name in names))

    assert {answered.status for answered in answers} == {200}
    assert sorted(await audited("user.disconnected")) == sorted(("olga", name) for name in names)


async def test_a_call_under_way_leaves_nothing_in_an_organization_that_is_forgotten(
    acme: ComposedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_stuck, goes_on = asyncio.Event(), asyncio.Event()
    note = acme._organizations.note

    async def slow(organization: OrganizationId, audit: AuditEntry) -> None:
        is_stuck.set()
        await goes_on.wait()
        await note(organization, audit)

    monkeypatch.setattr(acme._organizations, "note", slow)
    under_way = asyncio.create_task(opt_out())
    await is_stuck.wait()
    await call("delete_organization", organization="acme", by="olga")
    await run_for(acme, timedelta(minutes=2))
    goes_on.set()
    answered = await under_way

    assert answered.problem == "organization-not-found"
    assert acme.rows.rows_in("organizations") == acme.rows.rows_in("users") == 0


async def test_without_queues_nobody_is_disconnected_and_nothing_is_said_of_it(served: ComposedApp) -> None:
    def refuse(_: AnyMessage) -> None:
        raise TryLater("queues do not answer")

    served.sent.on_send = refuse
    answered = await opt_out()
    served.sent.on_send = None

    assert answered.status == 503
    assert await user_state() == "connected"
    assert await audited("user.disconnected") == []


async def test_a_lost_order_to_release_is_made_good_by_the_mailboxes_turn(served: ComposedApp) -> None:
    await opt_out()
    served.clock.advance(timedelta(seconds=6))
    while served.sent.take() is not None:
        pass

    await run_for(served, timedelta(hours=7))

    assert served.rows.rows_in("mailboxes") == 0
    assert served.subscriptions.live == {}


async def test_a_lost_order_to_look_up_is_made_good_within_the_hour(out: ComposedApp) -> None:
    await reconnect()
    out.clock.advance(timedelta(seconds=6))
    while out.sent.take() is not None:
        pass

    await run_for(out, timedelta(hours=2))

    assert await user_state() == "connected"
    assert (await ask(out))["complete"] is True


# --- no way back but the reconnect ---


async def full_match(app: ComposedApp) -> None:
    await call("sweep_connection", organization="acme", connection=str((await the_connection())["connection"]))


async def change_in_the_directory(app: ComposedApp) -> None:
    app.directory.put(
        TENANT, DirectoryUser(URSULA, "ursula@acme.example", "ursula@acme.example", ("smtp:u@acme.example",))
    )


async def namesake_in_the_directory(app: ComposedApp) -> None:
    app.directory.put(TENANT, DirectoryUser(NEWCOMER, "ursula@acme.example", "u2@acme.example"))


async def sent_again(app: ComposedApp) -> None:
    await call("put_user", organization="acme", user="ursula", body=SEND_URSULA)


async def sent_changed(app: ComposedApp) -> None:
    body = {**SEND_URSULA, "time_zone": "Europe/Paris", "role": "admin"}
    await call("put_user", organization="acme", user="ursula", body=body)


async def sent_with_another_address(app: ComposedApp) -> None:
    body = {"addresses": [{"address": MARRIED, "verified": True}]}
    app.directory.put(TENANT, DirectoryUser(URSULA, MARRIED, MARRIED))
    await call("put_user", organization="acme", user="ursula", body=body)


async def sent_in_bulk(app: ComposedApp) -> None:
    others = [{"user": f"u{number}", "addresses": []} for number in range(600)]
    users = [{"user": "ursula", **SEND_URSULA, "time_zone": "Europe/Rome"}, *others]
    await call("put_users", organization="acme", body={"users": users})


async def with_a_calendar_of_their_own_and_without(app: ComposedApp) -> None:
    await call("put_user", organization="acme", user="ursula", body={**SEND_URSULA, "has_calendar": True})
    await full_match(app)
    await run_for(app, timedelta(minutes=2))
    await call("put_user", organization="acme", user="ursula", body=SEND_URSULA)


async def old_orders(app: ComposedApp) -> None:
    ursula, tenant, user_id = ProductUserId("ursula"), MAILBOX.tenant, MAILBOX.user_id
    orders: list[AnyMessage] = [
        LookUpUsers(organization=ACME, users=(ursula,)),
        ConnectMailbox(organization=ACME, user=ursula, tenant=tenant, user_id=user_id),
        SyncMailbox(
            registration="organizations",
            tenant=tenant,
            user_id=user_id,
            queued_at=app.clock.now(),
            cause="notified",
        ),
    ]
    for order in orders:
        await carry_out(order)


async def trust_taken_away_and_given_back(app: ComposedApp) -> None:
    for script in (app.directory.script, app.microsoft.script):
        for operation in ("read_changes", "read_grant"):
            script.fail(operation, Disconnected("disabled", "app_disabled"))
    await run_for(app, timedelta(hours=1))
    assert (await the_connection())["state"] == "attention"
    for script in (app.directory.script, app.microsoft.script):
        script.heal()


async def organisation_disconnected_and_connected_again(app: ComposedApp) -> None:
    await disconnect()
    await run_for(app, timedelta(minutes=20))
    assert await user_state() == "opted_out"
    await confirmed(app)


async def account_disabled_and_enabled(app: ComposedApp) -> None:
    person = DirectoryUser(URSULA, "ursula@acme.example", "ursula@acme.example")
    app.directory.put(TENANT, replace(person, account_enabled=False))
    await run_for(app, timedelta(minutes=20))
    app.directory.put(TENANT, person)


async def weeks_gone_by(app: ComposedApp) -> None:
    app.clock.advance(timedelta(days=8))


WAYS = (
    full_match,
    change_in_the_directory,
    namesake_in_the_directory,
    sent_again,
    sent_changed,
    sent_with_another_address,
    sent_in_bulk,
    with_a_calendar_of_their_own_and_without,
    old_orders,
    trust_taken_away_and_given_back,
    organisation_disconnected_and_connected_again,
    account_disabled_and_enabled,
    weeks_gone_by,
)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_nothing_connects_whoever_opted_out(
    out: ComposedApp, way: Callable[[ComposedApp], Awaitable[None]]
) -> None:
    await way(out)
    await run_for(out, timedelta(hours=2))

    connections = (await call("list_connections", organization="acme")).json["connections"]
    assert "active" in {connection["state"] for connection in connections}
    assert await user_state() == "opted_out"
    assert (await ask(out))["reason"] == "not_connected"
    assert out.calendars.script.calls == []
    assert out.rows.rows_in("mailboxes") == 0
    assert out.subscriptions.live == {}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_whatever_went_by_a_reconnect_brings_the_calendar_back(
    out: ComposedApp, way: Callable[[ComposedApp], Awaitable[None]]
) -> None:
    await way(out)
    await run_for(out, timedelta(hours=2))

    await reconnect()
    await run_for(out, timedelta(minutes=2))

    assert await user_state() == "connected"


async def test_whoever_opted_out_is_not_used_to_try_whether_mailboxes_open(tenant: ComposedApp) -> None:
    tenant.microsoft.grant(TENANT, "User.Read.All")
    await confirmed(tenant)
    await run_for(tenant, timedelta(seconds=30))
    await opt_out()
    tenant.calendars.script.calls.clear()

    await run_for(tenant, timedelta(hours=1))

    assert tenant.calendars.script.calls == []
    assert (await the_connection())["state"] == "verifying"


async def test_whoever_opts_out_while_the_mailbox_is_read_for_the_first_time_is_not_connected(
    tenant: ComposedApp,
) -> None:
    is_reading, goes_on = asyncio.Event(), asyncio.Event()
    list_calendars = tenant.calendars.list_calendars

    async def slow(link: LinkKey) -> tuple[Calendar, ...]:
        is_reading.set()
        await goes_on.wait()
        return await list_calendars(link)

    tenant.calendars.list_calendars = slow  # type: ignore[method-assign]
    under_way = asyncio.create_task(connected(tenant))
    await is_reading.wait()
    await opt_out()
    goes_on.set()
    await under_way
    await run_for(tenant, timedelta(minutes=2))

    assert await user_state() == "opted_out"
    assert tenant.rows.rows_in("mailboxes") == 0


# --- coming back ---


async def test_a_reconnect_follows_the_pin_although_the_directory_renamed_the_person(out: ComposedApp) -> None:
    out.directory.put(TENANT, DirectoryUser(URSULA, MARRIED, MARRIED))
    out.directory.put(TENANT, DirectoryUser(NEWCOMER, "ursula@acme.example", "ursula@acme.example"))

    await reconnect()
    await run_for(out, timedelta(minutes=1))

    assert await user_state() == "connected"
    assert await stored_pin(out) == URSULA
    assert {call.about[0] for call in out.calendars.script.calls} == {str(MAILBOX)}


async def test_whoever_comes_back_after_the_directory_has_deleted_them_is_nobody_else(out: ComposedApp) -> None:
    out.directory.remove(TENANT, URSULA, permanently=True)
    out.directory.put(TENANT, DirectoryUser(NEWCOMER, "ursula@acme.example", "ursula@acme.example"))

    await reconnect()
    await run_for(out, timedelta(minutes=1))

    shown = (await call("get_user", organization="acme", user="ursula")).json
    assert (shown["state"], shown["reason"]) == ("no_match", "object_gone")


@pytest.mark.parametrize("looked_up_first", [True, False])
async def test_whoever_comes_back_while_the_directory_is_read_is_neither_gone_nor_a_loss(
    out: ComposedApp, looked_up_first: bool
) -> None:
    name = ConnectionId(str((await the_connection())["connection"]))
    await carry_out(SweepUsers(organization=ACME, connection=name))
    await carry_out(taken(out))  # the directory is read without looking for Ursula
    decide = taken(out)
    out.clock.advance(timedelta(seconds=1))
    await reconnect()
    if looked_up_first:
        out.clock.advance(timedelta(seconds=6))
        await drain(out)

    await carry_out(decide)
    await run_for(out, timedelta(minutes=1))

    assert await user_state() == "connected"
    assert (await the_connection())["held"] is None
    assert len(await audited("user.disconnected")) == 1


def taken(app: ComposedApp) -> AnyMessage:
    message = app.sent.take()
    assert isinstance(message, SweepUsers)
    return message


async def test_a_user_who_was_deleted_and_is_created_anew_starts_afresh(out: ComposedApp) -> None:
    await call("delete_user", organization="acme", user="ursula")
    await call("put_user", organization="acme", user="ursula", body=SEND_URSULA)
    await run_for(out, timedelta(minutes=1))

    assert await user_state() == "connected"


async def test_the_users_own_data_is_there_after_a_reconnect(out: ComposedApp) -> None:
    body = {**SEND_URSULA, "time_zone": "Asia/Tokyo"}
    await call("put_user", organization="acme", user="ursula", body=body)

    await reconnect()
    await run_for(out, timedelta(minutes=1))

    shown = (await call("get_user", organization="acme", user="ursula")).json
    assert (shown["state"], shown["time_zone"]) == ("connected", "Asia/Tokyo")


# --- shown ---


async def test_whoever_opted_out_is_listed_and_explained(out: ComposedApp) -> None:
    page = (await call("list_users", organization="acme", query={"status": UserState.OPTED_OUT.value})).json
    shown = page["users"][0]
    explained = (await call("explain_user", organization="acme", user="ursula")).json

    assert [each["user"] for each in page["users"]] == ["ursula"]
    assert (explained["state"], explained["since"]) == ("opted_out", shown["changed_at"])
    assert "disconnected" in explained["text"]
