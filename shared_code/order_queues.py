"""Which order goes into which queue: what somebody waits for never stands behind bulk work."""

from shared_code.messages import (
    AnyMessage,
    CheckBookings,
    CheckCopies,
    ConfirmDrift,
    ConnectMailbox,
    DeliverEvent,
    DeliverUnlisted,
    DropSubscription,
    EndForCohost,
    FeedFirstReads,
    KeepSubscription,
    ReleaseMailbox,
    ReplayEvents,
    SettleBooking,
    SyncMailbox,
)

USER_MATCH = "user-match"
CALENDAR_SYNC = "calendar-sync"
CALENDAR_BACKFILL = "calendar-backfill"
PRODUCT_DELIVERY = "product-delivery"
QUEUES = (USER_MATCH, CALENDAR_SYNC, CALENDAR_BACKFILL, PRODUCT_DELIVERY)


def queue_of(message: AnyMessage) -> str:
    """Interactive work never waits behind bulk work."""
    match message:
        case SyncMailbox(cause="notified" | "interactive" | "first_read" | "echo") | ReleaseMailbox(asked_for=True):
            return CALENDAR_SYNC
        case CheckBookings() | CheckCopies():
            return CALENDAR_SYNC
        case (
            SyncMailbox()
            | ConnectMailbox()
            | ReleaseMailbox()
            | ConfirmDrift()
            | KeepSubscription()
            | DropSubscription()
            | SettleBooking()
            | EndForCohost()
        ):
            return CALENDAR_BACKFILL
        case FeedFirstReads():
            return CALENDAR_BACKFILL  # behind what it has ordered already
        case DeliverEvent() | DeliverUnlisted() | ReplayEvents():
            return PRODUCT_DELIVERY
        case _:
            return USER_MATCH  # relays as well: no event is kept out of the list by an endpoint that hangs
