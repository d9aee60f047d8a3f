"""What only people's own accounts have: others' calendars and the internet's, and a token that may be refused."""

from datetime import UTC, datetime, timedelta

import pytest

from shared_code.core.ids import MailboxKey
from shared_code.core.intervals import Interval
from shared_code.core.offered_calendars import offer
from shared_code.core.personal_account import PersonalReason
from shared_code.core.personal_steps import reason_of_refusal
from shared_code.errors import Disconnected
from tests.contract.adapters import adapters, link_to
from tests.contract.own_adapters import OwnAdapters, own_adapters

__all__ = ["adapters", "own_adapters"]

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
WEEK = Interval(MONDAY, MONDAY + timedelta(days=7))


async def add_calendar(own: OwnAdapters, mailbox: MailboxKey, **properties: object) -> None:
    path = f"/tenants/{mailbox.tenant}/people/{mailbox.user_id}/calendars"
    await own.contoso.control("POST", path, properties)


async def test_shared_and_internet_calendars_are_listed_and_read_and_known_not_to_notify(
    own_adapters: OwnAdapters,
) -> None:
    mailbox = await own_adapters.add_person()
    bob = {"name": "Bob", "address": "bob@contoso.example"}
    await add_calendar(own_adapters, mailbox, name="Mine", canEdit=True)
    await add_calendar(own_adapters, mailbox, name="Bob's", source="shared", owner=bob, canEdit=True)
    await add_calendar(own_adapters, mailbox, name="Holidays", source="internet")

    named = await own_adapters.calendars.list_named(link_to(mailbox))
    names = {each.calendar.calendar: each.name for each in named}
    linked = offer(mailbox, [each.calendar for each in named])
    windows = [await own_adapters.calendars.read_window(link_to(mailbox), each.calendar, WEEK) for each in linked]

    polled = {names[each.calendar] for each in linked if not each.notifies}
    assert polled == {"Bob's", "Holidays"}
    assert len(linked) == 4
    assert windows == [()] * 4


async def test_consent_that_was_withdrawn_shuts_the_account_with_its_reason(own_adapters: OwnAdapters) -> None:
    mailbox = await own_adapters.add_person()
    path = f"/tenants/{mailbox.tenant}/people/{mailbox.user_id}/consents/{own_adapters.accounts.client_id}"
    await own_adapters.calendars.list_calendars(link_to(mailbox))

    await own_adapters.contoso.control("DELETE", path)
    expired = {"status": 401, "code": "InvalidAuthenticationToken"}
    await own_adapters.fault({"kind": "calendars", "user": mailbox.user_id}, expired, times=1)
    with pytest.raises(Disconnected) as caught:
        await own_adapters.calendars.list_calendars(link_to(mailbox))

    assert reason_of_refusal(caught.value.reason) is PersonalReason.CONSENT_REQUIRED
