"""What an organizer's meeting becomes in the mailbox of somebody who is invited to it.

A copy has ids of its own and shares the iCalUId. learn.microsoft.com/graph/outlook-calendar-concept-overview
"""

from dataclasses import replace
from datetime import datetime

from local.microsoft365.events import Attendee, Change, Content, Event, Party
from local.microsoft365.mailbox import Draft, Mailbox, Placed

CANCELLED = "Canceled: "


def find_copy(mailbox: Mailbox, uid: str) -> Placed | None:
    return mailbox.find_event(lambda event: event.uid == uid and event.content.organizer is not None)


def find_original(mailbox: Mailbox, uid: str) -> Placed | None:
    return mailbox.find_event(lambda event: event.uid == uid and event.content.organizer is None)


def put_copy(mailbox: Mailbox, event: Event, organizer: Party, now: datetime, *, asks_again: bool) -> None:
    """A new copy in the default calendar, or the one that is there brought up to date where it lies.

    ``asks_again``: an answer that was given holds no longer.
    """
    copy = find_copy(mailbox, event.uid)
    if copy is None:
        content = _invited(event.content, organizer, None)
        changes = {due: _invited_change(change, organizer, None) for due, change in event.changes.items()}
        draft = Draft(event.span, content, event.repetition, event.uid, changes, event.removed)
        mailbox.add(mailbox.default_calendar, draft, now)
        return
    own = copy.instance.event
    kept = None if asks_again else own.content
    changes = {due: _invited_change(change, organizer, kept) for due, change in event.changes.items()}
    content = _with_own_marks(_invited(event.content, organizer, kept), own.content)
    fresh = replace(own, span=event.span, content=content, repetition=event.repetition, changes=changes)
    mailbox.save(copy.calendar, replace(fresh, removed=event.removed), now)


def cancel_copy(mailbox: Mailbox, event: Event, now: datetime) -> None:
    """It stays until its owner takes it away, free and with another subject."""
    copy = find_copy(mailbox, event.uid)
    if copy is None:
        return
    own = copy.instance.event
    content = replace(own.content, subject=CANCELLED + own.content.subject, is_cancelled=True, show_as="free")
    mailbox.save(copy.calendar, replace(own, content=content, changes={}), now)


def _invited(content: Content, organizer: Party, kept: Content | None) -> Content:
    """Named properties do not travel; nobody sees in a copy what the others have answered."""
    attendees = tuple(Attendee(each.party, each.kind) for each in content.attendees)
    if kept is None:
        kept = Content(response="notResponded", show_as="tentative")
    return replace(
        content,
        organizer=organizer,
        attendees=attendees,
        response=kept.response,
        responded_at=kept.responded_at,
        show_as=kept.show_as,
        properties={},
        categories=(),
        reminder_minutes=Content().reminder_minutes,
    )


def _invited_change(change: Change, organizer: Party, kept: Content | None) -> Change:
    return Change(change.span, _invited(change.content, organizer, kept))


def _with_own_marks(content: Content, own: Content) -> Content:
    """What the owner of the copy chose for themselves stays."""
    return replace(content, reminder_minutes=own.reminder_minutes, categories=own.categories, properties=own.properties)
