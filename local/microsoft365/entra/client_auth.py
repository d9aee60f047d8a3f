"""How a confidential client proves itself: an assertion signed with its certificate, or a federated one.

learn.microsoft.com/entra/identity-platform/certificate-credentials (01/2025) and workload-identity-federation.
"""

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate

from local.microsoft365.entra.errors import TokenError
from local.microsoft365.world import App, World

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SKEW = timedelta(minutes=5)
_UNCHECKED: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}


def authenticate(world: World, app: App, form: Mapping[str, str], audiences: frozenset[str]) -> None:
    """Refuse the client unless its assertion holds; secrets are never registered here, so none is right."""
    if "client_secret" in form:
        raise _refused(7000215, "Invalid client secret provided.")
    assertion = form.get("client_assertion")
    if not assertion:
        raise _refused(
            7000218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        )
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise TokenError(900144, "invalid_request", f"The client_assertion_type must be '{ASSERTION_TYPE}'.")
    header, claims = _opened(assertion)
    if app.client_id in (claims.get("iss"), claims.get("sub")):
        _check_certificate(world, app, assertion, header)
        _check_claims(world, app, claims, audiences)
    else:
        _check_federated(world, app, assertion, claims)


def _opened(assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        return jwt.get_unverified_header(assertion), jwt.decode(assertion, options={"verify_signature": False})
    except jwt.InvalidTokenError as error:
        raise _refused(50027, "JWT token is invalid or malformed.") from error


def _check_certificate(world: World, app: App, assertion: str, header: Mapping[str, Any]) -> None:
    certificate = next((each for each in app.certificates if _is_named(each, header)), None)
    if certificate is None:
        raise _refused(
            700027,
            "The certificate with identifier used to sign the client assertion is not registered on application. "
            "[Reason - The key was not found.]",
        )
    if not certificate.not_valid_before_utc <= world.now() < certificate.not_valid_after_utc:
        raise _refused(700027, "Client assertion failed signature validation. [Reason - The key used is expired.]")
    key = certificate.public_key()
    assert isinstance(key, RSAPublicKey)  # noqa: S101 - Entra registers no other kind, nor does the control interface
    try:
        jwt.decode(assertion, key, ["PS256", "RS256"], options=_UNCHECKED)
    except jwt.InvalidTokenError as error:
        raise _refused(700027, "Client assertion contains an invalid signature.") from error


def _is_named(certificate: Certificate, header: Mapping[str, Any]) -> bool:
    """By `x5t#S256`, or by the older `x5t` where that one is missing; MSAL writes them with padding."""
    der = certificate.public_bytes(Encoding.DER)
    if "x5t#S256" in header:
        return _base64url(hashlib.sha256(der).digest()) == str(header["x5t#S256"]).rstrip("=")
    return _base64url(hashlib.sha1(der).digest()) == str(header.get("x5t")).rstrip("=")  # noqa: S324 - x5t is SHA-1


def _check_claims(world: World, app: App, claims: Mapping[str, Any], audiences: frozenset[str]) -> None:
    if claims.get("iss") != claims.get("sub") or claims.get("sub") != app.client_id:
        raise _refused(50048, "Subject must match Issuer claim in the client assertion.")
    if claims.get("aud") not in audiences:
        raise _refused(700023, "Client assertion audience claim does not match Realm issuer.")
    if not claims.get("jti"):
        raise _refused(50027, "JWT token is invalid or malformed. The 'jti' claim is missing.")
    if not any(_is_timely(claims, now) for now in _clocks(world)):
        raise _refused(700024, "Client assertion is not within its valid time range.")


def _is_timely(claims: Mapping[str, Any], now: datetime) -> bool:
    """MSAL sends no `nbf`; then `iat` says from when on."""
    try:
        starts, ends = float(claims["nbf" if "nbf" in claims else "iat"]), float(claims["exp"])
    except (KeyError, TypeError, ValueError):
        return False
    return starts - SKEW.total_seconds() <= now.timestamp() < ends + SKEW.total_seconds()


def _clocks(world: World) -> tuple[datetime, ...]:
    """The world's time, and the machine's: MSAL and azure-identity date their assertions by the machine."""
    shift = getattr(world.clock, "offset", float)()
    return world.now(), world.now() - timedelta(seconds=shift)


def _check_federated(world: World, app: App, assertion: str, claims: Mapping[str, Any]) -> None:
    """Issuer, subject and audience are compared exactly, letter case included."""
    presented = (claims.get("iss"), claims.get("sub"), claims.get("aud"))
    registered = [(each.issuer, each.subject, each.audience) for each in app.federated_credentials]
    if presented not in registered:
        raise _refused(
            700213,
            "No matching federated identity record found for presented assertion "
            f"issuer '{presented[0]}', subject '{presented[1]}', audience '{presented[2]}'.",
        )
    try:
        world.keys.verify(assertion, audience=str(presented[2]))
    except jwt.InvalidTokenError as error:
        raise _refused(50013, "Assertion failed signature validation.") from error
    if not _is_timely(claims, world.now()):
        raise _refused(500133, "Assertion is not within its valid time range.")


def _refused(code: int, text: str) -> TokenError:
    return TokenError(code, "invalid_client", text)


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
