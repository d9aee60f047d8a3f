"""What becomes of a user whom the product sends, new or again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId, TenantId, UserId
from shared_code.core.product_user import Address, Match, MatchRule, ProductUser, UserState
from shared_code.core.reasons import Reason
from shared_code.core.roster import SentUser, arrive, arrive_again, exchanging

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
HOME = Address("Ann@acme.example", verified=True)
OTHER = Address("ann@other.example", verified=True)
UNVERIFIED = Address("ann@acme.example", verified=False)
MATCH = Match(
    ConnectionId("c1"), TenantId("t1"), UserId("u1"), MatchRule.MAIL, address="ann@acme.example", matched_at=NOW
)


def user(**changes: object) -> ProductUser:
    plain = ProductUser(OrganizationId("acme"), ProductUserId("ann"), (HOME,), UserState.NO_MATCH, changed_at=NOW)
    return replace(plain, **changes)  # type: ignore[arg-type]


def connected(**changes: object) -> ProductUser:
    return user(state=UserState.CONNECTED, match=MATCH, connected_at=NOW, **changes)


def sent(*addresses: Address, has_calendar: bool = False, time_zone: str | None = None) -> SentUser:
    return SentUser(addresses or (HOME,), "user", time_zone, has_calendar)


def test_a_new_user_is_looked_up() -> None:
    arrival = arrive(user())

    assert arrival.look_up
    assert arrival.user.reason == Reason.AWAITING_LOOK_UP


@pytest.mark.parametrize(
    ("fresh", "state", "reason"),
    [
        (user(addresses=(UNVERIFIED,)), UserState.NO_MATCH, Reason.NO_VERIFIED_ADDRESS),
        (user(addresses=()), UserState.NO_MATCH, Reason.NO_VERIFIED_ADDRESS),
        (user(has_calendar=True), UserState.PERSONAL, Reason.HAS_OWN_CALENDAR),
    ],
)
def test_a_new_user_who_cannot_or_need_not_match_is_not_looked_up(
    fresh: ProductUser, state: UserState, reason: Reason
) -> None:
    arrival = arrive(fresh)

    assert not arrival.look_up
    assert (arrival.user.state, arrival.user.reason) == (state, reason)


@pytest.mark.parametrize("known", [connected(), user(reason=str(Reason.NO_DIRECTORY_USER))])
def test_the_same_user_sent_again_changes_nothing(known: ProductUser) -> None:
    arrival = arrive_again(known, sent(), LATER)

    assert arrival.user is known
    assert not arrival.look_up


def test_a_user_whose_directory_object_is_gone_is_searched_anew_when_sent_again() -> None:
    gone = user(match=MATCH, reason=str(Reason.OBJECT_GONE))

    arrival = arrive_again(gone, sent(), LATER)

    assert arrival.look_up
    assert arrival.user.match is None


def test_the_pin_stays_while_the_address_that_made_it_is_still_sent() -> None:
    arrival = arrive_again(connected(), sent(OTHER, replace(HOME, address="ANN@ACME.example")), LATER)

    assert arrival.user.match == MATCH
    assert arrival.user.state is UserState.CONNECTED
    assert not arrival.released


@pytest.mark.parametrize("now_sent", [sent(OTHER), sent(UNVERIFIED)])
def test_the_pin_goes_with_the_address_that_made_it(now_sent: SentUser) -> None:
    arrival = arrive_again(connected(), now_sent, LATER)

    assert arrival.user.match is None
    assert arrival.user.connected_at is None
    assert arrival.released


def test_a_user_who_got_a_calendar_of_their_own_is_released() -> None:
    arrival = arrive_again(connected(), sent(has_calendar=True), LATER)

    assert arrival.user.state is UserState.PERSONAL
    assert arrival.released
    assert not arrival.look_up


def test_a_user_without_a_calendar_of_their_own_any_more_is_looked_up() -> None:
    known = user(has_calendar=True, state=UserState.PERSONAL, reason=str(Reason.HAS_OWN_CALENDAR))

    arrival = arrive_again(known, sent(), LATER)

    assert arrival.look_up


def test_a_changed_zone_keeps_the_calendar() -> None:
    arrival = arrive_again(connected(), sent(time_zone="Europe/Paris"), LATER)

    assert arrival.user.time_zone == "Europe/Paris"
    assert arrival.user.state is UserState.CONNECTED
    assert not arrival.look_up


def test_somebody_who_opted_out_stays_out_whatever_is_sent() -> None:
    arrival = arrive_again(user(state=UserState.OPTED_OUT), sent(OTHER), LATER)

    assert arrival.user.state is UserState.OPTED_OUT
    assert not arrival.look_up


def test_only_those_who_give_and_take_one_address_exchange_it() -> None:
    def named(name: str, *addresses: Address) -> ProductUser:
        return user(user=ProductUserId(name), addresses=addresses)

    giver, taker = named("giver", HOME), named("taker", OTHER)
    changes = [
        (giver, named("giver", UNVERIFIED)),
        (taker, named("taker", Address("ANN@acme.example", verified=True), OTHER)),
        (None, named("new", Address("new@acme.example", verified=True))),
        (named("same", UNVERIFIED), named("same", UNVERIFIED)),
        (named("leaver", Address("old@acme.example", verified=True)), named("leaver")),
    ]

    assert exchanging(changes) == {"giver", "taker"}
