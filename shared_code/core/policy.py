"""What an organisation decides about its people's calendars."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from shared_code.core.calendar import ShowAs


class Activation(StrEnum):
    """What happens after the first user match of a connection."""

    AUTOMATIC = "automatic"
    REVIEW = "review"


class CheckedByDefault(StrEnum):
    """Which calendars are checked for people who chose none."""

    DEFAULT = "default"  # the mailbox's default calendar, whichever that is
    ALL = "all"  # every calendar of their own


class WrittenByDefault(StrEnum):
    """Which calendar is written to for people who chose none."""

    DEFAULT = "default"


class PersonalConnections(StrEnum):
    """Whether people may connect Outlook accounts of their own."""

    ALLOWED = "allowed"
    WITHOUT_ADMIN_MANAGED = "without_admin_managed"  # only while they have no admin-managed calendar
    OFF = "off"


class Takeover(StrEnum):
    """What becomes of people with an account of their own whom an admin-managed connection finds later."""

    KEEP = "keep"  # their own account; no admin-managed calendar is made
    REPLACE = "replace"  # by the admin-managed calendar, for as long as there is one
    BOTH = "both"


@dataclass(frozen=True)
class Rule[T]:
    """What holds for whoever chose nothing and, while it is locked, for everybody."""

    default: T
    locked: bool = False


@dataclass(frozen=True)
class Policy:
    activation: Activation = Activation.AUTOMATIC
    allow_user_disconnect: bool = True  # whether people may disconnect themselves; an owner or admin may at any time
    admin_managed: bool = True  # whether the connections match people anew
    cohost_decline_cancels: bool = False  # whether a co-host's decline cancels a booking
    busy_updates: bool = False  # whether the product is told that somebody's busy times have changed
    checked_calendars: Rule[CheckedByDefault] = Rule(CheckedByDefault.DEFAULT)
    write_calendar: Rule[WrittenByDefault] = Rule(WrittenByDefault.DEFAULT)
    busy_statuses: Rule[tuple[ShowAs, ...]] = Rule(())  # beside busy and unknown, which always block
    cancellation_sync: Rule[bool] = Rule(default=True)
    personal_connections: PersonalConnections = PersonalConnections.ALLOWED
    takeover: Takeover = Takeover.KEEP


@dataclass(frozen=True)
class SentRule[T]:
    """A rule as the product sends it. What it leaves out stays."""

    default: T | None = None
    locked: bool | None = None


@dataclass(frozen=True)
class SentPolicy:
    """A policy as the product sends it. What it leaves out stays, so the same words always lead to the same policy."""

    activation: Activation | None = None
    allow_user_disconnect: bool | None = None
    admin_managed: bool | None = None
    cohost_decline_cancels: bool | None = None
    busy_updates: bool | None = None
    checked_calendars: SentRule[CheckedByDefault] | None = None
    write_calendar: SentRule[WrittenByDefault] | None = None
    busy_statuses: SentRule[tuple[ShowAs, ...]] | None = None
    cancellation_sync: SentRule[bool] | None = None
    personal_connections: PersonalConnections | None = None
    takeover: Takeover | None = None


def decided(known: Policy, sent: SentPolicy) -> Policy:
    said = {each.name: getattr(sent, each.name) for each in fields(sent)}
    changes: dict[str, Any] = {name: _merged(getattr(known, name), value) for name, value in said.items()}
    return replace(known, **changes)


def _merged(known: object, sent: object) -> object:
    if sent is None:
        return known
    if not isinstance(known, Rule) or not isinstance(sent, SentRule):
        return sent
    default = known.default if sent.default is None else sent.default
    return Rule(default, known.locked if sent.locked is None else sent.locked)


def calendars_of(policy: Policy) -> tuple[Rule[CheckedByDefault], Rule[WrittenByDefault]]:
    """What decides which calendars are read."""
    return policy.checked_calendars, policy.write_calendar


def accounts_of(policy: Policy) -> tuple[PersonalConnections, Takeover]:
    """What decides whether people's own accounts are kept."""
    return policy.personal_connections, policy.takeover


def matches_more(known: Policy, changed: Policy) -> bool:
    """Whether some are to be matched now whom nobody matched before."""
    admits = changed.admin_managed and not known.admin_managed
    takes_over = changed.takeover is not Takeover.KEEP and known.takeover is Takeover.KEEP
    return changed.admin_managed and (admits or takes_over)


def changes_between(known: Policy, changed: Policy) -> str:
    """For the audit list: each decision that is another one now, with its new value as JSON would have it."""
    before, after = dict(_words(known)), dict(_words(changed))
    return ", ".join(f"{name}={value}" for name, value in after.items() if value != before[name])


def _words(policy: Policy) -> Iterator[tuple[str, str]]:
    for name in (each.name for each in fields(policy)):
        value = getattr(policy, name)
        if isinstance(value, Rule):
            yield name, _plain(value.default)
            yield f"{name}.locked", _plain(value.locked)
        else:
            yield name, _plain(value)


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{' '.join(map(_plain, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)
