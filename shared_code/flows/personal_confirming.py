"""Somebody has read which account is linked to whom, and says yes or no.

Their sign-in's row decides between the two: a yes claims it before anything is kept, and can be finished by whichever
request comes next; a no that finds it claimed comes too late, and finishes it, so that it can say how things stand.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.ids import LinkKey
from shared_code.core.organization import AuditEntry
from shared_code.core.personal_account import PersonalAccount, PersonalState
from shared_code.core.personal_connecting import bar_to_connecting, connected
from shared_code.core.personal_policy import AccountRules
from shared_code.core.personal_rhythm import next_look
from shared_code.core.personal_sign_in import PersonalOutcome, PersonalSignIn, ended
from shared_code.core.portal_session import Visit
from shared_code.core.product_user import ProductUser
from shared_code.errors import BadState, Conflict, Problem, Rejected
from shared_code.flows.acting import Acting, leave_nothing_behind
from shared_code.flows.personal_hints import account_rules, connect_order, settling_orders
from shared_code.flows.personal_signing import PersonalSigning
from shared_code.flows.telling import told
from shared_code.logs import say
from shared_code.messages import HINT_DELAY, AnyMessage
from shared_code.personal_ports import PersonalSignIns, SealedToken, TokenVault
from shared_code.ports import Organizations, ProductUsers, Queues, Stored, Upkeep

TRIES = 5


@dataclass(frozen=True)
class PersonalConfirming:
    """Both raise ``BadState`` for a form that is not of this browser's sign-in."""

    signing: PersonalSigning
    sign_ins: PersonalSignIns
    acting: Acting
    organizations: Organizations
    users: ProductUsers
    vault: TokenVault
    upkeep: Upkeep
    queues: Queues

    async def confirm(self, cookie: str | None, shown: str, visit: Visit, now: datetime) -> None:
        """The account is theirs from now on; once more, and nothing changes. ``shown``: the sign-in of the page that
        they read, since another window may have begun another one."""
        stored = await self._shown(cookie, shown, visit, now)
        if stored.value.step == "confirming":
            await self._move(stored, replace(stored.value, step="connecting"))
        await self._finish(stored.value, now)

    async def cancel(self, cookie: str | None, shown: str, visit: Visit, now: datetime) -> bool:
        """Everything that came from Microsoft is forgotten. True if the account is connected all the same, because they
        had confirmed it before, and have not disconnected it since."""
        stored = await self._shown(cookie, shown, visit, now)
        is_open = stored.value.step in {"signing_in", "confirming"}
        if is_open and await self._move(stored, ended(stored.value, PersonalOutcome.CANCELLED)):
            return False
        await self._finish(stored.value, now)
        return await self._is_connected((await self._shown(cookie, shown, visit, now)).value)

    async def _shown(self, cookie: str | None, shown: str, visit: Visit, now: datetime) -> Stored[PersonalSignIn]:
        stored = await self.signing.look(cookie, visit, now)
        if stored.value.sign_in != shown:
            raise BadState("other_window")
        return stored

    async def _is_connected(self, sign_in: PersonalSignIn) -> bool:
        """Their row has the last word: the sign-in's says how it ended, an hour long."""
        stored = await self.users.find(sign_in.organization, sign_in.user)
        return stored is not None and sign_in.is_connected_to(stored.value)

    async def _finish(self, seen: PersonalSignIn, now: datetime) -> None:
        """What was confirmed, whoever began to and wherever they were cut off."""
        link = seen.link
        if link is None:
            return  # it has ended, and kept nothing
        for _ in range(TRIES):
            try:
                rules, user = await self._find(seen)
            except Rejected:  # user or organisation have gone meanwhile
                await self._forget_token(link)
                raise
            # The user first: whoever has ended it before us may have let them disconnect since, and that stands.
            stored = await self.sign_ins.find(seen.sign_in)
            if stored is None or stored.value.step != "connecting":
                await self._forget_token(link)
                return
            over = await self._connect(stored.value, link, rules, user, now)
            if over is not None:
                await self._move(stored, over)
                return
        raise Conflict(f"user {link.user} of {link.organization} does not hold still")

    async def _connect(
        self, sign_in: PersonalSignIn, link: LinkKey, rules: AccountRules, stored: Stored[ProductUser], now: datetime
    ) -> PersonalSignIn | None:
        """The token is kept first: an account without one would be taken for lost. None if somebody else has written
        the user."""
        if bar := bar_to_connecting(rules, stored.value, link.mailbox):
            await self._forget_token(link)  # of an earlier try
            return ended(sign_in, bar)
        changed, sealed = connected(rules, stored.value, _account(sign_in, now), now), _sealed(sign_in)
        await self.vault.keep(link, sealed)
        if not await self._save(stored, changed, link, now):
            return None
        await self.vault.keep(link, sealed)  # a release of the account as it was before may have taken it
        say("personal_account_confirmed", organization=link.organization, user=link.user)
        return _connected(sign_in, changed, link)

    async def _find(self, sign_in: PersonalSignIn) -> tuple[AccountRules, Stored[ProductUser]]:
        records = await self.acting.organization(sign_in.organization)
        stored = await self.users.find(sign_in.organization, sign_in.user)
        if stored is None or stored.value.created_at != sign_in.user_since:
            raise Rejected(Problem.USER_NOT_FOUND, f"There is no user {sign_in.user} in {sign_in.organization}.")
        return account_rules(records), stored

    async def _save(self, stored: Stored[ProductUser], changed: ProductUser, link: LinkKey, now: datetime) -> bool:
        """Whether it is done; not if somebody else has written the user. The order goes out before the commit, so that
        it is not lost, and the audit entry, since an act without one would be worse than one without an act."""
        account = changed.find_personal(link.mailbox)
        if account is None:
            raise Conflict(f"user {link.user} of {link.organization} lost the account meanwhile")
        await self.upkeep.set(next_look(link.organization, now))
        for order in _orders(stored.value, changed, account):
            await self.queues.send(order, HINT_DELAY)
        if changed is stored.value:
            return True
        entry = AuditEntry(now, "personal_account.connected", link.user, account.connection, detail=link.user)
        await self.organizations.note(link.organization, entry)
        overtaken = await self.users.save([told(stored, changed)])
        await leave_nothing_behind(self.organizations, link.organization)
        return not overtaken

    async def _forget_token(self, link: LinkKey) -> None:
        """If it is of no account. It is looked at before the user's row: one that is kept meanwhile is another one."""
        token = await self.vault.find(link)
        user = await self.users.find(link.organization, link.user)
        if token is None or (user is not None and user.value.find_personal(link.mailbox) is not None):
            return
        try:
            await self.vault.forget_this(link, token)
        except Conflict:
            say("personal_token_kept_meanwhile", organization=link.organization, user=link.user)

    async def _move(self, stored: Stored[PersonalSignIn], changed: PersonalSignIn) -> bool:
        """False if another click was faster."""
        try:
            await self.sign_ins.save(stored, changed)
        except Conflict:
            say("personal_sign_in_moved_meanwhile", step=changed.step, reference=changed.sign_in)
            return False
        return True


def _orders(before: ProductUser, changed: ProductUser, account: PersonalAccount) -> Iterator[AnyMessage]:
    """Of the others, what the policy may say of them since the last time that anybody asked it."""
    own = connect_order(changed, account)
    yield own
    yield from (order for order in settling_orders(before, changed) if order != own)


def _connected(sign_in: PersonalSignIn, user: ProductUser, link: LinkKey) -> PersonalSignIn:
    """Under the name that the account has, which another window may have given it."""
    account = user.find_personal(link.mailbox)
    name = sign_in.connection if account is None else account.connection
    return ended(replace(sign_in, connection=name), PersonalOutcome.CONNECTED)


def _sealed(sign_in: PersonalSignIn) -> SealedToken:
    if sign_in.token_key is None or sign_in.token is None:
        raise BadState("not_confirming")
    return SealedToken(sign_in.token_key, sign_in.token, signed_in_at=_signed_in_at(sign_in))


def _account(sign_in: PersonalSignIn, now: datetime) -> PersonalAccount:
    if sign_in.tenant is None or sign_in.user_id is None or sign_in.connection is None:
        raise BadState("not_confirming")
    return PersonalAccount(
        sign_in.connection,
        sign_in.tenant,
        sign_in.user_id,
        sign_in.account or str(sign_in.user_id),
        PersonalState.PENDING,
        now,
        now,
        signed_in_at=_signed_in_at(sign_in),
    )


def _signed_in_at(sign_in: PersonalSignIn) -> datetime:
    """One that an earlier version has brought back says only when it was begun."""
    return sign_in.proven_at or sign_in.created_at
