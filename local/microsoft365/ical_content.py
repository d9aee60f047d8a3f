"""What an iCalendar event says beside its times, as [MS-OXCICAL] maps it to Outlook's properties."""

from collections.abc import Iterator, Set
from datetime import timedelta
from typing import Any

from local.microsoft365.events import Attendee, Content, Importance, Party, Response, Sensitivity, ShowAs
from local.microsoft365.ical_lines import Vevent

_BUSY_STATUS: dict[str, ShowAs] = {
    "FREE": "free",
    "TENTATIVE": "tentative",
    "BUSY": "busy",
    "OOF": "oof",
    "WORKINGELSEWHERE": "workingElsewhere",
}
_PARTICIPATION: dict[str, Response] = {
    "ACCEPTED": "accepted",
    "DECLINED": "declined",
    "TENTATIVE": "tentativelyAccepted",
    "NEEDS-ACTION": "notResponded",
}
_CLASSES: dict[str, Sensitivity] = {"PRIVATE": "private", "CONFIDENTIAL": "confidential", "PERSONAL": "personal"}
_HIGH, _LOW = range(1, 5), range(6, 10)


def content_of(event: Vevent, owners: Set[str], *, is_cancellation: bool) -> Content:
    """``owners``: addresses, in lower case, by which the file may name the owner of the mailbox."""
    organizer = _organizer(event, owners)
    attendees = tuple(_attendees(event))
    return Content(
        subject=_text(event, "SUMMARY"),
        body=_text(event, "DESCRIPTION"),
        location=_text(event, "LOCATION"),
        show_as=_show_as(event),
        response="organizer" if organizer is None else _own_response(attendees, owners),
        is_cancelled=is_cancellation or _word(event, "STATUS") == "CANCELLED",
        sensitivity=_CLASSES.get(_word(event, "CLASS"), "normal"),
        importance=_importance(event),
        categories=tuple(_categories(event)),
        organizer=organizer,
        attendees=attendees,
        reminder_minutes=_reminder(event),
        join_url=_text(event, "X-MICROSOFT-SKYPETEAMSMEETINGURL") or None,
    )


def _show_as(event: Vevent) -> ShowAs:
    """Outlook's own word first: what is shown now, then what the organizer meant; else the standard properties."""
    for name in ("X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-INTENDEDSTATUS"):
        if _word(event, name) in _BUSY_STATUS:
            return _BUSY_STATUS[_word(event, name)]
    if _word(event, "TRANSP") == "TRANSPARENT":
        return "free"
    return "tentative" if _word(event, "STATUS") == "TENTATIVE" else "busy"


def _organizer(event: Vevent, owners: Set[str]) -> Party | None:
    """None when it is the owner, or nobody."""
    organizer = event.get("ORGANIZER")
    if organizer is None or _address(organizer).lower() in owners:
        return None
    return _party(organizer)


def _own_response(attendees: tuple[Attendee, ...], owners: Set[str]) -> Response:
    return next((each.response for each in attendees if each.party.address.lower() in owners), "none")


def _attendees(event: Vevent) -> Iterator[Attendee]:
    given = event.get("ATTENDEE", [])
    for attendee in given if isinstance(given, list) else [given]:
        role, kind = str(attendee.params.get("ROLE", "")).upper(), str(attendee.params.get("CUTYPE", "")).upper()
        response = _PARTICIPATION.get(str(attendee.params.get("PARTSTAT", "")).upper(), "none")
        if kind in {"RESOURCE", "ROOM"} or role == "NON-PARTICIPANT":
            yield Attendee(_party(attendee), "resource", response)
        else:
            yield Attendee(_party(attendee), "optional" if role == "OPT-PARTICIPANT" else "required", response)


def _party(value: Any) -> Party:
    address = _address(value)
    return Party(str(value.params.get("CN", address)), address)


def _address(value: Any) -> str:
    text = str(value)
    return text[len("mailto:") :] if text.lower().startswith("mailto:") else text


def _importance(event: Vevent) -> Importance:
    own = {"0": "low", "2": "high"}.get(_word(event, "X-MICROSOFT-CDO-IMPORTANCE"))
    priority = int(event.get("PRIORITY", 0))
    if own == "high" or (own is None and priority in _HIGH):
        return "high"
    return "low" if own == "low" or priority in _LOW else "normal"


def _categories(event: Vevent) -> Iterator[str]:
    given = event.get("CATEGORIES", [])
    for prop in given if isinstance(given, list) else [given]:
        yield from (str(category) for category in prop.cats)


def _reminder(event: Vevent) -> int | None:
    """Minutes before the start, from the first alarm that is relative to it."""
    for alarm in event.walk("VALARM"):
        trigger = alarm.get("TRIGGER")
        if trigger is not None and isinstance(trigger.dt, timedelta):
            return max(0, -int(trigger.dt.total_seconds() // 60))
    return None


def _word(event: Vevent, name: str) -> str:
    return _text(event, name).strip().upper()


def _text(event: Vevent, name: str) -> str:
    """The first of several, should a file repeat what may be there once only."""
    value = event.get(name, "")
    return str(value[0] if isinstance(value, list) else value)
