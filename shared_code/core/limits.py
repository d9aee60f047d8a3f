"""Limits that others set, with their unit, page and the date they were read; and what we make of them."""

from datetime import timedelta

# Table storage: entity 1 MiB, property 64 KiB, transaction 100 entities and 4 MiB of one partition.
# https://learn.microsoft.com/azure/storage/tables/scalability-targets (2026-11)
MAX_EVENTS = 18_000  # of one calendar: 580 KiB packed, in one entity
MAX_COMMIT_ROWS = 100
MAX_COMMIT_CALENDARS = 80  # of one link; the lease, the link, events and bookings are beside them
MAX_COMMIT_BYTES = 2560 * 1024  # packed events in one transaction, which base64 makes a third larger

# Storage queues: a message may be hidden for at most 7 days.
# https://learn.microsoft.com/rest/api/storageservices/put-message (2026-11)
MAX_MESSAGE_DELAY = timedelta(days=7)

# Availability requests; the first is ours, the others keep a live answer inside one HTTP request.
MAX_AVAILABILITY_USERS = 100
MAX_LIVE_USERS = 20
MAX_COHOSTS = MAX_LIVE_USERS - 1  # of a booking, which is made only if all of them are free, and the host
LIVE_PATIENCE = timedelta(seconds=40)  # for all of them together
