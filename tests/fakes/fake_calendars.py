"""Mailboxes with calendars and events in memory."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from shared_code.core.calendar import AllDay, Calendar, Event, NamedCalendar
from shared_code.core.ids import CalendarId, LinkKey, MailboxKey
from shared_code.core.intervals import Interval
from shared_code.core.limits import MAX_EVENTS
from shared_code.errors import Gone, NoMailbox, TooLarge
from tests.fakes.script import Script


@dataclass
class FakeMailbox:
    calendars: dict[CalendarId, Calendar] = field(default_factory=dict)
    events: dict[CalendarId, dict[str, Event]] = field(default_factory=dict)
    zone: str | None = None


@dataclass
class FakeCalendars:
    """Behind the ``Calendars`` port. A mailbox nobody added is ``NoMailbox``; a calendar nobody added is ``Gone``."""

    script: Script = field(default_factory=Script)
    mailboxes: dict[MailboxKey, FakeMailbox] = field(default_factory=dict)

    def add_mailbox(self, mailbox: MailboxKey, *calendars: Calendar, zone: str | None = None) -> FakeMailbox:
        """Without calendars it has one of its own, ``default-{user id}``, as every real mailbox does."""
        own = Calendar(default_calendar(mailbox), is_default=True, can_edit=True, owner_address=None)
        listed = {calendar.calendar: calendar for calendar in calendars or (own,)}
        self.mailboxes[mailbox] = FakeMailbox(listed, {calendar: {} for calendar in listed}, zone)
        return self.mailboxes[mailbox]

    def put(self, mailbox: MailboxKey, calendar: CalendarId, *events: Event) -> None:
        self.mailboxes[mailbox].events[calendar].update({event.event: event for event in events})

    def remove(self, mailbox: MailboxKey, calendar: CalendarId, event: str) -> None:
        del self.mailboxes[mailbox].events[calendar][event]

    async def list_calendars(self, link: LinkKey) -> tuple[Calendar, ...]:
        self.script.enter("list_calendars", str(link.mailbox), said(link))
        return tuple(self.find(link.mailbox).calendars.values())

    async def list_named(self, link: LinkKey) -> tuple[NamedCalendar, ...]:
        """Each has the colour of its kind, and a name that no other text has by chance."""
        self.script.enter("list_named", str(link.mailbox), said(link))
        return tuple(
            NamedCalendar(each, f"Name of {each.calendar}", "lightBlue", "#0078d4" if each.is_default else None)
            for each in self.find(link.mailbox).calendars.values()
        )

    async def read_window(self, link: LinkKey, calendar: CalendarId, window: Interval) -> tuple[Event, ...]:
        self.script.enter("read_window", str(link.mailbox), calendar, said(link))
        found = self.find(link.mailbox)
        if calendar not in found.calendars:
            raise Gone(f"no calendar {calendar} in {link.mailbox}")
        events = tuple(event for event in found.events[calendar].values() if window.overlaps(_span(event)))
        if len(events) > MAX_EVENTS:
            raise TooLarge(f"{len(events)} events in {calendar}")
        return events

    async def find_time_zone(self, link: LinkKey, address: str, now: datetime) -> str | None:  # noqa: ARG002 - the port's
        self.script.enter("find_time_zone", str(link.mailbox), said(link))
        return self.find(link.mailbox).zone

    def find(self, mailbox: MailboxKey) -> FakeMailbox:
        if mailbox not in self.mailboxes:
            raise NoMailbox(f"{mailbox} has no mailbox")
        return self.mailboxes[mailbox]


def said(link: LinkKey) -> str:
    """The link, where a script is to fail what is asked through it, and nothing that others ask of the mailbox."""
    return f"{link.organization}/{link.user}"


def default_calendar(mailbox: MailboxKey) -> CalendarId:
    return CalendarId(f"default-{mailbox.user_id}")


def _span(event: Event) -> Interval:
    """Graph widens all-day events by their zone; a day more at both ends does not lose one."""
    if isinstance(event.time, AllDay):
        first = datetime.combine(event.time.first, time(), UTC)
        return Interval(first - timedelta(days=1), datetime.combine(event.time.end, time(), UTC) + timedelta(days=1))
    return event.time
