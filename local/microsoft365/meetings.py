"""Events as Exchange keeps them between mailboxes: whoever organizes sends, whoever is invited has a copy and answers.

Each act changes the mailbox it is done in and everybody else's whom it concerns, in one go, with the mails and the
notifications that follow. ``send=False`` is Outlook's "do not send": nobody else hears of it.
"""

from dataclasses import replace
from datetime import datetime

from local.microsoft365.attendee_copies import cancel_copy, put_copy
from local.microsoft365.calendar_folder import Calendar
from local.microsoft365.events import Attendee, Content, Event, Party, Repetition, Span
from local.microsoft365.mailbox import Draft, Edit, Mailbox, Placed
from local.microsoft365.postal import Desk, find_desk, post
from local.microsoft365.world import World


class NotTheOrganizer(ValueError):
    """Only the organizer cancels a meeting."""


def create(world: World, desk: Desk, calendar: Calendar, draft: Draft, *, send: bool = True) -> Placed:
    placed = desk.mailbox.add(calendar, draft, world.now())
    if send and _is_meeting(placed.instance.event):
        for attendee in _invited(desk, placed.instance.event):
            _invite(world, desk, placed.instance.event, attendee)
    return placed


def change(world: World, desk: Desk, item_id: str, edit: Edit, *, send: bool = True) -> Placed:
    """A single event, a series, or one occurrence."""
    before = desk.mailbox.get_item(item_id)
    placed = desk.mailbox.edit(item_id, _keeping_answers(edit), world.now())
    return _announced(world, desk, before, placed, send=send)


def redefine(
    world: World, desk: Desk, item_id: str, edit: Edit, repetition: Repetition | None, *, send: bool = True
) -> Placed:
    """As ``Mailbox.redefine``."""
    before = desk.mailbox.get_item(item_id)
    placed = desk.mailbox.redefine(item_id, _keeping_answers(edit), repetition, world.now())
    return _announced(world, desk, before, placed, send=send)


def cancel(world: World, desk: Desk, item_id: str, comment: str = "") -> None:
    """The attendees are told, and the event goes to the deleted items. Raises NotTheOrganizer.

    What lies there already stays; its attendees are told unless they were before.
    """
    placed = desk.mailbox.get_item(item_id)
    if placed.instance.content.organizer is not None:
        raise NotTheOrganizer(item_id)
    if placed.calendar is desk.mailbox.deleted_items:
        _call_off_whole(world, desk, placed.instance.event, comment)
    else:
        delete(world, desk, item_id, comment=comment)


def delete(
    world: World, desk: Desk, item_id: str, *, comment: str = "", send: bool = True, for_good: bool = False
) -> None:
    """Of an organizer's meeting the attendees are told; whoever was only invited just loses the copy."""
    placed = desk.mailbox.get_item(item_id)
    if for_good and placed.instance.due is None:
        desk.mailbox.purge(item_id)
    else:
        desk.mailbox.remove(item_id, world.now())
    if send and placed.instance.due is None:
        _call_off_whole(world, desk, placed.instance.event, comment)
    elif send:
        _call_off_occurrence(world, desk, placed, comment)


def _is_meeting(event: Event) -> bool:
    return event.content.organizer is None and bool(event.content.attendees)


def _invited(desk: Desk, event: Event) -> list[Attendee]:
    """Everybody but the organizer, who may stand among the attendees."""
    return [each for each in event.content.attendees if not desk.is_at(each.party.address)]


def _invite(world: World, desk: Desk, event: Event, attendee: Attendee) -> None:
    post(world, "invitation", event, desk.mailbox.owner, attendee.party, desk.tenant)
    _deliver(world, desk, event, attendee.party, asks_again=True)


def _deliver(world: World, desk: Desk, event: Event, to: Party, *, asks_again: bool) -> None:
    there = find_desk(world, to.address, desk.tenant)
    if there is not None and there.person is not desk.person:
        put_copy(there.mailbox, event, desk.mailbox.owner, world.now(), asks_again=asks_again)


def _call_off(world: World, desk: Desk, event: Event, comment: str, *only: Attendee) -> None:
    for attendee in only or _invited(desk, event):
        post(world, "cancellation", event, desk.mailbox.owner, attendee.party, desk.tenant, comment)
        there = find_desk(world, attendee.party.address, desk.tenant)
        if there is not None:
            cancel_copy(there.mailbox, event, world.now())


def _call_off_whole(world: World, desk: Desk, event: Event, comment: str) -> None:
    """Once: nobody is told again of a meeting that is cancelled already."""
    if _is_meeting(event) and not event.content.is_cancelled:
        _mark_cancelled(desk.mailbox, event, world.now())
        _call_off(world, desk, event, comment)


def _call_off_occurrence(world: World, desk: Desk, occurrence: Placed, comment: str) -> None:
    """The copies lose it at once."""
    if not _is_meeting(occurrence.instance.event):
        return
    series = desk.mailbox.get_item(desk.mailbox.master_id(occurrence, immutable=True)).instance.event
    for attendee in _invited(desk, series):
        post(world, "cancellation", series, desk.mailbox.owner, attendee.party, desk.tenant, comment)
        _deliver(world, desk, series, attendee.party, asks_again=False)


def _mark_cancelled(mailbox: Mailbox, event: Event, now: datetime) -> None:
    """The organizer's own, where it still lies among the deleted items."""
    if mailbox.deleted_items.find(event.key) is not None:
        cancelled = replace(event, content=replace(event.content, is_cancelled=True))
        mailbox.save(mailbox.deleted_items, cancelled, now)


def _keeping_answers(edit: Edit) -> Edit:
    """Who was invited before keeps the answer, unless the time is another: then everybody is asked again."""

    def kept(span: Span, content: Content) -> tuple[Span, Content]:
        new_span, new = edit(span, content)
        if content.organizer is not None:
            return new_span, new
        given = {} if new_span != span else {_key(each): each for each in content.attendees}
        is_named = new.attendees is not content.attendees
        return new_span, replace(
            new, attendees=tuple(_answered(each, given, is_named=is_named) for each in new.attendees)
        )

    return kept


def _answered(attendee: Attendee, given: dict[str, Attendee], *, is_named: bool) -> Attendee:
    """An answer that the edit itself says stands."""
    if is_named and attendee.response != "none":
        return attendee
    before = given.get(_key(attendee), Attendee(attendee.party))
    return replace(before, party=attendee.party, kind=attendee.kind)


def _announced(world: World, desk: Desk, before: Placed, after: Placed, *, send: bool) -> Placed:
    """Nothing that happens among the deleted items is told to anybody."""
    if send and after.calendar is not desk.mailbox.deleted_items:
        _announce(world, desk, before.instance.event, after.instance.event)
    return after


def _announce(world: World, desk: Desk, before: Event, after: Event) -> None:
    """Only who is new or gone hears of a change of the attendees alone; of any other, everybody."""
    if after.content.organizer is not None:
        return
    old = {_key(each): each for each in _invited(desk, before)}
    new = {_key(each): each for each in _invited(desk, after)}
    gone = [attendee for key, attendee in old.items() if key not in new]
    if gone:
        _call_off(world, desk, before, "", *gone)
    for key, attendee in new.items():
        if key not in old:
            _invite(world, desk, after, attendee)
        elif _told(before) != _told(after):
            post(world, "update", after, desk.mailbox.owner, attendee.party, desk.tenant)
            _deliver(world, desk, after, attendee.party, asks_again=_times(before) != _times(after))


def _told(event: Event) -> object:
    """All that an update mail is about; reminder, status, categories and marks are the organizer's own affair."""
    changed = {due: (each.span, _public(each.content)) for due, each in event.changes.items()}
    return event.span, event.repetition, event.removed, _public(event.content), changed


def _public(content: Content) -> Content:
    plain = Content()
    return replace(
        content,
        attendees=(),
        properties={},
        categories=(),
        reminder_minutes=None,
        show_as=plain.show_as,
        responded_at=plain.responded_at,
    )


def _times(event: Event) -> object:
    return event.span, event.repetition


def _key(attendee: Attendee) -> str:
    return attendee.party.address.lower()
