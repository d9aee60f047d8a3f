"""Pages are light: they open at once, on a phone in a train as well."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

import pytest

from shared_code.core.connection import HeldSweep
from shared_code.core.held_cancellation import HeldBooking, Hold, HoldDecision, HoldOf, HoldReason
from shared_code.core.ids import BookingId, ConnectionId, MailboxKey, ProductUserId
from shared_code.core.intervals import Interval
from shared_code.core.people import PeopleQuery, look_through
from shared_code.core.person import MOST_DECISIONS
from shared_code.core.personal_account import MOST_ACCOUNTS, PersonalState
from shared_code.core.product_user import MatchRule, UserState
from shared_code.core.reasons import Reason
from shared_code.core.review import PAGE, WaitingDomain
from shared_code.core.roster_entry import RosterEntry
from shared_code.flows.connection_marks import MOST_NAMED
from shared_code.flows.held_bookings import PAGE as BOOKINGS
from shared_code.pages import admin_review
from shared_code.pages.assets import assets_of, names
from shared_code.pages.frames import Frame
from shared_code.pages.languages import LANGUAGES
from shared_code.pages.people import UsersView, render_users
from shared_code.pages.person import render_user
from tests.browser import gallery_admin, gallery_people, my_pages
from tests.browser.gallery import FRAME, gallery, signed_in
from tests.browser.gallery_admin import NOW

HEAVIEST = 40_000  # bytes, uncompressed, with stylesheet and script
ITS, ASSETS = names(FRAME.brand), assets_of(FRAME.brand)
BESIDE = len(ASSETS[ITS.stylesheet].content) + len(ASSETS[ITS.script].content)
TOKEN = "a" * 80  # as long as that of a real form
DOMAIN = "donaudampfschifffahrt.vienna.example"  # addresses of some sixty characters
ACCOUNTS: Final = (PersonalState.CONNECTED, PersonalState.NEEDS_RECONNECT)
CONNECTIONS = 40
CALENDARS = 25  # times four


def test_every_page_with_its_stylesheet_and_script_weighs_less_than_forty_kilobytes() -> None:
    weights = {
        f"{language}/{name}": _weight(html) for language in LANGUAGES for name, html in gallery(language).items()
    }

    assert _too_heavy(weights) == {}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("state", "reason"), gallery_people.STATES_AND_REASONS)
def test_a_list_of_people_who_all_have_the_same_to_be_said_of_them_is_light(
    language: str, state: UserState, reason: Reason | None
) -> None:
    entries = [_entry(number, state, reason) for number in range(500)]
    query = PeopleQuery("alexandra", state, page=8)

    page = render_users(_frame(language), UsersView(query, look_through(entries, query)))

    assert _weight(page) < HEAVIEST


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_with_as_much_on_them_as_there_can_be_are_light(language: str) -> None:
    admin, person = _frame(language), _frame(language, is_admin=False)

    pages = {**dict(_reviewed(admin)), **dict(_decided(admin)), **dict(_mine(person))}

    assert _too_heavy({name: _weight(html) for name, html in pages.items()}) == {}


def _reviewed(frame: Frame) -> Iterator[tuple[str, str]]:
    found = [_entry(number, UserState.PENDING, Reason.AWAITING_REVIEW) for number in range(PAGE)]
    yield "review_will", gallery_admin.review_page(frame, "will", found, pages=500)
    for state, reason in gallery_people.STATES_AND_REASONS:
        others = [replace(_entry(number, state, reason), account=None) for number in range(PAGE)]
        yield f"review_{reason}", gallery_admin.review_page(frame, "will_not", others, pages=500)
    domains = (WaitingDomain(f"{number:03}.{DOMAIN}", 1200) for number in range(300))
    yield "domains", gallery_admin.domains_page(frame, *domains)
    active = gallery_admin.cards()["active_held"]
    yield "outlook", gallery_admin.overview(frame, *[active] * CONNECTIONS, held=2)


def _decided(frame: Frame) -> Iterator[tuple[str, str]]:
    named = [_entry(number, UserState.CONNECTED, None) for number in range(MOST_NAMED)]
    held = HeldSweep(NOW, 2_000, 17_204)
    connection = gallery_admin.connected(gallery_admin.STATES.ACTIVE, held=held)
    losing = admin_review.HeldSweepView(connection, None, held, named, is_confirmed=False)
    yield "held_sweep", admin_review.render_held_sweep(frame, losing)
    box = MailboxKey("organizations", gallery_admin.TENANT, gallery_admin.ADMINISTRATOR)
    bookings = tuple(HeldBooking(BookingId(_id(n)), 1, ProductUserId(_id(n)), box) for n in range(500))
    hold = Hold("h" * 26, gallery_admin.ACME, ConnectionId("c"), HoldReason.CONNECTION, NOW, bookings, coming=0)
    kept = replace(hold, decision=HoldDecision.KEEP, decided_at=NOW, decided_by=ProductUserId(_id(1)))
    times = tuple((one, Interval(NOW, NOW + timedelta(hours=1))) for one in bookings[:BOOKINGS])
    yield "holds", admin_review.render_holds(frame, admin_review.HoldsView((kept,) * 50, kept.hold))
    yield "hold", admin_review.render_hold(frame, admin_review.HoldView(HoldOf(kept, times, 1, 25), NOW))
    person = gallery_people.decided()
    accounts = gallery_people.with_accounts().accounts[-MOST_ACCOUNTS:]
    view = gallery_people.view_of(UserState.CONNECTED, None)
    much = replace(person, decisions=(person.decisions * MOST_DECISIONS)[:MOST_DECISIONS], accounts=accounts)
    yield "user", render_user(frame, replace(view, person=much))


def _mine(frame: Frame) -> Iterator[tuple[str, str]]:
    mine = my_pages.of_connected()
    yield "me", my_pages.page(frame, replace(mine, calendars=my_pages.calendars(times=CALENDARS)))
    polled = my_pages.calendars(times=CALENDARS)
    shared = replace(polled, calendars=tuple(replace(each, polled=True) for each in polled.calendars))
    yield "me_polled", my_pages.page(frame, replace(mine, calendars=shared))


def _entry(number: int, state: UserState, reason: Reason | None) -> RosterEntry:
    address = f"alexandra.wolkenstein.{number:03}@{DOMAIN}"
    return RosterEntry(
        ProductUserId(_id(number)),
        address,
        address,
        state,
        reason,
        gallery_people.CONNECTION,
        "user",
        NOW - timedelta(days=number),
        DOMAIN if state is UserState.DOMAIN_UNPROVEN else None,
        ACCOUNTS,
        MatchRule.PIN,
    )


def _id(number: int) -> str:
    return str(UUID(int=number))


def _frame(language: str, *, is_admin: bool = True) -> Frame:
    frame = signed_in(replace(FRAME, locale=language), is_admin=is_admin)
    assert frame.signed_in is not None
    return replace(frame, signed_in=replace(frame.signed_in, form_token=TOKEN))


def _weight(html: str) -> int:
    return BESIDE + len(html.encode())


def _too_heavy(weights: dict[str, int]) -> dict[str, int]:
    return {page: weight for page, weight in weights.items() if weight > HEAVIEST}
