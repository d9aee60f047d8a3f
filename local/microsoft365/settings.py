"""What can be set for the whole stand-in while it runs."""

from typing import Literal

import msgspec


class Settings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Times in seconds; ``resource_units`` replaces the limit that follows from the tenant's size."""

    token_lifetime_seconds: int = 3599
    code_lifetime_seconds: int = 600
    latency_seconds: float = 0.0
    delta_page_size: int = 200
    delta_empty_pages: int = 0
    delta_token_lifetime_seconds: int = 7 * 24 * 3600
    delta_expiry: Literal["gone", "bad_request"] = "gone"
    resource_units: int | None = None
    throttle: bool = True
