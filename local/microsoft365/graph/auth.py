"""Who calls Graph, and whether they may: the bearer token, its roles, and Exchange's own say over mailboxes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jwt
from starlette.requests import Request

from local.microsoft365.graph.errors import GraphError
from local.microsoft365.web import world_of
from local.microsoft365.world import App, Person, ServicePrincipal, Tenant, World, is_guid

if TYPE_CHECKING:
    from local.microsoft365.mailbox import Mailbox

GRAPH_AUDIENCE = "https://graph.microsoft.com"
GRAPH_CLIENT = "00000003-0000-0000-c000-000000000000"
AUTHORIZATION_URI = "https://login.microsoftonline.com/common/oauth2/authorize"
CALENDAR_ROLES = frozenset({"Calendars.ReadWrite", "Calendars.Read"})


@dataclass(frozen=True, slots=True)
class Caller:
    """``in_exchange_scope_only``: the token opens no mailbox by itself, only those that Exchange has granted.

    ``person``: who signed in, for a delegated token, which reaches no other mailbox; None for the app itself.
    """

    world: World
    app: App
    tenant: Tenant
    in_exchange_scope_only: bool = False
    person: str | None = None


def authorize(request: Request, *roles: str) -> Caller:
    """The caller, if the bearer token is good and holds one of ``roles``; else 401 or 403 as Graph says it."""
    world = world_of(request)
    claims = _verified_claims(world, request)
    app, tenant = world.apps.get(claims["appid"]), world.tenants.get(claims["tid"])
    principal = tenant.service_principals.get(claims["appid"]) if tenant else None
    if app is None or tenant is None or principal is None or not _is_of(principal, claims):
        raise GraphError(
            401, "Authorization_IdentityNotFound", "The identity of the calling application could not be established."
        )
    if principal.disabled:
        raise _unauthenticated("The service principal is disabled.")
    if claims.get("idtyp") == "user":
        return _signed_in_caller(world, app, tenant, claims, roles)
    if set(roles) & set(claims.get("roles", ())):
        return Caller(world, app, tenant)
    return _scoped_caller(world, app, tenant, principal, roles)


def signed_in_person(request: Request) -> str:
    """Whose token it is, as an object id; an app's own token has no `me`."""
    claims = _verified_claims(world_of(request), request)
    if claims.get("idtyp") != "user":
        raise GraphError(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
    return str(claims["oid"])


def check_token(request: Request) -> None:
    """401 unless the bearer token is good, whatever it allows."""
    _verified_claims(world_of(request), request)


def _is_of(principal: ServicePrincipal, claims: Mapping[str, Any]) -> bool:
    """An app-only token belongs to one enterprise app; one that was deleted and made again is another."""
    return claims.get("idtyp") != "app" or claims["oid"] == principal.id


def _signed_in_caller(
    world: World, app: App, tenant: Tenant, claims: Mapping[str, Any], roles: tuple[str, ...]
) -> Caller:
    """Delegated permissions have the names of the roles, but reach only what the person reaches."""
    if set(roles) & set(claims["scp"].split()):
        return Caller(world, app, tenant, person=claims["oid"])
    if CALENDAR_ROLES & set(roles):
        raise _access_denied()
    raise GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def _scoped_caller(
    world: World, app: App, tenant: Tenant, principal: ServicePrincipal, roles: tuple[str, ...]
) -> Caller:
    """RBAC for Applications lets a token without the calendar role through to the mailboxes in scope."""
    wants_calendars = bool(CALENDAR_ROLES & set(roles))
    if wants_calendars and tenant.mailbox_scope(principal.client_id).granted is not None:
        return Caller(world, app, tenant, in_exchange_scope_only=True)
    if wants_calendars:
        raise _access_denied()
    raise GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def mailbox_of(request: Request, caller: Caller, user_key: str) -> "tuple[Person, Mailbox]":
    """The person that the path names and their mailbox, if this caller may open it."""
    person = find_person(caller.tenant, user_key)
    scope = caller.tenant.mailbox_scope(caller.app.client_id)
    request.state.user = person.id
    if caller.person is not None:
        return person, _own_mailbox(caller, person)
    if person.id in scope.denied or (scope.only is not None and person.id not in scope.only):
        raise GraphError(403, "ErrorAccessDenied", "Access to OData is disabled.")
    _check_licence(person)
    if caller.in_exchange_scope_only and person.id not in (scope.granted or ()):
        raise _access_denied()
    return person, person.open_mailbox()


def _own_mailbox(caller: Caller, person: Person) -> "Mailbox":
    """Exchange's rules for apps do not hold for people; somebody else's mailbox is not theirs to open."""
    if person.id != caller.person:
        raise _access_denied()
    _check_licence(person)
    return person.open_mailbox()


def _check_licence(person: Person) -> None:
    if not person.licensed:
        raise GraphError(
            404,
            "MailboxNotEnabledForRESTAPI",
            "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
        )


def find_person(tenant: Tenant, user_key: str) -> Person:
    """By object id or userPrincipalName; unknown is 404 in the words that fit the key."""
    person = tenant.directory.find_by_key(user_key)
    if person is not None:
        return person
    if is_guid(user_key):
        raise GraphError(
            404,
            "Request_ResourceNotFound",
            f"Resource '{user_key}' does not exist or one of its queried reference-property objects are not present.",
        )
    raise GraphError(404, "ErrorInvalidUser", f"The requested user '{user_key}' is invalid.")


def _verified_claims(world: World, request: Request) -> dict[str, Any]:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise _unauthenticated("Access token is empty.")
    try:
        claims = world.keys.verify(world.tickets.get(token, token), audience=GRAPH_AUDIENCE)
    except jwt.InvalidAudienceError as error:
        raise _unauthenticated("Access token validation failure. Invalid audience.") from error
    except jwt.InvalidTokenError as error:
        raise _unauthenticated("IDX14100: JWT is not well formed or its signature is invalid.") from error
    if claims.get("iss") != f"https://sts.windows.net/{claims.get('tid')}/" or "appid" not in claims:
        raise _unauthenticated("Access token validation failure. Invalid issuer.")
    now = world.now().timestamp()
    if not claims["nbf"] <= now < claims["exp"]:
        raise _unauthenticated("Lifetime validation failed, the token is expired.")
    return claims


def _unauthenticated(message: str) -> GraphError:
    challenge = f'Bearer realm="", authorization_uri="{AUTHORIZATION_URI}", client_id="{GRAPH_CLIENT}"'
    return GraphError(401, "InvalidAuthenticationToken", message, {"WWW-Authenticate": challenge})


def _access_denied() -> GraphError:
    return GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
