"""People's own accounts as a sign-in leaves them, and what became of them."""

from dataclasses import replace

from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId, UserId
from shared_code.core.personal_account import CONSUMERS, PersonalAccount, PersonalState
from shared_code.core.product_user import ProductUser
from shared_code.core.roster import standing
from shared_code.flows.telling import told
from tests.fakes.composed_app import ComposedApp

ACME = OrganizationId("acme")
OUTLOOK = UserId("00000000-0000-0000-c26e-3d1a5b7f9c01")


async def find_user(app: ComposedApp, user: str = "ursula") -> ProductUser:
    stored = await app._users.find(ACME, ProductUserId(user))
    assert stored is not None
    return stored.value


async def give_account(
    app: ComposedApp,
    user: str = "ursula",
    name: str = "own-1",
    state: PersonalState = PersonalState.CONNECTED,
    account: str = "ursula@outlook.com",
) -> PersonalAccount:
    """Signed in, confirmed and read."""
    stored = await app._users.find(ACME, ProductUserId(user))
    assert stored is not None
    now = app.clock.now()
    given = PersonalAccount(ConnectionId(name), CONSUMERS, UserId(OUTLOOK[:-1] + name[-1]), account, state, now, now)
    changed = standing(replace(stored.value, personal=(*stored.value.personal, given)), now)
    assert not await app._users.save([told(stored, changed)])
    app.calendars.add_mailbox(given.mailbox)
    return given


async def accounts(app: ComposedApp, user: str = "ursula") -> dict[str, tuple[str, str | None]]:
    """State and reason by connection."""
    return {
        account.connection: (str(account.state), account.reason and str(account.reason))
        for account in (await find_user(app, user)).personal
    }
