"""People's own accounts follow the policy, and the admin-managed calendar that comes or goes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared_code.core.ids import OrganizationId, ProductUserId
from shared_code.core.personal_account import PersonalAccount, PersonalState
from shared_code.core.personal_policy import AccountRules, under
from shared_code.core.personal_rhythm import is_asked_again, next_look
from shared_code.core.product_user import ProductUser
from shared_code.core.sync_rules import next_turn
from shared_code.errors import Conflict
from shared_code.flows.personal_hints import account_rules, connect_order, settling_orders
from shared_code.flows.telling import told
from shared_code.logs import say
from shared_code.messages import HINT_DELAY, AnyMessage, SettleAccounts, SettleEverybody, sync_order
from shared_code.ports import Organizations, ProductUsers, Queues, Stored, Upkeep
from shared_code.repair_ports import TableRepair

GROUP = 1000  # users looked at, few of whom have accounts, before the message hands over to its successor


@dataclass(frozen=True)
class Step:
    """A user as stored, and as the policy has them."""

    stored: Stored[ProductUser]
    changed: ProductUser

    @property
    def is_change(self) -> bool:
        return self.changed is not self.stored.value

    def accounts(self) -> Iterator[tuple[PersonalAccount, PersonalAccount]]:
        return zip(self.stored.value.personal, self.changed.personal, strict=True)

    def orders(self) -> Iterator[AnyMessage]:
        return settling_orders(self.stored.value, self.changed)


@dataclass(frozen=True)
class SettlingAccounts:
    organizations: Organizations
    users: ProductUsers
    repair: TableRepair
    upkeep: Upkeep
    queues: Queues

    async def run(self, message: SettleAccounts, now: datetime) -> None:
        rules = await self._rules(message)
        if rules is None:
            return
        stored = await self.users.find_many(message.organization, message.users)
        steps = _steps(rules, list(stored.values()), now)
        await self._look_again(message.organization, steps, now)
        for order in (order for step in steps for order in step.orders()):
            await self.queues.send(order, HINT_DELAY)
        await self._write(steps)

    async def walk(self, message: SettleEverybody, now: datetime) -> None:
        """The next group of everybody; each mailbox at its own place in a quarter of an hour, which is thus not full
        of one organisation's."""
        rules = await self._rules(message)
        if rules is None:
            return
        page = await self.users.page(message.organization, message.after, GROUP)
        steps = _steps(rules, page.items, now)
        await self._look_again(message.organization, steps, now)
        for order, delay in (each for step in steps for each in _walked(message, step, now)):
            await self.queues.send(order, delay)
        await self._write(steps)
        if page.next is not None:
            await self.queues.send(message.behind(ProductUserId(page.next)))
            return
        if dropped := await self.repair.drop_forsaken_tokens(message.organization, now):
            say("forsaken_tokens_dropped", organization=message.organization, tokens=dropped)

    async def _look_again(self, organization: OrganizationId, steps: Sequence[Step], now: datetime) -> None:
        """While anybody waits for a read, whose order may be lost."""
        if any(account.state is PersonalState.PENDING for step in steps for account in step.changed.personal):
            await self.upkeep.set(next_look(organization, now))

    async def _rules(self, message: SettleAccounts | SettleEverybody) -> AccountRules | None:
        records = await self.organizations.find(message.organization)
        if records is None or records.organization.value.leaving:
            return None
        return account_rules(records)

    async def _write(self, steps: Sequence[Step]) -> None:
        """Each account's step with what the product is told of it."""
        changed = [step for step in steps if step.is_change]
        if not changed:
            return
        if await self.users.save([told(step.stored, step.changed) for step in changed]):
            raise Conflict("some users changed while their accounts were settled; the message comes again")
        say("accounts_settled", organization=changed[0].changed.organization, users=len(changed))


def _steps(rules: AccountRules, people: Sequence[Stored[ProductUser]], now: datetime) -> list[Step]:
    return [Step(stored, under(rules, stored.value, now)) for stored in people if stored.value.personal]


def _walked(message: SettleEverybody, step: Step, now: datetime) -> Iterator[tuple[AnyMessage, timedelta]]:
    """The same of one of many, and what was lost, or is to be read by other rules; and how long each is put off."""
    for order in step.orders():
        yield order, _place(order, now)
    for account in _lost(step, now):
        yield connect_order(step.changed, account), HINT_DELAY
    for account in _read(step) if message.calendars else ():
        place = next_turn(str(account.mailbox), now)
        yield sync_order(account.mailbox, place, "settled"), place - now


def _lost(step: Step, now: datetime) -> Iterator[PersonalAccount]:
    """Those whose first read was ordered long ago: the order may have been lost."""
    for before, after in step.accounts():
        if before.state is PersonalState.PENDING and is_asked_again(after, now):
            yield after


def _read(step: Step) -> Iterator[PersonalAccount]:
    return (account for account in step.changed.personal if account.state is PersonalState.CONNECTED)


def _place(order: AnyMessage, now: datetime) -> timedelta:
    mailbox = getattr(order, "link", None)
    return HINT_DELAY if mailbox is None else max(next_turn(str(mailbox.mailbox), now) - now, HINT_DELAY)
