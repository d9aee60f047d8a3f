"""An organization that manages no calendars for its people, and one that does so again."""

from datetime import timedelta

from shared_code.core.directory import DirectoryUser
from shared_code.core.ids import MailboxKey, UserId
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.browser import call
from tests.unit.functions.calendar_choices import put_policy
from tests.unit.functions.orders import run_for
from tests.unit.functions.test_connection_life import connected, tenant, the_connection, user_state
from tests.unit.functions.test_consent import TENANT

__all__ = ["tenant"]

NORA = UserId("7e2c0a8e-3b39-4d7a-8f3f-1b8a9a3d0007")
SEND_NORA = {"addresses": [{"address": "nora@acme.example", "verified": True}]}


def add_nora(app: ComposedApp) -> MailboxKey:
    app.directory.put(TENANT, DirectoryUser(NORA, "nora@acme.example", "nora@acme.example"))
    mailbox = MailboxKey("organizations", TENANT, NORA)
    app.calendars.add_mailbox(mailbox)
    return mailbox


async def explained(user: str) -> str:
    return str((await call("explain_user", organization="acme", user=user)).json["reason"])


async def test_whoever_is_connected_stays_and_nobody_new_is_connected_or_read(tenant: ComposedApp) -> None:
    await connected(tenant)
    nora = add_nora(tenant)

    await put_policy(admin_managed=False)
    await call("put_user", organization="acme", user="nora", body=SEND_NORA)
    await run_for(tenant, timedelta(hours=3))

    assert (await user_state(), await user_state("nora")) == ("connected", "no_match")
    assert await explained("nora") == "not_admin_managed"
    assert not any(str(nora) in call.about for call in tenant.calendars.script.calls)


async def test_a_consent_alone_connects_nobody(tenant: ComposedApp) -> None:
    await put_policy(admin_managed=False)

    await connected(tenant)

    assert (await the_connection())["state"] == "active"
    assert await explained("ursula") == "not_admin_managed"
    assert tenant.calendars.script.calls == []


async def test_turned_on_again_it_connects_those_who_waited_within_minutes(tenant: ComposedApp) -> None:
    await put_policy(admin_managed=False)
    await connected(tenant)

    await put_policy(admin_managed=True)
    await run_for(tenant, timedelta(minutes=3))

    assert await user_state() == "connected"


async def test_whoever_disconnected_comes_back_by_their_own_reconnect(tenant: ComposedApp) -> None:
    await connected(tenant)
    await call("disconnect_user", organization="acme", user="ursula", by="ursula")
    await run_for(tenant, timedelta(minutes=2))

    await put_policy(admin_managed=False)
    await call("reconnect_user", organization="acme", user="ursula", by="ursula")
    await run_for(tenant, timedelta(minutes=3))

    assert await user_state() == "connected"
