"""The partition of a mailbox: the lease, the links, and the packed events of each link's calendars.

lease                                           guards the whole partition: every commit includes it
link!{organization}!{user}                      a link
link!{organization}!{user}!{hash of calendar}   one calendar's packed events
link!{organization}!{user}!booking!{booking}    see booking_rows.py; outlives the link and the record
link!{organization}!{user}!held!{booking}       see booking_rows.py
outbox!{event}                                  see outbox.py; outlives the record
"""

from collections.abc import Sequence

from shared_code.adapters.tables.booking_rows import is_booking, outlives_link, read_bookings, rows_of
from shared_code.adapters.tables.keys import hash_of
from shared_code.adapters.tables.names import MAILBOXES
from shared_code.adapters.tables.outbox import events_in, outbox_rows
from shared_code.adapters.tables.partition import groups_of, read_all, read_keys
from shared_code.adapters.tables.records import (
    SCHEMA_VERSION,
    check_version,
    read_binary,
    read_record,
    write_binary,
    write_record,
)
from shared_code.adapters.tables.rows import (
    EVERYTHING,
    TRANSACTION_ROWS,
    Change,
    Insert,
    Put,
    Remove,
    Replace,
    Row,
    Rows,
    Span,
    below,
    with_rows_below,
)
from shared_code.core.ids import CalendarId, LinkKey, MailboxKey, OrganizationId, ProductUserId
from shared_code.core.mailbox import Lease, Link
from shared_code.core.product_event import ProductEvent
from shared_code.errors import Conflict
from shared_code.mailbox_ports import BookingChange, LinkChange, StoredLink, StoredMailbox
from shared_code.ports import Stored

_LEASE = "lease"
_RECORD = Span("", "outbox")  # all but the events that wait to be passed on
_LINK_PARTS = 3  # of a link's own key
_LINK_ROWS = 2  # the lease and the link itself, before its calendars


class TableMailboxes:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def find(self, mailbox: MailboxKey) -> StoredMailbox | None:
        rows = await read_all(self._rows, MAILBOXES, str(mailbox), EVERYTHING)
        if not rows or rows[0].key != _LEASE:
            return None
        links = [row for row in rows[1:] if _is_link(row.key)]
        calendars = [row for row in rows[1:] if _is_calendar(row.key)]
        booked = read_bookings(row for row in rows[1:] if is_booking(row.key))
        return StoredMailbox(
            Stored(read_record(Lease, rows[0]), rows[0].version),
            tuple(Stored(read_record(Link, row), row.version) for row in links),
            {(_link_key(mailbox, row.key), _calendar_of(row)): read_binary(row.properties) for row in calendars},
            booked.bookings,
            booked.held,
            events_in(rows),
        )

    async def find_link(self, key: LinkKey) -> StoredLink | None:
        span = with_rows_below(_key_of(key))
        rows = await read_all(self._rows, MAILBOXES, str(key.mailbox), span, beside=_LEASE)
        if len(rows) < _LINK_ROWS or rows[0].key != _LEASE or not _is_link(rows[1].key):
            return None
        below_it = rows[_LINK_ROWS:]
        packed = {_calendar_of(row): read_binary(row.properties) for row in below_it if _is_calendar(row.key)}
        booked = read_bookings(row for row in below_it if is_booking(row.key))
        teller = read_record(Lease, rows[0]).teller
        return StoredLink(read_record(Link, rows[1]), packed, teller, booked.bookings, booked.held)

    async def create_lease(self, lease: Lease) -> Stored[Lease]:
        return Stored(lease, await self._write(lease, Insert(_LEASE, write_record(lease))))

    async def save_lease(self, stored: Stored[Lease], changed: Lease) -> Stored[Lease]:
        return Stored(changed, await self._write(changed, _renewed(stored, changed)))

    async def commit(
        self,
        stored: Stored[Lease],
        changed: Lease,
        links: Sequence[LinkChange],
        events: Sequence[ProductEvent] = (),
        bookings: Sequence[BookingChange] = (),
    ) -> Stored[Lease]:
        """A link of more than 100 rows loses those below it first, and goes itself with the last of them."""
        rows = [row for link in links for row in await self._rows_of(link)]
        rows += [*outbox_rows(events), *(row for change in bookings for row in rows_of(change))]
        going = sorted((row for row in rows if isinstance(row, Remove)), key=lambda row: _is_link(row.key))
        early = going[: max(len(rows) - (TRANSACTION_ROWS - 1), 0)]
        for group in groups_of(TRANSACTION_ROWS - 1, early):
            stored = Stored(stored.value, await self._write(stored.value, _renewed(stored, stored.value), *group))
        rest = [row for row in rows if row not in early]
        return Stored(changed, await self._write(changed, _renewed(stored, changed), *rest))

    async def forget(self, stored: Stored[Lease], links: Sequence[Stored[Link]]) -> None:
        """A record of more than 100 rows loses its links first: what remains then is no longer found for anybody."""
        keys = await read_keys(self._rows, MAILBOXES, str(stored.value.mailbox), _RECORD)
        going = {_key_of(link.value.key) for link in links}
        if any(_is_link(key) and key not in going for key in keys):
            raise Conflict(f"the mailbox {stored.value.mailbox} has another link")
        rest = sorted((key for key in keys if key != _LEASE and not outlives_link(key)), key=_links_first)
        *before, last = groups_of(TRANSACTION_ROWS - 1, rest) if rest else [[]]
        for group in before:
            stored = await self._remove(stored, group)
        await self._write(stored.value, Remove(_LEASE, stored.version), *(Remove(key) for key in last))

    async def _remove(self, stored: Stored[Lease], keys: Sequence[str]) -> Stored[Lease]:
        removals = (Remove(key) for key in keys)
        return Stored(stored.value, await self._write(stored.value, _renewed(stored, stored.value), *removals))

    async def _write(self, lease: Lease, *changes: Change) -> str:
        versions = await self._rows.commit(MAILBOXES, str(lease.mailbox), changes)
        return versions[0]

    async def _rows_of(self, change: LinkChange) -> list[Change]:
        if change.changed is None:
            return [] if change.stored is None else await self._removal(change.stored.value.key)
        key, record = _key_of(change.changed.key), write_record(change.changed)
        link = Insert(key, record) if change.stored is None else Replace(key, record, change.stored.version)
        packed = [_packed(key, calendar, content) for calendar, content in change.packed.items()]
        return [link, *packed, *await self._dropped(change.changed.key, change.dropped)]

    async def _removal(self, key: LinkKey) -> list[Change]:
        span = with_rows_below(_key_of(key))
        keys = await read_keys(self._rows, MAILBOXES, str(key.mailbox), span)
        return [Remove(row) for row in keys if not outlives_link(row)]

    async def _dropped(self, key: LinkKey, calendars: Sequence[CalendarId]) -> list[Change]:
        """A calendar that was never read has no row, and a transaction fails on a row that is not there."""
        if not calendars:
            return []
        there = await read_keys(self._rows, MAILBOXES, str(key.mailbox), below(_key_of(key)))
        wanted = {_calendar_key(_key_of(key), calendar) for calendar in calendars}
        return [Remove(row) for row in there if row in wanted]


def _renewed(stored: Stored[Lease], changed: Lease) -> Replace:
    return Replace(_LEASE, write_record(changed), stored.version)


def _packed(link: str, calendar: CalendarId, content: bytes) -> Put:
    properties = {"v": SCHEMA_VERSION, "calendar": calendar, **write_binary(content)}
    return Put(_calendar_key(link, calendar), properties)


def _key_of(key: LinkKey) -> str:
    return f"link!{key.organization}!{key.user}"


def _calendar_key(link: str, calendar: CalendarId) -> str:
    return f"{link}!{hash_of(calendar)}"


def _is_link(key: str) -> bool:
    return key.count("!") == _LINK_PARTS - 1


def _is_calendar(key: str) -> bool:
    return key.count("!") == _LINK_PARTS


def _links_first(key: str) -> tuple[bool, str]:
    return not _is_link(key), key


def _link_key(mailbox: MailboxKey, key: str) -> LinkKey:
    _, organization, user, *_ = key.split("!")
    return LinkKey(mailbox, OrganizationId(organization), ProductUserId(user))


def _calendar_of(row: Row) -> CalendarId:
    check_version(row)
    return CalendarId(str(row.properties["calendar"]))
