"""What is told of a change, to whom, and what the script makes of it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.unit.local.calendar_world import event, recurring
from tests.unit.local.subscribed_world import ANN, BOB, CHANGES, CLIENT, LIFECYCLE, TENANT, Subscribed

PERSON = f"/tenants/{TENANT}/people/{ANN}"
WEEKLY = recurring({"type": "weekly", "daysOfWeek": ["tuesday"]}, startDate="2026-03-03", numberOfOccurrences=5)


@pytest.fixture
async def contoso() -> AsyncIterator[Subscribed]:
    inside = Subscribed()
    async with inside.client:
        yield inside


async def add(contoso: Subscribed, calendar: str = "default", **more: Any) -> dict[str, Any]:
    body = event("2026-03-03T09:00:00", "2026-03-03T10:00:00", **more)
    added: dict[str, Any] = await contoso.control("POST", f"{PERSON}/calendars/{calendar}/events", body)
    return added


async def script(contoso: Subscribed, **script: Any) -> None:
    await contoso.control("PUT", "/notifications/script", script)


def kinds(items: list[dict[str, Any]]) -> list[str]:
    return [item["changeType"] for item in items]


async def test_a_new_event_is_told_in_the_documented_words(contoso: Subscribed) -> None:
    subscription = await contoso.subscribe()

    added = await add(contoso)

    (item,) = await contoso.pump()
    path = f"Users/{ANN}/Events/{added['immutableId']}"
    assert item == {
        "subscriptionId": subscription.id,
        "subscriptionExpirationDateTime": "2026-03-09T07:40:00.0000000+00:00",
        "changeType": "created",
        "resource": path,
        "resourceData": {
            "@odata.type": "#Microsoft.Graph.Event",
            "@odata.id": path,
            "@odata.etag": added["@odata.etag"],
            "id": added["immutableId"],
        },
        "clientState": "secret",
        "tenantId": TENANT,
    }


async def test_ids_are_of_the_kind_that_the_subscription_was_made_with(contoso: Subscribed) -> None:
    await contoso.subscribe(prefer="")

    added = await add(contoso)

    assert [item["resourceData"]["id"] for item in await contoso.pump()] == [added["id"]]


async def test_editing_answering_and_deleting_are_told(contoso: Subscribed) -> None:
    await contoso.subscribe()
    added = await add(contoso)
    await contoso.pump()

    await contoso.control("PATCH", f"{PERSON}/events/{added['id']}", {"showAs": "free"})
    edited = await contoso.pump()
    await contoso.control("PATCH", f"{PERSON}/events/{added['id']}", {"responseStatus": {"response": "declined"}})
    answered = await contoso.pump()
    await contoso.control("DELETE", f"{PERSON}/events/{added['id']}")
    deleted = await contoso.pump()

    assert [kinds(each) for each in (edited, answered, deleted)] == [["updated"], ["updated"], ["deleted"]]
    assert deleted[0]["resourceData"]["id"] == added["immutableId"]


async def test_whatever_happens_to_an_occurrence_is_told_of_the_master(contoso: Subscribed) -> None:
    await contoso.subscribe()
    master = await add(contoso, recurrence=WEEKLY)
    await contoso.pump()
    occurrence = f"{PERSON}/events/{master['id']}?occurrence=2026-03-10T09:00:00"

    await contoso.control("PATCH", occurrence, {"subject": "Moved"})
    changed = await contoso.pump()
    await contoso.control("DELETE", occurrence)
    removed = await contoso.pump()
    await contoso.control("PATCH", f"{PERSON}/events/{master['id']}", {"recurrence": None})
    ended = await contoso.pump()

    told = [(item["changeType"], item["resourceData"]["id"]) for item in (*changed, *removed, *ended)]
    assert told == [("updated", master["immutableId"])] * 3


async def test_a_move_is_a_change_by_immutable_id_and_two_by_ordinary_ones(contoso: Subscribed) -> None:
    other = await contoso.control("POST", f"{PERSON}/calendars", {"name": "Other"})
    added = await add(contoso)
    immutable = await contoso.subscribe()
    await contoso.subscribe(prefer="", changeType="created,deleted")

    moved = await contoso.control("POST", f"{PERSON}/events/{added['id']}/move", {"destination": other["id"]})

    told = {(each["changeType"], each["resourceData"]["id"]) for each in await contoso.pump()}
    assert told == {("updated", added["immutableId"]), ("deleted", added["id"]), ("created", moved["id"])}
    assert immutable.immutable_ids


async def test_a_deleted_calendar_tells_of_each_of_its_events(contoso: Subscribed) -> None:
    other = await contoso.control("POST", f"{PERSON}/calendars", {"name": "Other"})
    added = [await add(contoso, other["id"]) for _ in range(3)]
    await contoso.subscribe()

    await contoso.control("DELETE", f"{PERSON}/calendars/{other['id']}")

    told = [(each["changeType"], each["resourceData"]["id"]) for each in await contoso.pump()]
    assert told == [("deleted", each["immutableId"]) for each in added]


async def test_every_imported_event_is_told(contoso: Subscribed) -> None:
    await contoso.subscribe()
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test"]
    for day in ("20260303", "20260304"):
        lines += ["BEGIN:VEVENT", f"UID:{day}", f"DTSTAMP:{day}T080000Z", f"DTSTART:{day}T090000Z"]
        lines += [f"DTEND:{day}T100000Z", "SUMMARY:Imported", "END:VEVENT"]
    text = "\r\n".join([*lines, "END:VCALENDAR", ""])

    answer = await contoso.client.post(f"/control{PERSON}/calendars/default/import", content=text)

    assert answer.json() == {"imported": 2}
    assert kinds(await contoso.pump()) == ["created", "created"]


@pytest.mark.parametrize("source", ["shared", "internet"])
async def test_calendars_of_others_tell_nothing(contoso: Subscribed, source: str) -> None:
    await contoso.subscribe()
    owner = {"name": "Bob", "address": "bob@contoso.example"}
    other = await contoso.control("POST", f"{PERSON}/calendars", {"name": "Bob", "source": source, "owner": owner})

    await add(contoso, other["id"])

    assert await contoso.pump() == []


async def test_only_wanted_changes_of_the_own_mailbox_are_told(contoso: Subscribed) -> None:
    await contoso.subscribe(changeType="deleted")
    await contoso.subscribe(resource=f"users/{BOB}/events")

    await add(contoso)

    assert await contoso.pump() == []


async def test_what_happened_before_or_after_its_life_is_not_told(contoso: Subscribed) -> None:
    await add(contoso)
    await contoso.subscribe(minutes=45)
    before = await contoso.pump(after=45 * 60)

    await add(contoso)

    assert (before, await contoso.pump(), len(contoso.world.subscriptions)) == ([], [], 0)


async def test_delayed_notifications_come_when_the_clock_says_so(contoso: Subscribed) -> None:
    await contoso.subscribe()
    await script(contoso, delay_seconds=60)

    await add(contoso)

    assert await contoso.pump(after=59) == []
    assert kinds(await contoso.pump(after=1)) == ["created"]


async def test_the_next_n_are_lost_and_logged(contoso: Subscribed) -> None:
    await contoso.subscribe()
    await script(contoso, drop_next=2)

    added = [await add(contoso) for _ in range(3)]

    assert [each["resourceData"]["id"] for each in await contoso.pump()] == [added[2]["immutableId"]]
    posts = (await contoso.control("GET", "/notifications"))["posts"]
    assert [each["outcome"] for each in posts if each["kind"] == "change"] == ["dropped", "dropped", "delivered"]


async def test_a_share_is_lost(contoso: Subscribed) -> None:
    await contoso.subscribe()
    await script(contoso, drop_share=0.5, seed=3)

    for _ in range(100):
        contoso.meet()

    assert 30 < len(await contoso.pump()) < 70


async def test_all_are_lost(contoso: Subscribed) -> None:
    await contoso.subscribe()
    await script(contoso, drop_share=1)

    contoso.meet()

    assert await contoso.pump(after=20_000) == []


async def test_repeated_notifications_come_again(contoso: Subscribed) -> None:
    await contoso.subscribe()
    await script(contoso, repeat=2)

    await add(contoso)

    items = await contoso.pump()
    assert len(items) == 3
    assert items[0] == items[1] == items[2]


async def test_several_share_a_post_but_not_with_another_subscription(contoso: Subscribed) -> None:
    await contoso.subscribe()
    await contoso.subscribe(changeType="created")
    await script(contoso, batch_size=100)
    for _ in range(150):
        contoso.meet()

    await contoso.control("POST", "/notifications/deliver")

    sizes = [len(body["value"]) for _, body in contoso.endpoint.received]
    mixed = [
        body for _, body in contoso.endpoint.received if len({each["subscriptionId"] for each in body["value"]}) > 1
    ]
    assert (sorted(sizes), mixed) == ([50, 50, 100, 100], [])


async def test_subscriptions_may_be_mixed_in_one_post(contoso: Subscribed) -> None:
    await contoso.subscribe()
    await contoso.subscribe(changeType="created")
    await script(contoso, batch_size=100, mix=True)
    contoso.meet()

    await contoso.control("POST", "/notifications/deliver")

    ((_, body),) = contoso.endpoint.received
    assert len({each["subscriptionId"] for each in body["value"]}) == 2


async def test_tenants_may_be_mixed_in_one_post(contoso: Subscribed) -> None:
    other = "44444444-4444-4444-8444-444444444444"
    carl = {"id": "cccccccc-cccc-4ccc-8ccc-cccccccccccc", "userPrincipalName": "carl@fabrikam.example"}
    roles = {CLIENT: ["Calendars.Read"]}
    tenant = {"domain": "fabrikam.example", "people": [carl], "roles_granted": roles}
    await contoso.control("PUT", f"/tenants/{other}", tenant)
    await contoso.subscribe()
    answer = await contoso.graph("POST", body=contoso.wish(resource=f"users/{carl['id']}/events"), tenant=other)
    await script(contoso, batch_size=10, mix=True)

    contoso.meet()
    day = event("2026-03-03T09:00:00", "2026-03-03T10:00:00")
    await contoso.control("POST", f"/tenants/{other}/people/{carl['id']}/calendars/default/events", day)
    await contoso.control("POST", "/notifications/deliver")

    ((_, body),) = contoso.endpoint.received
    assert answer.status_code == 201
    assert {each["tenantId"] for each in body["value"]} == {TENANT, other}


async def test_gathered_posts_leave_at_whole_multiples(contoso: Subscribed) -> None:
    await contoso.subscribe()
    await script(contoso, batch_size=10, gather_seconds=30)
    contoso.clock.move_to(datetime(2026, 3, 2, 9, 0, 1, tzinfo=UTC))
    contoso.meet()
    contoso.clock.advance(timedelta(seconds=20))
    contoso.meet()

    early = await contoso.pump(after=8)
    await contoso.control("POST", "/clock", {"advance_seconds": 1})
    await contoso.control("POST", "/notifications/deliver")

    assert (early, [len(body["value"]) for _, body in contoso.endpoint.received]) == ([], [2])


async def test_notifications_may_overtake_each_other(contoso: Subscribed) -> None:
    await contoso.subscribe()
    await script(contoso, reorder=True)
    placed = [contoso.mailbox.item_id(contoso.meet(), immutable=True) for _ in range(20)]

    told = [each["resourceData"]["id"] for each in await contoso.pump()]

    assert told != placed
    assert sorted(told) == sorted(placed)


async def test_a_read_after_the_notification_still_shows_the_old_state(contoso: Subscribed) -> None:
    await contoso.subscribe()
    first = contoso.meet()
    calendar = first.calendar
    await script(contoso, stale_seconds=20)
    window = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)

    def seen() -> int:
        return len(contoso.world.mailroom.past.seen(calendar, contoso.clock.now()).view(*window))

    contoso.meet()
    contoso.clock.advance(timedelta(seconds=10))
    contoso.meet()
    counts = [seen()]
    for _ in range(2):
        contoso.clock.advance(timedelta(seconds=10))
        counts.append(seen())

    assert (counts, len(calendar.view(*window))) == ([1, 2, 3], 3)


@pytest.mark.parametrize("wish", [{"batch_size": 101}, {"batch_size": 0}, {"drop_share": 1.5}, {"loose": True}])
async def test_a_script_that_cannot_be_is_refused(contoso: Subscribed, wish: dict[str, Any]) -> None:
    answer = await contoso.client.put("/control/notifications/script", json=wish)

    assert answer.status_code == 422


@pytest.mark.parametrize("name", ["missed", "reauthorizationRequired", "subscriptionRemoved"])
async def test_lifecycle_notifications_are_sent_by_script(contoso: Subscribed, name: str) -> None:
    subscription = await contoso.subscribe()

    await contoso.control("POST", f"/subscriptions/{subscription.id}/lifecycle", {"event": name})

    await contoso.control("POST", "/notifications/deliver")
    ((path, body),) = contoso.endpoint.received
    assert path == "/lifecycle"
    assert body["value"] == [
        {
            "subscriptionId": subscription.id,
            "subscriptionExpirationDateTime": "2026-03-09T07:40:00.0000000+00:00",
            "clientState": "secret",
            "tenantId": TENANT,
            "lifecycleEvent": name,
        }
    ]
    assert len(contoso.world.subscriptions) == (name != "subscriptionRemoved")


async def test_lifecycle_notifications_follow_the_script_only_when_it_says_so(contoso: Subscribed) -> None:
    subscription = await contoso.subscribe()
    path = f"/subscriptions/{subscription.id}/lifecycle"
    await script(contoso, drop_share=1)
    await contoso.control("POST", path, {"event": "missed"})
    spared = await contoso.pump()
    await script(contoso, drop_share=1, lifecycle_too=True)
    await contoso.control("POST", path, {"event": "missed"})

    assert (len(spared), await contoso.pump()) == (1, [])


async def test_a_subscription_vanishes_without_a_word(contoso: Subscribed) -> None:
    subscription = await contoso.subscribe()

    await contoso.control("DELETE", f"/subscriptions/{subscription.id}")
    contoso.meet()

    assert await contoso.pump() == []
    assert (await contoso.graph("GET", f"/{subscription.id}")).status_code == 404


async def test_forged_posts_reach_the_address_as_they_stand(contoso: Subscribed) -> None:
    subscription = await contoso.subscribe()
    forged = {"value": [{"subscriptionId": subscription.id, "clientState": "guessed"}]}

    answer = await contoso.control("POST", "/notifications", {"subscription": subscription.id, "body": forged})
    await contoso.control("POST", "/notifications", {"subscription": subscription.id, "to": "lifecycle", "body": {}})

    assert answer["status"] == 202
    assert contoso.endpoint.received == [("/notifications", forged), ("/lifecycle", {})]


async def test_the_list_for_tests_shows_whose_each_is(contoso: Subscribed) -> None:
    subscription = await contoso.subscribe()
    await contoso.subscribe(resource=f"users/{BOB}/events")

    (shown,) = (await contoso.control("GET", f"/subscriptions?user={ANN}"))["subscriptions"]

    assert (shown["id"], shown["tenant"], shown["immutable_ids"]) == (subscription.id, TENANT, True)
    assert (shown["notificationUrl"], shown["lifecycleNotificationUrl"]) == (CHANGES, LIFECYCLE)
    assert [each["act"] for each in shown["acts"]] == ["created"]
