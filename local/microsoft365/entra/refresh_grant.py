"""The grant of a refresh token, and why it is refused: in Entra's numbers, and in those of personal accounts.

learn.microsoft.com/entra/identity-platform/refresh-tokens and …/reference-error-codes; recorded bodies: COVERAGE.md.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec

from local.microsoft365.entra.client_auth import authenticate
from local.microsoft365.entra.consents import is_covered
from local.microsoft365.entra.errors import TokenError
from local.microsoft365.entra.gatekeeping import sign_in_refusal
from local.microsoft365.entra.refresh_tokens import RefreshToken
from local.microsoft365.entra.scopes import OPENID_SCOPES, delegated_scope
from local.microsoft365.entra.tenant_segment import COMMON, CONSUMERS, ORGANIZATIONS
from local.microsoft365.entra.token_form import Form, audiences, disabled, find_app, required
from local.microsoft365.entra.user_answers import SignIn, user_answer
from local.microsoft365.graph.errors import not_implemented
from local.microsoft365.personal_accounts import is_personal
from local.microsoft365.world import App, Person, Tenant, World


def redeem_refresh_token(world: World, segment: str, form: Form) -> dict[str, Any]:
    token = world.refresh_tokens.find(required(form, "refresh_token"))
    if token is None or token.client_id != required(form, "client_id") or token.tenant not in world.tenants:
        raise TokenError(9002313, "invalid_grant", "Invalid request. Request is malformed or invalid.")
    tenant = world.tenants[token.tenant]
    app = find_app(world, form, tenant)
    authenticate(world, app, form, audiences(world, segment, tenant))
    _check_segment(world, segment, tenant)
    scopes = _scopes(world, form, token)
    try:
        person = _check(world, app, tenant, token, scopes)
    except TokenError as error:
        if is_personal(tenant):
            raise _of_personal_account(error) from error
        raise
    sign_in = SignIn(app, tenant, person, token.home, segment, token.signed_in_at, token.with_mfa)
    return user_answer(world, sign_in, form, scopes, token.scopes, None)


def _check_segment(world: World, segment: str, tenant: Tenant) -> None:
    """Wherever the account is at home; for personal accounts `common` was seen to fail, so that can be set."""
    if segment == COMMON and is_personal(tenant) and not world.settings.personal_refresh_over_common:
        raise _of_personal_account(TokenError(70000, "invalid_grant", ""))
    shared = {COMMON, CONSUMERS} if is_personal(tenant) else {COMMON, ORGANIZATIONS}
    if segment not in shared and world.find_tenant(segment) is not tenant:
        raise not_implemented(f"a refresh token of tenant {tenant.id} at /{segment}")


def _scopes(world: World, form: Form, token: RefreshToken) -> tuple[str, ...]:
    """A part of what the sign-in asked for; all of it where nothing is named."""
    asked = form.get("scope", "").split()
    names = [delegated_scope(world, each) for each in asked]
    if None in names:
        raise TokenError(70011, "invalid_scope", "The provided value for the input parameter 'scope' is not valid.")
    wanted = tuple(name for name in names if name is not None) or token.scopes
    if not set(wanted) <= {*token.scopes, *OPENID_SCOPES}:
        raise not_implemented("a refresh for more scopes than the sign-in asked for")
    return wanted


def _check(world: World, app: App, tenant: Tenant, token: RefreshToken, scopes: tuple[str, ...]) -> Person:
    _check_age(world, tenant, token)
    person = tenant.directory.find(token.person)
    if person is None:
        raise TokenError(50034, "invalid_grant", "The user account does not exist in the directory.")
    if person.account_enabled is False:
        raise TokenError(50057, "invalid_grant", "The user account is disabled.")
    principal = tenant.service_principals.get(app.client_id)
    if principal is not None and principal.disabled:
        raise disabled(app)
    _check_policies(tenant, app, person, token)
    if not is_covered(tenant, app, person, scopes):
        text = f"The user or administrator has not consented to use the application with ID '{app.client_id}'."
        raise TokenError(65001, "invalid_grant", text, "consent_required")
    return person


def _check_age(world: World, tenant: Tenant, token: RefreshToken) -> None:
    now, rules = world.now(), tenant.rules
    idle = timedelta(seconds=world.settings.refresh_token_lifetime_seconds)
    if now >= token.issued_at + idle:
        text = "The refresh token has expired due to inactivity."
        raise TokenError(700082, "invalid_grant", f"{text} The token was issued on {_written(token.issued_at)}.")
    home = world.tenants.get(token.home.tenant, tenant)  # a guest's sign-ins are ended at home
    valid_from = home.sign_ins_valid_from.get(token.home.person)
    if valid_from is not None and token.issued_at <= valid_from:
        raise TokenError(50173, "invalid_grant", _revoked(token.issued_at, valid_from))
    frequency = rules.sign_in_frequency_seconds
    if frequency is not None and now >= token.signed_in_at + timedelta(seconds=frequency):
        text = "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access."
        raise TokenError(70043, "invalid_grant", text, "token_expired")


def _check_policies(tenant: Tenant, app: App, person: Person, token: RefreshToken) -> None:
    refusal = sign_in_refusal(tenant, app, person)
    if refusal is not None:
        raise TokenError(refusal.code, "invalid_grant", refusal.text, "message_only")
    if tenant.rules.requires_mfa and not token.with_mfa:
        text = (
            "Due to a configuration change made by your administrator, or because you moved to a new location, "
            "you must use multi-factor authentication to access '00000003-0000-0000-c000-000000000000'."
        )
        claims = {"access_token": {"capolids": {"essential": True, "values": [str(uuid4())]}}}
        written = msgspec.json.encode(claims).decode()
        raise TokenError(50076, "invalid_grant", text, "basic_action", written)


def _of_personal_account(error: TokenError) -> TokenError:
    """Personal accounts know one number for all of it."""
    text = "The user could not be authenticated as the grant is expired. The user must sign in again."
    if error.code == 65001:  # noqa: PLR2004 - consent, as above
        text = (
            "The user could not be authenticated or user interaction is required. The user must sign in again and if "
            "needed grant the client application access to the requested scope"
        )
    return TokenError(70000, "invalid_grant", text, "bad_token")


def _revoked(issued_at: datetime, valid_from: datetime) -> str:
    return (
        "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have "
        f"changed or reset their password. The grant was issued on '{_written(issued_at)}' and the TokensValidFrom "
        f"date (before which tokens are not valid) for this user is '{_written(valid_from)}'."
    )


def _written(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.0000000Z")
