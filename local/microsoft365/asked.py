"""Who asks, as far as it can be seen before the request is checked: for the log, the script and the limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote

import jwt
import msgspec
from starlette.datastructures import Headers
from starlette.types import Message, Receive

from local.microsoft365.addressing import Target, subscribed_user
from local.microsoft365.faults import Match
from local.microsoft365.throttling import Scope
from local.microsoft365.world import World


@dataclass(frozen=True, slots=True)
class Asked:
    """Tenant and user are ids where they could be found; nothing here is proven."""

    target: Target
    tenant: str | None
    user: str | None
    app: str | None
    method: str

    @property
    def match(self) -> Match:
        return Match(self.target.kind, self.tenant, self.user, self.app, self.method)

    @property
    def scope(self) -> Scope:
        """Microsoft counts a mailbox by itself; directory, subscriptions and Entra each by app and tenant."""
        if self.target.is_mailbox:
            return (self.app, self.tenant, self.user)
        area = "entra" if self.target.is_entra else self.target.kind if self.target.kind in _APART else "directory"
        return (self.app, self.tenant, area)

    @property
    def tenant_scope(self) -> Scope:
        """Of everything that the app asks in the tenant, its tokens aside."""
        return (self.app, self.tenant, "everything")


_APART = frozenset({"subscriptions", "batch"})


def asked_of(world: World, target: Target, headers: Headers, form: Mapping[str, str], method: str) -> Asked:
    """``form`` is what was read ahead of the body."""
    if target.is_entra:
        tenant = world.find_tenant(target.tenant or "")
        return Asked(target, tenant.id if tenant else None, None, form.get("client_id"), method)
    claims = _claims(world, headers.get("authorization", ""))
    tenant = world.tenants.get(str(claims.get("tid")))
    user = target.user or _subscriber(world, target, form)
    user = claims.get("oid") if user == "me" else user
    person = tenant.directory.find_by_key(unquote(user)) if tenant and user else None
    return Asked(target, tenant.id if tenant else None, person.id if person else None, claims.get("appid"), method)


async def read_ahead(target: Target, method: str, receive: Receive) -> tuple[Receive, Mapping[str, str]]:
    """The posted form of a token request or the members of a new subscription, and a ``receive`` that hands the same
    body on."""
    if target.kind != "token" and (target.kind, method) != ("subscriptions", "POST"):
        return receive, {}
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again, dict(parse_qsl(body.decode("latin-1"))) if target.kind == "token" else _members(body)


def _members(body: bytes) -> Mapping[str, str]:
    try:
        members = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return {name: value for name, value in members.items() if isinstance(value, str)}


def _subscriber(world: World, target: Target, members: Mapping[str, str]) -> str | None:
    """Whose mailbox a subscription is about, by its id or, of a new one, by its resource."""
    if target.subscription is not None:
        found = world.subscriptions.find(target.subscription)
        return None if found is None else found.user
    return subscribed_user(members.get("resource", ""))


def _claims(world: World, authorization: str) -> Mapping[str, str]:
    token = authorization.partition(" ")[2]
    return _said_claims(world.tickets.get(token, token))


@lru_cache(maxsize=512)
def _said_claims(token: str) -> Mapping[str, str]:
    """Whoever signed it; one token comes with many requests."""
    try:
        claims: Mapping[str, str] = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return {}
    return claims
