"""The admin's pages in every state, with long names in them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared_code.core.activation_link import new_connection
from shared_code.core.connection import Connection, ConnectionState, HeldSweep
from shared_code.core.held_cancellation import HeldBooking, Hold, HoldDecision, HoldOf, HoldReason
from shared_code.core.ids import (
    BookingId,
    ConnectionId,
    MailboxKey,
    OrganizationId,
    ProductUserId,
    TenantId,
    UserId,
)
from shared_code.core.intervals import Interval
from shared_code.core.organization import Organization
from shared_code.core.overview import Card, OverviewOf, Progress
from shared_code.core.policy import Activation, CheckedByDefault, Policy, Rule
from shared_code.core.product_user import Address, Match, MatchRule, ProductUser, UserState
from shared_code.core.reasons import Reason
from shared_code.core.review import Group, ReviewOf, WaitingDomain
from shared_code.core.roster_entry import RosterEntry, entry_of
from shared_code.core.settings import BY_CHOICE
from shared_code.core.trouble import Trouble
from shared_code.pages import admin, admin_review, policy
from shared_code.pages.frames import Frame
from tests.browser.gallery_saying import saying

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
WEEK = timedelta(days=7)
ACME, OWNER = OrganizationId("acme"), ProductUserId("0b7d7d0e5c6f4d0f8f5b2f6f0a1c9e77-workspace-owner")
NAME = "Donaudampfschifffahrtsgesellschaft Beratung und Vertrieb GmbH"
TENANT = TenantId("c0a1e5ce-0000-4000-8000-00000000c001")
ADMINISTRATOR = UserId("7e2c0a8e-3b39-4d7a-8f3f-1b8a9a3d0001")
LINK = "https://orgcal.example/connect?token=" + "eyJvIjoiYWNtZSIsImMiOiI1am4yaGRhbmZjbSJ9" * 4
DOMAIN = "donaudampfschifffahrtsgesellschaft.example"
ONCE = "0" * 32
STATES = ConnectionState
CLIENT = "6f1c0f3e-4d5a-4b8e-9a3e-0a6ce0f0a001"
SAID_AT = {
    "pending": "link_issued",
    "revoked": "link_revoked",
    "reading": "match_confirmed",
    "active": "match_ordered",
    "active_scoped": "sweep_confirmed",
}


def admin_pages(frame: Frame, of: Frame) -> dict[str, str]:
    """``frame`` of an admin; ``of`` the same with something just said."""
    return {
        **{f"outlook_{name}": page for name, page in _overviews(frame, of)},
        **{f"connection_card_{name}": _connection(_said_at(frame, name), card) for name, card in cards().items()},
        **{f"disconnect_{name}": page for name, page in _disconnections(frame)},
        **{f"review_{name}": page for name, page in _reviews(frame)},
        **{f"held_sweep_{name}": page for name, page in _held_sweeps(frame)},
        "domains": domains_page(frame, WaitingDomain(DOMAIN, 120), WaitingDomain("kanal.example", 1)),
        "domains_none": domains_page(saying(frame, "domain_confirmed")),
        "domains_many": domains_page(
            frame, *(WaitingDomain(f"subsidiary-{each:03}.example", 7) for each in range(200))
        ),
        **{f"held_{name}": page for name, page in _holds(frame)},
        "policy": policy.render_policy(of, policy.PolicyView(Policy(), offers_accounts=True)),
        "policy_locked": policy.render_policy(
            saying(frame, "nothing_changed"), policy.PolicyView(_locked(), offers_accounts=False)
        ),
    }


def _said_at(frame: Frame, card: str) -> Frame:
    return saying(frame, SAID_AT[card]) if card in SAID_AT else frame


def connected(state: ConnectionState, **changes: object) -> Connection:
    fresh = new_connection(ConnectionId("5jn2hdanfcm46l3t4xf8lw8jcr"), ACME, OWNER, NOW - WEEK, 2 * WEEK)
    given = replace(
        fresh,
        state=state,
        tenant=TENANT,
        activated_by=ADMINISTRATOR,
        activated_at=NOW - timedelta(minutes=5),
        verifying_since=NOW - timedelta(minutes=20),
        calendars_granted=True,
        link=replace(fresh.link, revoked=True),
    )
    return replace(given, **changes)  # type: ignore[arg-type]  # replace checks the names


def _card(connection: Connection, **changes: object) -> Card:
    plain = Card(
        connection,
        link=None,
        domain=DOMAIN,
        connected=17_204,
        waiting=31,
        attention=12,
        unmatched=408,
        unproven=0,
        last_sweep=NOW - timedelta(minutes=4),
        progress=None,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # replace checks the names


def cards() -> dict[str, Card]:
    fresh = new_connection(ConnectionId("b3n2hdanfcm46l3t4xf8lw8jcz"), ACME, OWNER, NOW, WEEK)
    asked = replace(_card(fresh, domain=None, last_sweep=None), connected=0, waiting=0, attention=0, unmatched=0)
    verifying = replace(asked, connection=connected(STATES.VERIFYING, activated_at=None))
    active = _card(connected(STATES.ACTIVE))
    opened = replace(fresh, link=replace(fresh.link, last_opened_at=NOW))
    revoked = replace(fresh, link=replace(fresh.link, revoked=True))
    return {
        "pending": replace(asked, link=LINK),
        "opened": replace(asked, link=LINK, connection=opened),
        "revoked": replace(asked, connection=revoked),
        "expired": replace(asked, connection=replace(fresh, state=STATES.EXPIRED)),
        "granting": replace(verifying, progress=Progress("granting")),
        "stalled": replace(asked, connection=connected(STATES.VERIFYING, reason=Trouble.CALENDARS_NOT_GRANTED)),
        "collecting": replace(verifying, domain=DOMAIN, progress=Progress("collecting", 41_000)),
        "deciding": replace(verifying, domain=DOMAIN, progress=Progress("deciding", 8_200, 17_655)),
        "review": _card(connected(STATES.REVIEW), connected=0, waiting=17_235),
        "reading": replace(active, connected=12_000, waiting=5_235, progress=Progress("reading", 12_000, 17_235)),
        "active": active,
        "active_scoped": replace(
            active,
            connection=connected(
                STATES.ACTIVE, scoped_by_exchange=True, confirmed_domains=("hafen.example", "kanal.example")
            ),
        ),
        "active_held": replace(
            active, connection=connected(STATES.ACTIVE, held=HeldSweep(NOW, 2_000, 17_204)), unproven=3
        ),
        "attention": troubled(active, Trouble.CALENDARS_NOT_GRANTED),
        "attention_unknown": troubled(active, "of_a_later_version"),
        "disconnecting": replace(active, connection=connected(STATES.DISCONNECTING)),
        "disconnected": replace(active, connection=connected(STATES.DISCONNECTED), domain=None, last_sweep=None),
    }


def troubled(card: Card, reason: str) -> Card:
    return replace(card, connection=connected(STATES.ATTENTION, reason=reason), link=LINK)


def _overviews(frame: Frame, of: Frame) -> Iterator[tuple[str, str]]:
    review = Policy(activation=Activation.REVIEW)
    yield "empty", overview(saying(frame, "connection_removed"))
    yield "empty_with_review", overview(frame, policy=review)
    known = cards()
    yield "one", overview(of, known["active"])
    some = [known["active"], known["review"], known["revoked"]] * 4
    yield "rows", overview(frame, *some, known["active_held"], known["collecting"])
    yield (
        "many",
        overview(
            saying(frame, "disconnecting", 17_204),
            *(known[each] for each in ("active_held", "review", "pending", "disconnected")),
            held=2,
        ),
    )


def overview(frame: Frame, *cards: Card, policy: Policy | None = None, held: int = 0) -> str:
    apart = tuple(
        replace(card, connection=replace(card.connection, connection=ConnectionId(f"connection-{place}")))
        for place, card in enumerate(cards)
    )
    all_of_it = OverviewOf(Organization(ACME, NAME, NOW, policy or Policy()), apart, 17_655)
    return admin.render_outlook(frame, admin.outlook_view(all_of_it, held, ONCE, NOW))


def _connection(frame: Frame, card: Card) -> str:
    return admin.render_connection(frame, admin.ConnectionView(admin.card_view(card, NOW), NAME, ONCE))


def _disconnections(frame: Frame) -> Iterator[tuple[str, str]]:
    shown = admin.card_view(cards()["active"], NOW)
    view = admin.DisconnectView(shown, NAME, CLIENT, (NAME, DOMAIN))
    yield "asked", admin.render_disconnect(frame, view)
    yield "mistyped", admin.render_disconnect(frame, replace(view, is_mistyped=True, words=(NAME,)))
    pending = replace(view, shown=admin.card_view(cards()["pending"], NOW), words=())
    over = replace(view, shown=admin.card_view(cards()["disconnected"], NOW), words=(NAME,))
    yield "forgotten", admin.render_disconnect(frame, over)
    yield "unapproved", admin.render_disconnect(frame, pending)


def _reviews(frame: Frame) -> Iterator[tuple[str, str]]:
    will = [_reviewed(f"anna.{number}", MatchRule.MAIL) for number in range(50)]
    will_not = [_reviewed(f"bob.{number}", reason=reason) for number, reason in enumerate(Reason)]
    yield "will", review_page(frame, "will", will, pages=345)
    yield "will_not", review_page(frame, "will_not", will_not)
    yield "stranger", review_page(frame, "will", [], domain=None)
    yield "everybody", review_page(frame, "will_not", [])


def review_page(
    frame: Frame, group: Group, people: list[RosterEntry], pages: int = 1, domain: str | None = DOMAIN
) -> str:
    is_empty = group == "will" and not people
    found = ReviewOf(
        connected(STATES.REVIEW), domain, group, 0 if is_empty else 17_235, len(people), tuple(people), 1, pages
    )
    return admin_review.render_review(frame, found)


def _reviewed(name: str, rule: MatchRule | None = None, reason: Reason | None = None) -> RosterEntry:
    address = f"{name}@{DOMAIN}"
    match = Match(ConnectionId("c"), TENANT, UserId("u"), rule, address, NOW) if rule else None
    is_unproven = reason is Reason.DOMAIN_UNPROVEN
    state = UserState.PENDING if rule else UserState.DOMAIN_UNPROVEN if is_unproven else UserState.NO_MATCH
    user = ProductUser(
        ACME,
        ProductUserId(name),
        (Address(address, verified=True),),
        state,
        NOW,
        match=match,
        reason=reason,
        unproven_domain=DOMAIN if state is UserState.DOMAIN_UNPROVEN else None,
    )
    return entry_of(user)


def _held_sweeps(frame: Frame) -> Iterator[tuple[str, str]]:
    connection = connected(STATES.ACTIVE)
    people = [_reviewed(f"anna.{number}") for number in range(100)]
    held = HeldSweep(NOW, 2_000, 17_204, tuple(each.user for each in people))
    view = admin_review.HeldSweepView(connection, DOMAIN, held, people, is_confirmed=False)
    yield "asked", admin_review.render_held_sweep(frame, view)
    unnamed = replace(view, people=(), held=HeldSweep(NOW, 1, 1), is_confirmed=True)
    yield "confirmed", admin_review.render_held_sweep(frame, unnamed)


def domains_page(frame: Frame, *waiting: WaitingDomain) -> str:
    connection = connected(STATES.ACTIVE, confirmed_domains=() if waiting else ("hafen.example",))
    return admin_review.render_domains(frame, admin_review.DomainsView(connection, DOMAIN, waiting))


def _holds(frame: Frame) -> Iterator[tuple[str, str]]:
    box = MailboxKey("organizations", TENANT, ADMINISTRATOR)
    bookings = tuple(HeldBooking(BookingId(f"booking-{n:04}"), 1, OWNER, box) for n in range(12))
    waits = Hold("h1", ACME, ConnectionId("c"), HoldReason.MAILBOX, NOW, bookings, coming=0)
    kept = replace(waits, hold="h2", reason=HoldReason.CONNECTION, decision=HoldDecision.KEEP)
    kept = replace(kept, decided_at=NOW, decided_by=OWNER)
    cancelled = replace(kept, hold="h3", reason=HoldReason.CALENDAR, decision=HoldDecision.CANCEL)
    times = tuple((one, Interval(NOW, NOW + timedelta(hours=1)) if n else None) for n, one in enumerate(bookings))
    yield "none", admin_review.render_holds(frame, admin_review.HoldsView((), None))
    yield "list", admin_review.render_holds(frame, admin_review.HoldsView((waits, kept, cancelled), "h3"))
    kept_by, cancelled_by = saying(frame, "bookings_kept", 1), saying(frame, "bookings_cancelled", 12)
    shown = {"waits": (frame, waits, 1), "kept": (kept_by, kept, 2), "cancelled": (cancelled_by, cancelled, 1)}
    for name, (reader, hold, page) in shown.items():
        yield name, admin_review.render_hold(reader, admin_review.HoldView(HoldOf(hold, times, page, 2), NOW))


def _locked() -> Policy:
    return Policy(
        activation=Activation.REVIEW,
        allow_user_disconnect=False,
        admin_managed=False,
        cohost_decline_cancels=True,
        checked_calendars=Rule(CheckedByDefault.ALL, locked=True),
        busy_statuses=Rule(BY_CHOICE, locked=True),
        cancellation_sync=Rule(default=False, locked=True),
    )
