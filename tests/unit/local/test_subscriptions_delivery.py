"""How posts are delivered: in time, again, late, or not at all."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from local.microsoft365.delivery import send, take_due
from tests.unit.local.subscribed_world import Subscribed

FOUR_HOURS = 4 * 3600


@pytest.fixture
async def contoso() -> AsyncIterator[Subscribed]:
    inside = Subscribed()
    async with inside.client:
        yield inside


async def outcomes(contoso: Subscribed, kind: str = "change") -> list[tuple[str, int]]:
    posts = (await contoso.control("GET", "/notifications"))["posts"]
    return [(each["outcome"], each["attempt"]) for each in posts if each["kind"] == kind]


async def settings(contoso: Subscribed, **settings: Any) -> None:
    await contoso.control("PATCH", "/settings", settings)


async def test_an_answer_in_time_is_the_end_of_it(contoso: Subscribed) -> None:
    await contoso.subscribe()
    contoso.endpoint.seconds = 3

    contoso.meet()
    await contoso.pump()

    assert await outcomes(contoso) == [("delivered", 1)]
    assert await contoso.pump(after=FOUR_HOURS) == []


@pytest.mark.parametrize(("status", "seconds"), [(503, 0.0), (404, 0.0), (302, 0.0), (202, 3.1), (202, 10.0)])
async def test_any_other_answer_brings_it_again(contoso: Subscribed, status: int, seconds: float) -> None:
    await contoso.subscribe()
    contoso.endpoint.status, contoso.endpoint.seconds = status, seconds
    contoso.meet()
    (first,) = await contoso.pump()
    contoso.endpoint.status, contoso.endpoint.seconds = 202, 0

    early = await contoso.pump(after=9)
    (second,) = await contoso.pump(after=1)

    assert (early, second) == ([], first)
    assert await outcomes(contoso) == [("retried", 1), ("delivered", 2)]


async def test_a_repeated_attempt_has_ten_seconds(contoso: Subscribed) -> None:
    await contoso.subscribe()
    contoso.endpoint.seconds = 9
    contoso.meet()

    await contoso.pump()
    await contoso.pump(after=10)

    assert await outcomes(contoso) == [("retried", 1), ("delivered", 2)]


async def test_pauses_double_until_four_hours_are_over_and_then_something_was_missed(contoso: Subscribed) -> None:
    await contoso.subscribe()
    contoso.endpoint.status = 500
    contoso.meet()

    pauses = [0.0]
    await contoso.pump()
    while (due_at := contoso.world.mailroom.outbox.next_due_at) is not None and len(pauses) < 20:
        pauses.append((due_at - contoso.clock.now()).total_seconds())
        contoso.endpoint.status = 500 if sum(pauses) < 10_000 else 202
        await contoso.pump(after=pauses[-1])

    assert pauses[:5] == [0, 10, 20, 40, 80]
    assert sum(pauses) <= FOUR_HOURS
    assert (await outcomes(contoso))[-1][0] == "delivered"


async def test_what_is_given_up_is_reported_as_missed(contoso: Subscribed) -> None:
    subscription = await contoso.subscribe()
    contoso.endpoint.status = 500
    contoso.meet()
    for _ in range(3):
        await contoso.pump(after=3 * 3600)
    contoso.endpoint.status = 202

    (last,) = await contoso.pump(after=10)

    assert await outcomes(contoso) == [("retried", 1), ("retried", 2), ("given_up", 3)]
    assert (last["lifecycleEvent"], last["subscriptionId"]) == ("missed", subscription.id)


async def test_missed_may_stay_unsaid(contoso: Subscribed) -> None:
    await settings(contoso, missed_notices=False)
    await contoso.subscribe()
    contoso.endpoint.status = 500
    contoso.meet()

    for _ in range(3):
        await contoso.pump(after=3 * 3600)

    assert (await outcomes(contoso))[-1] == ("given_up", 3)
    assert await outcomes(contoso, "lifecycle") == []


async def test_one_in_ten_answers_too_slow_makes_new_notifications_late(contoso: Subscribed) -> None:
    await settings(contoso, endpoint_sample=10)
    await contoso.subscribe()
    for number in range(10):
        contoso.endpoint.seconds = 4 if number < 2 else 0
        contoso.meet()
        await contoso.pump()
    await contoso.pump(after=10)

    contoso.meet()

    assert await contoso.pump(after=590) == []
    assert len(await contoso.pump(after=10)) == 1


@pytest.mark.parametrize(("too_slow", "leaves_at_once"), [(2, True), (3, False)], ids=["8 %", "12 %"])
async def test_up_to_one_slow_answer_in_ten_is_forgiven(
    contoso: Subscribed, too_slow: int, leaves_at_once: bool
) -> None:
    await settings(contoso, endpoint_sample=25)
    await contoso.subscribe()
    for number in range(25):
        contoso.endpoint.seconds = 4 if number < too_slow else 0
        contoso.meet()
        await contoso.pump()

    contoso.meet()

    assert len(await contoso.pump()) == leaves_at_once


async def test_slowness_is_forgiven_after_ten_minutes(contoso: Subscribed) -> None:
    await settings(contoso, endpoint_sample=10)
    await contoso.subscribe()
    for number in range(10):
        contoso.endpoint.seconds = 4 if number < 2 else 0
        contoso.meet()
        await contoso.pump()
    await contoso.pump(after=10)

    await contoso.pump(after=600)
    contoso.meet()

    assert len(await contoso.pump()) == 1


async def test_answers_slower_than_ten_seconds_have_new_notifications_thrown_away(contoso: Subscribed) -> None:
    await settings(contoso, endpoint_sample=10)
    subscription = await contoso.subscribe()
    for number in range(10):
        contoso.endpoint.seconds = 10 if number < 2 else 0
        contoso.meet()
        await contoso.pump()
    await contoso.pump(after=10)

    contoso.meet()
    (missed,) = await contoso.pump(after=580)
    contoso.meet()
    after_all = await contoso.pump(after=20)
    contoso.meet()
    again = await contoso.pump()

    assert (missed["lifecycleEvent"], missed["subscriptionId"]) == ("missed", subscription.id)
    assert [each.get("lifecycleEvent") for each in after_all] == ["missed"]
    assert [each.get("changeType") for each in again] == ["created"]
    assert (await outcomes(contoso)).count(("discarded", 1)) == 2


async def test_after_ten_minutes_a_few_probe_an_endpoint_that_dropped(contoso: Subscribed) -> None:
    await settings(contoso, endpoint_sample=10)
    await contoso.subscribe(lifecycleNotificationUrl=None)
    for number in range(10):
        contoso.endpoint.seconds = 10 if number < 2 else 0
        contoso.meet()
        await contoso.pump()
    await contoso.pump(after=20)

    contoso.clock.advance(timedelta(minutes=10))
    probed = (await contoso.control("GET", "/notifications/waiting"))["endpoints"]
    for _ in range(5):
        contoso.meet()
    contoso.endpoint.seconds = 10
    probes = await contoso.pump()
    contoso.meet()
    still_slow = (await contoso.control("GET", "/notifications/waiting"))["endpoints"]

    assert (probed, still_slow) == ({"app.example": "probed"}, {"app.example": "dropping"})
    assert len(probes) == 3
    assert (await outcomes(contoso)).count(("discarded", 1)) == 3


async def test_a_post_under_way_can_be_seen(contoso: Subscribed) -> None:
    await contoso.subscribe()
    contoso.meet()
    posts = take_due(contoso.world)

    before = await contoso.control("GET", "/notifications/waiting")
    for post in posts:
        await send(contoso.world, post)
    after = await contoso.control("GET", "/notifications/waiting")

    assert (before["waiting"], before["leaving"], after["leaving"]) == (0, 1, 0)


async def test_few_answers_say_nothing_about_an_endpoint(contoso: Subscribed) -> None:
    await contoso.subscribe()
    contoso.endpoint.seconds = 10
    for _ in range(99):
        contoso.meet()
    await contoso.pump()
    contoso.endpoint.seconds = 0

    contoso.meet()

    assert len(await contoso.pump()) == 1


async def test_a_lapsed_token_holds_notifications_until_it_is_renewed(contoso: Subscribed) -> None:
    subscription = await contoso.subscribe()
    await settings(contoso, reauthorization_notice_seconds=0)
    await contoso.pump(after=86_400)
    contoso.meet()
    held = await contoso.pump()

    await contoso.graph("POST", f"/{subscription.id}/reauthorize")

    (told,) = await contoso.pump(after=10)
    assert (held, told["changeType"]) == ([], "created")
    assert await outcomes(contoso) == [("held", 1), ("delivered", 2)]


async def test_a_token_that_stays_lapsed_loses_notifications(contoso: Subscribed) -> None:
    await contoso.subscribe()
    await contoso.pump(after=86_400)
    contoso.meet()
    told = [item for _ in range(40) for item in await contoso.pump(after=600)]

    assert {each["lifecycleEvent"] for each in told} == {"reauthorizationRequired", "missed"}
    assert (await outcomes(contoso))[-1][0] == "given_up"


async def test_a_broken_connection_counts_as_no_answer(contoso: Subscribed) -> None:
    await contoso.subscribe(lifecycleNotificationUrl=None)
    contoso.world.outbound._trust, contoso.world.outbound._transport = None, None
    await contoso.world.outbound.aclose()
    for each in contoso.world.subscriptions:
        each.notification_url = "https://127.0.0.1:1/notifications"

    contoso.meet()
    await contoso.pump()

    (post,) = [each for each in (await contoso.control("GET", "/notifications"))["posts"] if each["kind"] == "change"]
    assert (post["outcome"], post["status"]) == ("retried", None)
    await contoso.world.outbound.aclose()


async def test_waiting_posts_can_be_seen_and_forgotten(contoso: Subscribed) -> None:
    await contoso.subscribe()
    await contoso.control("PUT", "/notifications/script", {"delay_seconds": 60})
    contoso.meet()

    before = await contoso.control("GET", "/notifications/waiting")
    await contoso.control("DELETE", "/notifications/waiting")
    after = await contoso.control("GET", "/notifications/waiting")

    assert (before["waiting"], before["next_due_at"], after["waiting"]) == (1, "2026-03-02T09:01:00Z", 0)
    assert await contoso.pump(after=60) == []
