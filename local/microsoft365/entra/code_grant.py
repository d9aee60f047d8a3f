"""The grant of an authorization code: agreed at /authorize, redeemed once, by whoever holds the verifier.

learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
"""

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Any

from local.microsoft365.entra.client_auth import authenticate
from local.microsoft365.entra.codes import Code
from local.microsoft365.entra.consents import meets_unspread_consent
from local.microsoft365.entra.errors import TokenError
from local.microsoft365.entra.token_form import Form, audiences, find_app, find_principal, required
from local.microsoft365.entra.user_answers import SignIn, user_answer
from local.microsoft365.world import World


def redeem_code(world: World, segment: str, form: Form) -> dict[str, Any]:
    code = _code(world, form)
    tenant = world.tenants[code.tenant]
    app = find_app(world, form, tenant)
    authenticate(world, app, form, audiences(world, segment, tenant))
    _check(world, code, segment, form)
    world.codes.redeem(code)
    principal = find_principal(world, tenant, app)
    if meets_unspread_consent(world, tenant, principal, "token"):
        text = "The user or administrator has not consented to use the application."
        raise TokenError(65001, "invalid_grant", text, "consent_required")
    person = tenant.directory.find(code.person)
    if person is None or person.account_enabled is False:
        raise TokenError(50057, "invalid_grant", "The user account is disabled.")
    sign_in = SignIn(app, tenant, person, code.home, code.segment, code.issued_at, code.with_mfa)
    return user_answer(world, sign_in, form, code.scopes, code.scopes, code.nonce)


def _code(world: World, form: Form) -> Code:
    code = world.codes.find(required(form, "code"))
    if code is None:
        raise TokenError(9002313, "invalid_grant", "Invalid request. The authorization code is malformed or invalid.")
    return code


def _check(world: World, code: Code, segment: str, form: Form) -> None:
    if code.client_id != form["client_id"]:
        raise _elsewhere("client.")
    if code.segment.lower() != segment.lower():
        raise _elsewhere("tenant, thus rejected.")
    if code.redeemed:
        raise TokenError(54005, "invalid_grant", "OAuth2 Authorization code was already redeemed.")
    if world.now() >= code.issued_at + timedelta(seconds=world.settings.code_lifetime_seconds):
        raise TokenError(70008, "invalid_grant", "The provided authorization code or refresh token has expired.")
    if required(form, "redirect_uri") != code.redirect_uri:
        text = "The redirect URI does not match the one of the authorization request."
        raise TokenError(50011, "invalid_request", text)
    if code.challenge is not None and not _verifies(code, required(form, "code_verifier")):
        text = "The Code_Verifier does not match the code_challenge supplied in the authorization."
        raise TokenError(501481, "invalid_grant", text)


def _elsewhere(what: str) -> TokenError:
    text = f"Provided Authorization Code is intended to use against other {what}"
    return TokenError(700005, "invalid_grant", text)


def _verifies(code: Code, verifier: str) -> bool:
    digest = hashlib.sha256(verifier.encode()).digest()
    transformed = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return hmac.compare_digest(code.challenge or "", transformed if code.challenge_method == "S256" else verifier)
