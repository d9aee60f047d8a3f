"""What can be set for the whole stand-in while it runs."""

from typing import Literal

import msgspec


class Settings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Times in seconds; ``resource_units`` replaces the limit that follows from the tenant's size.
    ``longest_calendar_page``: calendars and their events come in pages of at most so many, whatever was asked for;
    ``uneven_calendar_pages``: some pages have one less although more follows, as Graph's may
    (https://learn.microsoft.com/graph/paging). ``personal_refresh_over_common``: whether a personal account's refresh
    token is good at `common` as well, and not only at `consumers`.

    ``subscription_*`` and what follows: CONTROL-subscriptions.md. ``repeated_transaction_status`` is that of a POST
    whose transactionId is known, ``deleted_items_answer`` whether a GET by id finds what lies in Deleted Items,
    ``declined_events_stay`` whether whoever declines keeps the event in the calendar,
    ``documented_zones_only`` whether a write may name only the zones of Microsoft's page, and no other of IANA's.
    """

    token_lifetime_seconds: int = 3599
    code_lifetime_seconds: int = 600
    refresh_token_lifetime_seconds: int = 90 * 24 * 3600
    personal_refresh_over_common: bool = True
    latency_seconds: float = 0.0
    delta_page_size: int = 200
    delta_empty_pages: int = 0
    delta_token_lifetime_seconds: int = 7 * 24 * 3600
    delta_expiry: Literal["gone", "bad_request"] = "gone"
    resource_units: int | None = None
    throttle: bool = True
    longest_calendar_page: int | None = None
    uneven_calendar_pages: bool = False
    subscription_longest_minutes: int = 10_070
    subscription_shortest_minutes: int = 45
    subscription_page_size: int = 100
    subscriptions_per_mailbox: int = 1_000
    duplicate_subscriptions: Literal["refused", "allowed"] = "refused"
    subscription_token_seconds: int = 24 * 3600
    reauthorization_notice_seconds: int = 1_800
    removal_notices: bool = True
    missed_notices: bool = True
    endpoint_sample: int = 100
    repeated_transaction_status: Literal[200, 201, 409] = 201
    deleted_items_answer: bool = True
    declined_events_stay: bool = False
    documented_zones_only: bool = True
