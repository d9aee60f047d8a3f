"""What happens to change notifications on their way, by script."""

from typing import Annotated

import msgspec

type Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
type Seconds = Annotated[float, msgspec.Meta(ge=0)]
type Count = Annotated[int, msgspec.Meta(ge=0)]
type BatchSize = Annotated[int, msgspec.Meta(ge=1, le=100)]


class DeliveryScript(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """CONTROL-subscriptions.md says what each does; as it stands, every change is told once, at once and alone."""

    delay_seconds: Seconds = 0.0
    delay_spread_seconds: Seconds = 0.0
    drop_share: Share = 0.0
    drop_next: Count = 0
    repeat: Count = 0
    repeat_share: Share = 1.0
    batch_size: BatchSize = 1
    gather_seconds: Seconds = 0.0
    mix: bool = False
    reorder: bool = False
    lifecycle_too: bool = False
    stale_seconds: Seconds = 0.0
    seed: int = 0
