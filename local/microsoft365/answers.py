"""What somebody who is invited answers, in their own copy and in the organizer's event.

learn.microsoft.com/graph/api/event-accept, …/event-decline, …/graph/outlook-calendar-meeting-proposals
"""

from dataclasses import dataclass, replace
from typing import Literal

from local.microsoft365.attendee_copies import find_original
from local.microsoft365.events import Attendee, Content, Event, ShowAs, Span
from local.microsoft365.mailbox import Placed
from local.microsoft365.postal import Desk, find_desk, post
from local.microsoft365.world import World

type Given = Literal["accepted", "tentativelyAccepted", "declined"]
_SHOWN: dict[Given, ShowAs] = {"accepted": "busy", "tentativelyAccepted": "tentative", "declined": "free"}


class CannotAnswer(ValueError):
    """There is nothing to answer; the message says why, in Outlook's words."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``proposed``: another time, which the organizer is asked to consider. Unsent, only the own copy shows it."""

    given: Given
    comment: str = ""
    is_sent: bool = True
    proposed: Span | None = None


def respond(world: World, desk: Desk, item_id: str, answer: Answer) -> None:
    """Who declines has the copy no longer: it goes to the deleted items, unless the settings keep it.

    Raises CannotAnswer.
    """
    placed = desk.mailbox.get_item(item_id)
    _check(placed, answer)
    _keep(world, desk, placed, answer)
    if answer.is_sent:
        _tell_organizer(world, desk, placed.instance.event, answer)


def _check(placed: Placed, answer: Answer) -> None:
    content = placed.instance.content
    if content.organizer is None:
        raise CannotAnswer("You can't respond to this meeting because you're the meeting organizer.")
    if content.is_cancelled:
        raise CannotAnswer("You can't respond to this meeting because it has been canceled.")
    if answer.is_sent and not content.response_requested:
        raise CannotAnswer("The meeting organizer hasn't requested a response.")
    if answer.proposed is not None and not (answer.is_sent and content.allow_new_time_proposals):
        raise CannotAnswer("A new time can't be proposed for this meeting.")


def _keep(world: World, desk: Desk, placed: Placed, answer: Answer) -> None:
    """In the own copy. A copy that was declined is told of as deleted, and not as changed before."""
    mailbox, now, event = desk.mailbox, world.now(), placed.instance.event
    shown = _SHOWN[answer.given]
    content = replace(event.content, response=answer.given, responded_at=now, show_as=shown)
    folder = placed.calendar
    leaves = answer.given == "declined" and not world.settings.declined_events_stay
    if leaves and folder is not mailbox.deleted_items:
        mailbox.remove(mailbox.master_id(placed, immutable=True), now)
        folder = mailbox.deleted_items
    mailbox.save(folder, replace(event, content=content), now)


def _tell_organizer(world: World, desk: Desk, event: Event, answer: Answer) -> None:
    organizer = event.content.organizer
    assert organizer is not None  # noqa: S101 - checked before
    post(world, answer.given, event, desk.mailbox.owner, organizer, desk.tenant, answer.comment)
    there = find_desk(world, organizer.address, desk.tenant)
    original = None if there is None else find_original(there.mailbox, event.uid)
    if there is None or original is None:
        return
    own = original.instance.event
    content = _with_answer(world, desk, own.content, answer)
    if content != own.content:
        there.mailbox.save(original.calendar, replace(own, content=content), world.now())


def _with_answer(world: World, desk: Desk, content: Content, answer: Answer) -> Content:
    def answered(attendee: Attendee) -> Attendee:
        if not desk.is_at(attendee.party.address):
            return attendee
        return replace(attendee, response=answer.given, responded_at=world.now(), proposed=answer.proposed)

    return replace(content, attendees=tuple(answered(each) for each in content.attendees))
