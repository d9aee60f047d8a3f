"""What an admin sees of the organisation's connections: all at a glance, one at large, and what ends one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from shared_code.core.connection import SERVING, Connection, ConnectionState
from shared_code.core.leaving import OVER
from shared_code.core.match_outcomes import LIVING
from shared_code.core.overview import Card, OverviewOf
from shared_code.core.policy import Activation
from shared_code.pages.connection_texts import (
    ANY_TROUBLE,
    REVOKED,
    STALLED,
    STATE_TEXTS,
    TROUBLES,
    StateText,
    TroubleText,
    phase_of,
)
from shared_code.pages.frames import Frame
from shared_code.pages.languages import N_, catalogue, language_of
from shared_code.pages.rendering import render

MOST_CARDS: Final = (
    5  # what stands at large on the page of all connections; the others are rows below, as many to a page
)
MOST_ROWS: Final = 30
LIVE_EVERY: Final = 5  # seconds
FOLLOWED_FOR: Final = timedelta(hours=1)  # no page that is left open keeps its session alive for longer
WITHOUT_LINK: Final = OVER | {ConnectionState.VERIFYING, ConnectionState.REVIEW, ConnectionState.ACTIVE}

SUBJECT: Final = N_("Please approve the Outlook calendars of %(organization)s for %(product)s")
MESSAGE: Final = N_(
    "Hello,\n\nwe would like to connect the Outlook calendars of %(organization)s with %(product)s. A Microsoft "
    "administrator has to approve this once for everybody; it takes about two minutes.\n\nPlease open this link with "
    "an account that is Global Administrator or Privileged Role Administrator:\n\n%(link)s\n\nThe page shows what is "
    "granted, what is not touched, and how it can be limited to some mailboxes. The link works until %(until)s.\n\n"
    "Thank you!"
)


@dataclass(frozen=True)
class CardView:
    card: Card
    text: StateText
    trouble: TroubleText | None
    phase: str | None
    live: int | None  # seconds after which the page looks again by itself
    link_expires_at: datetime | None  # of a link that works
    is_living: bool
    is_over: bool

    @property
    def connection(self) -> Connection:
        return self.card.connection

    @property
    def path(self) -> str:
        return f"/portal/outlook/{self.connection.connection}"

    @property
    def may_sweep(self) -> bool:
        return self.connection.state in SERVING or self.connection.state is ConnectionState.REVIEW

    @property
    def waits_for_you(self) -> bool:
        """Beside what its state says already: a held match, or domains."""
        return (self.is_living and self.connection.held is not None) or self.card.unproven > 0

    @property
    def may_issue(self) -> bool:
        """Whether another link can be issued for it."""
        return self.connection.state not in WITHOUT_LINK or self.connection.state is ConnectionState.DISCONNECTED


@dataclass(frozen=True)
class LinkMessage:
    """For the Microsoft administrator, in the admin's own language."""

    text: str
    mailto: str


def card_view(card: Card, now: datetime) -> CardView:
    connection, state = card.connection, card.connection.state
    return CardView(
        card,
        _text(connection, now),
        _trouble(connection),
        phase_of(card.progress) if card.progress else None,
        LIVE_EVERY if _is_followed(card, now) else None,
        connection.link.expires_at if card.link else None,
        state in LIVING,
        state in OVER,
    )


def _text(connection: Connection, now: datetime) -> StateText:
    """The link's end is written down within a minute of it."""
    if connection.state is not ConnectionState.PENDING:
        return STATE_TEXTS[connection.state]
    if connection.link.revoked:
        return REVOKED
    is_expired = connection.link.expires_at <= now
    return STATE_TEXTS[ConnectionState.EXPIRED if is_expired else ConnectionState.PENDING]


def _trouble(connection: Connection) -> TroubleText | None:
    reason = connection.reason or ""
    if connection.state is ConnectionState.ATTENTION:
        return TROUBLES.get(reason, ANY_TROUBLE)
    return STALLED.get(reason) if connection.state is ConnectionState.VERIFYING else None


def _is_followed(card: Card, now: datetime) -> bool:
    connection = card.connection
    began_at = connection.activated_at or connection.verifying_since
    return card.progress is not None and began_at is not None and now - began_at < FOLLOWED_FOR


@dataclass(frozen=True)
class OutlookView:
    cards: tuple[CardView, ...]  # the first of them, on the first page
    rows: tuple[CardView, ...]  # the others, a page of them
    page: int  # from 1
    pages: int
    people: int
    is_reviewed: bool  # nobody is connected before an admin has looked
    held: int  # cancellations that wait for a person
    once: str  # the same form, sent twice, is one

    @property
    def is_followed(self) -> bool:
        return any(shown.live for shown in (*self.cards, *self.rows))


def outlook_view(overview: OverviewOf, held: int, once: str, now: datetime, page: int = 1) -> OutlookView:
    """``page`` from 1; the last one for a number beyond it."""
    cards = tuple(card_view(card, now) for card in overview.cards)
    others = cards[MOST_CARDS:]
    pages = max(1, -(-len(others) // MOST_ROWS))
    place = min(max(page, 1), pages)
    is_reviewed = overview.organization.policy.activation is Activation.REVIEW
    rows = others[(place - 1) * MOST_ROWS : place * MOST_ROWS]
    at_large = cards[:MOST_CARDS] if place == 1 else ()
    return OutlookView(at_large, rows, place, pages, overview.people, is_reviewed, held, once)


def render_outlook(frame: Frame, view: OutlookView) -> str:
    """Three steps where nothing is connected; else a card for each of the first connections, a row for each other."""
    return render(frame, "outlook.html", view=view, at="/portal/outlook")


@dataclass(frozen=True)
class ConnectionView:
    shown: CardView
    organization: str
    once: str


def render_connection(frame: Frame, view: ConnectionView) -> str:
    return render(frame, "outlook_connection.html", view=view, message=_message(frame, view), at="/portal/outlook")


def _message(frame: Frame, view: ConnectionView) -> LinkMessage | None:
    card = view.shown.card
    if card.link is None:
        return None
    from shared_code.pages.writing import moment  # noqa: PLC0415 - Babel is imported with the first page

    words = catalogue(language_of(frame.locale)).gettext
    until = moment(card.connection.link.expires_at, frame.locale, frame.zone)
    about = {"organization": view.organization, "product": frame.brand.name, "link": card.link, "until": until}
    subject, text = " ".join((words(SUBJECT) % about).split()), words(MESSAGE) % about  # a header is one line
    return LinkMessage(text, f"mailto:?subject={quote(subject)}&body={quote(text.replace('\n', '\r\n'))}")


@dataclass(frozen=True)
class DisconnectView:
    shown: CardView
    organization: str
    client_id: str
    words: Sequence[str]  # one of which is to be typed; none for a connection that nobody has approved
    is_mistyped: bool = False


def render_disconnect(frame: Frame, view: DisconnectView) -> str:
    return render(frame, "outlook_disconnect.html", view=view, at="/portal/outlook")
