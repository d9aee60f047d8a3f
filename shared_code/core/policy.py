"""What an organisation decides about its people's calendars."""

from dataclasses import asdict, dataclass, replace
from enum import StrEnum


class Activation(StrEnum):
    """What happens after the first user match of a connection."""

    AUTOMATIC = "automatic"
    REVIEW = "review"


@dataclass(frozen=True)
class Policy:
    activation: Activation = Activation.AUTOMATIC
    allow_user_disconnect: bool = True  # whether people may disconnect themselves; an owner or admin may at any time


@dataclass(frozen=True)
class SentPolicy:
    """A policy as the product sends it. What it leaves out stays, so the same words always lead to the same policy."""

    activation: Activation | None = None
    allow_user_disconnect: bool | None = None


def decided(known: Policy, sent: SentPolicy) -> Policy:
    return replace(known, **{name: value for name, value in asdict(sent).items() if value is not None})


def changes_between(known: Policy, changed: Policy) -> str:
    """For the audit list: each decision that is another one now, with its new value as JSON would have it."""
    before = asdict(known)
    return ", ".join(f"{name}={_plain(value)}" for name, value in asdict(changed).items() if value != before[name])


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
