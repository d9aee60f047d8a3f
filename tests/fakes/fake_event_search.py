"""Events by id and by mark, in the very mailboxes of ``FakeCalendars``; and what people do to them there."""

from dataclasses import dataclass, field, replace

from shared_code.core.calendar import AllDay, Event
from shared_code.core.cancellation import FoundEvent
from shared_code.core.ids import CalendarId, LinkKey, MailboxKey
from shared_code.core.intervals import Interval
from shared_code.core.packing import ical_hash
from shared_code.errors import Gone
from tests.fakes.fake_calendars import FakeCalendars
from tests.fakes.script import Script


@dataclass
class FakeEventSearch:
    """Behind the ``EventSearch`` port. ``marks`` names the mark of an event; ``deleted`` are in Deleted Items."""

    calendars: FakeCalendars
    script: Script = field(default_factory=Script)
    marks: dict[str, str] = field(default_factory=dict)
    deleted: dict[MailboxKey, dict[str, Event]] = field(default_factory=dict)

    async def read(self, link: LinkKey, event: str) -> FoundEvent | None:
        self.script.enter("read", str(link.mailbox), event)
        held = [events[event] for events in self._events(link.mailbox).values() if event in events]
        gone = self.deleted.get(link.mailbox, {}).get(event)
        return next((_found(each) for each in (*held, *([gone] if gone else []))), None)

    async def find_marked(self, link: LinkKey, mark: str, calendar: CalendarId) -> tuple[FoundEvent, ...]:
        self.script.enter("find_marked", str(link.mailbox), calendar)
        events = self._events(link.mailbox)
        if calendar not in events:
            raise Gone(f"no calendar {calendar} in {link.mailbox}")
        return tuple(_found(each) for each in events[calendar].values() if self.marks.get(each.event) == mark)

    def delete(self, mailbox: MailboxKey, event: str, *, for_good: bool = False) -> Event:
        """Into Deleted Items, where its immutable id still answers."""
        calendar = self._calendar_of(mailbox, event)
        removed = self._events(mailbox)[calendar].pop(event)
        if not for_good:
            self.deleted.setdefault(mailbox, {})[event] = removed
        return removed

    def restore(self, mailbox: MailboxKey, event: str, calendar: CalendarId) -> None:
        self.calendars.put(mailbox, calendar, self.deleted[mailbox].pop(event))

    def paste(self, mailbox: MailboxKey, of: Event, name: str, time: Interval, calendar: CalendarId) -> None:
        """As another event, with the properties of the one that was cut or copied."""
        self.marks[name] = self.marks[of.event]
        self.calendars.put(mailbox, calendar, replace(of, event=name, ical_uid=f"uid of {name}", time=time))

    def change(self, mailbox: MailboxKey, event: str, **changes: object) -> None:
        events = self._events(mailbox)[self._calendar_of(mailbox, event)]
        events[event] = replace(events[event], **changes)  # type: ignore[arg-type]

    def move(self, mailbox: MailboxKey, event: str, calendar: CalendarId) -> None:
        moved = self._events(mailbox)[self._calendar_of(mailbox, event)].pop(event)
        self.calendars.put(mailbox, calendar, moved)

    def _calendar_of(self, mailbox: MailboxKey, event: str) -> CalendarId:
        return next(calendar for calendar, events in self._events(mailbox).items() if event in events)

    def _events(self, mailbox: MailboxKey) -> dict[CalendarId, dict[str, Event]]:
        return self.calendars.find(mailbox).events


def _found(event: Event) -> FoundEvent:
    if isinstance(event.time, AllDay):
        raise TypeError("only the adapter reads whole days: no test of the flows has any")
    return FoundEvent(
        event.event,
        event.time,
        ical_hash(event.ical_uid).hex() if event.ical_uid else None,
        is_cancelled=event.is_cancelled,
        is_declined=event.is_declined,
    )
