"""What is put on queues: orders, small and versioned. A message is a hint; whoever receives it looks at the tables.

``order_queues.py`` says on which."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, Self

import msgspec

from shared_code.core.ids import (
    BookingId,
    ConnectionId,
    LinkKey,
    MailboxKey,
    OrganizationId,
    ProductUserId,
    Registration,
    TenantId,
    UserId,
)
from shared_code.core.mended import Damage, Mended
from shared_code.core.outbox_place import OutboxPlace, OutboxTable
from shared_code.core.product_event import EventId, ProductEvent
from shared_code.core.subscription import Occasion
from shared_code.core.sync_rules import Cause

RepairStep = Literal["rows", "users", "subscriptions"]


class Message(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    version: int = 1


class CheckGrant(Message, frozen=True, kw_only=True, tag=True):
    """Look whether the consent has reached the tenant's service principal."""

    organization: OrganizationId
    connection: ConnectionId


class SweepUsers(Message, frozen=True, kw_only=True, tag=True):
    """Go on with the full match ``sweep``; without an id, begin one."""

    organization: OrganizationId
    connection: ConnectionId
    sweep: str | None = None


class SweepChanges(Message, frozen=True, kw_only=True, tag=True):
    """Read what changed in the tenant's directory since the last look."""

    organization: OrganizationId
    connection: ConnectionId


class ReadMailboxes(Message, frozen=True, kw_only=True, tag=True):
    """A connection serves again, or another policy says which calendars are read: see to the mailboxes of all its users
    behind ``after`` in a quarter of an hour."""

    organization: OrganizationId
    connection: ConnectionId
    after: ProductUserId | None = None
    occasion: Literal["recovered", "policy"] = "recovered"

    def behind(self, after: ProductUserId) -> "ReadMailboxes":
        """The message that goes on there."""
        return msgspec.structs.replace(self, after=after)


class LookUpUsers(Message, frozen=True, kw_only=True, tag=True):
    """These product users are new or changed: look for them in the directories at once."""

    organization: OrganizationId
    users: tuple[ProductUserId, ...]


class SettleAccounts(Message, frozen=True, kw_only=True, tag=True):
    """See what the policy makes of these people's own accounts, now that an admin-managed calendar came or went."""

    organization: OrganizationId
    users: tuple[ProductUserId, ...]


class SettleEverybody(Message, frozen=True, kw_only=True, tag=True):
    """The same of everybody behind ``after``: the policy is another one, a connection serves no longer or again, or a
    day has passed. ``calendars``: the policy says anew which calendars are read."""

    organization: OrganizationId
    after: ProductUserId | None = None
    calendars: bool = False

    def behind(self, after: ProductUserId) -> "SettleEverybody":
        """The message that goes on there."""
        return msgspec.structs.replace(self, after=after)


class ConnectMailbox(Message, frozen=True, kw_only=True, tag=True):
    """Make or renew this user's link and read their calendars for the first time."""

    organization: OrganizationId
    user: ProductUserId
    tenant: TenantId
    user_id: UserId
    registration: Registration = "organizations"

    @property
    def link(self) -> LinkKey:
        return LinkKey(MailboxKey(self.registration, self.tenant, self.user_id), self.organization, self.user)


class FeedFirstReads(Message, frozen=True, kw_only=True, tag=True):
    """Order the next first reads of this connection; without a ``step``, begin with the first of its users."""

    organization: OrganizationId
    connection: ConnectionId
    step: int | None = None


class ReleaseMailbox(Message, frozen=True, kw_only=True, tag=True):
    """This user no longer has this mailbox: forget the link, and the mailbox with the last of them."""

    organization: OrganizationId
    user: ProductUserId
    tenant: TenantId
    user_id: UserId
    asked_for: bool = False  # by somebody who wants it done now
    registration: Registration = "organizations"

    @property
    def link(self) -> LinkKey:
        return LinkKey(MailboxKey(self.registration, self.tenant, self.user_id), self.organization, self.user)


class OfMailbox(Message, frozen=True, kw_only=True):
    """About one mailbox, as one of the app's registrations sees it."""

    registration: Registration
    tenant: TenantId
    user_id: UserId

    @property
    def mailbox(self) -> MailboxKey:
        return MailboxKey(self.registration, self.tenant, self.user_id)


class OfLink(OfMailbox, frozen=True, kw_only=True):
    """About one product user's calendars in it."""

    organization: OrganizationId
    user: ProductUserId

    @property
    def link(self) -> LinkKey:
        return LinkKey(self.mailbox, self.organization, self.user)


class SyncMailbox(OfMailbox, frozen=True, kw_only=True, tag=True):
    """Read this mailbox's calendars; ``queued_at`` is when the first cause arose, and when an echo is due."""

    queued_at: datetime
    cause: Cause
    several: bool = False  # notifications of this mailbox came at once


def sync_order(mailbox: MailboxKey, queued_at: datetime, cause: Cause, *, several: bool = False) -> SyncMailbox:
    return SyncMailbox(
        registration=mailbox.registration,
        tenant=mailbox.tenant,
        user_id=mailbox.user_id,
        queued_at=queued_at,
        cause=cause,
        several=several,
    )


class ConfirmDrift(OfMailbox, frozen=True, kw_only=True, tag=True):
    """A read found then what nobody had told: has anybody told of it since?"""

    found_at: datetime


class KeepSubscription(OfMailbox, frozen=True, kw_only=True, tag=True):
    """See that this mailbox has a subscription that lives on; ``about`` is the one that a lifecycle event named."""

    queued_at: datetime
    occasion: Occasion = "turn"
    about: str | None = None
    failures: int = 0  # of earlier tries
    orders_read: bool = False  # the mailbox was shut for a while: whatever comes of it, have it read as well

    def after_failure(self) -> "KeepSubscription":
        return msgspec.structs.replace(self, failures=self.failures + 1, orders_read=False)


class DropSubscription(OfMailbox, frozen=True, kw_only=True, tag=True):
    """Nobody is linked to this mailbox any more: end its subscription."""

    subscription: str
    queued_at: datetime


class Check(OfLink, frozen=True, kw_only=True):
    """A read found then something amiss: look what became of it."""

    found_at: datetime
    failures: int = 0

    def after_failure(self) -> Self:
        return msgspec.structs.replace(self, failures=self.failures + 1)

    @classmethod
    def of(cls, link: LinkKey, found_at: datetime) -> Self:
        mailbox = link.mailbox
        return cls(
            registration=mailbox.registration,
            tenant=mailbox.tenant,
            user_id=mailbox.user_id,
            organization=link.organization,
            user=link.user,
            found_at=found_at,
        )


class CheckBookings(Check, frozen=True, kw_only=True, tag=True):
    """Bookings of this user. With a ``hold``: carry out what a person decided about those that it holds."""

    hold: str | None = None

    def about(self, hold: str | None) -> "CheckBookings":
        return msgspec.structs.replace(self, hold=hold)


class CheckCopies(Check, frozen=True, kw_only=True, tag=True):
    """A co-host's copies of booked meetings."""


class SettleBooking(Message, frozen=True, kw_only=True, tag=True):
    """Nobody came back to an attempt at this booking: find out what Microsoft has of it. Or it was found moved or gone:
    its co-hosts' rows follow."""

    organization: OrganizationId
    host: ProductUserId
    booking: BookingId
    mailbox: str | None = None  # as MailboxKey is written; None in orders from before: then it is the matched one


class EndForCohost(Message, frozen=True, kw_only=True, tag=True):
    """A co-host has declined, and the organisation's policy says that this cancels the booking."""

    organization: OrganizationId
    booking: BookingId
    generation: int
    cohost: ProductUserId


class DisconnectUsers(Message, frozen=True, kw_only=True, tag=True):
    """Take this connection's calendars from its users, group by group; ``released`` mailboxes so far."""

    organization: OrganizationId
    connection: ConnectionId
    after: ProductUserId | None = None
    released: int = 0


class RepairConnection(Message, frozen=True, kw_only=True, tag=True):
    """Go on with the walk that looks whether all that hangs together still does.

    ``after`` is the last product user, or the last mailbox's user, that was looked at in this ``step``."""

    organization: OrganizationId
    connection: ConnectionId
    began_at: datetime
    step: RepairStep = "rows"
    after: str | None = None
    mended: Mended = Mended()

    def next(self, step: RepairStep, after: str | None, found: Mapping[Damage, int]) -> "RepairConnection":
        """The message that goes on behind ``after``, with what this one has found."""
        return msgspec.structs.replace(self, step=step, after=after, mended=self.mended.plus(found))


class ForgetOrganization(Message, frozen=True, kw_only=True, tag=True):
    """Go on with forgetting a whole organisation; ``released`` mailboxes so far."""

    organization: OrganizationId
    released: int = 0


class RelayEvents(Message, frozen=True, kw_only=True, tag=True):
    """Pass on the product events that wait in this partition."""

    table: OutboxTable
    partition: str
    overtaken: int = 0  # how often somebody else was found to be at it

    @property
    def place(self) -> OutboxPlace:
        return OutboxPlace(self.table, self.partition)

    @property
    def organization(self) -> OrganizationId | None:
        """Whose partition it is; None of a mailbox's, where several may have events."""
        return None if self.table == "mailboxes" else OrganizationId(self.partition)

    @property
    def tenant(self) -> TenantId | None:
        """The mailbox's, with its ``user_id``; None of an organisation's partition."""
        return TenantId(self.partition.split("!")[1]) if self.table == "mailboxes" else None

    @property
    def user_id(self) -> UserId | None:
        return UserId(self.partition.split("!")[2]) if self.table == "mailboxes" else None


class DeliverEvent(Message, frozen=True, kw_only=True, tag=True):
    """Send this event to the product; ``asked_at``: once more, unless it was delivered since."""

    organization: OrganizationId
    event: EventId
    begun_at: datetime | None = None  # of the first try; None: this is it
    failures: int = 0
    asked_at: datetime | None = None


class DeliverUnlisted(Message, frozen=True, kw_only=True, tag=True):
    """Send this event to the product; it is nowhere but in this message, and soon worth nothing."""

    event: ProductEvent
    failures: int = 0

    @property
    def organization(self) -> OrganizationId:
        return self.event.organization


class ReplayEvents(Message, frozen=True, kw_only=True, tag=True):
    """Send all events that were recorded behind ``after`` and before ``asked_at`` once more, page by page."""

    organization: OrganizationId
    after: str
    asked_at: datetime


MatchMessage = (
    CheckGrant
    | SweepUsers
    | SweepChanges
    | ReadMailboxes
    | LookUpUsers
    | SettleAccounts
    | SettleEverybody
    | DisconnectUsers
    | RepairConnection
    | ForgetOrganization
)
MailboxMessage = (
    ConnectMailbox
    | FeedFirstReads
    | ReleaseMailbox
    | SyncMailbox
    | ConfirmDrift
    | KeepSubscription
    | DropSubscription
    | CheckBookings
    | CheckCopies
    | SettleBooking
    | EndForCohost
)
EventMessage = RelayEvents | DeliverEvent | DeliverUnlisted | ReplayEvents
AnyMessage = MatchMessage | MailboxMessage | EventMessage

HINT_DELAY = timedelta(seconds=5)  # of a message sent before the commit it announces, so that none is lost


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyMessage] = msgspec.json.Decoder(AnyMessage)


def encode(message: AnyMessage) -> bytes:
    return _encoder.encode(message)


def decode(body: bytes | str) -> AnyMessage:
    """Raise ``msgspec.DecodeError`` for a body that is none of ours."""
    return _decoder.decode(body)


def find_message(body: bytes) -> AnyMessage | None:
    """None for a body that is none of ours."""
    try:
        return decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
