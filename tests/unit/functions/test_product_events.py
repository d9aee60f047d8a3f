"""From a state that changed to a product that knows: passed on, delivered, listed, replayed."""

import asyncio
from datetime import datetime, timedelta

import azure.functions as func
import pytest

from functions.product_delivery import product_delivery
from functions.user_match_sweep import user_match_sweep
from shared_code.adapters.tables.names import PRODUCT_EVENTS, USERS
from shared_code.adapters.tables.outbox import outbox_rows
from shared_code.adapters.tables.product_events import TableProductEvents
from shared_code.core.delivery import Answer
from shared_code.core.ids import OrganizationId
from shared_code.core.product_event import EventType, ProductEvent, new_event
from shared_code.errors import TryLater
from shared_code.messages import AnyMessage, DeliverEvent, RelayEvents, encode
from shared_code.order_queues import USER_MATCH
from tests.fakes.composed_app import ComposedApp
from tests.fakes.memory_rows import Operation
from tests.unit.functions.browser import call
from tests.unit.functions.orders import carry_out, drain, run_for

pytestmark = pytest.mark.by_hand  # events of users who are not there

ACME = OrganizationId("acme")
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
RELAY = RelayEvents(table="users", partition="acme")


def happened(app: ComposedApp, cause: str, kind: EventType = EventType.USER_CONNECTED) -> ProductEvent:
    return new_event(kind, ACME, app.clock.now(), cause, user=cause, connection=None)


async def write(app: ComposedApp, *events: ProductEvent) -> None:
    await app._announced_rows.commit(USERS, ACME, outbox_rows(events))


async def pass_on(app: ComposedApp, period: timedelta = 6 * SECOND) -> None:
    app.clock.advance(period)
    await drain(app)


async def stand_in(app: ComposedApp) -> None:
    """Until those who wait for whoever began to pass events on wait no longer."""
    for _ in range(6):
        await pass_on(app, 20 * SECOND)


async def listed(**query: str) -> list[str]:
    answer = await call("list_events", organization="acme", query=query)
    assert answer.status == 200
    return [event["data"]["user"] for event in answer.json["events"]]


async def test_an_event_reaches_the_product_and_nothing_waits_any_more(acme: ComposedApp) -> None:
    acme.product.open()
    event = happened(acme, "ursula")

    await write(acme, event)
    await pass_on(acme)

    assert acme.product.received == [event]
    assert not [key for key in acme.rows.keys(USERS, ACME) if key.startswith("outbox!")]


async def test_of_many_who_are_to_pass_on_the_same_events_one_does(acme: ComposedApp) -> None:
    acme.product.open()
    events = [happened(acme, f"u{number}") for number in range(20)]
    await write(acme, *events)
    acme.sent.sent.clear()

    await asyncio.gather(*(carry_out(RELAY) for _ in range(8)))
    ordered = sum(isinstance(message, DeliverEvent) for message in acme.sent.messages)
    await pass_on(acme, 30 * SECOND)

    assert ordered == len(events)
    assert sorted(one.event for one in acme.product.received) == sorted(one.event for one in events)


async def test_events_that_somebody_recorded_and_did_not_pass_on_are_stood_in_for(acme: ComposedApp) -> None:
    acme.product.open()
    event = happened(acme, "ursula")
    await write(acme, event)
    await TableProductEvents(acme.rows).record(ACME, [event], acme.clock.now())

    await pass_on(acme)
    early = list(acme.product.received)
    await stand_in(acme)

    assert (early, acme.product.received) == ([], [event])
    assert not [key for key in acme.rows.keys(USERS, ACME) if key.startswith("outbox!")]


async def test_without_an_endpoint_events_are_listed_all_the_same(acme: ComposedApp) -> None:
    await write(acme, happened(acme, "ursula"))
    await pass_on(acme, 40 * SECOND)

    assert acme.product.received == []
    assert acme.sent.next_visible_at() is None
    await pass_on(acme, 40 * SECOND)
    assert await listed() == ["ursula"]


async def test_the_list_is_read_on_from_where_it_ended_and_holds_nothing_twice(acme: ComposedApp) -> None:
    for name in ("a", "b", "c"):
        await write(acme, happened(acme, name))
        await pass_on(acme)
    acme.clock.advance(timedelta(minutes=1))

    first = (await call("list_events", organization="acme", query={"limit": "2"})).json
    rest = (await call("list_events", organization="acme", query={"after": first["next"]})).json
    end = (await call("list_events", organization="acme", query={"after": rest["next"]})).json

    assert [event["data"]["user"] for event in (*first["events"], *rest["events"])] == ["a", "b", "c"]
    assert (first["more"], rest["more"], end["events"], end["next"]) == (True, False, [], rest["next"])


async def test_an_endpoint_that_hangs_keeps_nothing_out_of_the_list(acme: ComposedApp) -> None:
    acme.product.open()
    await write(acme, happened(acme, "ursula"))

    acme.clock.advance(6 * SECOND)
    while (order := acme.sent.take(USER_MATCH)) is not None:
        await carry_out(order)  # and nothing of what is to be delivered
    acme.clock.advance(timedelta(minutes=1))

    assert acme.product.received == []
    assert await listed() == ["ursula"]


async def test_a_relay_that_an_earlier_release_put_beside_the_deliveries_is_carried_out(acme: ComposedApp) -> None:
    await write(acme, happened(acme, "ursula"))
    acme.clock.advance(6 * SECOND)

    await product_delivery(func.QueueMessage(id="m1", body=encode(RELAY)))

    acme.clock.advance(timedelta(minutes=1))
    assert await listed() == ["ursula"]


async def test_the_last_half_minute_is_not_listed_yet(acme: ComposedApp) -> None:
    await write(acme, happened(acme, "ursula"))
    await pass_on(acme)

    early = await listed()
    acme.clock.advance(31 * SECOND)

    assert (early, await listed()) == ([], ["ursula"])


async def test_a_listed_event_is_what_was_sent(acme: ComposedApp) -> None:
    event = happened(acme, "ursula")
    await write(acme, event)
    await pass_on(acme)
    acme.clock.advance(31 * SECOND)

    (given,) = (await call("list_events", organization="acme")).json["events"]

    assert given == {
        "event": event.event,
        "type": "user.connected",
        "timestamp": "2026-03-02T09:00:00Z",
        "organization": "acme",
        "data": {"user": "ursula", "connection": None},
    }


@pytest.mark.parametrize(
    "after", ["yesterday", "20260302T090000Z", "20260302T090000000000Z.evt_A!", "٢٠٢٦٠٣٠٢T090000000000Z", "x" * 3000]
)
async def test_a_cursor_of_somebody_elses_is_refused(acme: ComposedApp, after: str) -> None:
    refused = await call("list_events", organization="acme", query={"after": after})

    assert (refused.status, refused.problem) == (400, "invalid-request")


async def test_what_is_not_taken_comes_again_with_its_id_until_it_is(acme: ComposedApp) -> None:
    acme.product.open()
    acme.product.answers.extend([Answer(None), Answer(500), Answer(302)])
    event = happened(acme, "ursula")
    await write(acme, event)

    await pass_on(acme)
    await run_for(acme, HOUR)

    assert acme.product.ids == [event.event] * 4
    assert acme.sent.next_visible_at() is None


async def test_whoever_asks_for_an_hour_is_left_alone_for_an_hour(acme: ComposedApp) -> None:
    acme.product.open()
    acme.product.answers.append(Answer(429, HOUR))
    await write(acme, happened(acme, "ursula"))

    await pass_on(acme)
    await run_for(acme, HOUR - timedelta(minutes=1))
    early = len(acme.product.received)
    await run_for(acme, timedelta(minutes=2))

    assert (early, len(acme.product.received)) == (1, 2)


async def test_a_days_failure_is_a_dead_letter_that_can_be_redriven_once(acme: ComposedApp) -> None:
    acme.product.open()
    acme.product.answers.extend([Answer(500)] * 8)
    event = happened(acme, "ursula")
    await write(acme, event)

    await pass_on(acme)
    await run_for(acme, 25 * HOUR)
    (letter,) = (await call("list_dead_letters")).json["dead_letters"]
    first = await call("redrive_dead_letter", letter=letter["letter"])
    second = await call("redrive_dead_letter", letter=letter["letter"])
    await pass_on(acme)

    assert len(acme.product.received) == 9
    assert set(acme.product.ids) == {event.event}
    assert (letter["queue"], letter["order"], letter["message"]["event"]) == (
        "product-delivery",
        "DeliverEvent",
        event.event,
    )
    assert (first.status, second.problem) == (202, "already-redriven")


async def test_a_redriven_event_has_a_day_of_its_own(acme: ComposedApp) -> None:
    acme.product.open()
    acme.product.answers.extend([Answer(500)] * 10)
    await write(acme, happened(acme, "ursula"))
    await pass_on(acme)
    await run_for(acme, 25 * HOUR)
    (letter,) = (await call("list_dead_letters")).json["dead_letters"]

    await call("redrive_dead_letter", letter=letter["letter"])
    await run_for(acme, HOUR)

    assert len(acme.product.received) == 11
    assert len((await call("list_dead_letters")).json["dead_letters"]) == 1


async def test_an_endpoint_that_is_gone_gets_nothing_until_an_operator_says_so(acme: ComposedApp) -> None:
    acme.product.open()
    acme.product.answers.append(Answer(410))
    await write(acme, happened(acme, "a"))
    await pass_on(acme)
    await write(acme, happened(acme, "b"))
    await pass_on(acme, 40 * SECOND)
    shown = (await call("get_event_endpoint")).json

    await call("enable_event_endpoint")
    await write(acme, happened(acme, "c"))
    await pass_on(acme)
    acme.clock.advance(40 * SECOND)

    assert shown == {"state": "disabled", "disabled_at": "2026-03-02T09:00:06Z"}
    assert (await call("get_event_endpoint")).json == {"state": "enabled", "disabled_at": None}
    assert [event.data["user"] for event in acme.product.received] == ["a", "c"]
    assert await listed() == ["a", "b", "c"]


async def test_nothing_is_replayed_to_an_endpoint_that_is_gone_and_whoever_asks_is_told(acme: ComposedApp) -> None:
    acme.product.open()
    acme.product.answers.append(Answer(410))
    event = happened(acme, "a")
    await write(acme, event)
    await pass_on(acme)

    one = await call("replay_event", organization="acme", event=event.event)
    several = await call("replay_events", organization="acme", body={"since": "2026-03-01T00:00:00Z"})

    assert [answer.status for answer in (one, several)] == [409, 409]
    assert "410" in several.json["detail"]


async def test_what_was_being_tried_when_the_endpoint_was_gone_comes_with_a_replay_since_the_day_before(
    acme: ComposedApp,
) -> None:
    acme.product.open()
    acme.product.answers.extend([Answer(500)] * 4)
    await write(acme, happened(acme, "a"))
    await pass_on(acme)
    await run_for(acme, 2 * HOUR)
    acme.product.answers.clear()
    acme.product.answers.append(Answer(410))
    await write(acme, happened(acme, "b"))
    await pass_on(acme)
    await run_for(acme, 25 * HOUR)
    acme.product.received.clear()
    disabled_at = datetime.fromisoformat((await call("get_event_endpoint")).json["disabled_at"])

    await call("enable_event_endpoint")
    await call("replay_events", organization="acme", body={"since": (disabled_at - DAY).isoformat()})
    await drain(acme)

    assert [event.data["user"] for event in acme.product.received] == ["a", "b"]


async def test_another_address_starts_afresh(acme: ComposedApp) -> None:
    acme.product.open()
    acme.product.answers.append(Answer(410))
    await write(acme, happened(acme, "a"))
    await pass_on(acme)

    acme.product.open("another")
    await write(acme, happened(acme, "b"))
    await pass_on(acme)

    assert [event.data["user"] for event in acme.product.received] == ["a", "b"]


async def test_a_replayed_event_comes_once_more_with_its_id(acme: ComposedApp) -> None:
    acme.product.open()
    event = happened(acme, "ursula")
    await write(acme, event)
    await pass_on(acme)

    replayed = await call("replay_event", organization="acme", event=event.event)
    await drain(acme)

    assert (replayed.status, replayed.json["event"]) == (202, event.event)
    assert acme.product.ids == [event.event, event.event]


async def test_all_since_an_instant_come_once_more_and_none_before_it(acme: ComposedApp) -> None:
    acme.product.open()
    for name in ("a", "b", "c"):
        await write(acme, happened(acme, name))
        await pass_on(acme, HOUR)
    acme.product.received.clear()
    acme.clock.advance(SECOND)

    replayed = await call("replay_events", organization="acme", body={"since": "2026-03-02T10:30:00Z"})
    await drain(acme)

    assert replayed.json == {"since": "2026-03-02T10:30:00Z", "until": "2026-03-02T12:00:01Z"}
    assert sorted(str(event.data["user"]) for event in acme.product.received) == ["b", "c"]


async def test_a_long_replay_goes_on_page_by_page(acme: ComposedApp) -> None:
    acme.product.open()
    for hundred in range(3):
        await write(acme, *(happened(acme, f"u{hundred}-{number}") for number in range(100)))
        await pass_on(acme)
    acme.product.received.clear()
    acme.clock.advance(SECOND)

    await call("replay_events", organization="acme", body={"since": "2026-03-01T00:00:00Z"})
    await drain(acme)

    assert len(set(acme.product.ids)) == len(acme.product.ids) == 300


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
async def test_a_replay_since_the_beginning_or_the_end_of_time_is_one(acme: ComposedApp, since: str) -> None:
    acme.product.open()
    await write(acme, happened(acme, "ursula"))
    await pass_on(acme)
    acme.clock.advance(SECOND)

    replayed = await call("replay_events", organization="acme", body={"since": since})
    await drain(acme)

    assert replayed.status == 202
    assert len(acme.product.received) == (2 if since < "2026" else 1)


async def test_what_cannot_be_replayed_is_refused(acme: ComposedApp) -> None:
    nowhere = await call("replay_event", organization="acme", event="evt_a")
    acme.product.open()
    unknown = await call("replay_event", organization="acme", event="evt_a")

    assert (nowhere.status, nowhere.problem) == (409, "no-event-endpoint")
    assert (unknown.status, unknown.problem) == (404, "event-not-found")


@pytest.mark.parametrize("survived", range(4))
async def test_a_relay_that_dies_at_any_of_its_requests_loses_nothing(acme: ComposedApp, survived: int) -> None:
    acme.product.open()
    event = happened(acme, "ursula")
    await write(acme, event)
    left = iter(range(survived))

    def die(_: Operation) -> None:
        if next(left, None) is None:
            raise TryLater("the process is gone")

    acme.rows.on_operation = die
    with pytest.raises(TryLater):
        await carry_out(RELAY)
    acme.rows.on_operation = None
    await carry_out(RELAY)
    await stand_in(acme)
    await pass_on(acme, timedelta(minutes=1))

    assert set(acme.product.ids) == {event.event}
    assert await listed() == ["ursula"]


async def test_an_event_whose_delivery_could_not_be_ordered_is_not_taken_for_passed_on(acme: ComposedApp) -> None:
    def fail(_: AnyMessage) -> None:
        raise TryLater("the queue is down")

    acme.product.open()
    await write(acme, happened(acme, "ursula"))
    acme.sent.on_send = fail

    with pytest.raises(TryLater):
        await carry_out(RELAY)
    acme.sent.on_send = None
    await stand_in(acme)

    assert len(acme.product.received) == 1


async def test_an_event_of_the_future_waits_for_its_time(acme: ComposedApp) -> None:
    acme.product.open()
    later = new_event(EventType.BUSY_UPDATED, ACME, acme.clock.now() + 20 * SECOND, "ursula", user="ursula")

    await write(acme, later)
    await pass_on(acme)
    early = list(acme.product.received)
    await pass_on(acme, 15 * SECOND)

    assert (early, acme.product.received) == ([], [later])


async def test_busy_times_are_told_and_not_listed(acme: ComposedApp) -> None:
    acme.product.open()
    acme.product.answers.extend([Answer(500)] * 5)
    await write(acme, happened(acme, "ursula", EventType.BUSY_UPDATED))

    await pass_on(acme)
    await run_for(acme, 25 * HOUR)

    assert len(acme.product.received) == 3
    assert await listed() == []
    assert (await call("list_dead_letters")).json["dead_letters"] == []
    assert acme.rows.rows_in(PRODUCT_EVENTS) == 0


async def test_busy_times_are_not_told_hours_later(acme: ComposedApp) -> None:
    acme.product.open()
    acme.product.answers.append(Answer(503, 20 * HOUR))
    await write(acme, happened(acme, "ursula", EventType.BUSY_UPDATED))

    await pass_on(acme)
    await run_for(acme, 21 * HOUR)

    assert len(acme.product.received) == 1


async def test_events_go_after_thirty_days(acme: ComposedApp) -> None:
    await write(acme, happened(acme, "ursula"))
    await pass_on(acme)

    acme.clock.advance(30 * DAY + HOUR)
    unlisted = await listed()
    acme.clock.advance(7 * DAY)
    await user_match_sweep(func.TimerRequest())
    await drain(acme)

    assert unlisted == []
    assert acme.rows.rows_in(PRODUCT_EVENTS) == 0


async def test_an_event_that_is_passed_on_while_its_organization_is_forgotten_goes_as_well(
    acme: ComposedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget = TableProductEvents.forget
    late = [happened(acme, "ursula")]

    async def forget_too_early(events: TableProductEvents, organization: OrganizationId) -> None:
        await forget(events, organization)
        if late:
            await write(acme, late.pop())
            await carry_out(RELAY)

    monkeypatch.setattr(TableProductEvents, "forget", forget_too_early)
    await call("delete_organization", organization="acme", by="olga")
    await run_for(acme, HOUR)

    assert late == []
    assert acme.rows.rows_in(PRODUCT_EVENTS) == 0


async def test_a_forgotten_organization_leaves_no_event(acme: ComposedApp) -> None:
    await write(acme, happened(acme, "ursula"))
    await pass_on(acme)

    await call("delete_organization", organization="acme", by="olga")
    await write(acme, happened(acme, "olga"))
    await run_for(acme, timedelta(minutes=20))

    assert acme.rows.rows_in(PRODUCT_EVENTS) == 0


async def test_an_order_for_a_mailboxs_events_belongs_to_no_organization() -> None:
    of_mailbox = RelayEvents(table="mailboxes", partition="organizations!t!u")

    assert (of_mailbox.organization, of_mailbox.tenant, of_mailbox.user_id) == (None, "t", "u")
    assert (RELAY.organization, RELAY.tenant, RELAY.user_id) == ("acme", None, None)
    assert b"RelayEvents" in encode(of_mailbox)
