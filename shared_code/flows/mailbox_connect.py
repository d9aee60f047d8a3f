"""Somebody gets their calendars: read them first, and only then say that the user, or their account, is connected."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code.core.calendar import CalendarState
from shared_code.core.ids import LinkKey
from shared_code.core.limits import MAX_MESSAGE_DELAY
from shared_code.core.mailbox import Lease
from shared_code.core.personal_account import PersonalAccount
from shared_code.core.product_user import UserState
from shared_code.core.sync_outcome import Outcome, lease_after
from shared_code.core.sync_rules import (
    CALM,
    DEFAULT_DELAY,
    SHORTEST_DELAY,
    holds,
    next_turn,
)
from shared_code.core.upkeep import Due
from shared_code.errors import Conflict, Disconnected, NoMailbox, Refused, Throttled, TryLater
from shared_code.flows.connect_arranging import Arrangement, ConnectArranging
from shared_code.flows.first_read import FirstRead, NewLink
from shared_code.flows.link_troubles import LinkTroubles
from shared_code.flows.mailbox_lease import HeldLease, held_lease, hold
from shared_code.flows.mailbox_release import release_of
from shared_code.flows.personal_hints import hint_at_accounts
from shared_code.flows.personal_states import PersonalStates
from shared_code.flows.subscribing import FIRST_RETRY, Subscribing, drop_order, keep_order
from shared_code.flows.telling import told
from shared_code.flows.user_states import in_state
from shared_code.logs import say
from shared_code.mailbox_ports import LinkChange, Mailboxes
from shared_code.messages import HINT_DELAY, ConnectMailbox, sync_order
from shared_code.ports import Chance, Clock, Organizations, ProductUsers, Queues, Stored, Upkeep

PATIENCE = timedelta(hours=1)  # then the next sweep sends the order anew
OWN_PATIENCE = timedelta(days=1)  # then a day's walk does


@dataclass(frozen=True)
class MailboxConnect:
    organizations: Organizations
    users: ProductUsers
    mailboxes: Mailboxes
    upkeep: Upkeep
    first_read: FirstRead
    subscribing: Subscribing
    queues: Queues
    chance: Chance
    clock: Clock

    async def run(self, message: ConnectMailbox, now: datetime) -> None:
        """Read the mailbox for the first time; drop the message if the user is not to have it any more."""
        arrangement = await self._arranging.run(message, now)
        if arrangement is None or arrangement.is_done():
            return
        lease_before = arrangement.mailbox.lease.value if arrangement.mailbox is not None else None
        if lease_before is not None and (delay := _taken_for(lease_before, now)):
            await self._come_again(message, delay)
            return
        try:
            held = await self._take_lease(arrangement, now)
        except Conflict:
            await self._come_again(message, SHORTEST_DELAY)
            return
        async with held_lease(self.mailboxes, held) as lease:
            try:
                await self._connect(arrangement, lease, now)
            except NoMailbox:
                await self._close(arrangement, lease, UserState.NO_MAILBOX, now)
            except Refused:
                await self._close(arrangement, lease, UserState.EXCLUDED_BY_POLICY, now)
            except TryLater as error:
                await self._wait(arrangement, lease, error, now)
            except Disconnected as error:
                say("connect_dropped", mailbox=arrangement.key.mailbox, reason=error.reason)
                await self._troubles.disconnected(arrangement.key, arrangement.giver, error, now)
                await self._leave(arrangement, lease, now)

    @property
    def _arranging(self) -> ConnectArranging:
        return ConnectArranging(self.organizations, self.users, self.mailboxes, self.queues)

    @property
    def _troubles(self) -> LinkTroubles:
        return LinkTroubles(self.organizations, self.users, self.queues)

    async def _take_lease(self, arrangement: Arrangement, now: datetime) -> Stored[Lease]:
        """Conflict if somebody else has just begun to read the mailbox."""
        holder = self.chance.new_id()
        if arrangement.mailbox is None:
            return await self.mailboxes.create_lease(hold(Lease(arrangement.key.mailbox, created_at=now), holder, now))
        stored = arrangement.mailbox.lease
        return await self.mailboxes.save_lease(stored, hold(stored.value, holder, now))

    async def _connect(self, arrangement: Arrangement, lease: HeldLease, now: datetime) -> None:
        """Subscribe before the window is read, so that nothing changes unseen between the two."""
        user, key = arrangement.user.value, arrangement.key
        listed = await self.first_read.list(key)
        if listed is None:
            await self._close(arrangement, lease, UserState.ERROR, now)
            return
        await self._subscribe(key, lease, now)
        zone_address = arrangement.zone_address()
        connection, choice = arrangement.connection, arrangement.choice
        new = await self.first_read.read(key, connection, listed, choice, zone_address=zone_address, now=now)
        subject = str(key.mailbox)
        await self.upkeep.set(Due(next_turn(subject, now), "mailbox", subject))
        given_back = _given_back(arrangement, lease.value, now)
        await self._send_echo(lease.value, given_back, now)
        try:
            await lease.commit([_change(arrangement, new)], given_back)
        except Conflict:
            await self._come_again(arrangement.message, CALM)
            return
        await self._note_connected(arrangement, now)
        if lease.value.subscription is None:
            await self.queues.send(keep_order(key.mailbox, now), FIRST_RETRY)
        elif arrangement.was_shut:
            await self.queues.send(keep_order(key.mailbox, now, "recovered"))
        say("mailbox_connected", mailbox=subject, organization=user.organization, user=user.user)

    async def _send_echo(self, before: Lease, after: Lease, now: datetime) -> None:
        """This read came between another one and its echo, which is dropped now, and takes the debt over."""
        if after.echo_at is not None and after.echo_at != before.echo_at:
            await self.queues.send(sync_order(after.mailbox, after.echo_at, "echo"), after.echo_at - now)

    async def _subscribe(self, key: LinkKey, lease: HeldLease, now: datetime) -> None:
        """Without one the mailbox is connected all the same, and polled."""
        known = lease.value.subscription
        if known is not None and known.expires_at > now:
            return
        if (subscription := await self.subscribing.subscribe(key, known, now)) is not None:
            lease.note(subscription)

    async def _close(self, arrangement: Arrangement, lease: HeldLease, state: UserState, now: datetime) -> None:
        """Graph keeps the mailbox from us. A sweep asks again in a day; of an account of their own, its owner does."""
        if isinstance(arrangement.giver, PersonalAccount):
            await self._troubles.closed(arrangement.key, arrangement.giver, state, now)
        else:
            await self._save_user(arrangement, state, now)
        await self._leave(arrangement, lease, now)
        say("mailbox_closed", mailbox=arrangement.key.mailbox, user=arrangement.key.user, state=state)

    async def _wait(self, arrangement: Arrangement, lease: HeldLease, error: TryLater, now: datetime) -> None:
        delay = error.retry_after or DEFAULT_DELAY
        if isinstance(error, Throttled):
            until = self.clock.now() + delay  # it counts from the answer
            await lease.commit((), replace(lease.value, holder=None, until=None, not_before=until))
            if error.whole_tenant:
                await self._troubles.pause(arrangement.giver, until)
        waited = now - arrangement.waiting_since
        if arrangement.key.mailbox.is_personal:
            delay = max(delay, waited / 4)  # no sweep finds them: long waits, instead of many
        if waited + delay < (OWN_PATIENCE if arrangement.key.mailbox.is_personal else PATIENCE):
            await self._come_again(arrangement.message, delay)

    async def _leave(self, arrangement: Arrangement, lease: HeldLease, now: datetime) -> None:
        """A mailbox to which nobody has a link keeps no record and no subscription."""
        if arrangement.mailbox is not None and arrangement.mailbox.links:
            return
        subscription, key = lease.value.subscription, arrangement.key
        if subscription is not None and not key.mailbox.is_personal:
            await self.queues.send(drop_order(key.mailbox, subscription, now), HINT_DELAY)
        await lease.forget()
        if subscription is not None and key.mailbox.is_personal:
            await self.subscribing.end(key, subscription, now)

    async def _note_connected(self, arrangement: Arrangement, now: datetime) -> None:
        if not isinstance(arrangement.giver, PersonalAccount):
            await self._save_user(arrangement, UserState.CONNECTED, now)
        elif not await PersonalStates(self.users).serve(arrangement.key, arrangement.giver, now):
            await self._look_again(arrangement)

    async def _save_user(self, arrangement: Arrangement, state: UserState, now: datetime) -> None:
        """If the row has moved on, look at it again; who no longer has the mailbox gets its link released."""
        changed = in_state(arrangement.user.value, state, now)
        await hint_at_accounts(self.queues, arrangement.user.value, changed)
        change = told(arrangement.user, changed)
        if await self.users.save([change]):
            await self._look_again(arrangement)

    async def _look_again(self, arrangement: Arrangement) -> None:
        """The row has moved on."""
        key = arrangement.key
        user = await self.users.find(key.organization, key.user)
        still_theirs = user is not None and holds(user.value, key.mailbox)
        await self.queues.send(arrangement.message if still_theirs else release_of(key), SHORTEST_DELAY)

    async def _come_again(self, message: ConnectMailbox, delay: timedelta) -> None:
        await self.queues.send(message, min(delay, MAX_MESSAGE_DELAY))


def connect_of(key: LinkKey) -> ConnectMailbox:
    return ConnectMailbox(
        organization=key.organization,
        user=key.user,
        tenant=key.mailbox.tenant,
        user_id=key.mailbox.user_id,
        registration=key.mailbox.registration,
    )


def _taken_for(lease: Lease, now: datetime) -> timedelta | None:
    """A first read waits for nothing but another reader, and as long as Graph throttles the mailbox."""
    if lease.not_before is not None and now < lease.not_before:
        return lease.not_before - now
    return SHORTEST_DELAY if lease.is_held(now) else None


def _given_back(arrangement: Arrangement, lease: Lease, now: datetime) -> Lease:
    """Where others are linked as well, this was no read of the whole mailbox."""
    if arrangement.is_alone:
        return lease_after(lease, Outcome("first_read", now, is_whole=True, has_news=False))
    return replace(lease, holder=None, until=None, not_before=None)


def _change(arrangement: Arrangement, new: NewLink) -> LinkChange:
    """The new link in place of the one that may be there, with all of its calendars."""
    before = arrangement.link
    if before is None:
        return LinkChange(None, new.link, new.packed)
    link = replace(new.link, connected_at=before.value.connected_at)
    kept = {calendar.calendar for calendar in link.calendars if calendar.state is not CalendarState.PENDING}
    dropped = tuple(c.calendar for c in before.value.calendars if c.calendar not in kept)
    return LinkChange(before, link, new.packed, dropped)
