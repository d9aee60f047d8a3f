"""An Outlook account of Ursula's own beside her organisation's mailbox, with calendars of hers and of others."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from shared_code.adapters.tables.mailboxes import TableMailboxes
from shared_code.adapters.tables.product_users import TableProductUsers
from shared_code.core.calendar import Calendar, CalendarState, Event, ShowAs
from shared_code.core.ids import CalendarId, ConnectionId, LinkKey, MailboxKey, OrganizationId, ProductUserId, UserId
from shared_code.core.intervals import Interval
from shared_code.core.mailbox import Lease, Link
from shared_code.core.offered_calendars import used_of
from shared_code.core.packing import pack
from shared_code.core.personal_account import CONSUMERS, PersonalAccount, PersonalState
from shared_code.core.product_user import ProductUser, UserState
from shared_code.core.settings import CalendarChoice
from shared_code.core.windows import read_window
from shared_code.mailbox_ports import LinkChange
from shared_code.ports import Stored, UserChange
from tests.fakes.composed_app import ComposedApp

ACME, WHO = OrganizationId("acme"), ProductUserId("ursula")
OWN_CONNECTION = ConnectionId("own")
OWN_MAILBOX = MailboxKey("personal", CONSUMERS, UserId("00000000-0000-0000-4444-000000000001"))
OWN_LINK = LinkKey(OWN_MAILBOX, ACME, WHO)
_ADDRESS = "ursula@outlook.example"
PRIVATE = Calendar(CalendarId("private"), is_default=True, can_edit=True, owner_address=_ADDRESS)
BAND = Calendar(CalendarId("band"), is_default=False, can_edit=True, owner_address=_ADDRESS)
SCHOOL = Calendar(CalendarId("school"), is_default=False, can_edit=True, owner_address="school@outlook.example")


async def add_own_account(app: ComposedApp, *, state: PersonalState = PersonalState.CONNECTED) -> None:
    """It was just read; tomorrow it is busy from 8 to half past."""
    now, calendars = app.clock.now(), (PRIVATE, BAND, SCHOOL)
    app.calendars.add_mailbox(OWN_MAILBOX, *calendars)
    start = (now + timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)
    event = Event("dentist", None, Interval(start, start + timedelta(minutes=30)), ShowAs.BUSY)
    app.calendars.put(OWN_MAILBOX, PRIVATE.calendar, event)
    account = PersonalAccount(OWN_CONNECTION, CONSUMERS, OWN_MAILBOX.user_id, _ADDRESS, state, now, now)
    await change_ursula(app, personal=(account,))
    await _link(app, calendars, event)


async def change_ursula(app: ComposedApp, **changes: object) -> None:
    stored = await _stored(app)
    changed = replace(stored.value, **changes)  # type: ignore[arg-type]
    assert await TableProductUsers(app.rows).save([UserChange(stored, changed)]) == ()


async def change_account(app: ComposedApp, **changes: object) -> None:
    (account,) = (await ursula(app)).personal
    await change_ursula(app, personal=(replace(account, **changes),))  # type: ignore[arg-type]


async def ursula(app: ComposedApp) -> ProductUser:
    return (await _stored(app)).value


async def have_only_own(app: ComposedApp) -> None:
    """As if nobody in the directory had ever been found for her."""
    await change_ursula(app, match=None, state=UserState.PERSONAL, reason="has_own_account")


async def _stored(app: ComposedApp) -> Stored[ProductUser]:
    stored = await TableProductUsers(app.rows).find(ACME, WHO)
    assert stored is not None
    return stored


async def _link(app: ComposedApp, calendars: Sequence[Calendar], event: Event) -> None:
    now, mailboxes = app.clock.now(), TableMailboxes(app.rows)
    window = read_window(OWN_MAILBOX, now, app.settings.window_days)
    read = tuple(
        replace(each, state=CalendarState.OK, read_at=now, window=window, events=1) if each.checked else each
        for each in used_of(OWN_MAILBOX, calendars, CalendarChoice(takes_meetings=False))
    )
    lease = await mailboxes.create_lease(Lease(OWN_MAILBOX, created_at=now))
    link = Link(OWN_LINK, OWN_CONNECTION, now, calendars=read)
    await mailboxes.commit(lease, lease.value, [LinkChange(None, link, {PRIVATE.calendar: pack([event])})])
