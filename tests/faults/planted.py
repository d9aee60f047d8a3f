"""Fifteen faults as a good engineer plants them on a bad day: each looks like an improvement, and most tests agree.

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
        "A lease that was lost while Graph was slow, and that nobody holds, is still ours: take the row as it is now.",
        "A process that stood still for longer than its lease writes over what others have read since.",
        "shared_code/flows/mailbox_sync.py",
        (
            (
                """\
            await self._come_again(message, CALM)  # the lease was lost to somebody who may not have read
            return
""",
                """\
            fresh = await self.mailboxes.find(message.mailbox)
            if fresh is None or fresh.lease.value.holder is not None:
                return await self._come_again(message, CALM)
            lease.stored, known = fresh.lease, {link.value.key: link for link in fresh.links}
            await lease.commit([replace(each, stored=known.get(each.changed.key)) for each in changes], changed)
""",
            ),
        ),
        "Calm",
    ),
    PlantedFault(
        "drop messages older than the sync's end",
        "What was told before a sync was through is served by it, unless that took longer than Graph may lag.",
        "A change is made while the answer is under way that does not hold it; its notification is dropped.",
        "shared_code/flows/mailbox_sync.py",
        (
            (
                "        message.cause,\n        now,\n        is_whole",
                "        message.cause,\n        ended_at if ended_at - now < LAG else now,\n        is_whole",
            ),
        ),
        "Prompt",
    ),
    PlantedFault(
        "read only the first page",
        "Graph fills its pages: one that is shorter than the first is the last.",
        "Graph's pages are as long as Graph likes; the rest of the calendar is free time.",
        "shared_code/adapters/graph/calendars.py",
        (
            (
                "while (link := pages[-1].next_link) is not None:",
                "while (link := pages[-1].next_link) is not None and len(pages[-1].value) >= len(pages[0].value):",
            ),
        ),
        "AllLost",
    ),
    PlantedFault(
        "take a failed read for an empty calendar",
        "A mailbox that nobody has opened yet answers oddly, and has no events; that must not keep its user waiting.",
        "A gateway that answers 200 with an error inside empties the calendar, and everybody may book it.",
        "shared_code/flows/first_read.py",
        (
            (
                "from shared_code.errors import Gone, NoMailbox, Refused, TooLarge\n",
                "from shared_code.errors import Gone, NoMailbox, Refused, TooLarge, Unexpected\n",
            ),
            (
                "        return take_in(calendar, events, window, now)",
                """\
        except Unexpected:
            events = ()
        return take_in(calendar, events, window, now)""",
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
                "            yield _days(first, last, known.zone)\n",
                """\
            days = _days(first, last, known.zone)
            if window.start <= days.start < window.end:
                yield days
""",
            ),
        ),
        "Calm",
    ),
    PlantedFault(
        "read one link with another's credential",
        "A link that is on its way out is kept whole until it is gone, through whichever connection still serves.",
        "What a customer's connection must not open any more is read all the same, through another customer's.",
        "shared_code/flows/link_connections.py",
        (
            (
                "        if found.giver is not None and found.access.is_open\n",
                """\
        if found.giver is not None
        and any(one.access.is_open for one in (links if found.access.is_over else [found]))
""",
            ),
        ),
        "Stormy",
    ),
    PlantedFault(
        "reuse a re-used address",
        "Whose mailbox is gone has moved: the account that they have now is the one that answers to their address.",
        "A newcomer who got the address of somebody who left is connected, and shown to whoever asked about the other.",
        "shared_code/flows/user_states.py",
        (
            (
                "            changed = in_state(stored.value, state, now)\n",
                """\
            match = None if state is UserState.NO_MAILBOX else stored.value.match
            changed = replace(in_state(stored.value, state, now), match=match)
""",
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
    PlantedFault(
        "look for the mark in one calendar",
        "What was moved, and still answers by its id, was not pasted elsewhere: its own calendar is enough.",
        "What was moved and then cut, for which Deleted Items answers, and pasted into another calendar is cancelled.",
        "shared_code/flows/looking.py",
        (
            (
                """\
        for calendar in calendars:
            await before_each()
            marked =""",
                """\
        is_moved = answered is not None and answered.time != booking.time
        for calendar in (booking.calendar,) if is_moved else calendars:
            await before_each()
            marked =""",
            ),
        ),
        "Booked",
    ),
    PlantedFault(
        "take an invitee's no for the host's",
        "A meeting to which somebody has said no will not take place: it is declined, whoever declined it.",
        "The host moves a meeting that one of those invited has declined, and the booking is cancelled.",
        "shared_code/adapters/graph/event_search.py",
        (
            ('"responseStatus")', '"responseStatus", "attendees")'),
            (
                "    response_status: WireResponse | None = None\n",
                "    response_status: WireResponse | None = None\n    attendees: list[dict[str, Any]] = []\n",
            ),
            (
                'is_declined=self.response_status is not None and self.response_status.response == "declined",',
                """\
is_declined=(self.response_status is not None and self.response_status.response == "declined")
            or any(each["status"]["response"] == "declined" for each in self.attendees),""",
            ),
        ),
        "Booked",
    ),
    PlantedFault(
        "leave a suspicion to whoever reads",
        "Whoever has just written to the lease reads the mailbox, and sends somebody to look at what is amiss.",
        "What the read before has found is not ordered again: a deletion is known six hours later.",
        "shared_code/flows/checking.py",
        (
            (
                """\
        except Conflict:
            await self.come_again(order, CALM, now)
            return
        async with""",
                """\
        except Conflict:
            say("check_dropped", mailbox=order.link.mailbox, reason="being_read")
            return
        async with""",
            ),
        ),
        "Booked",
    ),
    PlantedFault(
        "look once for two customers",
        "One mailbox is one calendar: one look is enough, however many of our customers are linked to it.",
        "Of two customers with the same user the second does not hear of what the host has deleted.",
        "shared_code/flows/booking_watch.py",
        (
            (
                "if _note_bookings(bookings, reading, started_at, changes):",
                "if _note_bookings(bookings, reading, started_at, changes) and not orders:",
            ),
        ),
        "Booked",
    ),
    PlantedFault(
        "tell a booking's end once",
        "A booking ends once, so whoever writes its end twice writes the same event.",
        "Booked again under its name, and deleted again by its host, it is an event that was there before: never told.",
        "shared_code/core/settlement.py",
        (('        f"{booking.booking}!{booking.generation}",\n', "        booking.booking,\n"),),
        "Booked",
    ),
)
