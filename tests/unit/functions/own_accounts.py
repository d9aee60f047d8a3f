"""People's own accounts as a sign-in leaves them, and what became of them."""

from dataclasses import replace

from shared_code.core.ids import ConnectionId, LinkKey, MailboxKey, OrganizationId, ProductUserId, UserId
from shared_code.core.personal_account import CONSUMERS, PersonalAccount, PersonalState
from shared_code.core.product_user import ProductUser
from shared_code.core.roster import standing
from shared_code.flows.mailbox_connect import connect_of
from shared_code.flows.telling import told
from tests.fakes.composed_app import ComposedApp
from tests.fakes.fake_calendars import default_calendar
from tests.unit.functions.browser import call
from tests.unit.functions.orders import drain

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


async def read_account(app: ComposedApp, user: str, name: str, called: str) -> MailboxKey:
    """Given to them, and read by its own order."""
    account = await give_account(app, user, name, PersonalState.PENDING, called)
    await app.sent.send(connect_of(LinkKey(account.mailbox, ACME, ProductUserId(user))))
    await drain(app)
    return account.mailbox


async def write_to(mailbox: MailboxKey, user: str) -> None:
    """Their meetings go into its main calendar from now on."""
    body = {"write_calendar": default_calendar(mailbox)}
    answered = await call("put_settings", organization=ACME, user=user, body=body, by=user)
    assert answered.status == 200, answered.text


async def accounts(app: ComposedApp, user: str = "ursula") -> dict[str, tuple[str, str | None]]:
    """State and reason by connection."""
    return {
        account.connection: (str(account.state), account.reason and str(account.reason))
        for account in (await find_user(app, user)).personal
    }
