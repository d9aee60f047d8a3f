"""From an edit of a mailbox to the notices that tell of it."""

from datetime import timedelta

from local.microsoft365.calendar_folder import Calendar
from local.microsoft365.dispatch import dispatch
from local.microsoft365.events import Event, single_instance
from local.microsoft365.item_ids import change_key
from local.microsoft365.mailbox import ChangeKind, Mailbox, Placed
from local.microsoft365.notices import change_notice
from local.microsoft365.subscription_access import still_reaches
from local.microsoft365.subscription_upkeep import end
from local.microsoft365.world import World


class MailboxWatcher:
    """Makes a notice of every edit for each live subscription of the mailbox."""

    def __init__(self, world: World, tenant: str, user: str, mailbox: Mailbox) -> None:
        self._world = world
        self._tenant = tenant
        self._user = user
        self._mailbox = mailbox

    def about_to_change(self, calendar: Calendar) -> None:
        script, now = self._world.mailroom.script, self._world.now()
        if script.stale_seconds:
            until = now + timedelta(seconds=script.delay_seconds + script.stale_seconds)
            self._world.mailroom.past.remember(calendar, until)

    def changed(self, kind: ChangeKind, calendar: Calendar, event: Event) -> None:
        self._tell(kind, calendar, event, ids=(True, False))

    def moved(self, source: Calendar, destination: Calendar, event: Event) -> None:
        """An immutable id outlives the move, an ordinary one does not: there it looks like another event."""
        self._tell("updated", destination, event, ids=(True,))
        self._tell("deleted", source, event, ids=(False,))
        self._tell("created", destination, event, ids=(False,))

    def _tell(self, kind: ChangeKind, calendar: Calendar, event: Event, *, ids: tuple[bool, ...]) -> None:
        """Calendars that others share, and those of the internet, are not the mailbox's own and tell nothing."""
        if calendar.source != "own":
            return
        placed = Placed(calendar, single_instance(event))
        etag = f'W/"{change_key(event.key, event.revision)}"'
        for each in self._world.subscriptions.of_mailbox(self._tenant, self._user):
            if each.expires_at <= self._world.now():
                continue
            if not still_reaches(self._world, each):
                end(self._world, each)
            elif kind in each.kinds and each.immutable_ids in ids:
                event_id = self._mailbox.master_id(placed, immutable=each.immutable_ids)
                dispatch(self._world, change_notice(each, kind, event_id, etag))
