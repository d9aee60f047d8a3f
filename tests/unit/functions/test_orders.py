"""A message that has to wait is not given up."""

from datetime import timedelta

import azure.functions as func
import pytest
from azure.functions.queue import QueueMessage  # as the worker makes it

from functions.calendar_sync import calendar_backfill
from functions.user_match import user_match
from shared_code.core.ids import OrganizationId, ProductUserId, TenantId, UserId
from shared_code.errors import TryLater, Unexpected
from shared_code.messages import LookUpUsers, ReleaseMailbox, encode
from tests.fakes.composed_app import ComposedApp
from tests.fakes.memory_rows import Operation

ORDER = LookUpUsers(organization=OrganizationId("acme"), users=(ProductUserId("anna"),))
RELEASE = ReleaseMailbox(
    organization=OrganizationId("acme"), user=ProductUserId("anna"), tenant=TenantId("t"), user_id=UserId("u")
)


def _at_try(number: int, order: LookUpUsers | ReleaseMailbox = ORDER) -> func.QueueMessage:
    return QueueMessage(id="m1", body=encode(order), dequeue_count=number)


def _refuse(orgcal: ComposedApp, error: Exception) -> None:
    def refuse(_: Operation) -> None:
        raise error

    orgcal.rows.on_operation = refuse


@pytest.mark.parametrize("tries", [1, 4])
async def test_the_first_tries_are_the_hosts(orgcal: ComposedApp, tries: int) -> None:
    _refuse(orgcal, TryLater("no answer"))

    with pytest.raises(TryLater):
        await user_match(_at_try(tries))

    assert orgcal.sent.sent == []


@pytest.mark.parametrize(("retry_after", "delay"), [(None, 60), (timedelta(seconds=7), 7)])
async def test_then_a_successor_takes_the_place(orgcal: ComposedApp, retry_after: timedelta | None, delay: int) -> None:
    _refuse(orgcal, TryLater("no answer", retry_after))

    await user_match(_at_try(5))
    await calendar_backfill(_at_try(5, RELEASE))

    assert [(sent.message, sent.delay) for sent in orgcal.sent.sent] == [
        (ORDER, timedelta(seconds=delay)),
        (RELEASE, timedelta(seconds=delay)),
    ]


async def test_a_message_is_kept_while_the_queue_does_not_answer_either(orgcal: ComposedApp) -> None:
    _refuse(orgcal, TryLater("no answer"))

    def deaf(_: object) -> None:
        raise TryLater("the queue as little")

    orgcal.sent.on_send = deaf

    with pytest.raises(TryLater):
        await user_match(_at_try(5))


async def test_what_is_broken_for_good_comes_to_its_end(orgcal: ComposedApp) -> None:
    _refuse(orgcal, Unexpected("a row of another release"))

    with pytest.raises(Unexpected):
        await user_match(_at_try(8))

    assert orgcal.sent.sent == []
