"""Sign-ins of people in a run, and the refreshing of their tokens, without browsers and without MSAL's threads."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from urllib.parse import urlencode

import httpx
import jwt
import msgspec

from local.microsoft365.entra.consents import record_user_consent
from local.microsoft365.entra.refresh_tokens import RefreshToken
from local.microsoft365.entra.sessions import Account
from local.microsoft365.personal_accounts import PERSONAL_ACCOUNTS
from local.microsoft365.seeding import AppEntry, PersonEntry, put_app, put_person
from local.microsoft365.world import World
from shared_code.adapters.entra.personal_refusals import refresh_error
from shared_code.adapters.entra.refreshing import GRAPH_SCOPES, Refreshed
from shared_code.adapters.entra.refusals import read_refusal
from shared_code.adapters.entra.token_request import Token
from shared_code.core.ids import MailboxKey, TenantId, UserId
from shared_code.core.secret import Secret
from shared_code.errors import TryLater
from shared_code.personal_ports import PersonalProof
from shared_code.ports import Clock
from tests.simulation.places import MICROSOFT, PERSONAL_CLIENT, Person
from tests.simulation.tokens import assertion_form, certificate

DELEGATED = ("offline_access", "openid", "profile", *GRAPH_SCOPES)


def open_personal_accounts(world: World, *people: Person) -> None:
    """The app that people sign in to, and Outlook.com accounts."""
    entry = AppEntry(
        "Orgcal",
        delegated_scopes=DELEGATED,
        certificates=(certificate().public_pem,),
        sign_in_audience="AzureADandPersonalMicrosoftAccount",
    )
    put_app(world, PERSONAL_CLIENT, entry)
    for person in people:
        told = PersonEntry(
            id=person.user_id,
            user_principal_name=person.address,
            mail=person.address,
            mailbox_time_zone=person.zone,
        )
        put_person(world.tenants[PERSONAL_ACCOUNTS], told)


def person_of(world: World, access_token: str) -> str:
    """Whose it is; an Outlook.com account's stands for another one."""
    signed = world.tickets.get(access_token, access_token)
    claims: dict[str, str] = jwt.decode(signed, options={"verify_signature": False})
    return claims["oid"]


@dataclass(frozen=True)
class SimulatedSignIns:
    """Microsoft's pages, where everybody says yes at once. A code names the account: ``{tenant}/{object id}``."""

    world: World
    numbers: "count[int]"

    def sign_in_url(self, state: str, nonce: str, code_challenge: str, login_hint: str | None) -> str:
        del nonce, code_challenge, login_hint  # this Microsoft asks for nothing
        return f"{MICROSOFT}/common/oauth2/v2.0/authorize?{urlencode({'state': state})}"

    async def redeem(self, code: str, code_verifier: str, nonce: str) -> PersonalProof:
        del code_verifier, nonce
        tenant, _, user_id = code.partition("/")
        return PersonalProof(TenantId(tenant), UserId(user_id), "somebody", Secret(self._sign_in(tenant, user_id)))

    def consent_url(self, tenant: TenantId | None) -> str:
        return f"{MICROSOFT}/{tenant or 'organizations'}/v2.0/adminconsent"

    def _sign_in(self, tenant: str, user_id: str) -> str:
        """The refresh token, which the stand-in's token endpoint takes from now on."""
        now, value = self.world.now(), f"refresh-{next(self.numbers)}"
        found = self.world.tenants[tenant].directory.find(user_id)
        if found is not None:
            app = self.world.apps[PERSONAL_CLIENT]
            record_user_consent(self.world, self.world.tenants[tenant], app, found, DELEGATED)
        whose = (PERSONAL_CLIENT, tenant, user_id, Account(tenant, user_id))
        token = RefreshToken(value, *whose, DELEGATED, "common", now, now, with_mfa=False)
        self.world.refresh_tokens.keep(token)
        return value


class _Given(msgspec.Struct):
    access_token: str
    expires_in: int
    refresh_token: str


@dataclass(frozen=True)
class RefreshRequests:
    """In place of MSAL, with the adapter's own reading of refusals."""

    client: httpx.AsyncClient
    clock: Clock
    numbers: "count[int]"

    async def refresh(self, mailbox: MailboxKey, refresh_token: Secret) -> Refreshed:
        asked_at = self.clock.now()
        url = f"{MICROSOFT}/{mailbox.tenant}/oauth2/v2.0/token"
        form = {
            **assertion_form(url, PERSONAL_CLIENT, self.numbers, asked_at),
            "grant_type": "refresh_token",
            "refresh_token": refresh_token.reveal(),
            "scope": " ".join(DELEGATED),
        }
        try:
            answer = await self.client.post(url, data=form)
        except httpx.HTTPError as error:
            raise TryLater(f"{mailbox}: Entra cannot be reached ({type(error).__name__})") from error
        if not answer.is_success:
            refusal = read_refusal(answer.content)
            raise refresh_error(mailbox, answer.status_code, refusal, answer.headers.get("Retry-After"), asked_at)
        given = msgspec.json.decode(answer.content, type=_Given)
        token = Token(given.access_token, asked_at + timedelta(seconds=given.expires_in))
        return Refreshed(token, Secret(given.refresh_token))
