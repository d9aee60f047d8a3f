"""Ten faults as a good engineer plants them on a bad day: each looks like an improvement, and most tests agree.

Each is a few lines of one file, replaced word for word. ``thought`` is what was thought; ``found_in`` is the machine
in which the situation comes up that shows what was overlooked.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class PlantedFault:
    name: str
    thought: str
    harm: str
    path: str
    changes: tuple[tuple[str, str], ...]  # what stands there exactly once, and what comes in its place
    found_in: str


PLANTED = (
    PlantedFault(
        "commit without the lease's row",
        "The lease was noted by somebody else meanwhile: whoever commits takes the row as it is now.",
        "A process that stood still for longer than its lease writes over what others have read since.",
        "shared_code/adapters/tables/mailboxes.py",
        (
            (
                "await self._write(changed, _renewed(stored, changed), *rest))",
                "await self._write(changed, Put(_LEASE, write_record(changed)), *rest))",
            ),
            (
                "Insert(key, record) if change.stored is None else Replace(key, record, change.stored.version)",
                "Put(key, record)",
            ),
        ),
        "Calm",
    ),
    PlantedFault(
        "drop messages older than the sync's end",
        "What was told before a sync was through is served by it.",
        "A change is made while the answer is under way that does not hold it; its notification is dropped.",
        "shared_code/flows/mailbox_sync.py",
        (
            (
                "        message.cause,\n        now,\n        is_whole",
                "        message.cause,\n        ended_at,\n        is_whole",
            ),
        ),
        "Prompt",
    ),
    PlantedFault(
        "read only the first page",
        "A page that is not full is the last one.",
        "Graph's pages are as long as Graph likes; the rest of the calendar is free time.",
        "shared_code/adapters/graph/calendars.py",
        (
            (
                "while (link := pages[-1].next_link) is not None:",
                "while len(pages[-1].value) >= EVENTS_PAGE and (link := pages[-1].next_link) is not None:",
            ),
        ),
        "AllLost",
    ),
    PlantedFault(
        "take a failed read for an empty calendar",
        "An answer without events has no events.",
        "A gateway that answers 200 with an error inside empties the calendar, and everybody may book it.",
        "shared_code/adapters/graph/calendars_wire.py",
        (
            (
                "class WireEventsPage(Struct):\n    value: list[WireEvent]\n",
                "class WireEventsPage(Struct):\n    value: list[WireEvent] = field(default_factory=list)\n",
            ),
        ),
        "Lossy",
    ),
    PlantedFault(
        "take UTC for all-day",
        "Graph is asked for UTC, so an all-day event without a zone of its user's is a day of UTC.",
        "In Auckland a day off blocks the wrong day, by half of it.",
        "shared_code/flows/availability.py",
        (("find_zone(link.link.mailbox_zone)", 'find_zone("UTC")'),),
        "Calm",
    ),
    PlantedFault(
        "ignore the window's edge",
        "An all-day event belongs to the window in which it begins.",
        "A holiday that began yesterday, or today in a zone ahead of UTC, leaves its rest free.",
        "shared_code/core/availability.py",
        (
            (
                "            yield _days(record, known.zone)\n",
                """\
            days = _days(record, known.zone)
            if window.start <= days.start < window.end:
                yield days
""",
            ),
        ),
        "Calm",
    ),
    PlantedFault(
        "read one link with another's credential",
        "All connections to a tenant have the same token, so any of them that serves will do.",
        "What a customer's connection must not open any more is read all the same, through another customer's.",
        "shared_code/flows/link_connections.py",
        (
            (
                "        and may_read(found.connection.value, found.link.value.key.mailbox)\n",
                """\
        and any(
            one.connection is not None and may_read(one.connection.value, one.link.value.key.mailbox)
            for one in links
        )
""",
            ),
        ),
        "Stormy",
    ),
    PlantedFault(
        "reuse a re-used address",
        "Whose directory object is gone may be there again: whoever has their address is looked at as for anybody.",
        "A newcomer who got the address of somebody who left is connected, and shown to whoever asked about the other.",
        "shared_code/core/matching.py",
        (
            (
                """\
    gone = user.reason == Reason.OBJECT_GONE  # until the product sends the user again
    return not user.has_calendar and user.state is not UserState.OPTED_OUT and not gone
""",
                "    return not user.has_calendar and user.state is not UserState.OPTED_OUT\n",
            ),
        ),
        "Stormy",
    ),
    PlantedFault(
        "adopt any 409",
        "Whatever subscribes to this mailbox with our app is ours, under whichever name we are reached.",
        "A subscription of the deployment before this one is kept, which tells it and not us.",
        "shared_code/adapters/graph/subscriptions.py",
        (
            (
                "return (given.notification_url, given.lifecycle_url) == (self.notification_url, self.lifecycle_url)",
                'return given.notification_url.endswith("/graph/notifications") and given.lifecycle_url is not None',
            ),
        ),
        "Calm",
    ),
    PlantedFault(
        "renew after expiry",
        "Two hours before its end are early enough: a turn comes every quarter of an hour.",
        "Where all is well it comes every six hours; the subscription has ended by then, and nobody has told.",
        "shared_code/core/subscription.py",
        (("RENEWED_BEFORE = timedelta(hours=20)", "RENEWED_BEFORE = timedelta(hours=2)"),),
        "AllLost",
    ),
)
