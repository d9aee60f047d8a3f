"""Product users with Outlook accounts of their own, which are read, shut, connected again and left."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code.adapters.tables.outbox import TableOutbox
from shared_code.core.calendar import Event
from shared_code.core.ids import ConnectionId, LinkKey, OrganizationId, ProductUserId
from shared_code.core.mailbox import Link
from shared_code.core.outbox_place import OutboxPlace
from shared_code.core.personal_account import PersonalAccount, PersonalState
from shared_code.core.personal_connecting import connected
from shared_code.core.personal_policy import AccountRules
from shared_code.core.policy import Policy
from shared_code.core.product_user import ProductUser, UserState
from shared_code.core.subscription import Occasion
from shared_code.core.sync_rules import Cause
from shared_code.flows.mailbox_connect import connect_of
from shared_code.flows.mailbox_release import release_of
from shared_code.flows.mailbox_turn import MailboxTurn
from shared_code.flows.subscribing import keep_order
from shared_code.messages import sync_order
from shared_code.personal_ports import SealedToken
from shared_code.ports import UserChange
from tests.fakes.fake_calendars import default_calendar
from tests.unit.flows.calendar_world import ACME, CalendarWorld
from tests.unit.flows.own_accounts import own_mailbox

ZOE, MAX = ProductUserId("zoe"), ProductUserId("max")
HOME = own_mailbox("home")  # the Outlook account of both of them
SEALED = SealedToken("key", "sealed")


def link_of(user: ProductUserId = ZOE, organization: OrganizationId = ACME) -> LinkKey:
    return LinkKey(HOME, organization, user)


@dataclass
class PersonalWorld(CalendarWorld):
    async def begin(self, user: ProductUserId = ZOE, organization: OrganizationId = ACME) -> None:
        """They have just signed in, and confirmed."""
        account = PersonalAccount(
            ConnectionId(f"own-{user}"),
            HOME.tenant,
            HOME.user_id,
            "home@outlook.example",
            PersonalState.PENDING,
            self.now,
            self.now,
        )
        row = ProductUser(organization, user, (), UserState.PERSONAL, self.now, personal=(account,))
        assert await self.users.save([UserChange(None, row)]) == ()
        await self.vault.keep(link_of(user, organization), SEALED)

    def fill(self, *events: Event) -> None:
        self.calendars.add_mailbox(HOME)
        self.calendars.put(HOME, default_calendar(HOME), *events)

    async def account(self, user: ProductUserId = ZOE) -> PersonalAccount:
        account = (await self.user(user)).find_personal(HOME)
        assert account is not None
        return account

    async def change(self, user: ProductUserId = ZOE, **changes: object) -> None:
        account = replace(await self.account(user), **changes)  # type: ignore[arg-type]
        await self.change_user(user, personal=(account,))

    async def come_back(self, user: ProductUserId = ZOE) -> None:
        """They have signed in once more."""
        await self.vault.keep(link_of(user), SEALED)
        await self.change(user, state=PersonalState.PENDING, reason=None, changed_at=self.now, recovered_at=self.now)

    async def sign_in_anew(self, user: ProductUserId = ZOE) -> None:
        """To an account that may be served all the while."""
        self.wait(seconds=2)
        row, account = await self.user(user), await self.account(user)
        changed = connected(AccountRules(Policy(), ()), row, replace(account, signed_in_at=self.now), self.now)
        await self.vault.keep(link_of(user), SEALED)
        await self.change_user(user, personal=changed.personal)

    async def link(self, user: ProductUserId = ZOE) -> Link | None:
        found = await self.mailboxes.find_link(link_of(user))
        return found.link if found is not None else None

    # --- what happens ---

    async def first_read(self, user: ProductUserId = ZOE) -> None:
        await self.connect_flow().run(connect_of(link_of(user)), self.now)

    async def read(self, cause: Cause = "swept") -> None:
        await self.sync_flow().run(sync_order(HOME, self.now, cause), self.now)

    async def let_go(self, user: ProductUserId = ZOE) -> None:
        await self.release_flow().run(release_of(link_of(user)), self.now)

    async def keep(self, occasion: Occasion = "turn") -> None:
        await self.subscribing.keep(keep_order(HOME, self.now, occasion), self.now)

    async def turn(self) -> datetime | None:
        return await MailboxTurn(self.organizations, self.users, self.mailboxes, self.queues).take(HOME, self.now)

    async def told(self) -> list[tuple[str, dict[str, object]]]:
        page = await TableOutbox(self.rows).waiting(OutboxPlace.of_people(ACME))
        return [(str(event.type), dict(event.data)) for event in sorted(page.items, key=lambda event: event.at)]

    def asked(self) -> list[str]:
        """What Graph was asked, in order."""
        return [*self.calendars.script.operations(), *self.graph.script.operations()]

    def wait(self, **time: float) -> None:
        self.clock.advance(timedelta(**time))
