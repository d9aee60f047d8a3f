"""Microsoft refuses a booking because it has shut the mailbox: whoever asks is told, and so does everybody know."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
import pytest_asyncio

from shared_code.core.ids import LinkKey, MailboxKey, ProductUserId
from shared_code.core.personal_account import PersonalReason
from shared_code.errors import Disconnected, NoMailbox, OrgcalError, Refused, TryLater
from shared_code.flows.booking_finding import settle_order
from shared_code.messages import AnyMessage, SyncMailbox
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.booking_calls import (
    ACME,
    book,
    booker,
    cancel,
    forget_traces,
    get,
    lose_answer,
    mailbox_of,
    meeting,
    put,
    tomorrow,
    writes,
)
from tests.unit.functions.browser import Answered, call
from tests.unit.functions.orders import carry_out, drain, run_for
from tests.unit.functions.own_accounts import accounts, find_user, read_account, write_to

__all__ = ["booker"]
pytestmark = pytest.mark.by_hand

REVOKED = Disconnected("by script", PersonalReason.REVOKED)
WRITES = ("create", "change", "cancel", "read", "find_marked", "allows_teams")


@pytest_asyncio.fixture
async def own(booker: ComposedApp) -> MailboxKey:
    """An Outlook.com account of Anna's, which takes her meetings."""
    mailbox = await read_account(booker, "anna", "own-1", "anna@outlook.example")
    await write_to(mailbox, "anna")
    await run_for(booker, timedelta(minutes=1))
    _forget(booker)
    return mailbox


def _shut(app: ComposedApp, mailbox: MailboxKey, error: OrgcalError) -> None:
    """To whoever reads or writes."""
    for operation in WRITES:
        app.events.script.fail(operation, error, about=str(mailbox))
    for operation in ("read_window", "list_calendars"):
        app.calendars.script.fail(operation, error, about=str(mailbox))


def _forget(app: ComposedApp) -> None:
    forget_traces(app)
    app.sent.sent.clear()


def _reads_ordered(app: ComposedApp, mailbox: MailboxKey) -> int:
    return sum(isinstance(one, SyncMailbox) and one.mailbox == mailbox for one in app.sent.messages)


async def _available(app: ComposedApp) -> tuple[bool, str | None]:
    window = {"start": tomorrow(app, 0).isoformat(), "end": tomorrow(app, 24).isoformat()}
    (said,) = (await call("ask_availability", organization=ACME, body={"users": ["anna"], **window})).json["users"]
    return said["complete"], said["reason"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (REVOKED, "revoked"),
        (Disconnected("by script", PersonalReason.INACTIVE), "inactive"),
        (Refused("403"), "access_denied"),
        (NoMailbox("404"), "mailbox_missing"),
    ],
)
async def test_an_account_that_refuses_a_booking_needs_its_owner_from_then_on(
    booker: ComposedApp, own: MailboxKey, error: OrgcalError, reason: str
) -> None:
    _shut(booker, own, error)

    refused = await put(meeting(booker))
    await drain(booker)

    assert (refused.status, refused.problem) == (409, "not-connected")
    assert await accounts(booker, "anna") == {"own-1": ("needs_reconnect", reason)}
    assert await _available(booker) == (False, "needs_reconnect")


async def test_once_an_account_is_known_to_need_its_owner_no_booking_asks_microsoft(
    booker: ComposedApp, own: MailboxKey
) -> None:
    _shut(booker, own, REVOKED)
    await put(meeting(booker))
    await drain(booker)
    _forget(booker)

    refused = [await put(meeting(booker), name) for name in ("b-1", "b-2")]

    assert [answer.json["fields"]["why"] for answer in refused] == ["revoked"] * 2
    assert (writes(booker), booker.calendars.script.calls) == ([], [])
    assert _reads_ordered(booker, own) == 0


async def test_however_many_bookings_are_refused_the_mailbox_is_read_once(booker: ComposedApp, own: MailboxKey) -> None:
    _shut(booker, own, REVOKED)

    for name in ("b-1", "b-2", "b-3", "b-4", "b-5"):
        await put(meeting(booker), name)
    await drain(booker)
    await run_for(booker, timedelta(minutes=30))

    asked = [one for one in booker.calendars.script.calls if str(own) in one.about]
    assert [one.operation for one in asked] == ["read_window"]


async def test_a_door_that_is_shut_to_writing_alone_is_read_at_the_reads_own_pace(
    booker: ComposedApp, own: MailboxKey
) -> None:
    booker.events.script.fail("create", Refused("403"))

    for name in ("b-1", "b-2", "b-3", "b-4", "b-5"):
        assert (await put(meeting(booker), name)).status == 409
    await drain(booker)
    await run_for(booker, timedelta(minutes=30))

    asked = [one for one in booker.calendars.script.calls if str(own) in one.about]
    assert len(asked) <= 2
    assert await accounts(booker, "anna") == {"own-1": ("connected", None)}


@pytest.mark.parametrize(
    ("error", "state"),
    [(Refused("403"), "excluded_by_policy"), (NoMailbox("404"), "no_mailbox")],
    ids=lambda value: type(value).__name__,
)
async def test_a_mailbox_of_the_organization_that_refuses_a_booking_is_known_to_be_shut(
    booker: ComposedApp, error: OrgcalError, state: str
) -> None:
    _shut(booker, mailbox_of("ben"), error)

    refused = await put(meeting(booker, host="ben"))
    await drain(booker)

    assert (refused.status, refused.problem) == (409, "not-connected")
    assert (await find_user(booker, "ben")).state == state


async def test_a_tenant_that_refuses_a_booking_is_known_to_have_withdrawn_its_consent(booker: ComposedApp) -> None:
    _shut(booker, mailbox_of("ben"), Disconnected("401", "consent_missing"))

    await put(meeting(booker, host="ben"))
    await drain(booker)

    records = await booker._organizations.find(ACME)
    assert records is not None
    assert [stored.value.state for stored in records.connections] == ["attention"]


async def _change(app: ComposedApp) -> Answered:
    return await put(meeting(app, 15))


async def _go_online(app: ComposedApp) -> Answered:
    return await put(meeting(app, online_meeting="teams"))


async def _cancel(_: ComposedApp) -> Answered:
    return await cancel()


@pytest.mark.parametrize("act", [_change, _go_online, _cancel])
async def test_whatever_is_asked_of_a_booking_finds_out(
    booker: ComposedApp, own: MailboxKey, act: Callable[[ComposedApp], Awaitable[Answered]]
) -> None:
    await book(booker)
    await drain(booker)
    _forget(booker)
    _shut(booker, own, REVOKED)

    refused = await act(booker)

    assert refused.json["fields"] == {"user": "anna", "why": "revoked"}
    assert _reads_ordered(booker, own) == 1


async def test_what_was_left_open_and_cannot_be_settled_finds_out(booker: ComposedApp, own: MailboxKey) -> None:
    lose_answer(booker, "create")
    await put(meeting(booker))
    booker.clock.advance(timedelta(minutes=20))
    _shut(booker, own, REVOKED)
    _forget(booker)

    key = LinkKey(own, ACME, ProductUserId("anna"))
    (entry,) = await booker._booking_index.list(ACME)
    await carry_out(settle_order(key, entry.booking))

    assert _reads_ordered(booker, own) == 1
    assert (await get()).json["state"] == "creating"


@pytest.mark.parametrize("error", [REVOKED, Refused("403"), NoMailbox("404")])
async def test_a_queue_that_is_down_changes_nothing_of_the_answer(
    booker: ComposedApp, own: MailboxKey, error: OrgcalError, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(message: AnyMessage) -> None:
        if isinstance(message, SyncMailbox):
            raise TryLater("the queue is down")

    _shut(booker, own, error)
    booker.sent.on_send = fail

    refused = await put(meeting(booker))

    assert (refused.status, refused.problem) == (409, "not-connected")
    assert "read_not_ordered" in caplog.text
    assert (await get()).problem == "booking-not-found"
