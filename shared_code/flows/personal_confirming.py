"""Somebody has read which account is linked to whom, and says yes or no."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.ids import LinkKey
from shared_code.core.organization import AuditEntry
from shared_code.core.personal_account import PersonalAccount, PersonalState
from shared_code.core.personal_connecting import bar_to_connecting, connected
from shared_code.core.personal_rhythm import next_look
from shared_code.core.personal_sign_in import PersonalOutcome, PersonalSignIn, ended
from shared_code.core.policy import Policy
from shared_code.core.portal_session import Visit
from shared_code.core.product_user import ProductUser
from shared_code.errors import BadState, Conflict, Problem, Rejected
from shared_code.flows.acting import Acting, leave_nothing_behind
from shared_code.flows.personal_hints import connect_order
from shared_code.flows.personal_signing import PersonalSigning
from shared_code.flows.telling import told
from shared_code.logs import say
from shared_code.messages import HINT_DELAY
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
        sign_in = stored.value
        link, sealed = sign_in.link, _sealed(sign_in)
        if link is None or sealed is None:
            return  # it has ended, and kept neither
        try:
            over = await self._connect(sign_in, link, sealed, now)
        except Rejected:  # user or organisation have gone meanwhile
            await self.vault.forget(link)
            raise
        await self._end(stored, over)

    async def cancel(self, cookie: str | None, shown: str, visit: Visit, now: datetime) -> None:
        """Everything that came from Microsoft is forgotten."""
        stored = await self._shown(cookie, shown, visit, now)
        if stored.value.step != "done":
            await self._end(stored, ended(stored.value, PersonalOutcome.CANCELLED))

    async def _shown(self, cookie: str | None, shown: str, visit: Visit, now: datetime) -> Stored[PersonalSignIn]:
        stored = await self.signing.look(cookie, visit, now)
        if stored.value.sign_in != shown:
            raise BadState("other_window")
        return stored

    async def _connect(
        self, sign_in: PersonalSignIn, link: LinkKey, sealed: SealedToken, now: datetime
    ) -> PersonalSignIn:
        """The token is kept first: an account without one would be taken for lost."""
        for _ in range(TRIES):
            policy, stored = await self._find(sign_in)
            if bar := bar_to_connecting(policy, stored.value, link.mailbox):
                if stored.value.find_personal(link.mailbox) is None:
                    await self.vault.forget(link)  # of an earlier try
                return ended(sign_in, bar)
            changed = connected(policy, stored.value, _account(sign_in, now), now)
            await self.vault.keep(link, sealed)
            if await self._save(stored, changed, link, now):
                await self.vault.keep(link, sealed)  # a release of the account as it was before may have taken it
                say("personal_account_confirmed", organization=link.organization, user=link.user)
                return _connected(sign_in, changed, link)
        raise Conflict(f"user {link.user} of {link.organization} does not hold still")

    async def _find(self, sign_in: PersonalSignIn) -> tuple[Policy, Stored[ProductUser]]:
        records = await self.acting.organization(sign_in.organization)
        stored = await self.users.find(sign_in.organization, sign_in.user)
        if stored is None or stored.value.created_at != sign_in.user_since:
            raise Rejected(Problem.USER_NOT_FOUND, f"There is no user {sign_in.user} in {sign_in.organization}.")
        return records.organization.value.policy, stored

    async def _save(self, stored: Stored[ProductUser], changed: ProductUser, link: LinkKey, now: datetime) -> bool:
        """Whether it is done; not if somebody else has written the user. The order goes out before the commit, so that
        it is not lost, and the audit entry, since an act without one would be worse than one without an act."""
        account = changed.find_personal(link.mailbox)
        if account is None:
            raise Conflict(f"user {link.user} of {link.organization} lost the account meanwhile")
        await self.upkeep.set(next_look(link.organization, now))
        await self.queues.send(connect_order(changed, account), HINT_DELAY)
        if changed is stored.value:
            return True
        entry = AuditEntry(now, "personal_account.connected", link.user, account.connection, detail=link.user)
        await self.organizations.note(link.organization, entry)
        overtaken = await self.users.save([told(stored, changed)])
        await leave_nothing_behind(self.organizations, link.organization)
        return not overtaken

    async def _end(self, stored: Stored[PersonalSignIn], over: PersonalSignIn) -> None:
        try:
            await self.sign_ins.save(stored, over)
        except Conflict:  # a second click, which has come to the same
            say("personal_sign_in_ended_meanwhile", reference=over.sign_in)


def _connected(sign_in: PersonalSignIn, user: ProductUser, link: LinkKey) -> PersonalSignIn:
    """Under the name that the account has, which another window may have given it."""
    account = user.find_personal(link.mailbox)
    name = sign_in.connection if account is None else account.connection
    return ended(replace(sign_in, connection=name), PersonalOutcome.CONNECTED)


def _sealed(sign_in: PersonalSignIn) -> SealedToken | None:
    if sign_in.token_key is None or sign_in.token is None:
        return None
    return SealedToken(sign_in.token_key, sign_in.token)


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
    )
