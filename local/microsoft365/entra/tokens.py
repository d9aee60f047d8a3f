"""What Entra signs: app-only access tokens for Graph, ID tokens, and a managed identity's assertions.

Claims: learn.microsoft.com/entra/identity-platform/access-token-claims-reference and id-token-claims-reference.
"""

import base64
import hashlib
import hmac
import secrets
from typing import Any

from local.microsoft365.entra.forgery import forge
from local.microsoft365.graph.auth import GRAPH_AUDIENCE
from local.microsoft365.people import Person
from local.microsoft365.personal_accounts import is_personal
from local.microsoft365.world import App, ServicePrincipal, Tenant, World

ORDINARY_MEMBER = "b79fbf4d-3ef9-4689-8143-76b194e85509"
"""The entry that every member's `wids` carries, administrator or not."""

CLOCK_SKEW = 300
"""Entra dates its tokens five minutes back, in seconds."""


def app_token(world: World, app: App, tenant: Tenant, principal: ServicePrincipal) -> str:
    """For Graph, in the v1 format; `roles` is left out while nothing that was granted is visible."""
    claims: dict[str, Any] = {
        **_times(world),
        "aud": GRAPH_AUDIENCE,
        "iss": f"https://sts.windows.net/{tenant.id}/",
        "app_displayname": app.name,
        "appid": app.client_id,
        "appidacr": "2",
        "idp": f"https://sts.windows.net/{tenant.id}/",
        "idtyp": "app",
        "oid": principal.id,
        "sub": principal.id,
        "tid": tenant.id,
        "ver": "1.0",
    }
    if principal.roles and principal.visible_at <= world.now():
        claims["roles"] = list(principal.roles)
    return world.keys.sign(claims, x5t=world.keys.current.kid)


def user_token(world: World, app: App, tenant: Tenant, person: Person, scopes: tuple[str, ...]) -> str:
    """A delegated token for Graph; with OpenID scopes alone it opens nothing. A personal account's is opaque."""
    claims = {
        **_times(world),
        "aud": GRAPH_AUDIENCE,
        "iss": f"https://sts.windows.net/{tenant.id}/",
        "appid": app.client_id,
        "appidacr": "2",
        "idtyp": "user",
        "oid": person.id,
        "sub": _pairwise(app.client_id, person.id),
        "scp": " ".join(scopes),
        "tid": tenant.id,
        "ver": "1.0",
    }
    signed = world.keys.sign(claims, x5t=world.keys.current.kid)
    return _ticket(world, signed) if is_personal(tenant) else signed


def id_token(world: World, app: App, tenant: Tenant, person: Person, nonce: str | None) -> str:
    """v2 format: no `x5t` in the header, `sub` differs from app to app, `idp` for guests only."""
    claims: dict[str, Any] = {
        **_times(world),
        "aud": app.client_id,
        "iss": f"{world.base_url}/{tenant.id}/v2.0",
        "name": person.display_name or "",
        "oid": person.id,
        "preferred_username": (person.is_guest and person.mail) or person.user_principal_name,
        "rh": "1." + secrets.token_urlsafe(12),
        "sub": _pairwise(app.client_id, person.id),
        "tid": tenant.id,
        "ver": "2.0",
    }
    if nonce is not None:
        claims["nonce"] = nonce
    if person.is_guest:
        claims["idp"] = f"https://sts.windows.net/{person.home_tenant}/" if person.home_tenant else "mail"
    if person.app_roles:
        claims["roles"] = list(person.app_roles)
    if app.group_membership_claims in {"All", "DirectoryRole"}:
        claims["wids"] = [*person.directory_roles, *([] if person.is_guest else [ORDINARY_MEMBER])]
    if world.forgery:
        return forge(world.keys, claims, world.forgery)
    return world.keys.sign_personal(claims) if is_personal(tenant) else world.keys.sign(claims)


def managed_identity_token(world: World, tenant: Tenant, subject: str, audience: str) -> str:
    """What Azure's identity endpoint would hand a managed identity of that tenant."""
    claims = {
        **_times(world),
        "aud": audience,
        "iss": f"{world.base_url}/{tenant.id}/v2.0",
        "idtyp": "app",
        "oid": subject,
        "sub": subject,
        "tid": tenant.id,
        "ver": "2.0",
    }
    return world.keys.sign(claims)


def _ticket(world: World, signed: str) -> str:
    ticket = "EwB" + secrets.token_urlsafe(300)
    world.tickets[ticket] = signed
    return ticket


def _times(world: World) -> dict[str, Any]:
    now = int(world.now().timestamp())
    return {
        "iat": now - CLOCK_SKEW,
        "nbf": now - CLOCK_SKEW,
        "exp": now + world.settings.token_lifetime_seconds,
        "aio": secrets.token_urlsafe(18),
        "uti": secrets.token_urlsafe(16),
    }


def _pairwise(client_id: str, person_id: str) -> str:
    digest = hmac.new(client_id.encode(), person_id.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
