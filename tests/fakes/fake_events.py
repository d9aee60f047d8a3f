"""Graph's events in memory, in the very mailboxes of ``FakeCalendars``: what is booked is read as busy."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count

from shared_code.core.calendar import Event, ShowAs
from shared_code.core.ids import CalendarId, LinkKey, MailboxKey
from shared_code.core.intervals import Interval
from shared_code.core.meeting import BookedEvent, Meeting
from shared_code.errors import Gone, NoMailbox
from tests.fakes.fake_calendars import FakeCalendars, FakeMailbox
from tests.fakes.script import Script


@dataclass(frozen=True)
class Mail:
    """What Microsoft sends by itself; ``what`` is invitation, update or cancellation."""

    what: str
    event: str
    comment: str = ""


@dataclass
class Made:
    """An event of ours as Microsoft has it."""

    mailbox: MailboxKey
    calendar: CalendarId | None  # None: among the deleted items
    meeting: Meeting
    body: str
    shown: BookedEvent


@dataclass
class FakeEvents:
    """Behind the ``Events`` port. ``before`` and ``after`` are called around each write, and may lose it, or
    its answer."""

    calendars: FakeCalendars
    script: Script = field(default_factory=Script)
    made: dict[str, Made] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)
    no_teams: set[CalendarId] = field(default_factory=set)
    before: Callable[[str], None] = lambda _: None
    after: Callable[[str], None] = lambda _: None
    turns: int = 0  # of the loop, that each way to Microsoft takes
    ids: Iterator[int] = field(default_factory=lambda: count(1))
    marks: dict[str, str] = field(default_factory=dict)  # by event

    def live(self) -> list[Made]:
        return [made for made in self.made.values() if made.calendar is not None]

    async def allows_teams(self, link: LinkKey, calendar: CalendarId) -> bool:
        await self._enter("allows_teams", str(link.mailbox), calendar)
        self._find_calendar(link.mailbox, calendar)
        return calendar not in self.no_teams

    async def create(self, link: LinkKey, calendar: CalendarId, meeting: Meeting, mark: str) -> BookedEvent:
        await self._enter("create", str(link.mailbox), calendar)
        self._find_calendar(link.mailbox, calendar)
        known = next(
            (made for made in self.made.values() if (made.mailbox, made.shown.mark) == (link.mailbox, mark)), None
        )
        if known is None:
            known = self._make(link.mailbox, calendar, meeting, mark)
            self._mail("invitation", known)
        await self._leave("create")
        return known.shown

    async def find_marked(
        self, link: LinkKey, calendar: CalendarId, mark: str, own: str | None = None
    ) -> BookedEvent | None:
        await self._enter("find_marked", str(link.mailbox), calendar)
        self._find_calendar(link.mailbox, calendar)
        there = ((made.mailbox, made.calendar, made.shown.mark, made.shown) for made in self.made.values())
        marked = (shown for *place, shown in there if place == [link.mailbox, calendar, mark])
        return min(marked, key=lambda shown: shown.event != own, default=None)

    async def read(self, link: LinkKey, event: str) -> BookedEvent:
        await self._enter("read", str(link.mailbox), event)
        return self._find(link.mailbox, event).shown

    async def read_body(self, link: LinkKey, event: str) -> str:
        await self._enter("read_body", str(link.mailbox), event)
        return self._find(link.mailbox, event).body

    async def change(self, link: LinkKey, event: str, meeting: Meeting, body: str | None) -> BookedEvent:
        await self._enter("change", str(link.mailbox), event)
        made = self._find(link.mailbox, event)
        made.meeting, made.body = meeting, made.body if body is None else body
        made.shown = replace(made.shown, time=meeting.time)
        if meeting.is_online and not made.shown.is_online:
            self._go_online(made)
        self._show(made)
        self._mail("update", made)
        await self._leave("change")
        return made.shown

    async def cancel(self, link: LinkKey, event: str, comment: str) -> None:
        await self._enter("cancel", str(link.mailbox), event)
        made = self._find(link.mailbox, event)
        if made.calendar is not None:
            self._hide(made)
            self._mail("cancellation", made, comment)
        await self._leave("cancel")

    def delete(self, event: str, *, for_good: bool = False) -> None:
        """As the host does, in Outlook."""
        made = self.made[event]
        self._hide(made)
        if for_good:
            del self.made[event]

    def cut_and_paste(self, event: str, time: Interval) -> str:
        """As the host does: another event, which bears the mark, and invites nobody anew. Its id."""
        pasted = self.copy(event, time)
        self._hide(self.made[event])
        return pasted

    def copy(self, event: str, time: Interval) -> str:
        """Its id."""
        copied = self.made[event]
        assert copied.calendar is not None
        meeting = replace(copied.meeting, time=time)
        return self._make(copied.mailbox, copied.calendar, meeting, self.marks[event]).shown.event

    async def _enter(self, operation: str, *about: str | None) -> None:
        self.script.enter(operation, *about)
        self.before(operation)
        await self._pause()

    async def _leave(self, operation: str) -> None:
        await self._pause()
        self.after(operation)

    async def _pause(self) -> None:
        """Others go on meanwhile."""
        for _ in range(self.turns):
            await asyncio.sleep(0)

    def _make(self, mailbox: MailboxKey, calendar: CalendarId, meeting: Meeting, mark: str) -> Made:
        event = f"event-{next(self.ids)}"
        shown = BookedEvent(event, f"uid-{event}", meeting.time, mark, web_link=f"https://outlook.example/{event}")
        made = Made(mailbox, calendar, meeting, meeting.body, shown)
        if meeting.is_online and calendar not in self.no_teams:
            self._go_online(made)
        self.made[event], self.marks[event] = made, mark
        self._show(made)
        return made

    def _go_online(self, made: Made) -> None:
        url = f"https://teams.example/{made.shown.event}"
        made.shown = replace(made.shown, is_online=True, join_url=url)
        made.body += f'<div class="me-email-text"><a href="{url}">Join</a></div>'

    def _show(self, made: Made) -> None:
        if made.calendar is not None:
            event = Event(made.shown.event, made.shown.ical_uid, made.meeting.time, ShowAs.BUSY)
            self.calendars.put(made.mailbox, made.calendar, event)

    def _hide(self, made: Made) -> None:
        if made.calendar is not None:
            self.calendars.remove(made.mailbox, made.calendar, made.shown.event)
        made.calendar = None

    def _mail(self, what: str, made: Made, comment: str = "") -> None:
        if made.meeting.attendees:
            self.mails.append(Mail(what, made.shown.event, comment))

    def _find(self, mailbox: MailboxKey, event: str) -> Made:
        made = self.made.get(event)
        if made is None or made.mailbox != mailbox:
            raise Gone(f"no event {event} in {mailbox}")
        return made

    def _find_calendar(self, mailbox: MailboxKey, calendar: CalendarId) -> FakeMailbox:
        found = self.calendars.mailboxes.get(mailbox)
        if found is None:
            raise NoMailbox(f"{mailbox} has no mailbox")
        if calendar not in found.calendars:
            raise Gone(f"no calendar {calendar} in {mailbox}")
        return found
