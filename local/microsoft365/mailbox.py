"""One person's mailbox: calendars, what they hold, and every edit that Outlook or its owner could make.

Edits take the instant at which they happen; ids are those that Graph shows, ordinary or immutable.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, Protocol

from local.microsoft365.calendar_folder import Calendar
from local.microsoft365.events import Change, Content, Event, Instance, Party, Repetition, Span, single_instance
from local.microsoft365.item_ids import (
    FOLDER_KEY_LENGTH,
    ITEM_KEY_LENGTH,
    ItemId,
    digest,
    new_uid,
    parse_calendar_id,
    parse_item_id,
    render_calendar_id,
    render_item_id,
)
from local.microsoft365.recurrence import ends_elsewhere, find_instance, moved_to_first_due, still_due
from local.microsoft365.time_zones import Zone, find_zone

type Edit = Callable[[Span, Content], tuple[Span, Content]]


_BIN = "Deleted Items"

type ChangeKind = Literal["created", "updated", "deleted"]


class Watcher(Protocol):
    """Is told of every edit of the mailbox, whoever makes it."""

    def about_to_change(self, calendar: Calendar) -> None: ...

    def changed(self, kind: ChangeKind, calendar: Calendar, event: Event) -> None: ...

    def moved(self, source: Calendar, destination: Calendar, event: Event) -> None: ...


class ItemNotFound(LookupError):
    """No such calendar or event in this mailbox."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An event before it is in a calendar; ``uid`` is None when the calendar is to give it one."""

    span: Span
    content: Content
    repetition: Repetition | None = None
    uid: str | None = None
    changes: Mapping[datetime, Change] | None = None
    removed: frozenset[datetime] = frozenset()
    transaction_id: str | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """An instance together with the calendar that holds it."""

    calendar: Calendar
    instance: Instance


class Mailbox:
    """Holds at least the default calendar. Raises MalformedId and ItemNotFound for ids it cannot serve.

    ``identity`` tells mailboxes apart in the ids of what they hold; by default it is the owner's address.
    """

    def __init__(self, owner_name: str, owner_address: str, time_zone: str, identity: str | None = None) -> None:
        self.owner = Party(owner_name, owner_address)
        self.time_zone = time_zone
        self._identity = identity or owner_address.lower()
        self._tag = digest(self._identity, 4)
        self._calendars: dict[bytes, Calendar] = {}
        self._revision = 0
        self.watcher: Watcher | None = None
        self.deleted_items = Calendar(digest(f"{self._identity}/deleted items", FOLDER_KEY_LENGTH), _BIN, self.owner)
        self._came_from: dict[bytes, bytes] = {}
        self.add_calendar("Calendar", is_default=True)

    def successor(self) -> "Mailbox":
        """An empty one in its place, whose ids are others: of the same person, after a time without any, say."""
        return Mailbox(self.owner.name, self.owner.address, self.time_zone, f"{self._identity}+")

    @property
    def zone(self) -> Zone:
        return find_zone(self.time_zone)

    def name_owner(self, name: str, address: str) -> None:
        """What the owner is called from now on, also as the owner of their calendars."""
        owner = Party(name, address)
        if owner == self.owner:
            return
        self.owner = owner
        for calendar in self.calendars():
            if calendar.source == "own":
                calendar.owner = owner

    def calendars(self) -> Iterator[Calendar]:
        return iter(self._calendars.values())

    @property
    def default_calendar(self) -> Calendar:
        return next(calendar for calendar in self.calendars() if calendar.is_default)

    def calendar_id(self, calendar: Calendar) -> str:
        return render_calendar_id(self._tag, calendar.key)

    def get_calendar(self, calendar_id: str) -> Calendar:
        calendar = self._calendars.get(parse_calendar_id(self._tag, calendar_id))
        if calendar is None:
            raise ItemNotFound(calendar_id)
        return calendar

    def add_calendar(self, name: str, *, is_default: bool = False) -> Calendar:
        """An empty calendar of the owner's own; its other attributes are set on what is returned."""
        key = self._new_key("calendar", FOLDER_KEY_LENGTH)
        calendar = Calendar(key, name, self.owner, is_default=is_default, revision=self._revision)
        self._calendars[key] = calendar
        return calendar

    def remove_calendar(self, calendar_id: str) -> None:
        calendar = self.get_calendar(calendar_id)
        if calendar.is_default:
            raise ValueError("The default calendar cannot be deleted.")
        self._prepare(calendar)
        del self._calendars[calendar.key]
        for event in calendar.events():
            self.deleted_items.put(event)
            self._tell("deleted", calendar, event)

    def item_id(self, placed: Placed, *, immutable: bool) -> str:
        folder = None if immutable else placed.calendar.key
        return render_item_id(self._tag, ItemId(placed.instance.event.key, folder, placed.instance.due))

    def master_id(self, placed: Placed, *, immutable: bool) -> str:
        folder = None if immutable else placed.calendar.key
        return render_item_id(self._tag, ItemId(placed.instance.event.key, folder))

    def occurrence_id(self, master_id: str, due: datetime) -> str:
        """The id of the occurrence due at a wall time of the series' zone, in the same format as the master's."""
        return render_item_id(self._tag, replace(parse_item_id(self._tag, master_id), due=due))

    def get_item(self, item_id: str) -> Placed:
        """A single event, a series master, or one occurrence of a series, in a calendar or among the deleted items."""
        wanted = parse_item_id(self._tag, item_id)
        for calendar in (*self.calendars(), self.deleted_items):
            event = calendar.find(wanted.item) if wanted.folder in {None, calendar.key} else None
            if event is not None:
                instance = single_instance(event) if wanted.due is None else find_instance(event, wanted.due)
                if instance is not None:
                    return Placed(calendar, instance)
        raise ItemNotFound(item_id)

    def find_event(self, is_wanted: Callable[[Event], bool]) -> Placed | None:
        """The first of the calendars' events, single ones and masters, that is wanted; never a deleted one."""
        for calendar in self.calendars():
            for event in calendar.events():
                if is_wanted(event):
                    return Placed(calendar, single_instance(event))
        return None

    def add(self, calendar: Calendar, draft: Draft, now: datetime) -> Placed:
        key = self._new_key("item", ITEM_KEY_LENGTH)
        event = Event(
            key=key,
            uid=draft.uid or new_uid(key),
            span=draft.span,
            content=draft.content,
            created_at=now,
            modified_at=now,
            revision=self._revision,
            repetition=draft.repetition,
            changes=dict(draft.changes or {}),
            removed=draft.removed,
            transaction_id=draft.transaction_id,
        )
        self._prepare(calendar)
        calendar.put(event)
        self._tell("created", calendar, event)
        return Placed(calendar, single_instance(event))

    def edit(self, item_id: str, change: Edit, now: datetime) -> Placed:
        """Change a single event, a whole series, or, by its own id, one occurrence, which becomes an exception.

        Moving a series drops its exceptions, as Exchange does.
        """
        placed = self.get_item(item_id)
        instance, event = placed.instance, placed.instance.event
        span, content = change(instance.span, instance.content)
        if instance.due is not None:
            edited = replace(event, changes={**event.changes, instance.due: Change(span, content)})
        elif span == event.span:
            edited = replace(event, content=content)
        else:
            edited = replace(event, span=span, content=content, changes={}, removed=frozenset())
        self.save(placed.calendar, edited, now)
        return self.get_item(item_id)

    def redefine(self, item_id: str, change: Edit, repetition: Repetition | None, now: datetime) -> Placed:
        """Edit a series or a single event and give it another pattern, or none any more.

        A series that only ends sooner or later keeps the exceptions and deletions that are still due; otherwise they
        are forgotten. Raises InvalidRecurrence before anything is changed.
        """
        placed = self.get_item(item_id)
        if placed.instance.due is not None:
            raise ValueError("An occurrence has no recurrence of its own.")
        event = placed.instance.event
        span, content = change(event.span, event.content)
        if repetition is not None:
            span = moved_to_first_due(span, repetition)
        edited = replace(event, span=span, content=content, repetition=repetition, changes={}, removed=frozenset())
        if repetition is not None and ends_elsewhere(event, span, repetition):
            edited = replace(edited, changes=still_due(event.changes, span, repetition), removed=event.removed)
        self.save(placed.calendar, edited, now)
        return self.get_item(item_id)

    def remove(self, item_id: str, now: datetime) -> None:
        """Delete a single event or a series, or take one occurrence out of its series.

        A whole event goes to the deleted items, and from there for good.
        """
        placed = self.get_item(item_id)
        event, due = placed.instance.event, placed.instance.due
        if due is None:
            self._take_out(placed)
            if placed.calendar is not self.deleted_items:
                self.deleted_items.put(event)
                self._came_from[event.key] = placed.calendar.key
            return
        changes = {other: change for other, change in event.changes.items() if other != due}
        self.save(placed.calendar, replace(event, changes=changes, removed=event.removed | {due}), now)

    def purge(self, item_id: str) -> None:
        """Delete a single event or a series so that nothing of it is left."""
        self._take_out(self.get_item(item_id))

    def restore(self, item_id: str) -> Placed:
        """From the deleted items back to where it was, or to the default calendar if that is gone."""
        placed = self.get_item(item_id)
        if placed.calendar is not self.deleted_items:
            raise ValueError("Only a deleted event is restored.")
        origin = self._came_from.get(placed.instance.event.key, b"")
        return self.move(item_id, self._calendars.get(origin, self.default_calendar))

    def copy(self, item_id: str, destination: Calendar, now: datetime, change: Edit | None = None) -> Placed:
        """Copy and paste: another event with other ids that says the same but for ``change``.

        Of one occurrence it is a single event.
        """
        instance = self.get_item(item_id).instance
        draft = Draft(*(change(instance.span, instance.content) if change else (instance.span, instance.content)))
        if instance.kind == "seriesMaster":
            event = instance.event
            draft = replace(draft, repetition=event.repetition, changes=event.changes, removed=event.removed)
        return self.add(destination, draft, now)

    def move(self, item_id: str, destination: Calendar) -> Placed:
        """Into another calendar of the mailbox: the immutable id stays, the ordinary one changes.

        What comes out of the deleted items is told of as created.
        """
        placed = self.get_item(item_id)
        self._prepare(placed.calendar)
        self._prepare(destination)
        event = placed.calendar.remove(placed.instance.event.key)
        destination.put(event)
        if placed.calendar is self.deleted_items:
            self._tell("created", destination, event)
        elif self.watcher is not None:
            self.watcher.moved(placed.calendar, destination, event)
        return Placed(destination, single_instance(event))

    def save(self, calendar: Calendar, event: Event, now: datetime) -> None:
        """Put an edited event in the place of what it was."""
        self._revision += 1
        edited = replace(event, modified_at=now, revision=self._revision)
        self._prepare(calendar)
        calendar.put(edited)
        self._tell("updated", calendar, edited)

    def new_meeting_id(self) -> str:
        """For an online meeting."""
        return self._new_key("meeting", 18).hex()

    def _take_out(self, placed: Placed) -> None:
        self._prepare(placed.calendar)
        event = placed.calendar.remove(placed.instance.event.key)
        self._tell("deleted", placed.calendar, event)

    def _prepare(self, calendar: Calendar) -> None:
        """The deleted items are no calendar: nobody is told of what happens there."""
        if self.watcher is not None and calendar is not self.deleted_items:
            self.watcher.about_to_change(calendar)

    def _tell(self, kind: ChangeKind, calendar: Calendar, event: Event) -> None:
        if self.watcher is not None and calendar is not self.deleted_items:
            self.watcher.changed(kind, calendar, event)

    def _new_key(self, kind: str, length: int) -> bytes:
        """Deterministic, so that two runs of one seed give the same ids."""
        self._revision += 1
        return digest(f"{self._identity}/{kind}/{self._revision}", length)
