"""The keys with which Entra signs: several are published, one signs, and they rotate."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class SigningKey:
    """``kid`` is also the key's ``x5t``, as in Entra's own documents."""

    kid: str
    private_key: RSAPrivateKey
    certificate: bytes

    def published_as(self, issuer: str) -> dict[str, Any]:
        """The entry of the JWKS; ``issuer`` is the template that the key may sign for."""
        public: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(self.private_key.public_key(), as_dict=True)
        chain = [base64.b64encode(self.certificate).decode()]
        return {
            "kty": "RSA",
            "use": "sig",
            "kid": self.kid,
            "x5t": self.kid,
            "n": public["n"],
            "e": public["e"],
            "x5c": chain,
            "issuer": issuer,
        }


class SigningKeys:
    """``current`` signs; ``retire`` takes old keys out of the JWKS, so that their tokens stop verifying.

    ``personal`` is published for personal accounts only, ``unpublished`` never, for forged tokens in tests.
    """

    def __init__(self) -> None:
        self._made = 1
        self.personal = make_key(0)
        self.unpublished = make_key(1)
        self.published: list[SigningKey] = []
        self.rotate()

    @property
    def current(self) -> SigningKey:
        return self.published[-1]

    def rotate(self) -> SigningKey:
        """A new key signs from now on; the others stay published."""
        self._made += 1
        self.published.append(make_key(self._made))
        return self.current

    def retire(self) -> None:
        """Publish nothing but the current key."""
        del self.published[:-1]

    def sign(self, claims: dict[str, Any], **header: str) -> str:
        return jwt.encode(claims, self.current.private_key, "RS256", {"kid": self.current.kid, **header})

    def sign_personal(self, claims: dict[str, Any]) -> str:
        """With the key that is published for personal accounts only."""
        return jwt.encode(claims, self.personal.private_key, "RS256", {"kid": self.personal.kid})

    def verify(self, token: str, audience: str) -> dict[str, Any]:
        """The claims, if a published key signed them for ``audience``; times are the caller's to check."""
        kid = _kid_of(token)
        key = next((each for each in self.published if each.kid == kid), None)
        if key is None:
            raise jwt.InvalidTokenError(f"no published key has the id {kid}")
        return dict(_signed_claims(key, token, audience))


# A token comes with every request for an hour, and reading one costs more than most answers do.
@lru_cache(maxsize=512)
def _kid_of(token: str) -> str | None:
    kid: str | None = jwt.get_unverified_header(token).get("kid")
    return kid


@lru_cache(maxsize=512)
def _signed_claims(key: SigningKey, token: str, audience: str) -> Mapping[str, Any]:
    claims: dict[str, Any] = jwt.decode(
        token,
        key.private_key.public_key(),
        ["RS256"],
        audience=audience,
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    return claims


@cache
def make_key(number: int) -> SigningKey:
    """The process's key of that number: every world of one process shares them, since making one costs 0.1 s."""
    private_key = generate_private_key(65537, 2048)
    certificate = _self_signed(private_key, f"stand-in key {number}")
    kid = base64.urlsafe_b64encode(hashlib.sha1(certificate).digest()).rstrip(b"=").decode()  # noqa: S324 - x5t is SHA-1
    return SigningKey(kid, private_key, certificate)


def _self_signed(private_key: RSAPrivateKey, name: str) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime(2020, 1, 1, tzinfo=UTC)
    built = x509.CertificateBuilder(
        subject, subject, private_key.public_key(), x509.random_serial_number(), start, start + timedelta(days=36500)
    )
    return built.sign(private_key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
