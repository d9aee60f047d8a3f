"""What the tests of the stand-in's calendars build on."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.microsoft365.event_input import parse_draft
from local.microsoft365.events import Instance
from local.microsoft365.mailbox import Mailbox, Placed

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
SPRING = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
PAYLOADS = Path(__file__).parents[2] / "payloads"


def open_mailbox() -> Mailbox:
    return Mailbox("Ann Martin", "ann@contoso.example", "Romance Standard Time")


def event(start: str, end: str, zone: str = "Europe/Paris", **more: Any) -> dict[str, Any]:
    return {
        "subject": "Meeting",
        "start": {"dateTime": start, "timeZone": zone},
        "end": {"dateTime": end, "timeZone": zone},
        **more,
    }


def recurring(pattern: dict[str, Any], **limits: Any) -> dict[str, Any]:
    """``limits`` is the range without its type, which follows from what it names."""
    kind = "endDate" if "endDate" in limits else "numbered" if "numberOfOccurrences" in limits else "noEnd"
    return {"pattern": {"interval": 1, **pattern}, "range": {"type": kind, **limits}}


def add(mailbox: Mailbox, json: dict[str, Any]) -> Placed:
    return mailbox.add(mailbox.default_calendar, parse_draft(json), NOW)


def starts(mailbox: Mailbox, window: tuple[datetime, datetime] = SPRING) -> list[str]:
    return [f"{instance.start_at:%m-%d %H:%M}" for instance in mailbox.default_calendar.view(*window)]


def titled(mailbox: Mailbox, subject: str, window: tuple[datetime, datetime] = SPRING) -> list[Instance]:
    return [each for each in mailbox.default_calendar.view(*window) if each.content.subject == subject]


def id_of(mailbox: Mailbox, instance: Instance) -> str:
    return mailbox.item_id(Placed(mailbox.default_calendar, instance), immutable=True)
