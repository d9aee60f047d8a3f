"""Connections at a glance, and one person at large, over the whole app in memory."""

from datetime import timedelta

import pytest

from shared_code.core.calendar import CalendarState
from shared_code.core.connection import ConnectionState
from shared_code.core.decision import Clue, Outcome
from shared_code.core.directory import DirectoryUser
from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId, UserId
from shared_code.core.overview import Card, OverviewOf, Progress
from shared_code.core.person import PersonOf
from shared_code.core.product_user import UserState
from shared_code.core.review import Group, ReviewOf
from shared_code.errors import Problem, Rejected
from shared_code.messages import sync_order
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.booking_calls import book, booker, mailbox_of
from tests.unit.functions.browser import Browser, call
from tests.unit.functions.orders import carry_out, drain, run_for
from tests.unit.functions.test_connection_life import confirmed, connected, disconnect, tenant, the_connection
from tests.unit.functions.test_consent import TENANT, link

__all__ = ["booker", "tenant"]

ACME, URSULA = OrganizationId("acme"), ProductUserId("ursula")
STRANGER = DirectoryUser(UserId("7e2c0a8e-3b39-4d7a-8f3f-1b8a9a3d0009"), "vera@new.example", "vera@acme.example")


async def look(app: ComposedApp) -> OverviewOf:
    return await app.overview.look(ACME, app.clock.now())


async def the_card(app: ComposedApp) -> Card:
    (card,) = (await look(app)).cards
    return card


async def person(app: ComposedApp, user: str = "ursula") -> PersonOf:
    return await app.person.look(ACME, ProductUserId(user), app.clock.now())


async def review(app: ComposedApp, group: Group, page: int = 1) -> ReviewOf:
    name = ConnectionId(str((await the_connection())["connection"]))
    return await app.reviewing.look(ACME, name, group, page)


async def reviewed_first() -> None:
    body = {"name": "Acme", "policy": {"activation": "review"}}
    await call("put_organization", organization="acme", body=body, by="olga")


async def test_an_organization_without_a_connection_has_no_card(acme: ComposedApp) -> None:
    found = await look(acme)

    assert (found.organization.name, found.cards, found.people) == ("Acme", (), 2)


async def test_a_link_that_works_is_on_the_card_with_its_last_use(acme: ComposedApp) -> None:
    url = await link()
    await Browser().get(url)

    card = await the_card(acme)

    assert (card.link, card.progress, card.domain) == (url, None, None)
    assert card.connection.link.last_opened_at == acme.clock.now()


async def test_a_connection_in_service_is_counted_from_the_list_of_people(tenant: ComposedApp) -> None:
    await connected(tenant)

    card = await the_card(tenant)

    assert (card.connected, card.waiting, card.attention, card.unmatched) == (1, 0, 0, 1)
    assert (card.link, card.domain, card.progress) == (None, "acme.example", None)
    assert card.last_sweep is not None


async def test_a_first_match_is_followed_from_the_grant_to_the_reads(tenant: ComposedApp) -> None:
    phases: list[Progress | None] = []
    await confirmed(tenant)
    phases.append((await the_card(tenant)).progress)
    tenant.microsoft.grant(TENANT)

    for _ in range(40):
        tenant.clock.advance(timedelta(seconds=30))
        while (message := tenant.sent.take()) is not None:
            await carry_out(message)
            phases.append((await the_card(tenant)).progress)

    seen = list(dict.fromkeys(phase.phase for phase in phases if phase is not None))
    assert seen == ["granting", "collecting", "deciding", "reading"]
    assert phases[-1] is None


async def test_looking_costs_two_queries_and_one_read_a_connection(tenant: ComposedApp) -> None:
    await connected(tenant)
    tenant.rows.operations.clear()

    await look(tenant)

    assert len(tenant.rows.operations) == 3


async def test_a_connection_that_is_over_keeps_its_card(tenant: ComposedApp) -> None:
    await connected(tenant)
    await disconnect()
    await run_for(tenant, timedelta(minutes=2))

    card = await the_card(tenant)

    assert (card.connection.state, card.connected, card.progress) == (ConnectionState.DISCONNECTED, 0, None)


async def test_an_organization_that_is_not_there_is_a_problem(orgcal: ComposedApp) -> None:
    with pytest.raises(Rejected) as refused:
        await look(orgcal)

    assert refused.value.problem is Problem.ORGANIZATION_NOT_FOUND


async def test_a_connected_person_is_shown_with_account_and_calendars(tenant: ComposedApp) -> None:
    await connected(tenant)
    tenant.calendars.script.calls.clear()

    found = await person(tenant)

    assert (found.user.state, found.account) == (UserState.CONNECTED, "ursula@acme.example")
    assert found.calendars is not None
    assert (found.calendars.total, found.calendars.checked) == (1, 1)
    assert found.calendars.by_state == {CalendarState.OK: 1}
    assert found.calendars.read_at is not None
    assert tenant.calendars.script.calls == []


async def test_a_person_without_a_match_has_a_reason_and_no_calendars(acme: ComposedApp) -> None:
    found = await person(acme)

    assert (found.account, found.calendars, found.decisions) == (None, None, ())
    assert found.explained.reason == "awaiting_look_up"


async def test_a_person_who_is_not_there_is_a_problem(acme: ComposedApp) -> None:
    with pytest.raises(Rejected) as refused:
        await person(acme, "nobody")

    assert refused.value.problem is Problem.USER_NOT_FOUND


@pytest.mark.by_hand
async def test_what_was_decided_of_a_persons_bookings_is_shown_with_its_evidence(booker: ComposedApp) -> None:
    await book(booker)
    booker.events.delete(booker.events.live()[0].shown.event)
    booker.clock.advance(timedelta(minutes=1))
    await booker.sent.send(sync_order(mailbox_of("anna"), booker.clock.now(), "notified"))
    await run_for(booker, timedelta(minutes=8))

    (decided,) = (await person(booker, "anna")).decisions

    assert decided.booking == "b-1"
    assert (decided.decision.outcome, decided.decision.clue) == (Outcome.CANCELLED, Clue.VANISHED)


async def test_a_review_shows_who_will_be_connected_and_by_what_rule(tenant: ComposedApp) -> None:
    await reviewed_first()
    await connected(tenant)

    found = await review(tenant, "will")

    (one,) = found.people
    assert (one.user, one.account, one.rule) == ("ursula", "ursula@acme.example", "mail")
    assert (found.will, found.will_not, found.page, found.pages) == (1, 1, 1, 1)


async def test_a_review_shows_who_will_not_and_why(tenant: ComposedApp) -> None:
    await reviewed_first()
    await connected(tenant)

    found = await review(tenant, "will_not", page=99)

    (one,) = found.people
    assert (one.user, one.reason, found.page) == ("olga", "no_directory_user", 1)


async def test_a_review_shows_one_page_of_the_people(tenant: ComposedApp) -> None:
    for number in range(60):
        await call("put_user", organization="acme", user=f"extra{number:02}", body={"addresses": []})
    await reviewed_first()
    await connected(tenant)
    await drain(tenant)

    first, second = await review(tenant, "will_not"), await review(tenant, "will_not", page=2)

    assert (len(first.people), len(second.people), first.pages) == (40, 21, 2)


async def test_domains_that_wait_for_a_word_are_counted(tenant: ComposedApp) -> None:
    addresses = [{"address": "vera@new.example", "verified": True}]
    await call("put_user", organization="acme", user="vera", body={"addresses": addresses})
    tenant.directory.put(TENANT, STRANGER)
    await connected(tenant)

    name = ConnectionId(str((await the_connection())["connection"]))
    _, domains = await tenant.reviewing.domains(ACME, name)

    assert [(one.domain, one.people) for one in domains] == [("new.example", 1)]
