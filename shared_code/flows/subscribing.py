"""One subscription a mailbox: made with its first link, renewed in time, ended with its last."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code.core.client_state import ClientState
from shared_code.core.ids import LinkKey, MailboxKey
from shared_code.core.mailbox import Lease
from shared_code.core.personal_account import PersonalAccount
from shared_code.core.subscription import LIFETIME, Occasion, Step, Subscription, is_due, next_step
from shared_code.core.sync_rules import CALM, DEFAULT_DELAY, SYNC_EVERY, next_turn
from shared_code.core.upkeep import Due
from shared_code.errors import (
    Conflict,
    Disconnected,
    Forged,
    Gone,
    NoMailbox,
    Occupied,
    OrgcalError,
    Refused,
    Throttled,
    TryLater,
    Unexpected,
)
from shared_code.flows.link_connections import ServedLink, find_connections, served
from shared_code.flows.link_troubles import LinkTroubles
from shared_code.flows.mailbox_lease import HeldLease, held_lease, hold
from shared_code.logs import say, warn
from shared_code.mailbox_ports import Mailboxes, StoredMailbox
from shared_code.messages import HINT_DELAY, DropSubscription, KeepSubscription, sync_order
from shared_code.ports import Chance, Organizations, ProductUsers, Queues, Stored, Upkeep
from shared_code.subscription_ports import ClientStates, GivenSubscription, Subscriptions

_REFUSALS = (Refused, NoMailbox, Disconnected, Gone, Occupied, Unexpected)
FIRST_RETRY = timedelta(seconds=10)
DOUBLINGS = 10  # more than enough for a quarter of an hour
PATIENCE = timedelta(days=1)  # then one that cannot be deleted ends by itself, and a walk has looked at all others


@dataclass(frozen=True)
class Subscribing:
    organizations: Organizations
    users: ProductUsers
    mailboxes: Mailboxes
    subscriptions: Subscriptions
    states: ClientStates
    upkeep: Upkeep
    queues: Queues
    chance: Chance

    async def keep(self, message: KeepSubscription, now: datetime) -> None:
        """Create or renew what is due. It holds the mailbox's lease, so that no read loses what it has read."""
        mailbox = await self.mailboxes.find(message.mailbox)
        if mailbox is None:
            return
        known = mailbox.lease.value.subscription
        step = next_step(known, message.occasion, message.about, self.states.signer, now)
        if step is not Step.LEAVE and mailbox.lease.value.is_held(now):
            # However late: a lease runs out within minutes, and nobody else knows that a subscription was removed.
            await self.queues.send(message, CALM)
            return
        if message.orders_read:
            # Behind what is done here, so that whatever changes after the read is told.
            await self.queues.send(sync_order(message.mailbox, now, "subscribed"), HINT_DELAY)
        if step is not Step.LEAVE:
            await self._set_about(step, message, mailbox, now)

    async def _set_about(self, step: Step, message: KeepSubscription, mailbox: StoredMailbox, now: datetime) -> None:
        """Take the lease, if Graph may be asked now; what has ended is noted in either case."""
        lease = mailbox.lease.value
        if step is Step.CREATE:
            lease = await self._end(lease, now)
        links = served(await find_connections(self.organizations, self.users, mailbox.links))
        is_asked = _may_ask(lease, links, now)
        try:
            held = await self.mailboxes.save_lease(
                mailbox.lease, hold(lease, self.chance.new_id(), now) if is_asked else lease
            )
        except Conflict:
            await self.queues.send(message, CALM)
            return
        if is_asked:
            await self._bring_about(step, message, _askers(links, now), held, now)
        elif links:
            await self._come_again(message, SYNC_EVERY, now)

    async def _end(self, lease: Lease, now: datetime) -> Lease:
        """What is to be made anew has ended, whatever comes of it: it is not taken for alive any more, and the mailbox
        is polled until there is another one."""
        subject = str(lease.mailbox)
        await self.upkeep.set(Due(next_turn(subject, now), "mailbox", subject))
        known = lease.subscription
        if known is None:
            return lease
        return replace(lease, subscription=replace(known, expires_at=min(known.expires_at, now)))

    async def _bring_about(
        self, step: Step, message: KeepSubscription, links: Sequence[ServedLink], held: Stored[Lease], now: datetime
    ) -> None:
        """Ask Graph, with the lease in hand, and note what there is now."""
        async with held_lease(self.mailboxes, held) as lease:
            known = held.value.subscription
            kept = await self._take(step, message, links, lease, now)
            if kept is None:
                return
            is_new = known is None or kept.subscription != known.subscription
            if is_new and not message.orders_read:
                # What changed before it was there, nobody told.
                await self.queues.send(sync_order(message.mailbox, now, "subscribed"), HINT_DELAY)
            try:
                await lease.commit((), _released(held.value, kept))
            except Conflict:
                say("subscription_not_noted", mailbox=message.mailbox)  # the next turn finds it by the refusal

    async def subscribe(self, link: LinkKey, known: Subscription | None, now: datetime) -> Subscription | None:
        """For whoever has the lease and is about to read; None if it could not be brought about now."""
        try:
            return await self._create(link, known, now)
        except (TryLater, *_REFUSALS) as error:
            warn("subscription_refused", mailbox=link.mailbox, error=type(error).__name__)
            return None

    async def drop(self, message: DropSubscription, now: datetime) -> None:
        """Delete it, unless the mailbox is there after all and has it."""
        mailbox = await self.mailboxes.find(message.mailbox)
        known = mailbox.lease.value.subscription if mailbox is not None else None
        if known is not None and known.subscription == message.subscription:
            return
        if message.mailbox.is_personal:
            return  # an app sees none of its people's; theirs was ended with the link, or ends by itself
        if mailbox is not None and mailbox.lease.value.is_held(now):
            await self.queues.send(message, CALM)  # it may just be taken for the mailbox's own
            return
        try:
            await self.subscriptions.delete(message.tenant, message.subscription)
        except Gone:
            say("subscription_gone", mailbox=message.mailbox)
        except TryLater as error:
            delay = error.retry_after or DEFAULT_DELAY
            if now + delay < message.queued_at + PATIENCE:
                await self.queues.send(message, delay)
            return
        except Disconnected as error:
            say("subscription_left", mailbox=message.mailbox, reason=error.reason)  # it ends with the consent
            return
        else:
            say("subscription_deleted", mailbox=message.mailbox)
        if await self.mailboxes.find(message.mailbox) is not None:
            # Who was connected meanwhile may have found it, and taken it for their own.
            await self.queues.send(keep_order(message.mailbox, now, "removed", message.subscription))

    async def end(self, link: LinkKey, subscription: Subscription, now: datetime) -> None:
        """Through a link that is going, while its token is still there. What cannot be deleted ends within a week."""
        try:
            await self.subscriptions.delete(link, subscription.subscription)
        except (TryLater, *_REFUSALS) as error:
            say("subscription_left", mailbox=link.mailbox, reason=type(error).__name__)
        else:
            say("subscription_deleted", mailbox=link.mailbox)
        if await self.mailboxes.find(link.mailbox) is not None:
            # Who was connected meanwhile may have found it, and taken it for their own.
            await self.queues.send(keep_order(link.mailbox, now, "removed", subscription.subscription))

    async def _take(
        self, step: Step, message: KeepSubscription, links: Sequence[ServedLink], lease: HeldLease, now: datetime
    ) -> Subscription | None:
        """The subscription that there is afterwards; None if that could not be brought about now."""
        later: TryLater | None = None
        for found in links:
            try:
                return await self._carry_out(step, found.link.value.key, lease, now)
            except TryLater as error:
                later = error
                if isinstance(error, Throttled):
                    break
            except _REFUSALS as error:
                warn("subscription_refused", mailbox=message.mailbox, error=type(error).__name__)
                await self._note_loss(found, error, now)
        if later is not None:
            # A handshake that took too long may meet a warm endpoint soon; what fails again waits twice as long.
            delay = later.retry_after or min(FIRST_RETRY * 2 ** min(message.failures, DOUBLINGS), SYNC_EVERY)
            await self._come_again(message.after_failure(), delay, now)
        elif not is_due(lease.value.subscription, now):
            # Nobody knows whether it lives. As one that has ended it is the next turn's, as any refusal is.
            lease.stored = replace(lease.stored, value=await self._end(lease.value, now))
        return None

    async def _note_loss(self, found: ServedLink, error: OrgcalError, now: datetime) -> None:
        """An account whose token is refused needs its owner. Of an organisation's mailbox its next read tells."""
        if isinstance(error, Disconnected) and isinstance(found.giver, PersonalAccount):
            troubles = LinkTroubles(self.organizations, self.users, self.queues)
            await troubles.disconnected(found.link.value.key, found.giver, error, now)

    async def _carry_out(self, step: Step, link: LinkKey, lease: HeldLease, now: datetime) -> Subscription:
        known = lease.value.subscription
        if step is Step.RENEW and known is not None:
            try:
                expires_at = await self.subscriptions.renew(link, known.subscription, now + LIFETIME)
            except Gone:
                lease.stored = replace(lease.stored, value=await self._end(lease.value, now))
                return await self._create(link, known, now)
            say("subscription_renewed", mailbox=link.mailbox)
            return replace(known, expires_at=expires_at, renewed_at=now)
        return await self._create(link, known, now)

    async def _create(self, link: LinkKey, known: Subscription | None, now: datetime) -> Subscription:
        """Where one stands in the way: it is ours and lives on, or it goes."""
        generation = known.generation + 1 if known is not None else 1
        text = self.states.write(ClientState(link.mailbox, generation))
        try:
            given = await self.subscriptions.create(link, text, now + LIFETIME)
        except Occupied as occupied:
            for taken_by in await self._in_the_way(link, occupied):
                if (found := await self._adopt(link, known, taken_by, now)) is not None:
                    return found
            given = await self.subscriptions.create(link, text, now + LIFETIME)
        say("subscription_created", mailbox=link.mailbox, generation=generation)
        return Subscription(given.subscription, given.expires_at, generation, self.states.signer, now, now)

    async def _in_the_way(self, link: LinkKey, occupied: Occupied) -> tuple[str, ...]:
        """The refusal names it, or it is looked for among all that may be seen."""
        if occupied.taken_by is not None:
            return (occupied.taken_by,)
        listed = await self.subscriptions.list(link)
        return tuple(each.subscription for each in listed if each.user_id == link.mailbox.user_id)

    async def _adopt(
        self, link: LinkKey, known: Subscription | None, taken_by: str, now: datetime
    ) -> Subscription | None:
        """The one in the way, if it is one of ours that was not noted; else it is deleted."""
        try:
            found = await self.subscriptions.read(link, taken_by)
            generation = self._generation_of(found, link.mailbox)
            if generation is not None and known is None:
                say("subscription_found", mailbox=link.mailbox, generation=generation)
                return Subscription(taken_by, found.expires_at, generation, self.states.signer, now, now)
            await self.subscriptions.delete(link, taken_by)
        except Gone:
            pass
        return None

    def _generation_of(self, found: GivenSubscription, mailbox: MailboxKey) -> int | None:
        """None unless it speaks to us, about this mailbox, with the word that the present key writes."""
        try:
            state = self.states.read(found.client_state or "")
        except Forged:
            return None
        is_current = self.subscriptions.is_ours(found) and state.mailbox == mailbox
        return state.generation if is_current and self.states.write(state) == found.client_state else None

    async def _come_again(self, message: KeepSubscription, delay: timedelta, now: datetime) -> None:
        """Until the mailbox's next turn comes anyhow, or for a day, because no turn renews what is not due yet."""
        patience = PATIENCE if message.occasion in {"authorization", "recovered"} else SYNC_EVERY
        if now + delay < message.queued_at + patience:
            await self.queues.send(message, delay)


def keep_order(
    mailbox: MailboxKey,
    now: datetime,
    occasion: Occasion = "turn",
    about: str | None = None,
    *,
    orders_read: bool = False,
) -> KeepSubscription:
    return KeepSubscription(
        registration=mailbox.registration,
        tenant=mailbox.tenant,
        user_id=mailbox.user_id,
        queued_at=now,
        occasion=occasion,
        about=about,
        orders_read=orders_read,
    )


def drop_order(mailbox: MailboxKey, subscription: Subscription | GivenSubscription, now: datetime) -> DropSubscription:
    return DropSubscription(
        registration=mailbox.registration,
        tenant=mailbox.tenant,
        user_id=mailbox.user_id,
        subscription=subscription.subscription,
        queued_at=now,
    )


def _may_ask(lease: Lease, links: Sequence[ServedLink], now: datetime) -> bool:
    """Whether any link may be read at all, and now; without that, Graph would only refuse."""
    if lease.not_before is not None and now < lease.not_before:
        return False
    return bool(_askers(links, now))


def _askers(links: Sequence[ServedLink], now: datetime) -> Sequence[ServedLink]:
    """Through whom Graph may be asked now, one after another. To an organisation's mailbox all links have one and the
    same right; to a personal one each has its own, and any of them will do."""
    free = [link for link in links if not link.wait(now)]
    return [link for place, link in enumerate(free) if place == 0 or link.link.value.key.mailbox.is_personal]


def _released(lease: Lease, subscription: Subscription) -> Lease:
    return replace(lease, holder=None, until=None, subscription=subscription)
