"""The list of an organisation's people, and people at large, in every state they can be in."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from shared_code.core.calendar import CalendarState, ShowAs
from shared_code.core.decision import Clue, Decision, Outcome
from shared_code.core.explain import explain
from shared_code.core.ids import BookingId, CalendarId, ConnectionId, OrganizationId, ProductUserId, TenantId, UserId
from shared_code.core.intervals import Interval
from shared_code.core.people import Group, PeopleQuery, SortBy, look_through
from shared_code.core.person import CalendarCounts, DecidedBooking, PersonOf, SeenAccount, account_of
from shared_code.core.personal_account import PersonalReason, PersonalState
from shared_code.core.policy import CheckedByDefault
from shared_code.core.product_user import Address, Match, MatchRule, ProductUser, UserState
from shared_code.core.reasons import Reason
from shared_code.core.roster_entry import RosterEntry, entry_of
from shared_code.core.settings import ALWAYS_BUSY, CalendarChoice, EffectiveSettings
from shared_code.pages.frames import Frame
from shared_code.pages.people import UsersView, render_users
from shared_code.pages.person import PersonView, render_disconnect_user, render_user
from tests.browser.gallery_saying import saying

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
ACME = OrganizationId("acme")
CONNECTION = ConnectionId("5jn2hdanfcm46l3t4xf8lw8jcr")
MATCH = Match(
    CONNECTION,
    TenantId("c0a1e5ce-0000-4000-8000-00000000c001"),
    UserId("7e2c0a8e-3b39-4d7a-8f3f-1b8a9a3d0002"),
    MatchRule.PROXY_ADDRESS,
    "",
    NOW - timedelta(days=40),
)
STATES_AND_REASONS: Final[tuple[tuple[UserState, Reason | None], ...]] = (
    (UserState.CONNECTED, None),
    (UserState.PENDING, Reason.AWAITING_LOOK_UP),
    (UserState.PENDING, Reason.AWAITING_REVIEW),
    (UserState.PENDING, Reason.AWAITING_ACCESS),
    (UserState.PENDING, Reason.AWAITING_FIRST_READ),
    (UserState.NO_MATCH, Reason.NO_VERIFIED_ADDRESS),
    (UserState.NO_MATCH, Reason.NO_DIRECTORY_USER),
    (UserState.NO_MATCH, Reason.ONLY_GUEST),
    (UserState.NO_MATCH, Reason.OBJECT_GONE),
    (UserState.NO_MATCH, Reason.ORGANIZATION_DISCONNECTED),
    (UserState.NO_MATCH, Reason.NOT_ADMIN_MANAGED),
    (UserState.AMBIGUOUS, Reason.SEVERAL_DIRECTORY_USERS),
    (UserState.NO_MAILBOX, Reason.MAILBOX_MISSING),
    (UserState.DISABLED, Reason.ACCOUNT_DISABLED),
    (UserState.EXCLUDED_BY_POLICY, Reason.ACCESS_POLICY),
    (UserState.OPTED_OUT, Reason.USER_DISCONNECTED),
    (UserState.PERSONAL, Reason.HAS_OWN_CALENDAR),
    (UserState.DOMAIN_UNPROVEN, Reason.DOMAIN_UNPROVEN),
    (UserState.ERROR, Reason.NO_DEFAULT_CALENDAR),
    (UserState.ERROR, None),
)
ALICE = "alice.martin"
FIRST = ("alice", "benoit", "chiara", "dmitri", "eva", "francois", "greta", "hugo", "ines", "jan", "klara")
LAST = ("martin", "lefevre", "rossi", "ivanov", "novakova", "dupont", "lindqvist", "oconnor", "silva")
LONG = "0b7d7d0e5c6f4d0f8f5b2f6f0a1c9e77-workspace-owner"
_BY_POLICY: Final = (PersonalReason.NOT_ALLOWED, PersonalReason.ADMIN_MANAGED)
MATCHLESS = {UserState.NO_MATCH, UserState.AMBIGUOUS, UserState.PERSONAL, UserState.DOMAIN_UNPROVEN}


def people(shown: Frame) -> dict[str, str]:
    """HTML by a name for each page; ``shown`` is an admin's frame."""
    return {
        **dict(_lists(shown)),
        **{
            f"user_{state}_{reason}": render_user(_said_at(shown, reason), view_of(state, reason))
            for state, reason in STATES_AND_REASONS
        },
        "user_with_decisions": render_user(shown, replace(view_of(UserState.CONNECTED, None), person=decided())),
        "user_with_accounts": render_user(shown, replace(view_of(UserState.CONNECTED, None), person=with_accounts())),
        "user_without_addresses": render_user(
            shown, replace(view_of(UserState.CONNECTED, None), person=_unaddressed())
        ),
        "user_disconnect": render_disconnect_user(shown, ProductUserId(ALICE), "alice.martin@contoso.example"),
    }


def _said_at(frame: Frame, reason: Reason | None) -> Frame:
    if reason is Reason.USER_DISCONNECTED:
        return saying(frame, "user_disconnected")
    return saying(frame, "user_connecting") if reason is Reason.AWAITING_LOOK_UP else frame


def _lists(frame: Frame) -> Iterator[tuple[str, str]]:
    def shown(query: PeopleQuery, entries: list[RosterEntry]) -> str:
        return render_users(frame, UsersView(query, look_through(entries, query)))

    everybody = [replace(entry_of(_user(number)), accounts=_accounts(number)) for number in range(1234)]
    yield "users", shown(PeopleQuery(page=4), everybody)
    yield "users_sorted", shown(PeopleQuery(sort=SortBy.STATE, descending=True), everybody)
    yield "users_searched", shown(PeopleQuery("martin", UserState.NO_MATCH, SortBy.SINCE), everybody)
    yield "users_not_found", shown(PeopleQuery("<script>nobody"), everybody)
    yield "users_none_in_state", shown(PeopleQuery(state=Group.UNMATCHED), everybody[:1])
    yield "users_none", shown(PeopleQuery(), [])
    of_one = PeopleQuery("a", Group.ATTENTION, connection=CONNECTION)
    yield "users_of_one_connection", shown(of_one, everybody[:250])
    yield "users_one", shown(PeopleQuery(), everybody[:1])


def _accounts(number: int) -> tuple[PersonalState, ...]:
    """Everybody has one, and every seventh person two."""
    states = tuple(PersonalState)
    return (states[number % 4], states[number % 3])[: 2 if number % 7 == 0 else 1]


def _user(number: int) -> ProductUser:
    state, reason = STATES_AND_REASONS[(number * 7 // 5) % len(STATES_AND_REASONS) if number % 3 == 0 else 0]
    first, last = FIRST[number % len(FIRST)], LAST[number % len(LAST)]
    name = f"{first}.{last}{number // 99 or ''}" if number else LONG
    return person_in(state, reason, name, NOW - timedelta(days=number % 90))


def person_in(state: UserState, reason: Reason | None, name: str = ALICE, since: datetime = NOW) -> ProductUser:
    address = f"{name}@contoso.example"
    return ProductUser(
        ACME,
        ProductUserId(name),
        _addresses(address, is_verified=reason is not Reason.NO_VERIFIED_ADDRESS),
        state,
        since,
        time_zone="Europe/Paris",
        match=None if state in MATCHLESS else replace(MATCH, address=address),
        reason=reason,
        candidates=("a***@contoso.example", "m***@contoso.example") if state is UserState.AMBIGUOUS else (),
        connected_at=since if state is UserState.CONNECTED else None,
        unproven_domain="contoso.example" if state is UserState.DOMAIN_UNPROVEN else None,
        judged_by=CONNECTION if state in MATCHLESS else None,
    )


def _addresses(address: str, *, is_verified: bool) -> tuple[Address, ...]:
    return Address(address, is_verified), Address(f"former.{address}", verified=False)


def view_of(state: UserState, reason: Reason | None) -> PersonView:
    user = person_in(state, reason)
    is_read = state is UserState.CONNECTED
    counts = CalendarCounts(3, 2, {CalendarState.OK: 1, CalendarState.STALE: 1}, NOW) if is_read else None
    person = PersonOf(user, explain(user), account_of(user), counts, (), EffectiveSettings())
    return PersonView(person, can_connect=state is UserState.OPTED_OUT, now=NOW)


def _unaddressed() -> PersonOf:
    """Whose addresses the product has taken away after the match, and whose calendars stand as badly as they can."""
    person = view_of(UserState.CONNECTED, None).person
    match = replace(MATCH, rule=MatchRule.USER_PRINCIPAL_NAME, address=f"{ALICE}@contoso.example")
    user = replace(person.user, addresses=(), time_zone=None, match=match)
    return replace(
        person,
        user=user,
        explained=explain(user),
        calendars=CalendarCounts(9, 7, Counter(CalendarState), None),
        settings=EffectiveSettings(calendars=CalendarChoice(checked=frozenset({CalendarId("c")}))),
    )


def with_accounts() -> PersonOf:
    unread = CalendarCounts(2, 1, {CalendarState.PENDING: 1}, None)
    counts = CalendarCounts(7, 3, {CalendarState.OK: 3}, NOW)
    kinds: list[tuple[str | None, PersonalState, PersonalReason | None]] = [
        (f"{ALICE}.second-mailbox@contoso.example", PersonalState.CONNECTED, None),
        (None, PersonalState.PENDING, None),
        *((None, PersonalState.NEEDS_RECONNECT, reason) for reason in PersonalReason if reason not in _BY_POLICY),
        *((None, PersonalState.SET_ASIDE, reason) for reason in _BY_POLICY),
    ]
    accounts = tuple(
        SeenAccount(
            address, state, reason, NOW, {PersonalState.CONNECTED: counts, PersonalState.PENDING: unread}.get(state)
        )
        for address, state, reason in kinds
    )
    none_checked = EffectiveSettings(calendars=CalendarChoice(checked=frozenset()))
    return replace(view_of(UserState.CONNECTED, None).person, accounts=accounts, settings=none_checked)


def decided() -> PersonOf:
    person = view_of(UserState.CONNECTED, None).person
    settings = EffectiveSettings(
        ALWAYS_BUSY | {ShowAs.OUT_OF_OFFICE, ShowAs.TENTATIVE},
        cancellation_sync=False,
        calendars=CalendarChoice(CheckedByDefault.ALL, written=CalendarId("c")),
    )
    decisions = tuple(
        DecidedBooking(
            BookingId(f"booking-{number}"),
            Interval(NOW + timedelta(days=number), NOW + timedelta(days=number, hours=1)),
            Decision(
                outcome,
                NOW - timedelta(hours=number),
                tuple(Clue)[number % len(Clue)],
                NOW - timedelta(hours=number, minutes=3),
                answers_by_id=number % 2 == 0,
                calendars=number,
                together=number + 1,
                hold="h-1" if outcome in {Outcome.HELD, Outcome.KEPT} else None,
                by="olga" if outcome is Outcome.KEPT else None,
            ),
        )
        for number, outcome in enumerate(Outcome)
    )
    return replace(person, decisions=decisions, settings=settings)
