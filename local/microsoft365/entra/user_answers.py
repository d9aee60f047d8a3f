"""What the token endpoint hands out for a person: access token, ID token, refresh token and who it was.

learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
"""

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from local.microsoft365.entra.refresh_tokens import RefreshToken, new_refresh_token_value
from local.microsoft365.entra.sessions import Account
from local.microsoft365.entra.token_form import Form, bare_answer
from local.microsoft365.entra.tokens import id_token, user_token
from local.microsoft365.world import App, Person, Tenant, World


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who signed in where: ``home`` is the account itself, ``person`` whom it stands for in ``tenant``."""

    app: App
    tenant: Tenant
    person: Person
    home: Account
    segment: str
    at: datetime
    with_mfa: bool


def user_answer(
    world: World, sign_in: SignIn, form: Form, scopes: tuple[str, ...], lasting: tuple[str, ...], nonce: str | None
) -> dict[str, Any]:
    """``scopes`` are those of this answer, ``lasting`` those that the refresh token stands for."""
    app, tenant, person = sign_in.app, sign_in.tenant, sign_in.person
    told = tuple(scope for scope in scopes if scope != "offline_access")
    answer = {**bare_answer(world), "scope": " ".join(told)}
    answer["access_token"] = user_token(world, app, tenant, person, told)
    if "openid" in scopes:
        answer["id_token"] = id_token(world, app, tenant, person, nonce)
    if "offline_access" in lasting:
        answer["refresh_token"] = _refresh_token(world, sign_in, lasting)
    if form.get("client_info") == "1":
        answer["client_info"] = client_info(sign_in.home)
    return answer


def client_info(home: Account) -> str:
    """The account and its own tenant, for whoever asks for it with `client_info=1`, as MSAL does."""
    written = msgspec.json.encode({"uid": home.person, "utid": home.tenant})
    return base64.urlsafe_b64encode(written).rstrip(b"=").decode()


def _refresh_token(world: World, sign_in: SignIn, scopes: tuple[str, ...]) -> str:
    token = RefreshToken(
        value=new_refresh_token_value(),
        client_id=sign_in.app.client_id,
        tenant=sign_in.tenant.id,
        person=sign_in.person.id,
        home=sign_in.home,
        scopes=scopes,
        segment=sign_in.segment,
        signed_in_at=sign_in.at,
        issued_at=world.now(),
        with_mfa=sign_in.with_mfa,
    )
    world.refresh_tokens.keep(token)
    return token.value
