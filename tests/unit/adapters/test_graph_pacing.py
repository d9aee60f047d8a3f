"""A tenant that asks to be left alone is, and a directory whose limit is near gets a rest before it refuses."""

from datetime import datetime, timedelta

import pytest

from shared_code.adapters.graph.http import Answer, Asked, Question
from shared_code.adapters.graph.pacing import MOST_REMEMBERED, NEAR, REST, Pacing
from shared_code.core.ids import TenantId
from shared_code.errors import Throttled
from tests.unit.adapters.graph_transport import NOW, TENANT

OTHER_TENANT = TenantId("33333333-3333-4333-8333-333333333333")


def about(asked: Asked = Asked.DIRECTORY, tenant: TenantId = TENANT) -> Question:
    return Question(tenant, asked, f"tenant {tenant}")


def told(**headers: str) -> Answer:
    return Answer(200, {name.replace("_", "-"): value for name, value in headers.items()}, b"{}")


def refusal_of(pacing: Pacing, question: Question, now: datetime) -> Throttled | None:
    try:
        pacing.check(question, now)
    except Throttled as error:
        return error
    return None


@pytest.mark.parametrize(("share", "rests"), [("0.79", False), (str(NEAR), True), ("1.8", True), ("much", False)])
def test_a_directory_rests_when_its_limit_is_near(share: str, rests: bool) -> None:
    pacing = Pacing()

    pacing.learn(about(), told(x_ms_throttle_limit_percentage=share), NOW)

    refused = refusal_of(pacing, about(Asked.DIRECTORY_LINK), NOW)
    assert (refused is not None) == rests
    if refused is not None:
        assert (refused.retry_after, refused.whole_tenant) == (REST, False)


def test_the_rest_is_over_in_time() -> None:
    pacing = Pacing()
    pacing.learn(about(), told(x_ms_throttle_limit_percentage="0.9"), NOW)

    assert refusal_of(pacing, about(), NOW + REST) is None


def test_while_a_directory_rests_its_mailboxes_and_other_tenants_are_asked() -> None:
    pacing = Pacing()
    pacing.learn(about(), told(x_ms_throttle_limit_percentage="0.9"), NOW)

    assert refusal_of(pacing, about(Asked.CALENDAR), NOW) is None
    assert refusal_of(pacing, about(tenant=OTHER_TENANT), NOW) is None


@pytest.mark.parametrize("asked", list(Asked))
def test_a_throttled_tenant_is_not_asked_anything_before_its_time(asked: Asked) -> None:
    pacing = Pacing()
    pacing.hold(about(), Throttled("busy", timedelta(seconds=2.128), whole_tenant=True), NOW)

    refused = refusal_of(pacing, about(asked), NOW + timedelta(seconds=2))

    assert refused is not None
    assert (refused.retry_after, refused.whole_tenant) == (timedelta(seconds=0.128), True)
    assert refusal_of(pacing, about(asked), NOW + timedelta(seconds=2.128)) is None
    assert refusal_of(pacing, about(asked, OTHER_TENANT), NOW) is None


@pytest.mark.parametrize(
    "error",
    [Throttled("one mailbox", timedelta(minutes=1)), Throttled("no time named", None, whole_tenant=True)],
    ids=str,
)
def test_one_mailboxs_limit_or_no_time_at_all_holds_nobody_else_up(error: Throttled) -> None:
    pacing = Pacing()

    pacing.hold(about(Asked.CALENDAR), error, NOW)

    assert refusal_of(pacing, about(Asked.CALENDAR), NOW) is None


def test_a_later_and_shorter_time_does_not_end_a_longer_one() -> None:
    pacing = Pacing()
    for seconds in (60, 10):
        pacing.hold(about(), Throttled("busy", timedelta(seconds=seconds), whole_tenant=True), NOW)

    assert refusal_of(pacing, about(), NOW + timedelta(seconds=59)) is not None


def test_what_is_over_is_forgotten() -> None:
    pacing = Pacing()
    for number in range(2 * MOST_REMEMBERED):
        error = Throttled("busy", timedelta(seconds=1), whole_tenant=True)
        pacing.hold(about(tenant=TenantId(str(number))), error, NOW + timedelta(seconds=number))

    assert len(pacing._until) <= MOST_REMEMBERED
