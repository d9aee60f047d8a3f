"""What an app does below `/me` for somebody who signed in, with a work account or a personal one."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from local.microsoft365.delivery import pump
from local.microsoft365.outbound import Outbound
from tests.contract.assertions import bearer, claims_of
from tests.contract.calendars import GRAPH, meeting
from tests.contract.personal import OUTLOOK, PERSONAL_ACCOUNTS, PersonalApp
from tests.contract.receiver import Receiver
from tests.contract.test_entra_personal import ADMIN, ANN, app, connected, proof

__all__ = ["app"]  # a fixture

BOTH = pytest.mark.parametrize("account", [ANN, OUTLOOK])
WEEK = {"startDateTime": "2026-11-23T00:00:00Z", "endDateTime": "2026-11-30T00:00:00Z"}


@dataclass(frozen=True)
class Connected:
    """An account with its token; ``person`` is its object id."""

    app: PersonalApp
    account: str
    person: str
    token: str

    @property
    def tenant(self) -> str:
        return PERSONAL_ACCOUNTS if self.account == OUTLOOK else self.app.contoso.id

    async def ask(self, method: str, path: str, body: Any = None, **query: str) -> httpx.Response:
        url = path if path.startswith("https:") else f"{GRAPH}{path}"
        headers = {"Authorization": f"Bearer {self.token}"}
        return await self.app.microsoft.client.request(method, url, json=body, headers=headers, params=query or None)

    async def value(self, path: str, **query: str) -> list[dict[str, Any]]:
        answer = await self.ask("GET", path, **query)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["value"]
        return found

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        return await self.app.contoso.control(method, f"/tenants/{self.tenant}/people/{self.account}{path}", body)

    async def subscribe(self, resource: str = "me/events") -> httpx.Response:
        wish = {
            "changeType": "created,updated,deleted",
            "notificationUrl": "https://app.example/changes",
            "lifecycleNotificationUrl": "https://app.example/lifecycle",
            "resource": resource,
            "expirationDateTime": (self.app.microsoft.clock.now() + timedelta(days=2)).isoformat(),
            "clientState": "secret",
        }
        return await self.ask("POST", "/subscriptions", wish)


async def sign_in_to(app: PersonalApp, account: str) -> Connected:
    answer = await connected(app, account)
    return Connected(app, account, claims_of(answer, "id_token")["oid"], answer.json()["access_token"])


@pytest.fixture
async def receiver(app: PersonalApp) -> AsyncIterator[Receiver]:
    found = Receiver("https://app.example")
    app.microsoft.world.outbound = Outbound(transport=httpx.ASGITransport(found.app))
    yield found
    await app.microsoft.world.outbound.aclose()


@BOTH
async def test_an_event_is_written_changed_and_deleted_in_the_own_calendar(app: PersonalApp, account: str) -> None:
    me = await sign_in_to(app, account)

    made = (await me.ask("POST", "/me/events", meeting("2026-11-24T09:00:00", "2026-11-24T10:00:00", "UTC"))).json()
    changed = await me.ask("PATCH", f"/me/events/{made['id']}", {"subject": "Later"})
    seen = await me.value("/me/calendarView", **WEEK)
    deleted = await me.ask("DELETE", f"/me/events/{made['id']}")

    assert (changed.status_code, deleted.status_code) == (200, 204)
    assert [(each["id"], each["subject"]) for each in seen] == [(made["id"], "Later")]
    assert await me.value("/me/calendarView", **WEEK) == []


async def test_the_link_to_the_next_page_stays_below_me(app: PersonalApp) -> None:
    me = await sign_in_to(app, ANN)
    for hour in ("09", "11"):
        await me.control(
            "POST", "/calendars/default/events", meeting(f"2026-11-24T{hour}:00:00", f"2026-11-24T{hour}:30:00", "UTC")
        )

    page = (await me.ask("GET", "/me/calendarView", **WEEK, **{"$top": "1"})).json()
    following = await me.value(page["@odata.nextLink"])

    assert page["@odata.nextLink"].startswith(f"{GRAPH}/me/calendarView?")
    assert len(following) == 1


async def test_shared_and_internet_calendars_are_listed_with_their_owner(app: PersonalApp) -> None:
    me = await sign_in_to(app, ANN)
    bob = {"name": "Bob", "address": "bob@contoso.example"}
    await me.control("POST", "/calendars", {"name": "Bob's", "source": "shared", "owner": bob, "canEdit": True})
    await me.control("POST", "/calendars", {"name": "Holidays", "source": "internet"})

    found = {each["name"]: each for each in await me.value("/me/calendars")}

    shown = {name: (each["owner"]["address"], each["canEdit"]) for name, each in found.items()}
    assert (shown["Bob's"], shown["Holidays"][1]) == (("bob@contoso.example", True), False)
    assert found["Bob's"]["canShare"] is False
    assert await me.value(f"/me/calendars/{found['Holidays']['id']}/calendarView", **WEEK) == []


@BOTH
async def test_a_change_is_told_to_who_subscribed_to_me(app: PersonalApp, receiver: Receiver, account: str) -> None:
    me = await sign_in_to(app, account)
    made = await me.subscribe()

    await me.control("POST", "/calendars/default/events", meeting("2026-11-24T09:00:00", "2026-11-24T10:00:00", "UTC"))
    await pump(app.microsoft.world)
    _, body = await receiver.next_body()

    assert (made.status_code, made.json()["creatorId"]) == (201, me.person)
    assert body["value"][0]["resource"].startswith(f"Users/{me.person}/Events/")


async def test_a_persons_subscription_is_theirs_and_ends_with_their_consent(
    app: PersonalApp, receiver: Receiver
) -> None:
    ann, colleague = await sign_in_to(app, ANN), await sign_in_to(app, ADMIN)
    path = f"/subscriptions/{(await ann.subscribe()).json()['id']}"
    until = {"expirationDateTime": (app.microsoft.clock.now() + timedelta(days=5)).isoformat()}

    of_colleague, of_ann = await colleague.ask("PATCH", path, until), await ann.ask("PATCH", path, until)
    await ann.control("DELETE", f"/consents/{app.client_id}")
    await pump(app.microsoft.world)
    _, body = await receiver.next_body()

    assert (of_colleague.status_code, of_ann.status_code) == (404, 200)
    assert body["value"][0]["lifecycleEvent"] == "subscriptionRemoved"


async def test_an_apps_own_token_does_not_see_what_a_person_subscribed_to(app: PersonalApp, receiver: Receiver) -> None:
    ann = await sign_in_to(app, ANN)
    path = f"/tenants/{app.contoso.id}/consents/{app.client_id}"
    await app.contoso.control("PUT", path, {"roles": ["Calendars.ReadWrite"]})
    form = {"grant_type": "client_credentials", "scope": "https://graph.microsoft.com/.default"}
    answer = await app.redeem(proof(app, app.contoso.id), app.contoso.id, **form)
    of_the_app = Connected(app, ANN, ann.person, answer.json()["access_token"])

    made = (await ann.subscribe()).json()["id"]

    assert [each["id"] for each in await ann.value("/subscriptions")] == [made]
    assert await of_the_app.value("/subscriptions") == []


async def test_both_apps_subscribe_to_one_mailbox_without_seeing_each_other(
    app: PersonalApp, receiver: Receiver
) -> None:
    ann = await sign_in_to(app, ANN)
    await app.contoso.grant()
    of_the_app = Connected(app, ANN, ann.person, (await bearer(app.microsoft))["Authorization"].removeprefix("Bearer "))

    made = [await ann.subscribe(), await of_the_app.subscribe(f"users/{ann.person}/events")]

    listed = [await each.value("/subscriptions") for each in (ann, of_the_app)]
    assert [[each["id"] for each in page] for page in listed] == [[each.json()["id"]] for each in made]


async def test_nobody_subscribes_to_a_mailbox_that_is_not_theirs(app: PersonalApp, receiver: Receiver) -> None:
    ann = await sign_in_to(app, ANN)

    answer = await ann.subscribe(f"users/{ADMIN}/events")

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "ExtensionError")


async def test_free_and_busy_is_for_work_accounts(app: PersonalApp) -> None:
    moment = {"dateTime": "2026-11-24T09:00:00", "timeZone": "UTC"}
    later = {"dateTime": "2026-11-24T10:00:00", "timeZone": "UTC"}
    body = {"schedules": [ANN], "startTime": moment, "endTime": later}

    answers = [
        await (await sign_in_to(app, account)).ask("POST", "/me/calendar/getSchedule", body)
        for account in (ANN, OUTLOOK)
    ]

    assert [answer.status_code for answer in answers] == [200, 501]


async def test_a_batch_speaks_of_me_too(app: PersonalApp) -> None:
    me = await sign_in_to(app, OUTLOOK)
    items = [{"id": str(n), "method": "GET", "url": url} for n, url in enumerate(("/me", "/me/calendars"))]

    answer = await me.ask("POST", "/$batch", {"requests": items})

    assert {each["id"]: each["status"] for each in answer.json()["responses"]} == {"0": 200, "1": 200}


async def test_the_log_and_the_faults_know_whose_mailbox_me_is(app: PersonalApp) -> None:
    me = await sign_in_to(app, OUTLOOK)
    fault = {"match": {"kind": "calendars", "user": me.person}, "answer": {"status": 429, "retry_after": 7}}
    await app.contoso.control("POST", "/faults", fault)

    answer = await me.ask("GET", "/me/calendars")

    logged = (await app.contoso.control("GET", "/requests"))["requests"][-1]
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert (logged["kind"], logged["user"], logged["tenant"]) == ("calendars", me.person, PERSONAL_ACCOUNTS)


async def test_a_licence_is_needed_for_a_mailbox_of_ones_own(app: PersonalApp) -> None:
    me = await sign_in_to(app, ANN)
    await me.control("PATCH", "", {"licensed": False})

    answer = await me.ask("GET", "/me/calendars")

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "MailboxNotEnabledForRESTAPI")


async def test_rules_for_apps_do_not_shut_out_people(app: PersonalApp) -> None:
    me = await sign_in_to(app, ANN)
    policy = {app.client_id: {"only": [], "denied": [me.person]}}

    await app.contoso.control("PATCH", f"/tenants/{app.contoso.id}", {"access_policy": policy})

    assert len(await me.value("/me/calendars")) == 1
